#!/usr/bin/env bats
# file_server and file_client: a file, its end, and an answer after the end.

setup() {
  load ../harness.bash
  load ../echo.bash
  load ../ch04_tcp/messages.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

serve() { start_server ch07_shutdown/file_server 0 127.0.0.1 "$PWD/$1"; }

# fetches FILE: the client's copy is byte for byte the same.
fetches() {
  run client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  ((status != 124)) || echo "the client did not end in time"
  [[ -e copy ]] || { echo "there is no file: $output"; return 1; }
  same_bytes "$1" copy
  ((!status))
  [ ! -e copy.part ]
  [[ -n ${JUDGED:-} && -z ${PROMISES:-} ]] || assert_output "$(stat -c %s "$1") bytes in copy"
}

# a_server_that LINE...: for each client it runs these lines of bash.
a_server_that() {
  printf '%s\n' '#!/bin/bash' "$@" >answer
  chmod +x answer
  stranger ch07_shutdown/file_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server ch07_shutdown/file_server
}

# states: of the client's end and the server's, as ss shows them.
# (An earlier test may have left a connection in TIME-WAIT on the same port.)
states() {
  ss -Htan exclude time-wait "sport = :$port or dport = :$port" | awk -v port=":$port" '
    $1 != "LISTEN" { print ($4 ~ port "$" ? "server" : "client"), $1 }' | sort | paste -sd ' '
}
states_are() { [[ $(states) == "$1" ]]; }

# hint: Eight bytes of length, the file, and then the end of the stream, which shutdown sends: the client waits for it.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# bats test_tags=first
@test "a binary file arrives exactly" {
  head -c 1000000 /dev/urandom >in
  serve in
  did "the file has 1,000,000 bytes"
  fetches in
  eventually no_connection_is_left
  rm copy
  fetches in
}

# hint: An empty file has a length too, and an end.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
@test "an empty file arrives as an empty file" {
  : >in
  serve in
  fetches in
}

@test "100 MiB arrive exactly" {
  truncate -s 100M in
  serve in
  fetches in
  rm in copy
}

# judges: ch07_shutdown/file_server
@test "without an argument the server sends itself" {
  start_server ch07_shutdown/file_server
  run -0 client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  cmp copy "/proc/$server_pid/exe"
}

# judges: ch07_shutdown/file_server
@test "the server hears the thanks after it has finished sending" {
  echo hello >in
  serve in
  fetches in
  wait_for_log closed
  run -0 sed 's/127.0.0.1:[0-9]*/CLIENT/' "$server_log"
  assert_output "every client gets $PWD/in, 6 bytes
listening on CLIENT
connected CLIENT
CLIENT says: Thank you
closed CLIENT"
  # Whatever they are.
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  timeout "$patience" cat <&9 >copy
  printf 'Well done\n' >&9
  exec 9>&-
  wait_for_log " says: Well done"
}

@test "the calls of a graceful end come in the right order" {
  head -c 150000 /dev/zero | tr "\0" x >in # more than a buffer
  traced -o calls -e trace=accept4,sendto,recvfrom,shutdown,read,close
  serve in
  traced -o client -e trace=sendto,recvfrom,rename,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/file_client)" 127.0.0.1 "$port" copy
  wait_for_log closed
  eventually two_are_closed
  # The client has received the end of the stream and stored the file before it answers, and then it closes.
  run -0 sed -nE '/ = 8$/,$ { s/^recvfrom.* = 0$/end/p; s/^rename.* = 0$/rename/p; s/^sendto\(([0-9]+), "Thank you.*/sendto \1/p; s/^close\(([0-9]+)\) .*/close \1/p; }' client
  [[ ${lines[*]} =~ ^"end rename sendto "([0-9]+)" close "[0-9]+" close "([0-9]+)$ ]]
  assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  cmp in copy
  run -0 bash -c "sed -n '/^accept4.*= /,\$p' calls | sed -nE 's/^(sendto|shutdown|read|close)\(.* = ([0-9]+).*/\1 \2/p'"
  # The server sends the length, all bytes and the end, and closes the file; then it reads the
  # client's line, and closes the connection.
  assert_equal "${lines[*]}" "sendto 8 read 65536 sendto 65536 read 65536 sendto 65536 read 18928 sendto 18928 \
shutdown 0 close 0 read 10 close 0"
}

