#!/usr/bin/env bash
# Delete Kubernetes Jobs, given as NAMESPACE/NAME; Snakemake calls this when it is interrupted.
set -euo pipefail
for job in "$@"; do
    kubectl --namespace "${job%%/*}" delete job "${job#*/}" --wait=false
done
