#!/usr/bin/env bash
# Run once, as root, when the image is built: everything that grading needs is fetched now, and nothing later.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export DEBIAN_FRONTEND=noninteractive

# What Ubuntu 22.04 itself calls python3.11 is a release candidate, with which PyTorch does not load.
good='import sys, venv, ensurepip; sys.exit(not (3, 11, 1) <= sys.version_info < (3, 14))'
python=""
find_python() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c "$good" 2>/dev/null; then python="$candidate"; return; fi
    done
}
find_python
if [ -z "$python" ]; then
    apt-get update
    apt-get install -y --no-install-recommends software-properties-common gpg-agent
    add-apt-repository -y ppa:deadsnakes/ppa
    apt-get install -y --no-install-recommends python3.12 python3.12-venv
    find_python
fi
if [ -z "$python" ]; then echo "There is no Python 3.11.1 to 3.13 to be had; choose another base image." >&2; exit 1; fi
"$python" -m venv /opt/graders
# Builds for the CPU alone save gigabytes: name PyTorch's index of them in torch-index.txt beside this file.
extra=()
if [ -s "$here/torch-index.txt" ]; then extra=(--extra-index-url "$(cat "$here/torch-index.txt")"); fi
/opt/graders/bin/pip install --no-cache-dir "${extra[@]}" -r "$here/requirements.txt"
chmod -R go-rwx "$here"
"$here/run_grader" --try  # ends the build where anything is missing
