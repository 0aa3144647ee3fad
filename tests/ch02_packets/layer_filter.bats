#!/usr/bin/env bats
# layer_filter: what each layer lets through.

setup() {
  load ../harness.bash
  load lab.bash
  private_networks_or_skip
}

filter() { client ch02_packets/layer_filter left right; }

# hint: All but the field that you change must be right, and afterwards a good frame shows that the other is not just late.
# page: ch02_packets/README.md#one-wrong-field
# judges: ch02_packets/layer_filter
# bats test_tags=first
@test "the link layer keeps frames for its own MAC and for everybody, of a type that it knows" {
  play filter
  assert_line --regexp '^all right +the first socket$'
  assert_line --regexp '^MAC of everybody +the first socket$'
  assert_line --regexp '^MAC of somebody else +nobody$'
  assert_line --regexp '^type of another protocol +nobody$'
  ! is_stranger ch02_packets/layer_filter || return 0
  play frames_that_differ
  local udp="right ${lines[0]##* }" # only one field is wrong: the checksum and the port are not
  assert_line --index 0 "02:00:00:00:03:01 0x0800 10.0.3.1 right $udp"
  assert_line --index 1 "ff:ff:ff:ff:ff:ff 0x0800 10.0.3.1 right $udp"
  assert_line --index 2 "02:00:00:00:00:99 0x0800 10.0.3.1 right $udp"
  assert_line --index 3 --regexp '^02:00:00:00:03:01 0x1234 .*test'
}
# frames_that_differ: of each frame with "test" its MAC, its type, its IP address, whether the header's checksum is right,
# whether UDP's is, and the port.
frames_that_differ() {
  watch here right
  filter >/dev/null
  seen here.frames 'data=tesT$'
  sed -n 's/^  link ethernet destination_mac=\([^ ]*\) .* ether_type=/\1 /p
    s/^  network ipv4 .* destination_ip=\([^ ]*\) (checksum \(.*\))$/\1 \2/p
    s/^  transport udp .* destination_port=\([^ ]*\) .*(checksum \(.*\))$/\2 \1/p
    s/^  [ar].* data=\(.*\)$/\1\n/p' here.frames | awk -v RS= -F '\n' '/tes[tT]/ { print $1, $2, $3 }'
}

filter_and_routes() {
  filter
  ip route get 10.0.1.3
  ip route get 10.0.2.2
}

# hint: If you change the address, the header checksum changes with it. If you change the checksum, it must stay wrong.
# page: ch02_packets/README.md#one-wrong-field
# judges: ch02_packets/layer_filter
@test "the network layer keeps packets for its own IP address with a right header checksum, and finds the way for others" {
  play filter_and_routes
  assert_line --regexp '^10.0.1.3 dev eth0 '
  assert_line --regexp '^10.0.2.2 via 10.0.1.1 dev eth0 '
  assert_line --regexp '^all right +the first socket$'
  assert_line --regexp '^IP of somebody else +nobody$'
  assert_line --regexp '^wrong IP header checksum +nobody$'
  ! is_stranger ch02_packets/layer_filter || return 0
  play frames_that_differ
  local udp="right ${lines[0]##* }"
  assert_line --index 4 "02:00:00:00:03:01 0x0800 192.0.2.1 right $udp"
  assert_line --index 5 "02:00:00:00:03:01 0x0800 10.0.3.1 wrong $udp"
}

# hint: Lengths and checksums are filled in last; what you changed on purpose must survive that.
# page: ch02_packets/README.md#one-wrong-field
# judges: ch02_packets/layer_filter
@test "the transport layer accepts a right checksum or none, and the port says which socket" {
  play filter
  assert_line --regexp '^port of the second socket +the second socket$'
  assert_line --regexp '^port of no socket +nobody$'
  assert_line --regexp '^wrong UDP checksum +nobody$'
  assert_line --regexp '^no UDP checksum +the first socket$'
}

# The headers of the good datagram and of the one with changed data, as they arrived.
filter_and_watch() {
  watch here right
  filter
  seen here.frames 'data=tesT$'
  awk '/network ipv4/ { ip = $0 } /transport udp/ { udp = $0 } /data=tes[tT]$/ && !seen[$0]++ { print ip; print udp }' here.frames
}

# hint: Change the data after the checksums are right, and take UDP's away.
# page: ch02_packets/README.md#one-wrong-field
# judges: ch02_packets/layer_filter
@test "the checksum of IP does not cover the data" {
  play filter
  assert_line --regexp '^changed data, no checksum +the first socket$'
  assert_line --regexp '^wrong IP header checksum +nobody$'
  # A byte of the data does not change it, a byte of the header does.
  local sums=() words
  for words in data=hello data=hellp "data=hello time_to_live=63"; do
    # shellcheck disable=SC2086  # words are wanted
    run -0 frame_build udp $words
    sums+=("${output:48:4}")
  done
  assert_equal "${sums[0]}" "${sums[1]}"
  assert_equal "$((16#${sums[2]} - 16#${sums[0]}))" 256 # one less in the high byte of a word
  # In our test frames too: the IP headers are the same, with the same checksum, and UDP's is not there.
  ! is_stranger ch02_packets/layer_filter || return 0
  play filter_and_watch
  run -0 tail -n 4 <<<"$output"
  assert_line --index 0 --regexp '^  network ipv4 .* \(checksum right\)$'
  assert_line --index 1 --regexp '^  transport udp .* \(checksum right\)$'
  assert_equal "${lines[2]}" "${lines[0]}"
  assert_line --index 3 --regexp '^  transport udp .* \(no checksum\)$'
}

# waiting PORT: how many bytes wait in the buffer of that socket, as the kernel counts them.
waiting() { ss -Hlnu "sport = :$1" | awk '{ print $2 }'; }
kept_until_read() {
  local port words=(udp destination_mac=02:00:00:00:03:01 source_ip=10.0.3.2 destination_ip=10.0.3.1 data=hello)
  declare -A reader
  for port in 9190 9191; do
    setpriv --pdeathsig TERM socat -u "UDP-RECV:$port" "CREATE:$port" 2>"$port.log" &
    reader[$port]=$!
    eventually ss_shows "$port"
    kill -STOP "$!"
  done
  frame_build "${words[@]}" destination_port=9190 --send=left
  eventually something_waits
  (($(waiting 9191) == 0)) && echo "it waits at the first socket only"
  kill -CONT "${reader[9190]}" "${reader[9191]}"
  eventually grep -q hello 9190
  (($(waiting 9190) == 0)) && echo "then it is read"
}
ss_shows() { [[ -n $(waiting "$1") ]]; }
something_waits() { (($(waiting 9190) > 0)); }

@test "data waits in the buffer of its socket until it is read" {
  play kept_until_read
  assert_output "it waits at the first socket only
then it is read"
}

without_a_cable() { client ch02_packets/layer_filter left eth0; }

@test "if not even a good frame arrives it says so" {
  run -1 perform without_a_cable
  assert_output "layer_filter: not even a good frame arrives"
  run -1 unshare -r "$(program ch02_packets/layer_filter)" lo lo
  assert_line --index 1 --partial "unshare -rn bash"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch02_packets/layer_filter left
  assert_line --index 1 "usage: layer_filter FROM_INTERFACE TO_INTERFACE"
  run -2 client ch02_packets/layer_filter left right more
}
