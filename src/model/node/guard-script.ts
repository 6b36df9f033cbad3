import { IN_TMPFS } from '../contract/node-layout';

/**
 * The script of a `NodeGuard`. It goes on, because the owner of a directory can remove it and make
 * it anew; clients that start then must get the new one.
 *
 * A bind is made whole in a private mount and then appears on the node at once, so a client mounts
 * either all of it or waits. What a client mounts is a directory in that mount and not the mount
 * point itself, which is there without it.
 */
export const GUARD = `\
# privileged: checks each directory that somebody else makes, and binds it where the clients' mounts look
tell() { echo "$NODE: $1"; }
die() { rm -f /staging/ready; echo "$NODE: $1" >&2; exit 1; }
roots() { [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %u:%g:%a "$1")" = 0:0:755 ] || die "$DIRECTORY: $1 must be a directory of root with mode 0755, not a $(stat -c '%F of %u:%g with mode %a' "$1")"; }
identity() { stat -c %d:%i "$1"; }
problem() { # of a directory of the node: why it is refused, "absent", or nothing
  at=/host left=\${1#/}
  while [ "$left" != "\${left#*/}" ]; do # its parents
    at=$at/\${left%%/*} left=\${left#*/}
    if [ -L "$at" ]; then echo "\${at#/host} is a symbolic link"; return; fi
    if [ ! -e "$at" ]; then echo absent; return; fi
    if [ ! -d "$at" ]; then echo "\${at#/host} is not a directory"; return; fi
    case $(stat -c %u:%a "$at") in
      0:*[2367] | 0:*[2367]?) echo "others than root can write \${at#/host}, which has mode $(stat -c %a "$at"), and put another directory in the place of $1"; return ;;
      0:*) ;;
      *) echo "\${at#/host} belongs to user $(stat -c %u "$at"), who can put another directory in the place of $1"; return ;;
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
bind() { # AT PATH
  mkdir -p /staging/new
  mount -t tmpfs -o size=64k,mode=0755,nosuid,nodev,noexec cdk8s-shared-memory /staging/new
  mkdir /staging/new/${IN_TMPFS}
  mount -o bind "/host$2" /staging/new/${IN_TMPFS}
  noexec=$(awk '$2 == "/staging/new/${IN_TMPFS}" { print "," $4 "," }' /proc/mounts | grep -o ',noexec,' || :)
  mount -o "remount,bind,$ACCESS,nosuid,nodev\${noexec%,}" /staging/new/${IN_TMPFS}
  why=$(problem "$2")
  [ -z "$why" ] && [ "$(identity /staging/new/${IN_TMPFS})" = "$(identity "/host$2")" ] || die "$2 changed while it was bound: \${why:-it is another directory}"
  [ -e "$1" ] || mkdir -m 0755 "$1"
  roots "$1"
  mount -o rbind /staging/new "$1"
  umount /staging/new/${IN_TMPFS} && umount /staging/new
}
trap 'exit 0' TERM INT
rm -f /staging/ready
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
waits=
while :; do
  ready=yes
  for memory in $MEMORIES; do # NAME:PATH
    at=/node/$VERSION/\${memory%%:*} path=\${memory#*:} why=$(problem "\${memory#*:}")
    case $why in
      absent)
        ready=
        [ -z "$(mounts "$at")" ] || tell "$path is gone"
        unbind "$at"
        case $waits in *" $path "*) ;; *) waits="$waits $path "; tell "waits for $path" ;; esac
        ;;
      '')
        have=$(mounts "$at" | head -2 | tr '\\n' ' ')
        if [ "$have" != "$at $at/${IN_TMPFS} " ] || [ "$(identity "$at/${IN_TMPFS}")" != "$(identity "/host$path")" ]; then
          [ -z "$have" ] || tell "$path is another directory than before: clients that run keep the old one until they restart"
          unbind "$at"
          bind "$at" "$path"
          tell "bound $path"
        fi
        ;;
      *)
        unbind "$at"
        die "$path is refused: $why"
        ;;
    esac
  done
  if [ -n "$ready" ]; then touch /staging/ready; else rm -f /staging/ready; fi
  sleep 5 & wait $!
done
`;
