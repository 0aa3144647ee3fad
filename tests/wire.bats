#!/usr/bin/env bats
# ./course wire and run --wire: every segment of a command or of a pair, live, for an ordinary user.

setup() {
  load harness.bash
  load recording.bash
  private_networks_or_skip
  cd "$BATS_TEST_TMPDIR" || return
  watch=$BUILD_DIR/ch04_tcp/segment_watch
}
# on_the_wire WORD...: runs wire.bash; the command's output is in out, all else in err.
on_the_wire() { timeout 60 "$BATS_TEST_DIRNAME/../common/wire.bash" "$watch" "$@" >out 2>err; }

# pair SERVER CLIENT [ARGUMENT...]: as ./course run does it.
pair() {
  local client=0 server host port
  : >log # that of the pair before is not this one's
  "$BUILD_DIR/$1" 0 >log 2>&1 </dev/null &
  server=$!
  until read -r host port <<<"$(sed -n 's/^listening on \[\{0,1\}\([^]]*\)]\{0,1\}:\([0-9]*\)$/\1 \2/p' log)" && [[ -n $port ]]; do
    kill -0 "$server" || return
    pause 0.02
  done 2>/dev/null
  timeout 20 "$BUILD_DIR/$2" "$host" "$port" "${@:3}" || client=$?
  kill "$server" 2>/dev/null || true
  wait "$server" || true
  return "$client"
}
pairs() { # SERVER CLIENT, of all chapters
  local program client
  for program in "$BATS_TEST_DIRNAME"/../ch*/*_{server,receiver}*.cpp; do
    client=$(sed -n '/^\/\//!q; s/^\/\/ Pair: *\([a-z0-9_/]*\).*/\1/p' "$program")
    program=${program#"$BATS_TEST_DIRNAME/../"}
    [[ $client != ch* ]] || echo "${program%.cpp} $client"
  done
}

# datagrams: from which ports to which ones, and how many with how many bytes, by the lines of err.
datagrams() {
  awk '/ (-->|<--) UDP / { print (/-->/ ? $1 " " $NF : $NF " " $1); count++; bytes += substr($0, 48, 7) }
    / more UDP packets/ { gsub(/,/, ""); count += $2; bytes += $6 }
    END { print count + 0, "datagrams", bytes + 0 }' err | sort -u
}
datagrams_of_tshark() {
  tshark -n -r kept.pcap -Y 'udp && !icmp' -T fields -e udp.srcport -e udp.dstport -e udp.length 2>/dev/null |
    awk '{ print $1, $2; count++; bytes += $3 - 8 } END { print count + 0, "datagrams", bytes + 0 }' | sort -u
}

@test "between the lines of a pair stand its segments, with the states of both ends" {
  echo hello >in
  on_the_wire -- bash -c "$(declare -f pair pause open_quiet_fifo); BUILD_DIR='$BUILD_DIR'; pair ch04_tcp/echo_server ch04_tcp/echo_client" <in
  assert_equal "$(<out)" hello
  run -0 cat err
  assert_line --regexp '^ *[0-9]+ SYN-SENT +--> SYN .* SYN-RECEIVED +handshake 1/3$'
  assert_line --regexp 'ESTABLISHED +<-- SYN ACK .* handshake 2/3$'
  assert_line --regexp 'ESTABLISHED +--> ACK .* ESTABLISHED +handshake 3/3$'
  assert_line --regexp ' +hello\\n$'
  assert_line --regexp 'FIN-WAIT-1 +--> FIN ACK .* CLOSE-WAIT +FIN: no more to send$'
  run -0 awk 'length > 100' err
  assert_output ""
}

@test "the command keeps its status, and what passed can be kept as a capture" {
  run -7 on_the_wire --keep kept.pcap -- bash -c '(exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; exit 7'
  run -0 bash -c 'tshark -n -r kept.pcap -T fields -e tcp.flags 2>/dev/null'
  assert_output $'0x0002\n0x0014' # SYN, RST ACK
  run -0 "$watch" file kept.pcap
  assert_line --partial refused
}

@test "every pair of the course has something on the wire, and tshark says the same about it" {
  local server client arguments
  while read -r server client; do
    arguments=
    [[ $client != */file_client ]] || arguments=copy
    echo hello | on_the_wire --keep kept.pcap -- bash -c "$(declare -f pair pause open_quiet_fifo); BUILD_DIR='$BUILD_DIR'; pair $server $client $arguments" || true
    grep -qE -- ' (-->|<--) ' err || fail "$server and $client: $(cat err log)"
    tshark_agrees kept.pcap || fail "$server and $client"
    diff <(datagrams) <(datagrams_of_tshark) || fail "$server and $client"
    if [[ $client == *udp* || $client == *names* || $client == *multicast* ]]; then
      run -0 grep -m 1 -E ' (-->|<--) UDP ' err
      assert_output --partial " --> UDP "
    else
      (($(wc -l <ours) >= 6)) || fail "$server: $(<ours)"
    fi
  done < <(pairs)
}

@test "where private networks are forbidden it says so" {
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/unshare
  chmod +x bin/unshare
  PATH=$PWD/bin:$PATH run -1 "$BATS_TEST_DIRNAME/../common/wire.bash" "$watch" -- true
  assert_output --partial "wire: private networks (unshare -rn) are forbidden here"
}
