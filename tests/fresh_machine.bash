#!/usr/bin/env bash
# fresh_machine.bash - runs a command in a fresh, minimal Debian, on a clean clone of the
# course. Another release has other compilers and tools; a fresh machine has none of them.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin

usage() {
  cat <<'TEXT'
usage: tests/fresh_machine.bash [OPTION...] RELEASE COMMAND [ARGUMENT...]

Runs COMMAND in a clean clone of this repository's HEAD, on a minimal Debian of that
release (bookworm, trixie, testing), as the user "student", who may use sudo.
The base system is made once. The machine of the last call is kept below build/fresh.

  --root            as root
  --no-namespaces   as a student without sudo, where user namespaces are forbidden
  --locale LOCALE   with this locale, such as zh_CN.UTF-8
  --again           on the machine and in the clone of the last call
  --help            this page

Needs root and the package mmdebstrap. Ends with the status of COMMAND.
TEXT
}
wrong_usage() { printf 'fresh_machine: %s (--help tells more)\n' "$1" >&2; exit 2; }
fail() { printf 'fresh_machine: %s\n' "$1" >&2; exit 1; }

user=student namespaces=yes locale='' again=no
while [[ ${1:-} == -* ]]; do
  case $1 in
    --help) usage; exit ;;
    --root) user=root ;;
    --no-namespaces) namespaces=no ;;
    --again) again=yes ;;
    --locale) [[ ${2:-} =~ ^[a-z]+_[A-Z]+\.UTF-8$ ]] || wrong_usage "--locale needs a name like zh_CN.UTF-8"; locale=$2; shift ;;
    *) wrong_usage "there is no option '$1'" ;;
  esac
  shift
done
(($# >= 2)) || wrong_usage "it needs a release and a command"
release=$1
shift
[[ $release =~ ^(bookworm|trixie|testing)$ ]] || wrong_usage "not a release of Debian that it knows: '$release'"
[[ $user$namespaces != rootno ]] || wrong_usage "--root does not go with --no-namespaces"
((EUID == 0)) || fail "this needs root: sudo $0 ..."
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"

mkdir -p build/fresh
base=$PWD/build/fresh/$release.tar
root=$PWD/build/fresh/$release
# A space and Chinese characters: a script that does not quote its paths fails in there.
clone='/home/student/学习 TCP IP/课程'
exec {lock}>"$root.lock"
flock --nonblock "$lock" || fail "another call is on the machine of $release"

# A mirror's copy of testing may be some weeks old; by default apt refuses it.
make_base() {
  mmdebstrap --quiet --format=tar --variant=minbase --include=ca-certificates,sudo,locales \
    --aptopt='Acquire::Check-Valid-Until "false"' "$release" "$base.new" >&2
  mv "$base.new" "$base"
}

# Does what an installer does: a name for the loopback address, a user. Then clones, from a bundle:
# git as root does not read another user's repository, and would share files with its own.
make_machine() {
  rm -rf --one-file-system "$root" "$root.new"
  mkdir "$root.new"
  tar -xf "$base" -C "$root.new"
  cp -L /etc/resolv.conf "$root.new/etc/resolv.conf"
  printf '127.0.0.1 localhost %s\n::1 localhost ip6-localhost ip6-loopback\n' "$HOSTNAME" >"$root.new/etc/hosts"
  chroot "$root.new" useradd --create-home --shell /bin/bash student
  git -c safe.directory="$PWD" bundle create --quiet "$root.bundle" HEAD
  git -c advice.detachedHead=false clone --quiet "$root.bundle" "$root.new$clone"
  mv "$root.new" "$root"
}

# Sets what this call's options ask for. The user owns the clone: root of a user namespace cannot
# enter another user's home.
settle() {
  chroot "$root" chown -R "$user:" /home/student
  rm -f "$root/etc/sudoers.d/student"
  [[ $namespaces == no ]] || echo 'student ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/student"
  [[ -z $locale ]] || chroot "$root" localedef -i "${locale%.*}" -f UTF-8 "$locale"
}

# enter ROOT NAMESPACES USER ENV-WORD... COMMAND...: in mount and process namespaces of
# its own, as their process 1; when it ends, everything ends. In a chroot the kernel refuses user
# namespaces; after pivot_root it allows them.
enter() {
  local root=$1 namespaces=$2 user=$3 change=()
  shift 3
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  cd "$root"
  if [[ $namespaces == yes ]]; then
    pivot_root . .
    umount -l .
    cd /
  else
    change=(chroot .)
  fi
  # Not by exec: signals have no default action in process 1, and it must wait for orphans.
  "${change[@]}" setpriv --reuid="$user" --regid="$user" --init-groups --reset-env -- "$@" || exit
}

[[ -e $base ]] || make_base
[[ $again == yes && -d $root ]] || make_machine
settle

# If this script is killed, setpriv kills unshare, and with it everything in the machine. There is no
# trap for signals: bash would wait for the machine before it ran one.
setpriv --pdeathsig KILL -- unshare --mount --pid --fork --kill-child --propagation private -- \
  bash -euc "$(declare -f enter)"$'\n''enter "$@"' - "$root" "$namespaces" "$user" \
  env --chdir="$clone" -- ${locale:+"LC_ALL=$locale"} "$@" {lock}>&-
