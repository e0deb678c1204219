#!/usr/bin/env bash
# Set up and start a real SLURM cluster on this machine, for the tests: controller, node daemon, accounting database, and
# one GPU that is /dev/null, so that requests for it are granted and counted on a machine without one.
#
# Ends with 0 when the cluster answers (also when it was running already), with 77 and the reason when it cannot be had
# here, with anything else on a defect. Installs packages where it is root on Debian; never touches a SLURM installation
# that it did not configure. `stop_cluster.sh` stops it.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CONF=/etc/slurm
STATE=/var/lib/texalign-slurm
MARK="# Written by start_cluster.sh of the texture-alignment tests."
CPUS=8          # more than there may be: rules ask for up to 8, and the tests want to see that they are granted
MEMORY_MB=20000 # likewise; jobs of the tests use a few hundred
CLUSTER_USER=$(id -un)

cannot() {
    echo "no SLURM cluster here: $1"
    exit 77
}

answers() {
    timeout 5 sinfo --noheader --format=%T 2> /dev/null | grep -qE '^(idle|mixed|allocated|completing)$' \
        && timeout 5 sacctmgr --noheader show cluster > /dev/null 2>&1
}

# A daemon that keeps this script's output open would keep the caller waiting for it.
detached() {
    setsid "$@" < /dev/null > "$STATE/log/$(basename "$1").out" 2>&1 &
}

# Wait for a command to succeed.
wait_for() {
    local what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        "$@" > /dev/null 2>&1 && return
        sleep 0.2
    done
    echo "$what does not come up; its log is in $STATE/log" >&2
    tail -n 20 "$STATE"/log/* >&2
    exit 1
}

[ "$(id -u)" = 0 ] || cannot "starting it needs root"
if [ -e "$CONF/slurm.conf" ] && ! grep -qF "$MARK" "$CONF/slurm.conf"; then
    cannot "$CONF/slurm.conf is there already, so this machine belongs to another cluster"
fi
if ! command -v slurmctld slurmd slurmdbd munged mariadbd-safe > /dev/null; then
    command -v apt-get > /dev/null || cannot "it is not installed, and there is no apt-get to install it with"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends slurm-wlm slurmdbd mariadb-server munge; } \
        > /tmp/texalign-slurm-install.log 2>&1 \
        || cannot "apt-get could not install it: $(grep -m1 '^E:' /tmp/texalign-slurm-install.log)"
fi
if answers; then
    echo "the cluster is running"
    exit 0
fi
"$HERE/stop_cluster.sh"

mkdir -p "$STATE"/{log,spool,state,run,db}
chmod 755 "$STATE" "$STATE"/*

# munge: what the daemons know each other by. It refuses a socket folder that others may write to.
mkdir -p /run/munge /var/log/munge /var/lib/munge
chown munge: /run/munge /var/log/munge /var/lib/munge
chmod 755 /run/munge
[ -s /etc/munge/munge.key ] || { dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=128 status=none; }
chown -R munge: /etc/munge
chmod 400 /etc/munge/munge.key
detached su --shell /bin/sh munge --command "exec munged --foreground --pid-file=/run/munge/munged.pid"

# The accounting database, in a folder and on a socket of its own: a database of the machine's stays as it is.
chown -R mysql: "$STATE/db" "$STATE/run"
if [ ! -d "$STATE/db/mysql" ]; then
    mariadb-install-db --no-defaults --user=mysql --datadir="$STATE/db" --auth-root-authentication-method=normal \
        > "$STATE/log/install-db.out" 2>&1
fi
detached mariadbd --no-defaults --user=mysql --datadir="$STATE/db" --socket="$STATE/run/mysqld.sock" \
    --pid-file="$STATE/run/mariadbd.pid" --skip-networking --innodb-buffer-pool-size=64M \
    --innodb-lock-wait-timeout=900 --performance-schema=off
sql() { mariadb --no-defaults --socket="$STATE/run/mysqld.sock" --user=root "$@"; }
wait_for "the accounting database" 60 sql --execute "select 1"
sql --execute "create database if not exists slurm_acct_db;
               create user if not exists slurm@localhost identified by 'slurm';
               grant all on slurm_acct_db.* to slurm@localhost;"

mkdir -p "$CONF"
cat > "$CONF/slurmdbd.conf" << END
$MARK
DbdHost=localhost
SlurmUser=$CLUSTER_USER
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
LogFile=$STATE/log/slurmdbd.log
PidFile=$STATE/run/slurmdbd.pid
END
chmod 600 "$CONF/slurmdbd.conf"

# Without cgroups, which not every machine lets us have, memory is sampled every second, and a job over its limit killed.
cat > "$CONF/slurm.conf" << END
$MARK
ClusterName=local
SlurmctldHost=localhost
SlurmUser=$CLUSTER_USER
AuthType=auth/munge
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
GresTypes=gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
KillWait=2
MinJobAge=300
SlurmdParameters=config_overrides
StateSaveLocation=$STATE/state
SlurmdSpoolDir=$STATE/spool
SlurmctldPidFile=$STATE/run/slurmctld.pid
SlurmdPidFile=$STATE/run/slurmd.pid
SlurmctldLogFile=$STATE/log/slurmctld.log
SlurmdLogFile=$STATE/log/slurmd.log
NodeName=localhost CPUs=$CPUS RealMemory=$MEMORY_MB Gres=gpu:1
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
# Without a File the node would register no GPU, and be drained.
printf '%s\nName=gpu File=/dev/null\n' "$MARK" > "$CONF/gres.conf"

wait_for munge 20 munge --no-input
detached env MYSQL_UNIX_PORT="$STATE/run/mysqld.sock" slurmdbd -D
wait_for slurmdbd 60 sacctmgr --noheader show cluster
sacctmgr --immediate add cluster local > /dev/null 2>&1 || sacctmgr --noheader show cluster | grep -q local
sacctmgr --immediate add account texalign Description=tests Organization=tests > /dev/null 2>&1 || true
sacctmgr --immediate add user "$CLUSTER_USER" account=texalign > /dev/null 2>&1 || true
detached slurmctld -D -c
wait_for slurmctld 60 scontrol ping
detached slurmd -D
wait_for "the node" 60 answers

granted=$(timeout 60 srun --gpus=1 --mem=100 bash -c 'echo $CUDA_VISIBLE_DEVICES')
[ "$granted" = 0 ] || { echo "a job that asks for a GPU is given '$granted', expected '0'" >&2; exit 1; }
echo "the cluster is running"