two_are_closed() { (($(sed -n '/^accept4.*= /,$p' calls | grep -c '^close(.*= 0$') == 2)); }

# hint: End your own direction only, and receive: after close the client's thanks meet a reset.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_server
@test "another client reads length, bytes and end, and the server still hears it" {
  printf 'six by' >in
  serve in
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "the file was: six by; a client received until the end of the stream, and sent its thanks"
  run -0 bash -c "timeout $patience cat <&9 | od -An -tx1"
  assert_output " 00 00 00 00 00 00 00 06 73 69 78 20 62 79"
  printf 'Well done\n' >&9
  [[ $(states) == *"client CLOSE-WAIT"* ]] || fail_with_log "the thanks were answered with a reset"
  exec 9>&-
  is_ours "$server" || return 0
  wait_for_log "says: Well done"
}

# hint: When the file is stored, the client answers with a line. The server has only finished sending.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_client
@test "a file from another server is accepted" {
  printf '\0\0\0\0\0\0\0\5hello' >wire
  stranger ch07_shutdown/file_server \
    'exec socat -t "${patience:-20}" "TCP-LISTEN:$1,bind=127.0.0.1,fork" "FILE:wire!!CREATE:thanks"'
  start_server ch07_shutdown/file_server
  did "the server sent the length 5, hello, and the end of the stream"
  run client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  ((status != 124)) || echo "the client did not end in time"
  assert_equal "$(cat copy)" hello
  eventually grep -qs '.' thanks || { echo "the server has got no thanks"; return 1; }
  is_ours ch07_shutdown/file_client || return 0
  assert_equal "$status" 0
  grep -qx 'Thank you' thanks
}

# hint: After its last byte the server ends its direction, and goes on receiving.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_server
@test "between the half-close and the thanks the ends are FIN-WAIT-2 and CLOSE-WAIT" {
  echo hello >in
  serve in
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "a client received the file, and has not answered yet"
  timeout "$patience" cat <&9 >copy || fail_with_log "the end of the stream has not come"
  eventually states_are "client CLOSE-WAIT server FIN-WAIT-2" || assert_equal "$(states)" "client CLOSE-WAIT server FIN-WAIT-2"
  printf 'Thank you\n' >&9
  ! is_ours "$server" || wait_for_log "says: Thank you"
  exec 9>&-
}

@test "with the half-close the client sees the end, without it it would wait for ever" {
  echo hello >in
  serve in
  fetches in
  stop_server
  rm copy
  traced -o /dev/null -e trace=shutdown -e inject=shutdown:retval=0
  serve in
  run -124 timeout 1 "$(program ch07_shutdown/file_client)" 127.0.0.1 "$port" copy
  [ ! -e copy ]
}

# hint: The end of the stream comes from a server that was killed, too. Compare what came with the length.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_client
@test "a transfer that breaks off leaves no file" {
  a_server_that 'printf "\0\0\0\0\0\0\0\144only these"'
  did "the server announced 100 bytes, sent 10, and closed"
  run client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  ((status != 124)) || { echo "the client did not end in time"; return 1; }
  [[ ! -e copy ]] || { echo "there is a file of $(stat -c %s copy) bytes, which looks complete"; return 1; }
  is_ours ch07_shutdown/file_client || return 0
  assert_equal "$status" 1
  assert_output "file_client: the server closed after 10 of 100 bytes"
  [ ! -e copy.part ]
}

# hint: Write to another name, and rename the file when it is complete.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_client
@test "a transfer that breaks off leaves the old file as it was" {
  echo old >copy
  a_server_that 'printf "\0\0\0\0\0\0\0\144only these"'
  did "the server announced 100 bytes, sent 10, and closed"
  run client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  assert_equal "$(cat copy)" old
  ! is_ours ch07_shutdown/file_client || assert_equal "$status" 1
}

