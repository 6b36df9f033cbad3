/**
 * The init steps, one POSIX shell script each. Their data comes by the environment, so that the script is the same in every pod and a reviewer reads it
 * once. What they print last arrives in the termination message (`terminationMessagePolicy: FallbackToLogsOnError`).
 */

/**
 * First step of the agent: makes the directories. Runs as root with CHOWN alone, so a directory of somebody else can neither be read nor changed.
 * chmod comes before chown: afterwards root without FOWNER is refused.
 */
export const PREPARE = `\
# root with CHOWN alone: makes the directories; follows no link; touches nothing that is right
die() { echo "$1" >&2; exit 1; }
roots() { [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %u:%g:%a "$1")" = 0:0:755 ] || die "$DIRECTORY: $1 must be a directory of root with mode 0755, not a $(stat -c '%F of %u:%g with mode %a' "$1")"; }
cd /node
[ "$(stat -f -c %T .)" = tmpfs ] || die "$DIRECTORY is not on tmpfs: shared memory would fill the node's disk"
roots .
( set -C; echo "$AGENT" > .owner ) 2>/dev/null || :
[ ! -L .owner ] && [ "$(cat .owner)" = "$AGENT" ] || die "$DIRECTORY is served by $(cat .owner), not by $AGENT: remove the other agent, then delete $DIRECTORY/.owner on the node"
[ -e "$VERSION" ] || [ -L "$VERSION" ] || mkdir -m 0755 "$VERSION"
roots "$VERSION"
for memory in $MEMORIES; do
  leaf=$VERSION/$memory new=$VERSION/.new-$memory
  [ ! -L "$leaf" ] || die "$DIRECTORY/$leaf is a symbolic link: somebody with root on the node made it; delete it there"
  if [ ! -e "$leaf" ]; then
    [ ! -d "$new" ] || rmdir "$new"
    mkdir "$new"; chmod "$MODE" "$new"; chown "$OWNER" "$new"; mv -T "$new" "$leaf"
  elif [ ! -d "$leaf" ]; then
    die "$DIRECTORY/$leaf is not a directory: delete it on the node"
  elif [ "$(stat -c %u:%g:%a "$leaf")" != "$OWNER:$MODE" ]; then
    echo "$DIRECTORY/$leaf was $(stat -c %u:%g:%a "$leaf"), must be $OWNER:$MODE: repaired"
    chown -h 0:0 "$leaf"; chmod "$MODE" "$leaf"; chown -h "$OWNER" "$leaf"
  fi
done
`;

/**
 * Second step of the agent: measures what is left over from before. Runs as the owner without capabilities: root without DAC_OVERRIDE could not read it.
 */
export const MEASURE = `\
# the owner, without capabilities: refuses to start over more bytes than the contract has
die() { echo "$1" >&2; exit 1; }
for memory in $MEMORIES; do
  name=\${memory%%:*} size=\${memory##*:}
  used=$(du -sk "/memory/$name") || die "$DIRECTORY/$name cannot be measured: some of it belongs to somebody else; delete that on the node"
  used=\${used%%[!0-9]*}
  [ "$used" -le "$size" ] || die "$DIRECTORY/$name holds \${used}Ki, more than its size \${size}Ki: left over from an earlier agent; delete it on the node, or raise the size"
done
`;

/** What a client waits for: all that it names must be there. */
export const WAIT = `\
# waits until the agent has made what the contract names
case $UNTIL in
  file:*) there() { [ -e "\${UNTIL#file:}" ]; } ;;
  systemVKey:*) there() { awk -v key="\${UNTIL#systemVKey:}" '$1 == key { found = 1 } END { exit !found }' /proc/sysvipc/shm; } ;;
  *) echo "cannot wait for $UNTIL" >&2; exit 1 ;;
esac
there || echo "waiting for $UNTIL of contract $CONTRACT"
until there; do sleep 1; done
`;
