#!/usr/bin/env bash
# Tries a bundle for Gradescope in a root folder with the container's layout and limits. As root, with debootstrap:
#
#   scripts/gradescope_root.sh ROOT autograder.zip doctor submissions/practical09/{correct,forges_verdicts,loops_forever}
#
# ROOT is made where it is not there, and the bundle's setup.sh is run in it once; both use the machine's network.
# After that, 768 MB, half a core, no network, Docker's capabilities and no more; a process in a chroot cannot make user
# namespaces. `doctor` tries all walls and attacks there. KILL_AFTER=7 kills the container after so many seconds.
set -euo pipefail
root="$1" bundle="$2"
shift 2
MEMORY=$((768 << 20)) PERIOD=100000 QUOTA=50000
CAPABILITIES=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+sys_chroot,+mknod,+audit_write,+setfcap

if [ ! -x "$root/bin/bash" ]; then
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "${SUITE:-bookworm}" "$root"
fi
root="$(realpath "$root")"
mounted="mount -t proc proc '$root/proc'; mount --rbind /dev '$root/dev'"
source="$root/autograder/source"
if [ ! -x "$root/opt/graders/bin/python" ] || ! cmp -s "$bundle" "$root/autograder/bundle.zip"; then
    rm -rf "$source"
    mkdir -p "$source"
    python3 - "$bundle" "$source" <<'PYTHON'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for member in archive.infolist():
        os.chmod(archive.extract(member, sys.argv[2]), (member.external_attr >> 16) & 0o777)
PYTHON
    cp "$source/run_autograder" "$root/autograder/run_autograder"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    wheels="${PIP_FIND_LINKS:-}"  # packages that lie on this machine
    if [ -d "$wheels" ]; then mkdir -p "$root$wheels" && cp -r "$wheels/." "$root$wheels"; fi
    unshare -m bash -c "$mounted; chroot '$root' bash /autograder/source/setup.sh"
    cp "$bundle" "$root/autograder/bundle.zip"
fi

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    groups=(/sys/fs/cgroup/gradescope)
    mkdir -p "${groups[@]}"
    echo "$MEMORY" > "${groups[0]}/memory.max"
    echo 0 > "${groups[0]}/memory.swap.max"
    echo "$QUOTA $PERIOD" > "${groups[0]}/cpu.max"
else
    groups=(/sys/fs/cgroup/memory/gradescope /sys/fs/cgroup/cpu/gradescope)
    mkdir -p "${groups[@]}"
    echo "$MEMORY" > "${groups[0]}/memory.limit_in_bytes"
    echo "$PERIOD" > "${groups[1]}/cpu.cfs_period_us"
    echo "$QUOTA" > "${groups[1]}/cpu.cfs_quota_us"
fi

inside() {  # run a command in the container
    (
        for group in "${groups[@]}"; do echo "$BASHPID" > "$group/cgroup.procs"; done
        exec timeout --signal=KILL "${KILL_AFTER:-2400}" unshare -n -m -p --kill-child --fork bash -c \
            "$mounted; mount -t tmpfs none '$root/sys'
            exec setpriv --bounding-set $CAPABILITIES --inh-caps $CAPABILITIES chroot '$root' \"\$@\"" bash "$@"
    )
}

for student in "$@"; do
    if [ "$student" = doctor ]; then
        inside /autograder/source/run_grader --doctor
        continue
    fi
    rm -rf "$root/autograder/submission" "$root/autograder/results"
    cp -r "$student" "$root/autograder/submission"
    echo '{"created_at": "2026-11-23T18:00:00-08:00", "users": [{"email": "student@example.org"}]}' \
        > "$root/autograder/submission_metadata.json"
    inside /autograder/run_autograder > /dev/null || true
    python3 - "$student" "$root/autograder/results/results.json" <<'PYTHON'
import json, sys
told = json.load(open(sys.argv[2]))
print(sys.argv[1], told["score"], told.get("execution_time"), told["output"][:200].replace("\n", " "))
for test in told["tests"]:
    if test["name"] == "For staff":
        print(test["output"])
PYTHON
done
