import { IN_TMPFS } from '../contract/node-layout';
import { SHARED_FILES_CONTEXT } from '../contract/selinux';

/**
 * The checks of a NodePreflight, as one POSIX shell script. The script reads its input from
 * environment variables. If the contracts do not need a check, its variables are not set, and the
 * script skips it. The script changes nothing. It reports all problems, not only the first one, and
 * writes the verdict to the termination message of its container.
 *
 * Sizes are in KiB. awk compares the numbers, because kernel.shmmax can be larger than the largest
 * integer that the shell supports.
 */
const TELL = `\
problems=0 warnings=0 told=''
ok() { echo "ok: $1"; }
tell() { echo "$1: $2"; told="$told
$1: $2"; }
problem() { problems=$((problems + 1)); tell problem "$1"; }
warning() { warnings=$((warnings + 1)); tell warning "$1"; }
verdict() {
  case $problems in 0) word=passed ;; *) word="not fit, problems: $problems" ;; esac
  echo "$NODE: $word, warnings: $warnings$told" > /dev/termination-log
  echo "$NODE: $word, warnings: $warnings"
  [ "$problems" = 0 ] || exit 1
}`;

const WITHOUT_HUGE_PAGES: HugePagesParts = {
  start: '',
  left: '',
  held: '[ "$2" = tmpfs ] || held=$((held + used))',
  pools: '',
};

/** The parts of the script for contracts with memory in huge pages. */
const WITH_HUGE_PAGES: HugePagesParts = {
  start: ' held1=0 held2=0',
  left: `
    'hugetlbfs:1 hugetlbfs')
      used=$(df -Pk "$at" | awk 'NR == 2 { print $3 }') has=$(df -Pk "$at" | awk 'NR == 2 { print $2 }')
      [ "$has" = "$3" ] || { problem "$shown: an earlier agent left a hugetlbfs of \${has}Ki, not of \${3}Ki, and the next one refuses it: it cannot be resized; remove it"; return 0; }
      ;;
    'hugetlbfs:0 ') bare hugetlbfs; return 0 ;;`,
  held: 'case $2:$1 in directory:*) held=$((held + used)) ;; hugetlbfs:*1Gi) held1=$((held1 + used)) ;; hugetlbfs:*) held2=$((held2 + used)) ;; esac',
  pools: `
# the pool of huge pages of the node; an earlier agent's pages are the next one's
pool() { # PAGE KIB-OF-A-PAGE PAGES HELD-KIB
  at=/sys/kernel/mm/hugepages/hugepages-\${2}kB
  [ -d "$at" ] || { problem "huge pages: the kernel of the node has none of $1; use another node"; return 0; }
  total=$(cat "$at/nr_hugepages") left=$(($(cat "$at/free_hugepages") - $(cat "$at/resv_hugepages") + $4 / $2))
  if less "$total" "$3"; then
    problem "huge pages: the node has $total of $1, but the contracts take $3; raise vm.nr_hugepages (or hugepages= at boot), and then restart the kubelet, which counts them once"
  elif less "$left" "$3"; then
    problem "huge pages: $left of the $total of $1 are free, but the contracts take $3; raise vm.nr_hugepages, and then restart the kubelet, or remove what holds them"
  else
    ok "huge pages: $left of the $total of $1 are free, the contracts take $3"
  fi
}
while read -r page kib pages; do
  case $page in 1Gi) pool "$page" "$kib" "$pages" "$held1" ;; *) pool "$page" "$kib" "$pages" "$held2" ;; esac
done <<EOF
$HUGE_PAGES
EOF
`,
};

/**
 * The part of the script for contracts whose nodes may enforce SELinux: the step that mounts the
 * memory refuses what an earlier agent mounted without the label, on a kernel that has SELinux.
 */
