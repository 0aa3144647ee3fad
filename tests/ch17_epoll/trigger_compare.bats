#!/usr/bin/env bats
# trigger_compare: how often the same ten bytes are reported, by level and by edge.

setup() {
  load ../harness.bash
  run -0 client ch17_epoll/trigger_compare
}

@test "level-triggered reports until everything is read, edge-triggered once for each arrival" {
  assert_line "level, ten bytes: report report report report report -"
  assert_line "level, four more: report report -"
  assert_line "edge, ten bytes: report - - - - -"
  assert_line "edge, four more: report - -"
}
