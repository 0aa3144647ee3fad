# echo.bash - what the tests of TCP servers share; a .bats file loads it after harness.bash.

# echoes TEXT: a client of its own gets the text back.
echoes() {
  did "a client sent a line: $1"
  run client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"$1"
  if ((status == 124)); then
    if [[ $output == "$1" ]]; then echo "the answer came, but the connection was not closed in time"; else echo "the answer did not come in time"; fi
  fi
  assert_success
  assert_output "$1"
}

# comes_back_through FILE CLIENT...: the client copies the file exactly.
comes_back_through() {
  local status=0
  did "sent $(wc -c <"$1") bytes, then ended the stream"
  did "\$ head -c $(wc -c <"$1") /dev/urandom | socat -t 5 - TCP:127.0.0.1:PORT | wc -c"
  timeout "$patience" "${@:2}" <"$1" >"$BATS_TEST_TMPDIR/back" || status=$?
  ((status != 124)) || echo "the connection was not closed in time"
  same_bytes "$1" "$BATS_TEST_TMPDIR/back"
  ((!status))
}

# same_bytes SENT BACK: two files. If they differ, says where.
same_bytes() {
  cmp -s "$1" "$2" && return
  local where
  where=$(cmp "$1" "$2" 2>&1 | grep -oE '(byte|char) [0-9]+' | head -n 1 | tr -dc 0-9) || true
  echo "sent $(wc -c <"$1") bytes, got $(wc -c <"$2"); the first difference is after ${where:-no} bytes"
  return 1
}

# reads_on FD COUNT TEXT: that many bytes come on the descriptor, and they are this text.
reads_on() {
  REPLY=
  IFS= read -rt "$patience" -N "$2" -u "$1" || true
  assert_equal "$REPLY" "$3"
}

# no_connection_is_left: no client's socket is open at the server's side.
no_connection_is_left() {
  [[ -z $(ss -Htn state established state close-wait "sport = :$port") ]]
}

# listeners: the processes that have the listener open.
listeners() { ss -Hltnp "sport = :$port" | grep -oE 'pid=[0-9]+' | tr -dc '0-9\n'; }
nobody_listens() { [[ -z $(listeners) ]]; }
# only_these_end PID...: those that accept are ended, not those that serve a client. The port must be free then.
only_these_end() {
  did "ended the server, but not those that serve its clients"
  kill "$@"
  eventually all_have_ended "$@" || { echo "the server did not end"; return 1; }
  eventually nobody_listens || {
    echo "somebody still listens on the port: $(ss -Hltnp "sport = :$port" | grep -oE 'users:.*')"
    return 1
  }
}
all_have_ended() { ! ps -o stat= -p "$(IFS=, && echo "$*")" | grep -qv '^Z'; }

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
  IFS= read -rt "$patience" -N 1 -u 9 # a chat server answers something else
  did "sent SIG$2 while a client was connected"
  local begin=${EPOCHREALTIME/[.,]/}
  signal_server "$2"
  server_ends_with "$3"
  ((${EPOCHREALTIME/[.,]/} - begin < 5000000))
  exec 9>&-
}
