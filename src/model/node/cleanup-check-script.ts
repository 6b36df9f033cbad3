import { TELL } from './cleanup-scripts';

/**
 * Decides who has the memory. The input is a list of facts, one per line, which the script below
 * collects; the output is one line for each user that it finds:
 *
 * - `/proc/PID WHAT`: the process has the memory, and how.
 * - `kubelet UID`: the kubelet has mounted the memory for a pod.
 * - `deleted LINK`: a process has opened a deleted file, on the file system of the memory.
 * - `blind /proc/PID`: nothing is known about the process.
 * - `unsure`: the facts are not complete.
 *
 * Files are compared by device and inode, and mounts by device and root, because every container
 * sees other paths. A tmpfs of the contract contains nothing but its memory, so its device is
 * enough. In a directory, and for objects in /dev/shm, the inodes come last, so that the memory
 * that awk needs does not grow with the number of files.
 */
const DECIDE = `\
function has(who, what) { if (!told[who, what]++) print who, what }
function note(file, what) { held[file] = held[file] process SUBSEP what SUBSEP }
function below(root) { return root == "/" ? root : root "/" }
BEGIN { folder = "/" ENVIRON["CONTRACT"] "/"; count = split(ENVIRON["OBJECTS"], names, " "); for (i = 1; i <= count; i++) object["/" names[i]] }
$1 == "device" { kind[$3] = kind[$4] = kind[$5] = $2; root[$2] = $6; next }
$1 == "own" { own = $2; ipc = $3; next }
$1 == "segment" { segment[$2] = $3; next }
$1 == "blind" { has($1, $2); next }
$1 == "inode" { file = $2 ":" $4; if (kind[$3] == $2 && file in held) { n = split(held[file], each, SUBSEP); for (i = 1; i < n; i += 2) has(each[i], each[i + 1]) } next }
$1 == "end" { complete++; next }
{ match($1, "^/proc/[0-9]+(/task/[0-9]+)?"); process = substr($1, 1, RLENGTH); file = substr($1, RLENGTH + 2); sub(":.*", "", file) }
file == "ns/mnt" { space[process] = $2; next }
file == "ns/ipc" { if ($2 == ipc) shares[process]; next }
file == "status" { if (!(process in space)) has("blind", process); next }
process in space && space[process] == own { if ($3 in kind && file == "mountinfo") mounted = 1; if ($2 in kind && file ~ "^fd/") opened = 1; next }
file == "mountinfo" && $3 in kind {
  of = kind[$3]
  if ($4 == "/" && index($5 "/", folder)) next # the path of the node itself, or of who has more than this memory
  if (of == "directory" && index($4 "/", below(root[of])) != 1) next
  if (of == "objects" && !(substr($4, length(below(root[of]))) in object)) next
  if (match($5, "/pods/[^/]+/volume")) { has("kubelet", substr($5, RSTART + 6, RLENGTH - 13)); next }
  if (!listed[process in space ? space[process] : process, $5]++) has(process, "mounts it at " $5)
}
file == "cwd" || file == "root" || file ~ "^fd/" {
  if (!($2 in kind)) next
  what = file == "cwd" ? "has its working directory in it" : file == "root" ? "has its root directory in it" : "has a file of it open"
  if (kind[$2] == "tmpfs") has(process, what)
  else if ($4 == 0) print "deleted", $1
  else note(kind[$2] ":" $3, what)
}
file == "maps" {
  if (index($6, "/SYSV") == 1) { if ($5 in segment && process in shares) has(process, "has segment " segment[$5] " attached") }
  else if ($4 in kind) {
    if (kind[$4] == "tmpfs") has(process, "maps a file of it")
    else if ($NF == "(deleted)" && (kind[$4] == "directory" ? index($0, folder) : substr($6, length("/dev/shm/")) in object)) has(process, "maps a deleted file of it")
    else note(kind[$4] ":" $5, "maps a file of it")
  }
}
END { if (!complete || !mounted || !opened) print "unsure" }`;

