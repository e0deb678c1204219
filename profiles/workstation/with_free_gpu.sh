#!/usr/bin/env bash
# A shell for jobs that use a GPU: takes a free one, runs the command with only that one to be seen, and frees it. Called
# by Snakemake as any shell: with_free_gpu.sh -c COMMAND.
#
# The GPUs are those in CUDA_VISIBLE_DEVICES where it is set, else all that nvidia-smi lists. A GPU is taken by a lock on
# a file that the command and all its children inherit: however they end, the kernel frees it with the last of them, so
# no stale lock can stay. The files are the machine's, so several runs of Snakemake, also of several users, do not meet
# on one GPU either.
set -euo pipefail

LOCKS=${TEXALIGN_GPU_LOCKS:-/tmp/texalign-gpus}
command=${2:?usage: with_free_gpu.sh -c COMMAND}

if [ -n "${CUDA_VISIBLE_DEVICES+set}" ]; then
    IFS=, read -ra gpus <<< "$CUDA_VISIBLE_DEVICES"
else
    # By their own ids: numbers can mean another device to CUDA than to nvidia-smi.
    mapfile -t gpus < <(nvidia-smi --query-gpu=uuid --format=csv,noheader)
fi
if [ ${#gpus[@]} -eq 0 ]; then
    echo "no GPU: nvidia-smi lists none and CUDA_VISIBLE_DEVICES names none; without GPUs use profiles/default" >&2
    exit 1
fi

users_umask=$(umask)
umask 0
mkdir -p -m 1777 "$LOCKS"
while true; do
    for gpu in "${gpus[@]}"; do
        # Opened for reading, which is enough for a lock: another user's file in a sticky folder may not be written.
        file=$LOCKS/$gpu
        [ -e "$file" ] || : >> "$file"
        exec {lock}< "$file"
        if flock --nonblock "$lock"; then
            umask "$users_umask"
            CUDA_VISIBLE_DEVICES=$gpu exec bash -euo pipefail -c "$command"
        fi
        exec {lock}<&-
    done
    sleep 1
done
