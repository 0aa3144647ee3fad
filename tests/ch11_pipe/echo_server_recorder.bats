#!/usr/bin/env bats
# echo_server_recorder: a process for each client, and one that records what all clients send.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch11_pipe/echo_server_recorder
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server 0; }

record_holds() { grep -qsxE -- "127\.0\.0\.1:[0-9]+ $1" record.txt; }
# is_recorded LINE: soon. If not, says what record.txt holds.
is_recorded() {
  eventually record_holds "$1" || {
    echo "record.txt does not hold: 127.0.0.1:PORT $1"
    echo "it holds: $(head -c 300 record.txt 2>&1)"
    return 1
  }
}
# The recorder is the oldest child.
recorder() { pgrep -o -P "$server_pid"; }

# hint: Each line that a client sends becomes a line of record.txt, with the client's address and port before it. Is it only in a buffer?
# page: ch11_pipe/README.md#a-record-of-every-line
@test "each line is recorded with the address of its client" {
  start_server "$contract"
  echoes "first line"
  echoes "second line"
  is_recorded "first line"
  is_recorded "second line"
  assert_equal "$(wc -l <record.txt)" 2
}

@test "a line is recorded before it comes back" {
  traced -f -y -o calls -e trace=write,sendto
  start_server "$contract"
  echoes "first kept, then sent"
  stop_server 0
  run -0 grep -oE '(write\([0-9]+<pipe|sendto\().*first kept' calls
  assert_line --index 0 --regexp '^write.* "127\.0\.0\.1:[0-9]+ first kept$'
  assert_line --index 1 --regexp '^sendto.* "first kept$'
}

@test "what is in the pipe outlives its writer" {
  start_server "$contract"
  kill -STOP "$(recorder)"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  echo "already in the pipe" >&9
  read -rt 20 -u 9
  assert_equal "$(<record.txt)" ""
  kill -TERM "$server_pid"
  eventually only_the_recorder_is_left
  kill -CONT "$(recorder)"
  server_ends_with 0
  record_holds "already in the pipe"
  exec 9>&-
}
only_the_recorder_is_left() { (($(pgrep -P "$server_pid" | wc -l) == 1)); }

# hint: The stream may end before the last line has its end mark. What has come until then is a line too.
# page: ch11_pipe/README.md#a-record-of-every-line
@test "an unfinished last line is recorded, an empty line too" {
  start_server "$contract"
  did 'sent whole\n\nhalf and ended the stream'
  printf 'whole\n\nhalf' | client ch04_tcp/echo_client 127.0.0.1 "$port" >/dev/null
  is_recorded "half"
  is_recorded "whole"
  is_recorded ""
  assert_equal "$(wc -l <record.txt)" 3
}

# hint: recv returns a part of a long line. A line may be more than one record, but none of its letters may be missing.
# page: ch11_pipe/README.md#a-record-of-every-line
@test "nothing of a long line is lost" {
  start_server "$contract"
  local long
  long=$(printf 'x%.0s' {1..10000})
  echoes "$long" >/dev/null || { echo "the line of 10000 letters did not come back"; return 1; }
  echoes "the end"
  is_recorded "the end"
  local recorded
  recorded=$(grep -v "the end" record.txt | sed 's/^[^ ]* //' | tr -d '\n' | wc -c)
  assert_equal "recorded: $recorded" "recorded: 10000"
}

@test "a line too long for one record becomes several, and nothing of it is lost" {
  start_server "$contract"
  local long
  long=$(printf 'x%.0s' {1..10000})
  echoes "$long"
  echoes "the end"
  eventually record_holds "the end"
  stop_server 0
  assert_equal "$(grep -cv "the end" record.txt)" 3
  assert_equal "$(grep -v "the end" record.txt | sed 's/^[^ ]* //' | tr -d '\n')" "$long"
  assert_equal "$(awk '{ if (length > longest) longest = length } END { print longest }' record.txt)" 4095
}

