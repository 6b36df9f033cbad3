#!/usr/bin/env bash
# Builds images of real software for the end-to-end tests, without docker and without an image registry: of packages of Debian, PyPI and Maven.
# Usage: e2e/images/build.sh [NAME...]      default: all of e2e/images/recipes
#   OUT                 where the archives go (default artifacts/images): NAME.tar, as docker, podman and containerd load it
#   CONTAINERD_ADDRESS  socket of the containerd to import into, for the kubelet to find; without it nothing is imported
# An image is called cdk8s-shared-memory-NAME:1. It has two layers: Debian, which all share, and what its recipe adds.
# A recipe (recipes/NAME.sh) runs as root in the image; files of recipes/NAME/ are in /recipe there. Its lines `#: maven GROUP:ARTIFACT:VERSION` name
# archives of Maven that are in /recipe, too; `#: entrypoint [...]` is the entrypoint of the image. An archive that is there already is built again only if its recipe, or this script, has changed.
# Needs root, mmdebstrap, overlayfs, GNU tar; mvn for recipes with such lines.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$(cd "$here/../.." && pwd)/artifacts/images}
suite=bookworm
command='"Cmd":["sh"]'
epoch=2025-06-01T00:00:00Z # what is made while an image is built is of this time

die() { echo "build.sh: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die 'must run as root: it mounts, and uses chroot'
for tool in mmdebstrap tar sha256sum; do command -v "$tool" >/dev/null || die "$tool is missing (Debian: mmdebstrap)"; done
[ -z "${CONTAINERD_ADDRESS:-}" ] || command -v ctr >/dev/null || die 'ctr is missing'
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) die "machine $(uname -m): not known" ;;
esac
[ -f /etc/ssl/certs/ca-certificates.crt ] || die 'there is no /etc/ssl/certs/ca-certificates.crt: run this on Debian or Ubuntu'
names=("$@")
for name in "${names[@]}"; do
  [ -f "$here/recipes/$name.sh" ] || die "$name: no such recipe; there are: $(cd "$here/recipes" && ls -- *.sh | sed 's/[.]sh$//' | xargs)"