# hint: The length, as the file, may come in parts. Ask for the bytes that are missing.
# page: ch04_tcp/README.md#one-message-is-not-one-read
# judges: ch07_shutdown/file_client
@test "a file whose length comes in parts arrives whole" {
  printf 'six by' >in
  a_server_that 'printf "\0\0\0"; read -rt 0.2 <> <(:); printf "\0\0\0\0\6si"; read -rt 0.2 <> <(:); printf "x by"'
  did "the server sent length and file in three parts"
  fetches in
}

# hint: This client left with most of the file on the way. Sending to it fails; end this conversation, not the server.
# page: ch01_basics/README.md#a-vanished-peer
# judges: ch07_shutdown/file_server
@test "clients that leave in the middle of a file do not end the server" {
  truncate -s 20M in
  serve in
  local i
  for i in 1 2 3; do
    did "a client received 100 bytes of 20 MiB, and left"
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    timeout "$patience" head -c 100 <&9 >/dev/null
    exec 9>&-
    eventually no_connection_is_left || fail_with_log "the server has not closed its connection with the client that left"
  done
  fetches in
}

# judges: ch07_shutdown/file_client
@test "a file that is replaced passes on its mode" {
  local mode
  echo hello >in
  serve in
  for mode in 600 444 755 4755 2711; do # the last two: chown(2) clears such bits, because the owner is another
    echo old >copy
    chmod "$mode" copy
    fetches in
    assert_equal "$(stat -c %a copy)" "${mode: -3}"
    rm copy
  done
  (umask 027 && fetches in)
  assert_equal "$(stat -c %a copy)" 640
}

# judges: ch07_shutdown/file_client
@test "a client that is killed leaves no file that looks complete" {
  a_server_that 'printf "\0\0\0\0\0\0\0\144only these"; read -r'
  timeout 20 "$(program ch07_shutdown/file_client)" 127.0.0.1 "$port" copy 3>&- &
  local talker=$!
  eventually grep -qs 'only these' copy.part
  kill -KILL "$(pgrep -P "$talker")"
  wait "$talker" || true
  [ ! -e copy ]
}

# judges: ch07_shutdown/file_client
@test "the end of the stream comes from a killed server too" {
  truncate -s 50000000 in
  serve in
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  run -0 bash -c "timeout 20 head -c 8 <&9 | od -An -tu1"
  assert_output --regexp '^ +0 +0 +0 +0 +2 +250 +240 +128$'
  end_server
  run -0 bash -c "timeout 20 cat <&9 | wc -c"
  ((output < 50000000))
  exec 9>&-
}

# judges: ch07_shutdown/file_client
@test "more or fewer bytes than announced are an error" {
  a_server_that 'printf "\0\0\0\0\0\0\0\5hello and more"'
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  assert_output "file_client: the server sent more than it had announced"
  stop_server
  a_server_that 'printf "\0\0\0"'
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  assert_output "file_client: the server closed before it had announced the length"
  [ ! -e copy ]
  [ ! -e copy.part ]
}

