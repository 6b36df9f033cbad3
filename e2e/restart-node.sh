#!/bin/sh
# Restarts the node of the development cluster as a reboot would, as far as shared memory can tell: kubelet and runtime stop, every container ends,
# what is mounted for pods goes, /run/cdk8s-shared-memory is empty (never /run itself), and all starts again.
# Needs W (the state of the cluster) and UP (the command that brings it up, which starts what does not run).
set -eu
: "${W:?state of the cluster}" "${UP:?command that brings the cluster up}"
stop() { # by the process id that the cluster has written down, if it is still that process
  pid=$(cat "$W/$1.pid")
  runs() { grep -qszF -- "$W" "/proc/$pid/cmdline"; } # one that has ended, but that nobody waits for, has no command line
  runs || return 0
  kill "$pid"
  while runs; do sleep 0.2; done
}
below() { awk '{ print $2 }' /proc/mounts | grep "^$1/" | sort -r || :; }

stop kubelet
for task in $(ctr -a "$W/containerd.sock" -n k8s.io task ls -q); do ctr -a "$W/containerd.sock" -n k8s.io task kill -s 9 "$task" || :; done
sleep 2
stop containerd
for mount in $(below "$W/kubelet") $(below /run/cdk8s-shared-memory); do umount -l "$mount"; done
find /run/cdk8s-shared-memory -mindepth 1 -delete
unset NODE # npm sets it, to its own node
exec sh -c "$UP"
