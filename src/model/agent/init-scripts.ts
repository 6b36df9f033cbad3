import { CONFINED } from './script-step';
import { IN_TMPFS } from '../contract/node-layout';
import { SHARED_FILES_CONTEXT } from '../contract/selinux';

/**
 * The init steps. Each step is a POSIX shell script that reads its input from environment
 * variables, so the script is the same in every pod and a reviewer reads it only once. If a script
 * fails, the end of its output becomes the termination message of its container
 * (`terminationMessagePolicy: FallbackToLogsOnError`).
 */

/**
 * Shell functions that several steps share. `die` fails with a message. `leaf` creates or repairs
 * the directory of a memory, which clients mount. It prepares a new directory under a temporary
 * name and renames it last, so a client never mounts an unfinished one.
 */
const DIE = 'die() { echo "$1" >&2; exit 1; }';
/** Fails unless a path is a directory that root alone can write. */
export const ROOTS = `roots() { [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %u:%g:%a "$1")" = 0:0:755 ] || die "$DIRECTORY: $1 must be a directory of root with mode 0755, not a $(stat -c '%F of %u:%g with mode %a' "$1")"; }`;
const LEAF = `\
leaf() { # LEAF NEW MODE SHOWN
  [ ! -L "$1" ] || die "$4 is a symbolic link: somebody with root on the node made it; delete it there"
  if [ ! -e "$1" ]; then
    [ ! -d "$2" ] || rmdir "$2"
    mkdir "$2"; chmod "$3" "$2"; chown "$OWNER" "$2"; mv -T "$2" "$1"
  elif [ ! -d "$1" ]; then
    die "$4 is not a directory: delete it on the node"
  elif [ "$(stat -c %u:%g:%a "$1")" != "$OWNER:$3" ]; then
    echo "$4 was $(stat -c %u:%g:%a "$1"), must be $OWNER:$3: repaired"
    chown -h 0:0 "$1"; chmod "$3" "$1"; chown -h "$OWNER" "$1"
  fi
}`;

/**
 * `bare` makes the mountpoint of a memory, to which only root has access. A pod that mounts the
 * path with type DirectoryOrCreate before there is an agent leaves an empty directory of root with
 * mode 0755 there, which is no memory of anybody: it is made anew.
 */
const BARE = `\
bare() { # MOUNTPOINT TYPE SHOWN
  if [ -d "$1" ] && [ "$(stat -c %u:%g:%a "$1")" = 0:0:755 ]; then
    [ ! -d "$1/${IN_TMPFS}" ] || [ "$(stat -c %u:%g:%a "$1/${IN_TMPFS}")" != 0:0:755 ] || rmdir "$1/${IN_TMPFS}" 2>/dev/null || :
    ! rmdir "$1" 2>/dev/null || echo "$3 was an empty directory of root, as a pod with type DirectoryOrCreate makes it: replaced; restart that pod, which has the old one"
  fi
  [ -e "$1" ] || mkdir -m 0700 "$1"
  [ -d "$1" ] && [ "$(stat -c %u:%g:%a "$1")" = 0:0:700 ] || die "$3 is there, but not as the bare mountpoint of a $2: if an agent with another backing made it, give the contract another version; if not, look what is in it, and delete it on the node"
}`;

/**
 * The agent's first step: creates the directories. It runs as root with only the CHOWN capability,
 * so it cannot read or change a directory of another user. It calls chmod before chown, because
 * afterwards the kernel denies chmod to a root user without the FOWNER capability.
 */