# hint: Open the file to append. Who truncates it loses yesterday's records.
# page: ch11_pipe/README.md#a-record-of-every-line
@test "new records are added to the old ones" {
  echo "127.0.0.1:1 of yesterday" >record.txt
  start_server "$contract"
  echoes "of today"
  stop_server 0
  is_recorded "of yesterday"
  is_recorded "of today"
}

# many_talk: fifty clients send 200 numbered lines each, all at once, and read them back.
many_talk() {
  local i pids=()
  did "fifty clients at once sent 200 lines each"
  for i in {1..50}; do
    seq -f "client $i says %.0f xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" 200 >"sent.$i"
    timeout "$client_limit" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <"sent.$i" >"back.$i" 3>&- &
    pids+=($!)
  done
  wait "${pids[@]}"
}
only_whole_records() {
  local torn
  torn=$(grep -vE '^127\.0\.0\.1:[0-9]+ client [0-9]+ says [0-9]+ x+$' record.txt | head -n 3) || return 0
  [[ -z $torn ]] || { echo "these lines of record.txt are none that a client sent: $torn"; return 1; }
}
# of_client I FILE: the lines of client I in FILE, without their address.
of_client() { sed -n "s/^\(127\.0\.0\.1:[0-9]* \)\?\(client $1 says .*\)$/\2/p" "$2"; }

# only_the_recorder_writes: who serves a client has a pipe to it, and not the file.
only_the_recorder_writes() {
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  eventually two_children
  assert_equal "$(for pid in $(server_processes); do find "/proc/$pid/fd" -lname '*/record.txt' -printf "$pid\n"; done)" "$(recorder)"
  local pipe
  pipe=$(find "/proc/$(recorder)/fd" -lname 'pipe:*' -printf '%l\n')
  find "/proc/$(pgrep -n -P "$server_pid")/fd" -lname 'pipe:*' -printf '%l\n' | grep -qxF "$pipe"
  exec 9>&-
}
two_children() { (($(pgrep -c -P "$server_pid") == 2)); }

# hint: Many processes write to one pipe. A record is safe there only if it is one write of at most PIPE_BUF bytes, its address and its end included.
# page: ch11_pipe/README.md#a-record-of-every-line
# bats test_tags=crowd
@test "with fifty clients at once no line is lost, torn or mixed, and each client's lines keep their order" {
  start_server "$contract"
  is_stranger "$contract" || only_the_recorder_writes
  many_talk
  local more=0
  if ! is_stranger "$contract"; then # one more, whose only line has no end
    printf 'client 51 says 1 x' | client ch04_tcp/echo_client 127.0.0.1 "$port" >/dev/null
    is_recorded 'client 51 says 1 x'
    seq -f "client 52 says %.0f xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" 200 >sent.52 # and one that sends all its lines at once
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    wait_for_log connected 53
    pause_all
    cat sent.52 >&9
    resume_all
    timeout 20 head -c "$(wc -c <sent.52)" <&9 | cmp sent.52 -
    exec 9>&-
    more=201
  fi
  stop_server 0
  only_whole_records
  if ! is_stranger "$contract"; then
    of_client 52 record.txt | cmp - sent.52
    # The addresses are those of clients.
    run -0 comm -23 <(cut -d ' ' -f 1 record.txt | sort -u) <(sed -n 's/^connected //p' "$server_log" | sort -u)
    assert_output ""
  fi
  assert_equal "$(wc -l <record.txt) lines" "$((10000 + more)) lines"
  local i
  for i in {1..50}; do
    cmp "sent.$i" "back.$i"
    of_client "$i" record.txt | cmp - "sent.$i"
    assert_equal "$(grep "client $i says" record.txt | cut -d ' ' -f 1 | sort -u | wc -l)" 1
  done
}

