# wire.bash - scenes on the cable of lab_wire.bash; a .bats file loads it after harness.bash.

load ../lab.bash
use_lab wire

lossy_link() { start wire link "$(program ch04_tcp/lossy_link)" "$@"; }
serve() { start server server "$(program ch04_tcp/echo_server)" 9190 10.0.4.2; }
echo_through() { timeout 30 "$(program ch04_tcp/echo_client)" 10.0.4.2; }

# delay_acks: as hosts outside the lab do.
delay_acks() {
  local host
  for host in client server; do on "$host" ip route change 10.0.4.0/24 dev eth0 quickack 0; done
}

# sink FILE: a socat server that stores what one client sends.
sink() { start server sink socat -d -d -u TCP-LISTEN:9190,bind=10.0.4.2 "CREATE:$1"; }
sink_is_full() { cmp -s in out 2>/dev/null; }

# passed: what passed the link: the time in milliseconds, a tab, and the fields in words, such as
# "--x PSH ACK  seq 1     ack 1     6 bytes  win 64240  drop".
passed() {
  awk '
    function number(name, from, width, value) { # of a column of segment_lines.hpp
      value = substr(row, from, width)
      gsub(/ /, "", value)
      return value == "" ? "" : sprintf(name, value)
    }
    function show(flags, action) {
      if (row == "") return
      flags = substr(row, 24, 12)
      sub(/ +[0-9]*$/, "", flags)
      action = match(substr(row, 77), /^(drop|double|damage|swap)/) ? "  " substr(row, 77, RLENGTH) : ""
      printf "%d\t%s %-9s", substr(row, 1, 6) * 1000 + 0.5, substr(row, 20, 3), flags
      if (flags == "UDP") printf "%s\n", number("%s bytes", 48, 7) action
      else printf "%-10s %-10s %-11s %s\n", number("seq %s", 34, 6), number("ack %s", 40, 8), number("%s bytes", 48, 7),
        number("win %s", 55, 8) mss action
      row = mss = ""
    }
    / (-->|--x|<--|x--) / { show(); row = $0 }
    /^ +mss [0-9]+/ { mss = "  mss " $2 + 0 }
    END { show() }' link.log
}
# segments [PATTERN]: without the time. times PATTERN: when these passed.
segments() { passed | cut -f 2 | grep -E -- "${1:-.}"; }
times() { passed | grep -E -- "$1" | cut -f 1; }
# rows [PATTERN]: with the states of both ends and with what it is, such as
# "ESTABLISHED --> PSH ACK 1 1 100 ESTABLISHED data". Without the time and the window.
rows() {
  grep -E ' (-->|--x|<--|x--) ' link.log | sed -E 's/^(.{54}).{8}/\1/; s/^ *[0-9.]+ *//' | tr -s ' ' | grep -E -- "${1:-.}"
}
# passes PATTERN [COUNT]: waits until so many have passed (1).
passes() { eventually have_passed "$@" || { echo "it never passed: $1"; cat link.log; return 1; }; }
have_passed() { (($(segments "$1" | wc -l) >= ${2:-1})); }

# counter GROUP NAME: a counter of the server's kernel, such as Tcp InCsumErrors.
counter() {
  on server cat /proc/net/snmp /proc/net/netstat | awk -v group="$1:" -v name="$2" '
    $1 == group && head { split(head, names); for (i in names) if (names[i] == name) print $i }
    $1 == group { head = $0 }'
}
