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
}