const REFUSE_WITHOUT_LABEL = `
  if [ "\${4-}" = labelled ] && grep -qw selinuxfs /proc/filesystems && ! grep -q "^[^ ]* $at [^ ]* [^ ]*,context=${SHARED_FILES_CONTEXT}" /proc/mounts; then
    problem "$shown is mounted without the SELinux label ${SHARED_FILES_CONTEXT}, which cannot change: the agent refuses it; delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version"
    return
  fi`;

/** The parts of the script for memory in huge pages. */
interface HugePagesParts {
  readonly start: string;
  readonly left: string;
  readonly held: string;
  readonly pools: string;
}

/** What the contracts have that needs checks of its own. */
export interface PreflightNeeds {
  readonly hugePages: boolean;
  readonly seLinux: boolean;
}

/** Returns the script with the checks that the contracts need. */
export function preflightScript(needs: PreflightNeeds): string {
  const huge = needs.hugePages ? WITH_HUGE_PAGES : WITHOUT_HUGE_PAGES;
  const refuse = needs.seLinux ? REFUSE_WITHOUT_LABEL : '';
  return `\
# runs as nobody, without capabilities: looks at the node and changes nothing; reports all problems at once
${TELL}
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 < b + 0) }'; }
room() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }

kernel=$(uname -r)
if [ -n "\${KERNEL:-}" ] && awk -v is="$kernel" -v least="$KERNEL" 'BEGIN { split(is, a, "[.-]"); split(least, b, "."); exit !(a[1] + 0 < b[1] + 0 || (a[1] + 0 == b[1] + 0 && a[2] + 0 < b[2] + 0)) }'; then
  problem "kernel $kernel: a client could write to the agent's memory, because the seal that prevents it came with $KERNEL; use a node with a newer kernel"
else
  ok "kernel $kernel"
fi

available=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
if less "$available" "$BUDGET"; then
  problem "memory: \${available}Ki are available, but the contracts may take \${BUDGET}Ki; use a node with more memory, or lower the sizes"
else
  ok "memory: \${available}Ki are available, the contracts may take \${BUDGET}Ki"
fi

held=0${huge.start}
# whether $1 is a directory, and not a link to one
fits() { [ ! -L "$1" ] && [ -d "$1" ]; }
contract() { # NAMESPACE.NAME VERSION AGENT
  at=/node/run/cdk8s-shared-memory/$1 shown=/run/cdk8s-shared-memory/$1
  if [ ! -e "$at" ] && [ ! -L "$at" ]; then ok "$shown: no agent of this contract has been here"; return; fi
  if ! fits "$at" || [ "$(stat -c %u:%g:%a "$at")" != 0:0:755 ]; then
    problem "$shown must be a directory of root with mode 0755, not a $(stat -c '%F of %u:%g with mode %a' "$at"): the agent refuses it; delete it on the node"
    return
  fi
  owner=$(cat "$at/.owner" 2>/dev/null || :)
  if [ -e "$at/.owner" ] && [ ! -r "$at/.owner" ]; then
    warning "$shown: its file .owner, which cannot be read, says who serves it; that must be $3"
  elif [ -n "$owner" ] && [ "$owner" != "$3" ]; then problem "$shown is served by $owner, not by $3: the agent refuses it; remove the other agent, and then what it left"; fi
  for version in "$at"/*; do
    [ ! -e "$version" ] || [ "\${version##*/}" = "$2" ] || warning "$shown/\${version##*/}: left by another version of the contract; it stays until the node restarts or somebody removes it"
  done
}
bare() { # TYPE: of the mount that is not there yet
  case $(stat -c %u:%g:%a "$at"):$(ls -A "$at" | grep -vx ${IN_TMPFS} || :; ls -A "$at/${IN_TMPFS}" 2>/dev/null || :) in
    0:0:700:*) ;;
    0:0:755:) warning "$shown is an empty directory of root, as a pod with type DirectoryOrCreate makes it: the agent replaces it" ;;
    *) problem "$shown exists, but is not the bare mountpoint of a $1: the agent refuses it; if an agent with another backing made it, give the contract another version; if not, look what is in it, and delete it" ;;
  esac
}
memory() { # NAMESPACE.NAME/VERSION/MEMORY BACKING SIZE${needs.seLinux ? ' [labelled]' : ''}
  at=/node/run/cdk8s-shared-memory/$1 shown=/run/cdk8s-shared-memory/$1
  [ -e "$at" ] || [ -L "$at" ] || return 0
  if ! fits "$at"; then problem "$shown is not a directory: the agent refuses it; delete it on the node"; return; fi
  mounts=$(awk -v at="$at" '$2 == at { n++; type = $3 } END { print n + 0, type }' /proc/mounts)
  case $2:$mounts in
    'directory:0 ') used=$(du -sk "$at" 2>/dev/null) || { warning "$shown: left by an earlier agent; it cannot be measured, because its group may not read it"; return 0; } ;;
    'tmpfs:1 tmpfs') used=$(df -Pk "$at" | awk 'NR == 2 { print $3 }') ;;
    'tmpfs:0 ') bare tmpfs; return 0 ;;${huge.left}
    *) problem "$shown has the mounts $mounts, which is not Backing.$2(): the agent refuses it; another backing needs another version of the contract"; return 0 ;;
  esac${refuse}
  used=\${used%%[!0-9]*}
  if less "$3" "$used"; then
    problem "$shown holds \${used}Ki, more than its size \${3}Ki: an earlier agent left it, and the next one refuses it; remove it"
  else
    ok "$shown holds \${used}Ki of an earlier agent, which the next one takes over"
  fi
  ${huge.held}
}
if [ -n "\${CONTRACTS:-}" ]; then
  while read -r name version agent; do contract "$name" "$version" "$agent"; done <<EOF
$CONTRACTS
EOF
  while read -r path backing size${needs.seLinux ? ' label' : ''}; do memory "$path" "$backing" "$size"${needs.seLinux ? ' "$label"' : ''}; done <<EOF
$MEMORIES
EOF
  at=/node/run/cdk8s-shared-memory
  [ -d "$at" ] || at=/node/run
  type=$(stat -f -c %T "$at") free=$(room "$at")
  if [ "$type" != tmpfs ]; then
    problem "/run is on $type, not on a tmpfs: the agent refuses it, because shared memory would fill the node's disk; mount a tmpfs there"
  elif less "$((free + held))" "$RUN"; then
    problem "/run has room for $((free + held))Ki, but the directories in it may take \${RUN}Ki; make the tmpfs larger, lower the sizes, or use Backing.tmpfs()"
  else
    ok "/run is a tmpfs with room for $((free + held))Ki"
  fi
fi
${huge.pools}
if [ -n "\${DEV_SHM:-}" ]; then
  free=$(room /node/dev/shm)
  shown="/dev/shm: $(df -Pk /node/dev/shm | awk 'NR == 2 { print $3 "Ki of " $2 "Ki are used" }')"
  if less "$free" "$DEV_SHM"; then
    problem "$shown, but the contracts may take \${DEV_SHM}Ki; make it larger (mount -o remount,size=...), or lower the sizes"
  else
    ok "$shown"
  fi
  case $(cat /proc/sys/fs/protected_regular 2>/dev/null || :) in
    ''|0) ok 'fs.protected_regular is off' ;;
    *) warning 'fs.protected_regular is on: open with O_CREAT fails (EACCES) for an object of another user in /dev/shm, so clients must open it without O_CREAT' ;;
  esac
fi

if [ -n "\${SEGMENTS:-}" ]; then
  read -r count largest sum <<EOF
$SEGMENTS
EOF
  limit() { cat "/proc/sys/kernel/$1"; }
  read -r segments pages <<EOF
$(awk 'NR > 1 { n++; pages += int(($4 + 4095) / 4096) } END { printf "%d %.0f\\n", n, pages }' /proc/sysvipc/shm)
EOF
  if less "$(limit shmmax)" "$((largest * 1024))"; then problem "kernel.shmmax is $(limit shmmax) bytes, but the largest segment has \${largest}Ki: shmget fails; raise the limit"; else ok "kernel.shmmax is $(limit shmmax)"; fi
  if less "$(limit shmall)" "$((pages + (sum + 3) / 4))"; then problem "kernel.shmall is $(limit shmall) pages, of which $pages are used, but the contracts may take \${sum}Ki: shmget fails; raise the limit"; else ok "kernel.shmall is $(limit shmall), $pages pages are used"; fi
  if less "$(limit shmmni)" "$((segments + count))"; then problem "kernel.shmmni is $(limit shmmni), there are $segments segments, and the contracts have $count: shmget fails; raise the limit"; else ok "kernel.shmmni is $(limit shmmni), there are $segments segments"; fi
  queues=$(awk 'END { print NR - 1 }' /proc/sysvipc/msg)
  shown="kernel.msgmni is $(limit msgmni), there are $queues message queues, each of at most $(limit msgmnb) bytes in messages of at most $(limit msgmax)"
  if less "$queues" "$(limit msgmni)"; then ok "$shown"; else warning "$shown: if the agent has queues, msgget fails"; fi
fi

if [ -n "\${USERS:-}" ]; then
  # systemd reads the first of the main files, and then all others by their names; one in /etc hides that of the same name in /run
  configuration() {
    for file in /node/etc/systemd/logind.conf /node/run/systemd/logind.conf; do if [ -r "$file" ]; then cat "$file"; break; fi; done
    for file in /node/run/systemd/logind.conf.d/*.conf /node/etc/systemd/logind.conf.d/*.conf; do [ ! -r "$file" ] || echo "\${file##*/} $file"; done |
      awk '{ at[$1] = $2 } END { for (name in at) print name, at[name] }' | sort | while read -r _ file; do cat "$file"; done
  }
  remove=$(configuration | awk -F= '/^[ \\t]*RemoveIPC[ \\t]*=/ { gsub(/[ \\t\\r]/, "", $2); value = tolower($2) } END { print value }')
  if [ ! -d /node/run/systemd/system ]; then
    ok 'no systemd, which would remove IPC objects'
  else
    case $remove in
      no|n|false|f|off|0) ok 'RemoveIPC is off' ;;
      *) warning "RemoveIPC of systemd-logind is \${remove:-not set in /etc and /run, and on by default}: it removes the segments, and the objects in /dev/shm, of user $USERS when such a user logs out of the node; set RemoveIPC=no in /etc/systemd/logind.conf, or let nobody log in with that id" ;;
    esac
  fi
fi

if [ -d /node/sys ]; then
  mode=$(cat /node/sys/fs/selinux/enforce 2>/dev/null || :)
  case $mode:$(cat /proc/self/attr/current 2>/dev/null || :) in
    0:*) ok 'SELinux is permissive' ;;
    1:*|*:*:*:*)
      case \${SELINUX:-} in
        expected) ok 'SELinux is enforcing, and the contracts are for such nodes' ;;
        *) warning 'SELinux is enforcing: agents and clients get "Permission denied", unless all contracts say seLinux: true' ;;
      esac
      ;;
    *) ok 'SELinux is off' ;;
  esac
fi

verdict
`;
}

/**
 * Checks whether mounts that the agent creates are visible on the node: this requires that /run is
 * a shared mount.
 */
export const PROPAGATION = `\
# runs as nobody. This container was started, which shows that /run may propagate what is mounted in it; a mount that does has a master here
${TELL}
at=/node/run shown=/run
! awk '$5 == "/node/run/cdk8s-shared-memory" { found = 1 } END { exit !found }' /proc/self/mountinfo || at=/node/run/cdk8s-shared-memory shown=/run/cdk8s-shared-memory
if awk -v at="$at" '$5 == at && / (master|shared):[0-9]+ / { found = 1 } END { exit !found }' /proc/self/mountinfo; then
  ok 'mounts below /run reach the node and its containers'
else
  problem "$shown is not a shared mount: a tmpfs that the agent mounts would reach neither the node nor its clients; mount --make-rshared $shown"
fi
verdict
`;