export const PREPARE = `\
# root with CHOWN alone: makes the directories; follows no link; touches nothing that is right
${DIE}
${CONFINED}
trap '[ $? = 0 ] || confined >&2' EXIT
${LEAF}
${ROOTS}
cd /node
[ "$(stat -f -c %T .)" = tmpfs ] || die "$DIRECTORY is not on tmpfs: shared memory would fill the node's disk"
roots .
if [ ! -e .owner ] && [ ! -L .owner ]; then # whole or not at all, and of one agent where two come at once
  mine=$(mktemp .owner-XXXXXX); echo "$AGENT" > "$mine"; chmod 0644 "$mine"; ln "$mine" .owner 2>/dev/null || :; rm "$mine"
fi
[ ! -L .owner ] && [ -f .owner ] && [ "$(cat .owner)" = "$AGENT" ] || die "$DIRECTORY is served by $(cat .owner), not by $AGENT: remove the other agent, then delete $DIRECTORY/.owner on the node"
[ -e "$VERSION" ] || [ -L "$VERSION" ] || mkdir -m 0755 "$VERSION"
roots "$VERSION"
for memory in $MEMORIES; do
  at=$VERSION/\${memory%%:*}
  ! grep -q " /node/$at tmpfs " /proc/mounts || die "$DIRECTORY/$at is a tmpfs, left by Backing.tmpfs(): another backing needs another version of the contract"
  leaf "$at" "$VERSION/.new-\${memory%%:*}" "\${memory##*:}" "$DIRECTORY/$at"
done
echo "$POD" > ".new-pod-$POD"; mv -T ".new-pod-$POD" .pod # for NodeCleanup: whose agent will start
`;

/** The parts of the mount steps that depend on whether SELinux may be enforcing. */
interface LabelParts {
  /** Finds the mount option for the label. */
  readonly find: string;
  readonly option: string;
  /** Refuses what is mounted with another label. */
  readonly refuse: string;
}

const WITHOUT_LABEL: LabelParts = { find: '', option: '', refuse: '' };

/** A kernel without SELinux refuses the option. A label that is set at the mount cannot change. */
const WITH_LABEL: LabelParts = {
  find: `
label='' # SELinux: one label for all that is in it, which containers of any level may use
! grep -qw selinuxfs /proc/filesystems || label=,context=${SHARED_FILES_CONTEXT}`,
  option: '$label',
  refuse: `
      grep -q "^[^ ]* $at [^ ]* [^ ]*$label" /proc/mounts || die "$shown is mounted without the SELinux label \${label#*=}, which cannot change: delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version"`,
};

/**
 * The agent's second step, only for Backing.tmpfs(): mounts each tmpfs so that the node and the
 * clients see it, which requires a privileged container. It reads /proc/mounts, because not every
 * busybox contains mountpoint(1). An existing tmpfs is kept and is never covered by a second mount.
 * Its size can change: it belongs to the file system. `noexec` cannot: it belongs to the mount, and
 * a remount in a container reaches neither the node nor the clients.
 *
 * @param needs whether SELinux may be enforcing on the nodes
 */
export function mountScript(needs: { readonly seLinux: boolean }): string {
  const { find, option, refuse } = needs.seLinux ? WITH_LABEL : WITHOUT_LABEL;
  return `\
# privileged: mounts each tmpfs once, where the node and the clients see it; one that is there stays, and may grow
${DIE}
${LEAF}
${BARE}${find}
for memory in $MEMORIES; do
  name=\${memory%%:*} rest=\${memory#*:} size=\${memory##*:}
  at=/node/$VERSION/$name shown=$DIRECTORY/$VERSION/$name
  [ ! -L "$at" ] || die "$shown is a symbolic link: somebody with root on the node made it; delete it there"
  mounts=$(awk -v at="$at" '$2 == at { n++; type = $3 } END { print n + 0, type }' /proc/mounts)
  exec=noexec; for each in \${EXECUTABLE-}; do [ "$each" != "$name" ] || exec=exec; done
  options=size=\${size}k,nosuid,nodev,$exec
  case $mounts in
    '0 ')
      bare "$at" tmpfs "$shown"
      mount -t tmpfs -o "$options,mode=0755${option}" cdk8s-shared-memory "$at"
      ;;
    '1 tmpfs')${refuse}
      is=exec; ! awk -v at="$at" '$2 == at { print "," $4 "," }' /proc/mounts | grep -q ,noexec, || is=noexec
      [ "$is" = "$exec" ] || die "$shown is mounted $is, not $exec, which cannot change: delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version"
      have=$(df -Pk "$at" | awk 'NR == 2 { print $2 }') used=$(df -Pk "$at" | awk 'NR == 2 { print $3 }')
      [ "$used" -le "$size" ] || die "$shown holds \${used}Ki, more than its size \${size}Ki: a tmpfs cannot shrink below what it holds; delete that on the node, or raise the size"
      if [ "$have" != "$size" ]; then mount -o "remount,$options" "$at"; echo "$shown was \${have}Ki, is now \${size}Ki"; fi
      ;;
    *) die "$shown has the mounts $mounts, not one tmpfs: unmount them on the node" ;;
  esac
  leaf "$at/${IN_TMPFS}" "$at/.new-${IN_TMPFS}" "\${rest%%:*}" "$shown/${IN_TMPFS}"
done
`;
}