# All fifty still talk when the server is told to stop.
# hint: Record a line before you send it back. What is in a pipe outlives its writer: let the recorder read to the end, and end last.
# page: ch11_pipe/README.md#a-record-of-every-line
@test "when the server is told to stop, no line is lost that a client has got back" {
  start_server "$contract"
  local clients
  many_talk 2>/dev/null 3>&- &
  clients=$!
  eventually test -s record.txt || { echo "nothing was recorded while they talked"; return 1; }
  did "told the server to stop while they talked"
  stop_server 0
  wait "$clients" || true
  local i lines
  for i in {1..50}; do
    lines=$(wc -l <"back.$i") # a last line without its end does not count
    of_client "$i" record.txt | head -n "$lines" | cmp -s - <(head -n "$lines" "back.$i") ||
      { echo "client $i got $lines lines back, but not all of them are in record.txt"; return 1; }
  done
  only_whole_records
  assert_equal "$(tail -c 1 record.txt)" ""
}

# recorders: the processes that write the record, and serve nobody. There may be none.
recorders() {
  local pid
  for pid in $(server_processes); do
    [[ -z $(find "/proc/$pid/fd" -lname '*/record.txt') || -n $(sockets "$pid") ]] || echo "$pid"
  done
}
# hint: Ctrl-C goes to every process of the terminal, to the recorder too. But it must read what is still in the pipe.
# page: ch11_pipe/README.md#a-record-of-every-line
@test "Ctrl-C loses no line that a client has got back" {
  start_server "$contract"
  local pid pids
  pids=$(recorders)
  for pid in $pids; do pause_server "$pid"; done
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  echo "already in the pipe" >&9
  read -rt 1 -u 9 || true
  [[ $REPLY == "already in the pipe" ]] || { exec 9>&- && return 0; } # it answers when the line is in the file
  did "a client got a line back; before it was in record.txt, Ctrl-C came"
  kill -INT -- "-$server_pid"
  for pid in $pids; do kill -CONT "$pid"; done
  server_ends_with 0
  is_recorded "already in the pipe"
  exec 9>&-
}

@test "the parent keeps the listener only, a child its client only" {
  start_server "$contract"
  local listener child
  listener=$(sockets "$server_pid")
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  # The child may answer before the parent has closed its copy.
  eventually sockets_are "$server_pid" "$listener"
  child=$(pgrep -n -P "$server_pid")
  assert_equal "$(sockets "$child" | wc -l)" 1
  refute [ "$(sockets "$child")" = "$listener" ]
  exec 9>&-
}

@test "the recorder holds no socket, and neither SIGINT nor SIGTERM ends it" {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  assert_equal "$(sockets "$(recorder)")" ""
  kill -INT "$(recorder)"
  kill -TERM "$(recorder)"
  echoes "still recorded"
  eventually record_holds "still recorded"
  exec 9>&-
}

@test "without a recorder the server ends, and says why" {
  start_server "$contract"
  kill -KILL "$(recorder)"
  server_ends_with 1
  grep -qxF "echo_server_recorder: the recorder has ended" "$server_log"
}

@test "a record that cannot be written ends the server" {
  ln -s /dev/full record.txt
  start_server "$contract"
  echo "for nothing" >"/dev/tcp/127.0.0.1/$port"
  server_ends_with 1
  grep -qF "No space left on device" "$server_log"
}

@test "a record that cannot be opened is an error" {
  mkdir record.txt
  run -1 timeout 20 "$(program "$contract")" 0
  assert_output "echo_server_recorder: open record.txt: Is a directory"
  rmdir record.txt
  mkfifo record.txt # nobody reads it
  run -1 timeout -k 5 20 "$(program "$contract")" 0
  assert_output "echo_server_recorder: open record.txt: No such device or address"
}

@test "a record that is a pipe waits for its reader, and loses nothing" {
  is_stranger "$contract" && return
  mkfifo record.txt
  exec 8<>record.txt # so it can be opened
  timeout 20 dd if=/dev/zero of=record.txt bs=4096 oflag=nonblock 2>dd.log || true # and is full
  start_server "$contract"
  echoes "a line for later"
  wait_for_log "closed "
  timeout 20 grep -aqm 1 '127\.0\.0\.1:[0-9]* a line for later$' <&8
  echoes "it is still there"
}

@test "when fork fails that client is dropped and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN:when=2
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no process for me"
  wait_for_log ": fork: Resource temporarily unavailable"
  echoes "one for me"
}
