#!/usr/bin/env bash
# Builds the probe image as an archive that docker, podman and containerd load, without docker and without a registry.
# Usage: e2e/image.sh [NAME]      default cdk8s-shared-memory-probe:1
#   OUT                 where the archive goes (default artifacts/probe-image.tar)
#   WITH_KUBECTL        a statically linked kubectl that the image gets too: the image of the test "startup taint", cdk8s-shared-memory-kubectl:1
#   CONTAINERD_ADDRESS  socket of the containerd to import into, for the kubelet to find; without it nothing is imported
# Needs gcc, the static C library, GNU tar and a static busybox (Debian: gcc libc6-dev busybox-static). With docker: docker build -t NAME e2e/probe
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-cdk8s-shared-memory-probe:1}
out=${OUT:-$(dirname "$here")/artifacts/probe-image.tar}
busybox=${BUSYBOX:-/bin/busybox}

die() { echo "image.sh: $1" >&2; exit 1; }
for tool in gcc tar sha256sum "$busybox"; do command -v "$tool" >/dev/null || die "$tool is missing"; done
[ -z "${CONTAINERD_ADDRESS:-}" ] || command -v ctr >/dev/null || die 'ctr is missing'
if ldd "$busybox" >/dev/null 2>&1; then die "$busybox is dynamically linked; install busybox-static or set BUSYBOX"; fi
if [ -n "${WITH_KUBECTL:-}" ] && ldd "$WITH_KUBECTL" >/dev/null 2>&1; then die "$WITH_KUBECTL is dynamically linked; use one of a release of Kubernetes"; fi
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) die "machine $(uname -m): not known" ;;
esac
# A name without a registry is docker.io/library/NAME to the kubelet.
case $name in
  *.*/* | *:*/* | localhost/*) reference=$name ;;
  */*) reference=docker.io/$name ;;
  *) reference=docker.io/library/$name ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,var} "$(dirname "$out")"
chmod 1777 "$root/tmp"
gcc -std=c11 -O2 -Wall -Wextra -Werror -static -o "$root/bin/shm-probe" "$here/probe/main.c" "$here/probe/descriptor.c" -lrt
cp "$busybox" "$root/bin/busybox"
chmod 0755 "$root/bin/busybox" "$root/bin/shm-probe"
[ -z "${WITH_KUBECTL:-}" ] || install -m 0755 "$WITH_KUBECTL" "$root/bin/kubectl"
for applet in $("$busybox" --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
[ -e "$root/bin/ipcrm" ] || gcc -std=c11 -O2 -Wall -Wextra -Werror -static -o "$root/bin/ipcrm" "$here/probe/ipcrm.c"
echo 'root:x:0:0:root:/:/bin/sh' > "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"

# Same sources, same bytes.
pack() { tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu -C "$1" -cf "$2" "${@:3}"; }
pack "$root" "$work/layer.tar" .
layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
cat > "$work/config.json" <<JSON
{"architecture":"$architecture","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
JSON
cat > "$work/manifest.json" <<JSON
[{"Config":"config.json","RepoTags":["$reference"],"Layers":["layer.tar"]}]
JSON
pack "$work" "$out" manifest.json config.json layer.tar
echo "wrote $name to ${out#"$PWD"/}"
if [ -n "${CONTAINERD_ADDRESS:-}" ]; then
  ctr -a "$CONTAINERD_ADDRESS" -n k8s.io images import "$out"
fi
