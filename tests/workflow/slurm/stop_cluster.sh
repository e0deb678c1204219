#!/usr/bin/env bash
# Stop the daemons that start_cluster.sh started, and no others.
set -euo pipefail

STATE=/var/lib/texalign-slurm

# The processes are known by their executable and by the files in our folder that they hold, since a recorded process id
# may by now belong to another program.
ours() {
    local pid
    for pid in $(pgrep -x "$1" || true); do
        if [[ "$(ls -l "/proc/$pid/fd" 2> /dev/null)" == *"$STATE/"* ]]; then echo "$pid"; fi
    done
}

[ "$(id -u)" = 0 ] || { echo "stopping the cluster needs root" >&2; exit 1; }
for daemon in slurmd slurmctld slurmdbd mariadbd munged; do
    for pid in $(ours "$daemon"); do
        kill "$pid"
        for _ in $(seq 100); do
            kill -0 "$pid" 2> /dev/null || continue 2
            sleep 0.1
        done
        kill -9 "$pid"
    done
done

# The SLURM plugin asks the controller whenever Snakemake starts, and waits nine seconds for one that is configured but gone.
for file in slurm.conf gres.conf slurmdbd.conf; do
    if grep -qs "^# Written by start_cluster.sh" "/etc/slurm/$file"; then rm "/etc/slurm/$file"; fi
done