# hint: recv returns 0, or fails, when the client leaves without an answer. End this conversation, not the server.
# page: ch07_shutdown/README.md#a-file-and-thanks-for-it
# judges: ch07_shutdown/file_server
@test "a client that leaves without thanks is dropped, and the next one is served" {
  echo hello >in
  serve in
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "a client received the file, and left without an answer"
  timeout "$patience" cat <&9 >copy || fail_with_log "the end of the stream has not come"
  exec 9>&-
  ! is_ours "$server" || wait_for_log ": left without a thank-you"
  clients reset 1 || true
  ! is_ours "$server" || wait_for_log "dropped" 2
  fetches in
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
# judges: ch07_shutdown/file_server
@test "a client that sends a lot still gets the file" {
  echo hello >file
  serve file
  local thanks
  for thanks in 'thanks\n' ''; do
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    { printf '%b' "$thanks" && head -c 30000000 /dev/zero; } >&9
    timeout 20 cat <&9 >got
    run -0 od -An -c got
    assert_output '  \0  \0  \0  \0  \0  \0  \0 006   h   e   l   l   o  \n'
    exec 9>&-
  done
  wait_for_log ": a line longer than 80 bytes"
}

# judges: ch07_shutdown/file_server
@test "a missing file drops only that client" {
  echo hello >in
  serve in
  mv in away
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  wait_for_log "dropped"
  mv away in
  fetches in
}

# judges: ch07_shutdown/file_server
@test "what a client says cannot control the terminal" {
  echo hello >in
  serve in
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'a\033[2Jb\n' >&9
  timeout 20 cat <&9 >copy
  exec 9>&-
  wait_for_log "says: a?[2Jb"
}

# judges: ch07_shutdown/file_server
@test "what is not a file is refused at once" {
  run -1 client ch07_shutdown/file_server 0 127.0.0.1 nothing
  assert_output "file_server: open nothing: No such file or directory"
  mkfifo pipe
  run -1 client ch07_shutdown/file_server 0 127.0.0.1 pipe
  assert_output "file_server: pipe: not a regular file"
}

# stat(2): most files in /proc are 0 bytes long, whatever they hold.
@test "a file that does not tell its length is refused" {
  is_stranger ch07_shutdown/file_server && return
  run -1 client ch07_shutdown/file_server 0 127.0.0.1 /proc/version
  assert_output "file_server: /proc/version: its length is not known (as in /proc)"
  : >empty
  serve empty
  run -0 client ch07_shutdown/file_client 127.0.0.1 "$port" got
  [[ -e got && ! -s got ]]
}

@test "two clients do not write into one file" {
  is_stranger ch07_shutdown/file_client && return
  mkfifo go
  a_server_that 'printf "\0\0\0\0\0\0\0\5he"; read -r <go; printf llo'
  timeout 20 "$(program ch07_shutdown/file_client)" 127.0.0.1 "$port" copy 3>&- &
  local first=$!
  eventually grep -qs he copy.part
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" copy
  assert_output "file_client: open copy.part: File exists
another client writes it, or one was killed while it did: then remove it"
  printf '\n\n' >go # a line for the server's answer to each of them
  wait "$first"
  assert_equal "$(<copy)" hello
}

# judges: ch07_shutdown/file_client
@test "a file that cannot be written is an error" {
  echo hello >in
  serve in
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" no/such/folder
  assert_output "file_client: open no/such/folder.part: No such file or directory"
  mkdir folder
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" folder
  assert_output "file_client: folder is there, and is not a regular file"
  ln -s nowhere link
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" link
  assert_output "file_client: link is there, and is not a regular file"
  [ ! -e folder.part ]
  # Nor is what is in the place of the part: a pipe would keep it waiting, and a link be followed.
  mkfifo new.part
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" new
  assert_line --index 0 "file_client: open new.part: File exists"
  rm new.part
  echo precious >kept
  ln -s kept new.part
  run -1 client ch07_shutdown/file_client 127.0.0.1 "$port" new
  assert_line --index 0 "file_client: open new.part: File exists"
  assert_equal "$(<kept)" precious
}

@test "wrong arguments are wrong usage" {
  run -2 client ch07_shutdown/file_client 127.0.0.1 1
  assert_line --index 0 "file_client: FILE is missing"
  run -2 client ch07_shutdown/file_server 70000
  run -2 client ch07_shutdown/file_server 0 127.0.0.1 in more
}

@test "it serves IPv6 and leaks no descriptor" {
  ipv6_or_skip
  echo hello >in
  start_server ch07_shutdown/file_server 0 ::1 "$PWD/in"
  run -0 client ch07_shutdown/file_client ::1 "$port" copy
  wait_for_log closed
  local before i
  before=$(descriptors)
  for i in {1..50}; do
    exec 9<>"/dev/tcp/::1/$port"
    printf 'Thanks\n' >&9
    exec 9>&-
  done
  wait_for_log connected 51
  eventually descriptors_are_back "$before"
}
