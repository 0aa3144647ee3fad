# echo.bash - what the tests of TCP servers share; a .bats file loads it after harness.bash.

# echoes TEXT: a client of its own gets the text back.
echoes() {
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"$1"
  assert_output "$1"
}

# comes_back_through FILE CLIENT...: the client copies the file exactly.
comes_back_through() {
  timeout 20 "${@:2}" <"$1" >"$BATS_TEST_TMPDIR/back"
  cmp "$1" "$BATS_TEST_TMPDIR/back"
}

# no_connection_is_left: no client's socket is open at the server's side.
no_connection_is_left() {
  [[ -z $(ss -Htn state established state close-wait "sport = :$port") ]]
}

# sockets PID: which ones the process has open.
sockets() { find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | sort; }
sockets_are() { [[ $(sockets "$1") == "$2" ]]; }

# bad_ports_are_wrong_usage SERVER
bad_ports_are_wrong_usage() {
  local bad
  for bad in abc -1 70000 "" 1.5 "80 "; do
    run -2 client "$1" "$bad"
    refute_output ""
  done
  run -2 client "$1" 0 300.1.1.1
  run -2 client "$1" 0 127.0.0.1 more
}

# a_signal_ends_it SERVER SIGNAL STATUS: soon, and with a client connected. (The promise is one
# second; the test allows five, because the machine may be busy.)
a_signal_ends_it() {
  start_server "$1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  local begin=${EPOCHREALTIME/[.,]/}
  kill "-$2" "$server_pid"
  server_ends_with "$3"
  ((${EPOCHREALTIME/[.,]/} - begin < 5000000))
  exec 9>&-
}
