/**
 * The steps of a NodeCleanup. Each step is a POSIX shell script that reads its input from
 * environment variables. Nothing is removed until the first step has confirmed that no process uses
 * the memory. Each script writes its result to the termination message of its container.
 */
const TELL = `\
tell() { echo "$NODE: $1"; echo "$NODE: $1" >> /dev/termination-log; }
die() { tell "$1"; exit 1; }`;

/**
 * Checks whether the memory is still in use. The script reads the mount table of every process
 * (`/proc/PID/mountinfo`), which any user can read. A directory of the contract appears there as a
 * mount whose root is below the contract's directory. A tmpfs is recognized by its device number:
 * the node itself mounts the root of the tmpfs, and everybody who uses the memory mounts the
 * directory in it. The node's own table also lists what the kubelet mounts for a pod, for as long
 * as the pod exists, even while none of its containers run. For /dev/shm and System V memory, the
 * script looks for processes of the owner's user ID and for attached segments.
 */
export const CHECK = `\
# nobody, in the node's process namespace: refuses while a pod of the node still has the memory
${TELL}
users=''
use() { # POD COMMAND
  case $users in *" $1"*) ;; *) users="$users $1 ($2)" ;; esac
}
tmpfs=$(awk '$5 ~ "^/node/" && / - tmpfs / { printf " %s ", $3 }' /proc/self/mountinfo)
for process in /proc/[0-9]*; do
  at=$(awk -v below="/$CONTRACT/" -v tmpfs="$tmpfs" 'index($4, below) || (index(tmpfs, " " $3 " ") && $4 != "/") { print $5 }' "$process/mountinfo" 2>/dev/null) || continue
  command=$(cat "$process/comm" 2>/dev/null || echo '?')
  for mount in $at; do
    case $mount in
      */pods/*) pod=\${mount#*/pods/} pod=\${pod%%/*} command=kubelet ;;
      *) pod=$(sed -n 's/.*pod\\([0-9a-f]\\{8\\}[-_0-9a-f]*\\).*/\\1/p' "$process/cgroup" 2>/dev/null | head -n 1 | tr _ -) ;;
    esac
    use "\${pod:-of-no-pod}" "$command"
  done
  [ -n "\${OWNER:-}" ] || continue
  [ "$(awk '$1 == "Uid:" { print $2 }' "$process/status" 2>/dev/null || :)" != "$OWNER" ] || use "process-\${process#/proc/}-of-user-$OWNER" "$command"
done
for key in \${KEYS:-}; do
  attached=$(awk -v key="$key" '$1 == key { print $7 }' /proc/sysvipc/shm)
  [ "\${attached:-0}" = 0 ] || use "segment-$key-attached-by-$attached" 'processes'
done
[ -z "$users" ] || die "contract $CONTRACT is still in use:$users; delete its agent and its clients first (a pod is told by its uid: kubectl get pods -A -o custom-columns=UID:.metadata.uid,NAMESPACE:.metadata.namespace,NAME:.metadata.name)"
tell "nobody uses the memory of contract $CONTRACT"
`;

/**
 * Unmounts every tmpfs below the contract's directory, including tmpfs mounts stacked on top of
 * each other. The script finds the mounts on the node instead of in the contract, because a tmpfs
 * can belong to a contract version that is long gone.
 */
export const UNMOUNT = `\
# privileged: unmounts what the agent mounted, on the node and wherever it arrived from there
${TELL}
for at in $(awk '$2 ~ "^/node/" { print $2 }' /proc/mounts | sort -r); do
  umount "$at" || die "$DIRECTORY\${at#/node} cannot be unmounted"
  tell "unmounted $DIRECTORY\${at#/node}"
done
`;

/**
 * Empties the contract's directory. The directory itself stays, because this container mounts it.
 */
export const REMOVE = `\
# root with DAC_OVERRIDE alone: removes what is in the contract's directory
${TELL}
! grep -q ' /node/' /proc/mounts || die "something is mounted below $DIRECTORY that is no tmpfs of the agent: $(awk '$2 ~ "^/node/" { print $2 }' /proc/mounts)"
removed=0
for file in /node/* /node/..?* /node/.[!.]*; do # .owner comes last, so that who is stopped half way is still known
  [ -e "$file" ] || [ -L "$file" ] || continue
  rm -rf "$file" || die "$DIRECTORY\${file#/node} cannot be removed; delete it on the node"
  removed=$((removed + 1))
done
if [ "$removed" = 0 ]; then tell "$DIRECTORY: there was nothing"; else tell "removed all that was in $DIRECTORY"; fi
`;

/**
 * Removes System V segments by key and /dev/shm objects by name. The script runs as the user that
 * owns them, so it cannot remove objects of any other user.
 */
export const REMOVE_OBJECTS = `\
# the owner, without capabilities: removes its own objects, and can remove nobody else's
${TELL}
for key in \${KEYS:-}; do
  segment=$(awk -v key="$key" '$1 == key { print $2, $8 }' /proc/sysvipc/shm)
  [ -n "$segment" ] || continue
  ipcrm -m "\${segment% *}" || die "segment $key is of user \${segment#* }, not of user $OWNER; remove it on the node: ipcrm -m \${segment% *}"
  tell "removed segment $key"
done
for name in \${OBJECTS:-}; do
  file=/node/dev/shm/$name
  [ -e "$file" ] || [ -L "$file" ] || continue
  rm -f "$file" || die "/dev/shm/$name is of user $(stat -c %u "$file"), not of user $OWNER; remove it on the node"
  tell "removed /dev/shm/$name"
done
`;
