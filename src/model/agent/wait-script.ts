import { CONFINED } from './script-step';

/** What a client can wait for, as the beginning of the variable `UNTIL` names it. */
export const AWAITED = ['file', 'socket', 'systemVKey'] as const;

export type Awaited = (typeof AWAITED)[number];

const SHOWN = `shown() { ls -ldn "$what" | awk '{ print "mode " $1 " of " $3 ":" $4 }'; }`;

/** Shell functions and a variable for each: is it there, can it be opened, what to mend. */
const OF: Record<Awaited, string> = {
  file: `\
there() { [ -e "$what" ]; }
${SHOWN}
opens() { if [ -d "$what" ]; then ls "$what"; elif [ -S "$what" ]; then [ -w "$what" ]; elif [ "$ACCESS" = readWrite ]; then : <> "$what"; else : < "$what"; fi; }
fix='the agent must create it for its group (umask 007 for clients that write, 027 for those that read), or the contract let clients run as its owner (clientUser)'`,
  socket: `\
there() { [ -S "$what" ]; }
${SHOWN}
opens() { [ -w "$what" ]; }
fix='the agent must bind it with umask 007: who connects needs write permission on the socket'`,
  systemVKey: `\
there() { awk -v key="$what" '$1 == key { found = 1 } END { exit !found }' /proc/sysvipc/shm; }
shown() { awk -v key="$what" '$1 == key { printf "mode %03d of %d:%d", $3 % 1000, $8, $9 }' /proc/sysvipc/shm; }
opens() { awk -v key="$what" -v need="$([ "$ACCESS" = readWrite ] && echo 6 || echo 4)" -v uid="$(id -u)" -v gids=" $(id -G) " '
  $1 == key { mode = $3 % 1000; class = uid == $8 || uid == $10 ? 100 : (index(gids, " " $9 " ") || index(gids, " " $11 " ") ? 10 : 1)
    digit = int(mode / class) % 10; ok = need == 6 ? digit >= 6 : digit >= 4 } END { exit !ok }' /proc/sysvipc/shm; }
fix='the agent must give shmget a mode for its group, 0660 for clients that write, 0640 for those that read'`,
};

/**
 * Returns the step that a client runs: it waits until the file, the socket or the System V segment
 * that the contract names exists, and then opens it as the client will. `test -r` and `test -w` are
 * not enough: they do not see a read-only mount, nor what root lacks without capabilities. If the
 * step runs as the client's own user (`CLIENT=known`) and cannot open it, the step fails and says
 * why. Otherwise it only reports, because the client may be allowed to do what the step is not.
 *
 * For a System V segment it compares the mode, because sh cannot attach it.
 */
export function waitScript(kind: Awaited): string {
  const denied =
    kind === 'systemVKey'
      ? ''
      : `case $(ls -d "$what" 2>&1 || :) in *[Pp]'ermission denied') ls -d "$what" || :; confined ;; esac\n`;
  return `\
# waits until the agent has made what the contract names, then opens it as the client does
what=\${UNTIL#*:}
${CONFINED}
${OF[kind]}
there || echo "waiting for $UNTIL of contract $CONTRACT"
${denied}until there; do sleep 1; done
tries=0
until why=$( (opens) 2>&1 >/dev/null ); do
  tries=$((tries + 1))
  if [ $tries -gt 5 ]; then # it may have been made a moment ago, with its mode still to come
    echo "$UNTIL of contract $CONTRACT has $(shown) and cannot be opened, $ACCESS, by user $(id -u) with groups $(id -G)\${why:+ ($why)}: $fix" >&2
    confined >&2
    [ "$CLIENT" != known ] || exit 1
    echo "the client's own user is not known here, so its container starts all the same" >&2
    exit 0
  fi
  sleep 1
done
`;
}