/**
 * Checks whether the memory is still in use. The script refuses if a process has it mapped,
 * attached, open, as its working directory or as its root directory; if a container, or the kubelet
 * for a pod, has it mounted; and if there is a process that it cannot look at. Which user a process
 * runs as does not matter.
 *
 * - **Mounts** are in `/proc/PID/mountinfo`. A directory of the contract is a mount whose root is
 *   the contract's directory or below it. The node's own table also lists what the kubelet mounts
 *   for a pod, for as long as the pod exists, even while none of its containers run.
 * - **Open files** are the links in `/proc/PID/fd`, and mapped ones are in `/proc/PID/maps`.
 * - **System V segments** have a count of attachments in `/proc/sysvipc/shm`, which any user can
 *   read. A contract with nothing but segments therefore needs no privilege to be checked.
 * - **The agent's pod** has nothing of the memory between its init steps and the start of its
 *   containers. PREPARE has written down which pod it is; if the container runtime keeps a process
 *   for it all the while (containerd does; CRI-O need not), that process is found by its cgroup.
 * - The script itself mounts the memory, and has opened it. If it does not find itself, it cannot
 *   see the processes either, and refuses.
 */
export const CHECK = `\
# refuses while a process of the node has the memory, whatever its user; and if there is a process that it cannot look at
${TELL}
export LC_ALL=C
for tool in awk cat find grep head readlink sed sort stat tr xargs; do command -v "$tool" >/dev/null || die "the tool image has no $tool"; done
[ $$ != 1 ] || die 'this pod is not in the process namespace of its node, although it has hostPID: it cannot look at the processes of the node'
who() { # PID, or a path below /proc/PID
  id=\${1#/proc/} id=\${id%%/*}
  command=$(cat "/proc/$id/comm" 2>/dev/null) || { echo "process $id (which has ended)"; return 0; }
  user=$(sed -n 's/^Uid:[^0-9]*\\([0-9]*\\).*/\\1/p' "/proc/$id/status" 2>/dev/null || :)
  pod=$(sed -n 's/.*pod\\([0-9a-f]\\{8\\}[-_0-9a-f]*\\).*/\\1/p' "/proc/$id/cgroup" 2>/dev/null | head -n 1 | tr _ -)
  echo "process $id (uid \${user:-?}, $(echo "$command" | tr -cd ' -~')\${pod:+, pod $pod})"
}
of() { for file; do printf "%s/$file\\n" $processes; done; }

segments='' used=''
for key in \${KEYS:-}; do
  set -- $(awk -v key="$key" '$1 == key { print $2, $5, $6, $7 }' /proc/sysvipc/shm)
  [ "\${4:-0}" != 0 ] || continue
  segments="$segments
segment $1 $key"
  used="$used
segment $key: nattch is $4; created by $(who "$2"), last attached or detached by $(who "$3")"
done

found=''
if [ -n "\${DIRECTORY:-}\${OBJECTS:-}" ]; then
  [ -z "\${OBJECTS:-}" ] || exec 9</node-shm
  [ -z "\${DIRECTORY:-}" ] || exec 9</node
  # the file systems of the memory, as mountinfo, maps and stat write them
  devices=$(awk '
    { kind = $5 == "/node" ? "directory" : $5 == "/node-shm" ? "objects" : index($5, "/node/") == 1 && $4 == "/" && / - (tmpfs|hugetlbfs) / ? "tmpfs" : "" }
    kind { split($3, n, ":"); print "device", kind, $3, sprintf("%02x:%02x", n[1], n[2]), n[1] * 256 + n[2] % 256 + int(n[2] / 256) * 1048576, $4 }' /proc/self/mountinfo)
  processes=$(printf '%s\\n' /proc/[0-9]*)
  for zombie in $(grep -ls '^State:.Z' /proc/[0-9]*/status); do # the first thread of a process has ended, others may live
    for thread in "\${zombie%/status}"/task/*; do processes="$processes $thread"; done
  done
  facts() {
    echo "$devices$segments"
    echo "own $(stat -L -c %i /proc/self/ns/mnt /proc/self/ns/ipc | tr '\\n' ' ')"
    of ns/mnt ns/ipc | xargs stat -L -c '%n %i' 2>/dev/null || :
    of status | xargs grep -Hs '^VmSize:' || : # only what has memory of its own: no thread of the kernel, no zombie
    of mountinfo | xargs grep -FHse "$(echo "$devices" | awk '{ print " " $3 " " }')" || :
    of cwd root | xargs stat -L -c '%n %d %i %h' 2>/dev/null || :
    exec 3>&1
    find $(of fd) -mindepth 1 -maxdepth 1 -exec stat -L -c '%n %d %i %h' {} + 2>&1 >&3 | sed -n '/No such /d; s|^find: [^/]*\\(/proc/[0-9/task]*\\)/fd[^/]*: .*|\\1|p' | {
      blind=$(cat) # written in one piece, after find
      for process in $blind; do echo "blind $process"; done
    }
    of maps | xargs grep -FHse "$(echo "$devices" | awk '{ print " " $4 " " }'; for key in \${KEYS:-}; do printf '/SYSV%08x\\n' $((key & 0xffffffff)); done)" || :
    [ -z "\${DIRECTORY:-}" ] || find /node -xdev -exec stat -c 'inode directory %d %i' {} + || return 0
    for name in \${OBJECTS:-}; do [ ! -e "/node-shm/$name" ] || stat -c 'inode objects %d %i' "/node-shm/$name" || return 0; done
    echo end
  }
  found=$(facts | awk '
${DECIDE}')
fi

users='' blind='' last=''
while read -r link what; do
  case $link in
    '') continue ;;
    unsure) die "nobody knows who has the memory of contract $CONTRACT, so nothing was removed: this container does not find itself among the processes of the node, or cannot list the files of the contract" ;;
    blind) blind="$blind
$(who "$what"): cannot be looked at" && continue ;;
    deleted)
      deleted=$(readlink "$what" || :) name=\${deleted#/dev/shm/}
      case "$deleted \${OBJECTS:-} " in
        */"$CONTRACT"/*" (deleted) "* | *" (deleted) "*" \${name% (deleted)} "*) ;;
        *) continue ;;
      esac
      link=\${what%/fd/*} what='has a deleted file of it open' ;;
  esac
  if [ "$link" = kubelet ]; then
    users="$users
the kubelet, for pod $what: has it mounted"
  elif [ "$link" = "$last" ]; then
    users="$users, $what"
  else
    users="$users
$(who "$link"): $what"
  fi
  last=$link
done <<END
$(echo "$found" | sort)
END
prepared=$(cat /node/.pod 2>/dev/null | tr -cd '0-9a-f-')
if [ -z "$used$users$blind" ] && [ -n "$prepared" ]; then # its agent has nothing yet, but what is mounted for it
  for process in $(of cgroup | xargs grep -lsE "pod($prepared|$(echo "$prepared" | tr - _))"); do
    users="$users
$(who "$process"): is of the pod that has prepared the memory, and whose agent can be about to start"
  done
fi
list() { # at most ten: a termination message has room for 4096 bytes
  total=$(echo "$1" | grep -c .)
  echo "$1" | grep . | head -n 10 | while read -r line; do tell "  $line"; done
  [ "$total" -le 10 ] || tell "  and $((total - 10)) more"
}
users="$used$users"
[ -n "$users$blind" ] || { tell "nobody uses the memory of contract $CONTRACT"; exit 0; }
if [ -n "$users" ]; then
  tell "contract $CONTRACT is still in use, so nothing was removed:"
  list "$users"
  tell 'delete its agent and its clients first (which pod has this uid: kubectl get pods -A -o custom-columns=UID:.metadata.uid,NAMESPACE:.metadata.namespace,NAME:.metadata.name); end processes without a pod on the node'
fi
if [ -n "$blind" ]; then
  tell "contract $CONTRACT may be in use, so nothing was removed:"
  list "$blind"
  tell 'to look at these processes, this container must run as root with SYS_PTRACE and DAC_READ_SEARCH, and no AppArmor profile or SELinux policy may forbid it; what they have was not looked at'
fi
exit 1
`;
