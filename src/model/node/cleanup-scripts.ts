/**
 * The steps of a NodeCleanup. Each step is a POSIX shell script that reads its input from
 * environment variables. Nothing is removed until the first step has confirmed that no process uses
 * the memory. Each script writes its result to the termination message of its container.
 */
export const TELL = `\
tell() { echo "$NODE: $1"; echo "$NODE: $1" >> /dev/termination-log; }
die() { tell "$1"; exit 1; }`;

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
