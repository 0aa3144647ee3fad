#!/usr/bin/env bats
# What hosts on a LAN can reach, and what happens when frames are lost.

setup() {
  load ../harness.bash
  load lab.bash
  cd "$BATS_TEST_TMPDIR" || return
}

# Without a default route a neighbour is reached, other hosts are not. With one, the host asks for
# the gateway's MAC, never for the far host's.
only_the_gateway_is_asked_for() {
  LC_ALL=C # bash's own message is to be compared
  ip route del default
  echo x >/dev/udp/10.0.1.3/9
  echo x >/dev/udp/10.0.2.2/9 || true
  ip route add default via 10.0.1.1
  echo x >/dev/udp/10.0.2.2/9
  ip neighbour show dev eth0
}

@test "a far host is reached through the gateway, whose MAC is asked for" {
  private_networks_or_skip
  play only_the_gateway_is_asked_for
  assert_output --partial "Network is unreachable"
  assert_line --regexp '^10\.0\.1\.3 '
  assert_line --regexp '^10\.0\.1\.1 '
  refute_line --regexp '^10\.0\.2\.2 '
}

# Each datagram takes the path that the routes give at that moment: the router lowers its time to
# live, and so does mate. On the third path, a cable where nobody listens, one is lost. One of three bytes has
# a wrong checksum, and IP carries it all the same: it arrives, damaged, and the server never gets it.
four_paths() {
  on mate sysctl -qw net.ipv4.ip_forward=1
  in_background there udp "$(program ch06_udp/echo_server)" 9190 10.0.2.2
  seen udp '^listening on '
  watch there eth0
  exec 8<>/dev/udp/10.0.2.2/9190
  echo >&8
  seen udp '^1 bytes'
  ip route add 10.0.2.2 via 10.0.1.3
  echo 2 >&8
  seen udp '^2 bytes'
  ip route replace 10.0.2.2 dev left
  ip neighbour add 10.0.2.2 lladdr 02:00:00:00:00:99 dev left
  echo lost >&8
  ip link set left down
  frame_build udp source_mac=02:00:00:00:01:02 destination_mac=02:00:00:00:01:01 source_ip=10.0.1.2 \
    destination_ip=10.0.2.2 source_port=40000 destination_port=9190 data=abc checksum=1 --send=eth0
  echo 456 >&8
  seen udp '^4 bytes'
  grep -o '^[0-9]* bytes' udp
  grep ' source_ip=10.0.1.2 ' there.frames | values time_to_live
  on there cat /proc/net/snmp | awk '$1 == "Udp:" { print $(NF - 2) }' # InCsumErrors, IgnoredMulti, MemErrors
}

@test "each datagram has a path of its own, a broken path is left, and what was lost there stays lost" {
  private_networks_or_skip
  play four_paths
  assert_output "1 bytes
2 bytes
4 bytes
63
62
63
63
InCsumErrors
1"
}

# start_on_mate FILE SERVER PORT
start_on_mate() {
  in_background mate "$1" "$(program "$2")" "$3" 10.0.1.3
  seen "$1" '^listening on '
}
through_the_switch() {
  start_on_mate tcp ch04_tcp/echo_server 9190
  client ch04_tcp/echo_client 10.0.1.3 9190 <<<"through the switch"
}

@test "hosts at the ports of a switch reach each other" {
  private_networks_or_skip
  play through_the_switch
  assert_output "through the switch"
}

# Nobody has to ask for a MAC. Frames to one that nobody has are lost, and the sender is not told.
frames_get_lost() {
  ip neighbour replace 10.0.1.3 lladdr 02:00:00:00:01:03 dev eth0
  on mate ip neighbour replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev eth0
  start_on_mate tcp ch04_tcp/echo_server 9190
  start_on_mate udp ch06_udp/echo_server 9191
  local before
  before=$(sent)
  exec 8<>/dev/udp/10.0.1.3/9191
  echo x >&8
  read -rt 20 -N 1 -u 8
  echo "UDP: $(($(sent) - before)) packet to ask"
  before=$(sent)
  exec 7<>/dev/tcp/10.0.1.3/9190
  echo x >&7
  read -rt 20 -u 7
  (($(sent) - before > 2)) && echo "TCP: more"
  ip neighbour replace 10.0.1.3 lladdr 02:00:00:00:00:99 dev eth0
  echo "into nowhere" >&7
  echo "lost" >&8
  ! read -rt 0.5 -u 7
  ip neighbour replace 10.0.1.3 lladdr 02:00:00:00:01:03 dev eth0
  echo "again" >&8
  read -rt 20 -u 7
  echo "TCP: $REPLY"
  read -rt 20 -N 1 -u 8 # of a datagram bash reads one byte and loses the rest
  echo "UDP: $REPLY"
  ! read -rt 0.5 -N 1 -u 8
}
sent() { awk '$1 == "eth0:" { print $11 }' /proc/net/dev; }

@test "TCP takes more packets than UDP, and sends again what is lost on the way" {
  private_networks_or_skip
  play frames_get_lost
  assert_output "UDP: 1 packet to ask
TCP: more
TCP: into nowhere
UDP: a"
}
