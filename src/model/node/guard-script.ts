import { ROOTS } from '../agent/init-scripts';
import { IN_TMPFS } from '../contract/node-layout';

/**
 * The script of a `NodeGuard`. It goes on, because the owner of a directory can remove it and make
 * it anew; clients that start then must get the new one.
 *
 * A bind is made whole in a private mount and then appears on the node at once, so a client mounts
 * either all of it or waits. What a client mounts is a directory in that mount and not the mount
 * point itself, which is there without it. The bind is private, because what the owner mounts in or
 * over its directory later would otherwise appear in it, writable.
 *
 * What is refused does not end the script, so that it keeps no other directory from being bound.
 * The readiness probe prints /staging/problem.
 */
export const GUARD = `\
# privileged: checks each directory that somebody else makes, and binds it where the clients' mounts look
tell() { echo "$NODE: $1"; }
die() { rm -f /staging/ready; echo "$NODE: $1" >&2; exit 1; }
wrong() { problems="$problems$1
"; }
${ROOTS}
identity() { stat -c %d:%i "$1"; }
problem() { # of a directory of the node: why it is refused, "absent", or nothing
  at=/host left=\${1#/}
  while [ "$left" != "\${left#*/}" ]; do # its parents
    at=$at/\${left%%/*} left=\${left#*/}
    if [ -L "$at" ]; then echo "\${at#/host} is a symbolic link"; return; fi
    if [ ! -e "$at" ]; then echo absent; return; fi
    if [ ! -d "$at" ]; then echo "\${at#/host} is not a directory"; return; fi
    is=$(stat -c %u:%a "$at" 2>/dev/null) || { echo absent; return; }
    case $is in
      0:*[2367] | 0:*[2367]?) echo "others than root can write \${at#/host}, which has mode \${is#*:}, and put another directory in the place of $1"; return ;;
      0:*) ;;
      *) echo "\${at#/host} belongs to user \${is%%:*}, who can put another directory in the place of $1"; return ;;
    esac
  done
  at=$at/$left
  if [ -L "$at" ]; then echo "$1 is a symbolic link"
  elif [ ! -e "$at" ]; then echo absent
  elif [ ! -d "$at" ]; then echo "$1 is not a directory"; fi
}
mounts() { awk -v at="$1" '$2 == at || index($2, at "/") == 1 { print $2 }' /proc/mounts; } # at a path, and below it
unbind() { # AT: clients that have it keep it; new ones wait
  [ -n "$(mounts "$1")" ] || return 0
  for mount in $(mounts "$1" | sort -r); do umount -l "$mount"; done
}
bind() { # AT PATH: fails if the owner changes the directory in the meantime
  mkdir -p /staging/new
  mount -t tmpfs -o size=64k,mode=0755,nosuid,nodev,noexec cdk8s-shared-memory /staging/new
  mkdir /staging/new/${IN_TMPFS}
  mount -o bind "/host$2" /staging/new/${IN_TMPFS} 2>/dev/null || { umount /staging/new; return 1; }
  mount --make-private /staging/new/${IN_TMPFS}
  noexec=$(awk '$2 == "/staging/new/${IN_TMPFS}" { print "," $4 "," }' /proc/mounts | grep -o ',noexec,' || :)
  mount -o "remount,bind,$ACCESS,nosuid,nodev\${noexec%,}" /staging/new/${IN_TMPFS}
  bound=no
  if [ -z "$(problem "$2")" ] && [ "$(identity /staging/new/${IN_TMPFS})" = "$(identity "/host$2" 2>/dev/null)" ]; then
    [ -e "$1" ] || mkdir -m 0755 "$1"
    roots "$1"
    mount -o rbind /staging/new "$1"
    bound=yes
  fi
  umount /staging/new/${IN_TMPFS} && umount /staging/new
  [ "$bound" = yes ]
}
trap 'exit 0' TERM INT
rm -f /staging/ready /staging/problem
if [ "$ACCESS" = rw ]; then
  mkdir -p /staging/selinux
  if mount -t selinuxfs selinuxfs /staging/selinux 2>/dev/null; then
    [ "$(cat /staging/selinux/enforce)" = 0 ] || die "SELinux is enforcing on this node: clients that write by claim to a directory of somebody else were not tried there; let them only read"
    umount /staging/selinux
  fi
fi
cd /node
roots .
[ -e "$VERSION" ] || [ -L "$VERSION" ] || mkdir -m 0755 "$VERSION"
roots "$VERSION"
said=
while :; do
  problems=
  for memory in $MEMORIES; do # NAME:PATH
    at=/node/$VERSION/\${memory%%:*} path=\${memory#*:} why=$(problem "\${memory#*:}")
    case $why in
      absent)
        [ -z "$(mounts "$at")" ] || tell "$path is gone"
        unbind "$at"
        wrong "waits for $path"
        ;;
      '')
        have=$(mounts "$at" | head -2 | tr '\\n' ' ')
        if [ "$have" != "$at $at/${IN_TMPFS} " ] || [ "$(identity "$at/${IN_TMPFS}")" != "$(identity "/host$path")" ]; then
          [ -z "$have" ] || tell "$path is another directory than before: clients that run keep the old one until they restart"
          unbind "$at"
          if bind "$at" "$path"; then tell "bound $path"; else wrong "$path changed while it was bound"; fi
        fi
        ;;
      *)
        unbind "$at"
        wrong "$path is refused: $why"
        ;;
    esac
  done
  if [ -z "$problems" ]; then touch /staging/ready; rm -f /staging/problem
  else
    rm -f /staging/ready
    printf '%s' "$problems" > /staging/problem
    [ "$problems" = "$said" ] || printf '%s' "$problems" | while read -r problem; do tell "$problem"; done
  fi
  said=$problems
  sleep 5 & wait $!
done
`;
