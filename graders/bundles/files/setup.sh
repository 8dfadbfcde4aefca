#!/usr/bin/env bash
# Run once, as root, when the image is built: everything that grading needs is fetched now, and nothing later.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export DEBIAN_FRONTEND=noninteractive

python=""
for candidate in python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
    apt-get update
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv /opt/graders
# Builds for the CPU alone save gigabytes: name PyTorch's index of them in torch-index.txt beside this file.
extra=()
if [ -s "$here/torch-index.txt" ]; then extra=(--extra-index-url "$(cat "$here/torch-index.txt")"); fi
/opt/graders/bin/pip install --no-cache-dir "${extra[@]}" -r "$here/requirements.txt"
chmod -R go-rwx "$here"
"$here/run_grader" --try
