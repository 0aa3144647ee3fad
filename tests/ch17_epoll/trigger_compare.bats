#!/usr/bin/env bats
# trigger_compare: how often the same ten bytes are reported, by level and by edge.

setup() {
  load ../harness.bash
  run -0 client ch17_epoll/trigger_compare
}

# hint: Ask epoll once before each read of two bytes, without waiting, and wait until all ten have arrived. What is left unread is no new arrival.
# page: ch17_epoll/README.md#level-and-edge
@test "level-triggered reports until everything is read, edge-triggered once for each arrival" {
  assert_line "level, ten bytes: 10 report, 8 report, 6 report, 4 report, 2 report, 0 -"
  assert_line "level, four more: 4 report, 2 report, 0 -"
  assert_line "edge, ten bytes: 10 report, 8 -, 6 -, 4 -, 2 -, 0 -"
  assert_line "edge, four more: 4 report, 2 -, 0 -"
  ! is_stranger ch17_epoll/trigger_compare || return 0
  # It says what the kernel answers in each round: here, how much is unread, and that nothing is reported.
  local n=$((0x07070707))
  traced -o /dev/null -e trace=ioctl,epoll_wait,epoll_pwait -e inject=ioctl:poke_exit=@arg3=07070707 -e inject=epoll_wait,epoll_pwait:retval=0
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch17_epoll/trigger_compare)"
  assert_output "level, ten bytes: $n -, $n -, $n -, $n -, $n -, $n -
level, four more: $n -, $n -, $n -
edge, ten bytes: $n -, $n -, $n -, $n -, $n -, $n -
edge, four more: $n -, $n -, $n -"
}
