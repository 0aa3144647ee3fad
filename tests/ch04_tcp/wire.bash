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

# segments [PATTERN]: what passed the link, without the time.
segments() { sed -nE 's/^ *[0-9.]+  client (-->|--x|<--|x--) server  /\1 /p' link.log | grep -E -- "${1:-.}"; }
# times PATTERN: when these passed, in milliseconds.
times() { grep -E -- "$1" link.log | sed -E 's/^ *([0-9]+)\.([0-9]+) .*/10#\1\2/' | while read -r time; do echo $((time)); done; }
# counter GROUP NAME: a counter of the server's kernel, such as Tcp InCsumErrors.
counter() {
  on server cat /proc/net/snmp /proc/net/netstat | awk -v group="$1:" -v name="$2" '
    $1 == group && head { split(head, names); for (i in names) if (names[i] == name) print $i }
    $1 == group { head = $0 }'
}