/**
 * The same for memory in huge pages: mounts each hugetlbfs. The kernel takes a remount of a
 * hugetlbfs and changes nothing, so one of another size is refused.
 */
export function mountHugePagesScript(needs: { readonly seLinux: boolean }): string {
  const { find, option, refuse } = needs.seLinux ? WITH_LABEL : WITHOUT_LABEL;
  return `\
# privileged: mounts each hugetlbfs once, where the node and the clients see it; one that is there stays
${DIE}
${LEAF}
${BARE}${find}
for memory in $MEMORIES; do # NAME:MODE:PAGE:BYTES
  name=\${memory%%:*} size=\${memory##*:} rest=\${memory#*:}
  mode=\${rest%%:*} page=\${rest#*:} page=\${page%%:*}
  at=/node/$VERSION/$name shown=$DIRECTORY/$VERSION/$name
  [ ! -L "$at" ] || die "$shown is a symbolic link: somebody with root on the node made it; delete it there"
  mounts=$(awk -v at="$at" '$2 == at { n++; type = $3; options = $4 } END { print n + 0, type, options }' /proc/mounts)
  case $mounts, in
    '0  ,')
      bare "$at" hugetlbfs "$shown"
      mount -t hugetlbfs -o "pagesize=$page,size=$size,nosuid,nodev,noexec,mode=0755${option}" cdk8s-shared-memory "$at" || die "$shown cannot be mounted: does the node have huge pages of $page (/sys/kernel/mm/hugepages)?"
      ;;
    "1 hugetlbfs "*",pagesize=$page,size=$size,"*)${refuse} ;;
    '1 hugetlbfs '*) die "$shown is mounted with \${mounts##* }, not with pagesize=$page,size=$size: a hugetlbfs cannot be resized; give the contract another version, or delete its pods and unmount it on the node (NodeCleanup)" ;;
    *) die "$shown has the mounts $mounts, not one hugetlbfs: unmount them on the node" ;;
  esac
  leaf "$at/${IN_TMPFS}" "$at/.new-${IN_TMPFS}" "$mode" "$shown/${IN_TMPFS}"
done
`;
}

/**
 * Only for Leftovers.sweep(): empties the memories before the agent starts, except for the names to
 * keep. It runs as the owner of the memory's directory, who can remove everything in it except
 * non-empty directories of other users.
 */
export const SWEEP = `\
# the owner, without capabilities: removes what an earlier agent left, but for the names to keep
${DIE}
for memory in $MEMORIES; do
  for file in "/memory/$memory"/* "/memory/$memory"/.[!.]* "/memory/$memory"/..?*; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    for name in $KEEP; do [ "\${file##*/}" != "$name" ] || continue 2; done
    rm -rf "$file" || die "$DIRECTORY/$memory/\${file##*/} cannot be removed: something in it is closed to the agent, as a client that writes can make it; delete it on the node"
  done
done
`;

/**
 * The agent's last step: measures what an earlier agent left. It runs as the owner without
 * capabilities, because root without the DAC_OVERRIDE capability could not read the files.
 */
export const MEASURE = `\
# the owner, without capabilities: refuses to start over more bytes than the contract has
${DIE}
for memory in $MEMORIES; do
  name=\${memory%%:*} size=\${memory##*:}
  used=$(du -sk "/memory/$name") || die "$DIRECTORY/$name cannot be measured: something in it is closed to the agent, as a client that writes can make it; delete that on the node, not the directory itself"
  used=\${used%%[!0-9]*}
  [ "$used" -le "$size" ] || die "$DIRECTORY/$name holds \${used}Ki, more than its size \${size}Ki: left over from an earlier agent; delete files in it on the node, not the directory itself, or raise the size"
done
`;
