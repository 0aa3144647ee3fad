# install.bash - what the course needs and how it is installed. `course` and `.ci/run` source it;
# they define say and fail.

# A program or a file, and the Debian package that brings it.
to_build=(cmake:cmake c++:g++ make:make)
to_bench=("${to_build[@]}" python3:python3)
to_lab=("${to_build[@]}" ip:iproute2 unshare:util-linux)
to_test=(
  "${to_bench[@]}" "${to_lab[@]}"
  bats:bats /usr/lib/bats/bats-assert/load.bash:bats-assert /usr/lib/bats/bats-support/load.bash:bats-support
  /usr/include/doctest/doctest.h:doctest-dev
  ss:iproute2 setpriv:util-linux prlimit:util-linux script:bsdutils ps:procps
  inotifywait:inotify-tools socat:socat strace:strace dig:bind9-dnsutils ipcalc:ipcalc curl:curl tshark:tshark
  /etc/services:netbase
  /usr/sbin/dnsmasq:dnsmasq-base /usr/sbin/smcrouted:smcroute bwrap:bubblewrap patch:patch
)

# Debian's name and those of dnf, pacman and apk, where they differ; - where we know of none.
other_names='
g++             gcc-c++            gcc            g++
python3         python3            python         python3
bats-assert     -                  bats-assert    -
bats-support    -                  bats-support   -
bind9-dnsutils  bind-utils         bind           bind-tools
bsdutils        util-linux-script  util-linux     util-linux-misc
dnsmasq-base    dnsmasq            dnsmasq        dnsmasq
doctest-dev     doctest-devel      doctest        doctest-dev
ipcalc          -                  ipcalc         -
iproute2        iproute            iproute2       iproute2
procps          procps-ng          procps-ng      procps-ng
smcroute        -                  -              -
tshark          wireshark-cli      wireshark-cli  tshark
util-linux      util-linux         util-linux     util-linux-misc,setpriv'

# elsewhere PACKAGE...: without apt-get, says what to type, as far as we know, and fails.
elsewhere() {
  local command manager package name debian dnf pacman apk known=() unknown=()
  for command in "dnf install" "pacman -S" "apk add"; do
    manager=${command%% *}
    command -v "$manager" >/dev/null || continue
    for package in "$@"; do
      name=$package
      while read -r debian dnf pacman apk; do
        [[ $debian != "$package" ]] || name=${!manager}
      done <<<"$other_names"
      if [[ $name == - ]]; then unknown+=("$package"); else known+=("$name"); fi
    done
    say "This system is not Debian. These packages should do; we have not tried it:"
    say "  $command $(printf '%s\n' "${known[@]}" | tr , '\n' | sort -u | paste -sd ' ')"
    ((!${#unknown[@]})) || say "We know of no package there for: ${unknown[*]}"
    fail "nothing was installed"
  done
  fail "this is not Debian or a system made from it: please install these packages yourself"
}

# need PROGRAM:PACKAGE...: installs the packages whose program is missing. Shows the command first,
# and asks if there is a terminal, unless $yes or CI says that nobody wants to be asked.
yes=no
installed=no
need() {
  local item missing=() sudo=() install=(apt-get install --yes --no-install-recommends) answer
  mapfile -t missing < <(
    for item in "$@"; do
      [[ $item == /* && -e ${item%:*} ]] || command -v "${item%:*}" >/dev/null || echo "${item#*:}"
    done | sort -u)
  ((${#missing[@]})) || return 0
  say "Missing: ${missing[*]}"
  command -v apt-get >/dev/null || elsewhere "${missing[@]}"
  ((EUID == 0)) || sudo=(sudo)
  install+=("${missing[@]}")
  say "  ${sudo[*]}${sudo:+ }${install[*]}"
  ((EUID == 0)) || command -v sudo >/dev/null ||
    fail "you are not root and there is no sudo: ask the administrator to run that line"
  if [[ $yes == no && ${CI:-} != true ]]; then
    if { : </dev/tty; } 2>/dev/null; then
      read -rp "Run it now? [Y/n] " answer </dev/tty 2>/dev/tty
      [[ ${answer:-y} == [yY]* ]] || fail "nothing was installed"
    elif ((EUID)) && ! sudo -n true 2>/dev/null; then
      fail "sudo wants a password and there is no terminal to ask on: run that line, then try again"
    fi
  fi
  {
    [[ -n $(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null) ]] || "${sudo[@]}" apt-get update
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}"
  } </dev/null >&2 || fail "apt-get failed; its message is above"
  installed=yes # CMake must look again
}
