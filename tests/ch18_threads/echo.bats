#!/usr/bin/env bats
# echo_server of chapter 18: a thread for each client.

setup() {
  load ../harness.bash
  contract=ch18_threads/echo_server
}
teardown() { stop_server; }

threads() { sed -n 's/^Threads:[[:space:]]*//p' "/proc/$server_pid/status"; }
threads_are() { (($(threads) == $1)); }

gets_an_answer() {
  printf x >&"$1"
  read -rt 20 -N 1 -u "$1"
}

# A sanitizer may add a thread of its own, so only differences are exact.
@test "each client has a thread, which ends when the client leaves" {
  start_server "$contract"
  exec 6<>"/dev/tcp/127.0.0.1/$port"
  gets_an_answer 6
  local fd with_one
  with_one=$(threads)
  ((with_one >= 2))
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  for fd in 7 8 9; do gets_an_answer "$fd"; done
  assert_equal "$(threads)" $((with_one + 3))
  exec 7>&- 8>&- 9>&-
  eventually threads_are "$with_one"
  exec 6>&-
  eventually threads_are $((with_one - 1))
}

# Two clones fail, because a sanitizer may make the first thread.
@test "if no thread can be made the client is dropped and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN:when=1..2
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no thread for me"
  wait_for_log ": Resource temporarily unavailable"
  eventually is_served
}
is_served() { [[ $(client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"one for me") == "one for me" ]]; }
