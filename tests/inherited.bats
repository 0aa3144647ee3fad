#!/usr/bin/env bats
# What a program inherits from a careless parent: closed descriptors, and a stdout that is full. Lost
# output is an error: on stderr, with status 1.

setup() {
  load harness.bash
  cd "$BATS_TEST_DIRNAME/.." || return
  mapfile -t programs < <(./course list | cut -d ' ' -f 1)
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() { stop_server; }

full='write: No space left on device'
closed=$'write: Bad file descriptor\nstandard output is closed'

# loses_output PROGRAM [ARGUMENT...]: prints a line for each case in which it does not fail as it must.
loses_output() {
  local file said
  file=$(program "$1")
  said=$(timeout 20 "$file" "${@:2}" 2>&1 >/dev/full; echo "status $?")
  [[ $said == *"${1#*/}: $full"$'\nstatus 1' ]] || echo "$1, stdout full: $said"
  said=$(timeout 20 "$file" "${@:2}" 2>&1 >&-; echo "status $?")
  [[ $said == *"${1#*/}: $closed"$'\nstatus 1' ]] || echo "$1, stdout closed: $said"
  said=$(timeout 20 "$file" "${@:2}" <&- >&- 2>&-; echo "status $?")
  [[ $said == 'status 1' ]] || echo "$1, all closed: $said"
}

@test "every program says that its output is lost" {
  check() {
    local program
    for program in "${programs[@]}"; do
      loses_output "$program" --help
    done
  }
  run check
  assert_output ""
}

@test "no server starts if it cannot say where it listens" {
  check() {
    local program
    for program in "${programs[@]}"; do
      [[ ! $program =~ _server(_|$) ]] || loses_output "$program" 0
    done
  }
  run check
  assert_output ""
}

@test "output that printf holds back until the end may be lost too" {
  run loses_output ch10_multiprocess/fork_copies
  assert_output ""
}

# limited BYTES COMMAND...: its stdout is a file that can hold so many bytes.
limited() { (trap '' XFSZ && exec prlimit --fsize="$1" "${@:2}" >"$BATS_TEST_TMPDIR/limited"); }

@test "a line that is written in part is lost output" {
  run -1 limited 20 "$(program ch04_tcp/echo_server)" --help
  assert_output "echo_server: write: File too large"
}

@test "a thread that cannot print ends its program with an error" {
  run -1 bash -c '"$1" >/dev/full' - "$(program ch18_threads/thread_join)"
  assert_output "thread_join: $full"
}

@test "a child that cannot print makes its parent fail" {
  local file size
  file=$(program ch11_pipe/pipe_two_way)
  size=$("$file" | wc -c)
  run -1 limited $((size - 1)) "$file"
  assert_output "child: write: File too large
pipe_two_way: the child has failed"
}

# fails_alone COMMAND...: with a full stdout it ends with status 1, and its children end too.
fails_alone() {
  local status=0 group
  set -m
  timeout 20 "$@" >/dev/full 2>err 3>&- &
  group=$!
  set +m
  wait "$group" || status=$?
  eventually group_is_gone "$group" || { kill -KILL -- "-$group"; echo "a child stayed"; return 1; }
  assert_equal "$status" 1
}

@test "a parent that cannot print ends its children" {
  fails_alone "$(program ch10_multiprocess/process_states)"
}

@test "a chat that cannot print ends, and its child too" {
  start_server ch04_tcp/echo_server
  mkfifo keyboard
  exec {keys}<>keyboard
  echo hello >&"$keys"
  fails_alone "$(program ch10_multiprocess/peer_chat_client)" 127.0.0.1 "$port" <&"$keys"
  run cat err
  assert_line "peer_chat_client: $full"
}

# If 0 or 1 is closed, the first socket would get that number: the client would read its input from the
# server, or send its output to it.
clients_without_streams() {
  local client
  start_server "$1"
  for client in "${@:2}"; do
    run -1 bash -c '"$@" <<<hello >/dev/full' - timeout 20 "$(program "$client")" 127.0.0.1 "$port"
    assert_output "${client#*/}: $full"
    run -1 bash -c '"$@" <<<hello >&-' - timeout 20 "$(program "$client")" 127.0.0.1 "$port"
    assert_output "${client#*/}: $closed"
    run -0 bash -c '"$@" <&-' - timeout 20 "$(program "$client")" 127.0.0.1 "$port"
    assert_output ""
  done
}

@test "a TCP client with a closed stdin or stdout does not use a socket instead" {
  clients_without_streams ch04_tcp/echo_server ch04_tcp/echo_client ch04_tcp/echo_client_one_read \
    ch10_multiprocess/echo_client_split
}

@test "a UDP client with a closed stdin or stdout does not use a socket instead" {
  clients_without_streams ch06_udp/echo_server ch06_udp/echo_client ch06_udp/echo_client_connected
}