done
mkdir -p "$out"
[ $# -gt 0 ] || for recipe in "$here"/recipes/*.sh; do names+=("$(basename "$recipe" .sh)"); done

work=$(mktemp -d)
unmounted() { for at in $(awk -v at="$work/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r); do umount "$at" || return 1; done; }
trap 'unmounted && rm -rf "$work"' EXIT

# Same contents, same bytes: sorted, without what was made of the time and of the machine.
pack() { tar --sort=name --clamp-mtime --mtime="$epoch" --numeric-owner --xattrs --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -C "$1" -cf "$2" "${@:3}"; }
clean() { # what builds leave
  rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/* "$1"/var/cache/ldconfig/aux-cache "$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old \
    "$1"/tmp/* "$1"/root/.cache "$1"/etc/machine-id "$1"/etc/resolv.conf "$1"/recipe "$1"/run/*
}
# Docs and translations are left out; the folders of man pages stay, because the scripts of some packages write there.
skipped=(--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*/*.gz')

base=$out/.base-$(cat "$0" | sha256sum | cut -c1-12)
if [ ! -f "$base.tar" ]; then
  echo "Debian $suite"
  rm -f "$out"/.base-*
  mkdir "$work/debian"
  mmdebstrap --quiet --mode=root --variant=minbase --include=ca-certificates "${skipped[@]}" "$suite" "$work/debian" >&2
  clean "$work/debian"
  mkdir -p "$work/debian/usr/share/man/man1"
  pack "$work/debian" "$work/base.tar" .
  mv "$work/base.tar" "$base.tar"
  rm -rf "$work/debian"
fi

# What the upper folder of an overlay says was deleted, as layers of images say it.
whiteouts() {
  find "$1" -type c | while read -r file; do
    [ "$(stat -c %t:%T "$file")" = 0:0 ] || continue
    rm "$file"; touch "$(dirname "$file")/.wh.$(basename "$file")"
  done
}

maven() { # RECIPE FOLDER
  sed -n 's/^#: maven //p' "$1" | while read -r artifact; do
    mvn --quiet --batch-mode dependency:copy -Dartifact="$artifact" -DoutputDirectory="$2"
  done
}

build() { # NAME RECIPE
  mkdir -p "$work/lower" "$work/$1/upper" "$work/$1/scratch" "$work/$1/root"
  [ -e "$work/lower/etc" ] || tar -C "$work/lower" --numeric-owner -xf "$base.tar"
  local root=$work/$1/root
  mount -t overlay -o "lowerdir=$work/lower,upperdir=$work/$1/upper,workdir=$work/$1/scratch" overlay "$root"
  mount -t proc proc "$root/proc"
  mkdir "$root/recipe"
  cp "$2" "$root/recipe/recipe.sh"
  [ ! -d "${2%.sh}" ] || cp -r "${2%.sh}/." "$root/recipe/"
  maven "$2" "$root/recipe"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt" # what this machine trusts, while it builds
  printf '%s\n' "${skipped[@]#--dpkgopt=}" > "$root/etc/dpkg/dpkg.cfg.d/skipped"
  DEBIAN_FRONTEND=noninteractive chroot "$root" sh -euc 'apt-get update -qq; . /recipe/recipe.sh' >&2
  umount "$root/proc"
  umount "$root"
  clean "$work/$1/upper"
  rm -f "$work/$1/upper/etc/ssl/certs/ca-certificates.crt" "$work/$1/upper/etc/dpkg/dpkg.cfg.d/skipped"
  whiteouts "$work/$1/upper"
  pack "$work/$1/upper" "$work/$1/l1.tar" .
  rm -rf "$work/$1/upper"
  ln "$base.tar" "$work/$1/l0.tar" 2>/dev/null || cp "$base.tar" "$work/$1/l0.tar"
  local layers entrypoint
  entrypoint=$(sed -n 's/^#: entrypoint /"Entrypoint":/p' "$2")
  layers=$(cd "$work/$1" && sha256sum l0.tar l1.tar | cut -d' ' -f1 | sed 's/.*/"sha256:&"/' | paste -sd,)
  cat > "$work/$1/config.json" <<JSON
{"architecture":"$architecture","os":"linux","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],${entrypoint:-$command}},"rootfs":{"type":"layers","diff_ids":[$layers]}}
JSON
  cat > "$work/$1/manifest.json" <<JSON
[{"Config":"config.json","RepoTags":["docker.io/library/cdk8s-shared-memory-$1:1"],"Layers":["l0.tar","l1.tar"]}]
JSON
  pack "$work/$1" "$out/$1.tar.part" manifest.json config.json l0.tar l1.tar
  mv "$out/$1.tar.part" "$out/$1.tar"
  rm -rf "${work:?}/$1"
}

for name in "${names[@]}"; do
  recipe=$here/recipes/$name.sh
  ! grep -q '^#: maven ' "$recipe" || command -v mvn >/dev/null || die "$name: mvn is missing (Debian: maven)"
  key=$( (cat "$0" "$recipe"; [ ! -d "${recipe%.sh}" ] || find "${recipe%.sh}" -type f | sort | xargs cat) | sha256sum | cut -d' ' -f1)
  if [ ! -f "$out/$name.tar" ] || [ "$(cat "$out/$name.key" 2>/dev/null)" != "$key" ]; then
    echo "$name"
    build "$name" "$recipe"
    echo "$key" > "$out/$name.key"
  fi
  echo "cdk8s-shared-memory-$name:1 is in ${out#"$PWD"/}/$name.tar"
  if [ -n "${CONTAINERD_ADDRESS:-}" ]; then ctr -a "$CONTAINERD_ADDRESS" -n k8s.io images import "$out/$name.tar"; fi
done
