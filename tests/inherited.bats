#!/usr/bin/env bats
# What a program inherits from a careless parent: descriptors, signals, limits, a working folder. app::run
# puts right what it can; for the rest there is an error. Lost output is one too: on stderr, status 1.

setup() {
  load harness.bash
  cd "$BATS_TEST_DIRNAME/.." || return
  mapfile -t programs < <(./course list | cut -d ' ' -f 1)
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() { stop_server; }

full='write: No space left on device'
closed=$'write: Bad file descriptor\nstandard output is closed, or only to be read'

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

# (news_receiver says it on stderr: its stdout has nothing but the news.)
@test "no server and no receiver starts if it cannot say where it listens" {
  check() {
    local program
    for program in "${programs[@]}"; do
      [[ ! $program =~ _(server|receiver|relay)(_|$) || $program == */news_receiver ]] || loses_output "$program" 0
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
limited() { prlimit --fsize="$1" "${@:2}" >"$BATS_TEST_TMPDIR/limited"; }

@test "a line that is written in part is lost output" {
  run -1 limited 20 "$(program ch04_tcp/echo_server)" --help
  assert_output "echo_server: write: File too large"
}

@test "a thread that cannot print ends its program with an error" {
  run -1 bash -c '"$1" >/dev/full' - "$(program ch18_threads/thread_join)"
  assert_output "thread_join: $full"
}

@test "a child that cannot write, or not all, makes its parent fail" {
  run -1 prlimit --fsize=3 "$(program ch10_multiprocess/fork_descriptors)"
  assert_output "fork_descriptors: the child has failed"
  run -1 prlimit --fsize=0 "$(program ch10_multiprocess/fork_descriptors)"
  assert_output "fork_descriptors: write: File too large
fork_descriptors: the child has failed"
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

# does_not_wait OPTION FD: sets O_NONBLOCK (iflag or oflag), for whoever has this open file, as node and ssh do.
does_not_wait() { dd "$1=nonblock" count=0 status=none <&"$2" >&"$2"; }
waits() { ! ((8#$(sed -n 's/^flags:\s*//p' "/proc/self/fdinfo/$1") & 04000)); }

@test "input that a careless parent has made non-blocking is waited for" {
  mkfifo keys
  exec {keys}<>keys
  start_server ch04_tcp/echo_server
  does_not_wait iflag "$keys"
  run ! waits "$keys"
  timeout 60 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <&"$keys" >heard 2>&1 3>&- {keys}>&- &
  local client=$!
  wait_for_log "connected "
  echo hello >&"$keys"
  eventually grep -qx hello heard
  kill "$client"
}

# Whoever asks for SIGIO asks for its own number, which a program keeps across exec(2).
@test "input for which a careless parent wanted a signal does not end the program" {
  mkfifo keys
  exec {keys}<>keys
  start_server ch04_tcp/echo_server
  find_program ch04_tcp/echo_client
  timeout 60 python3 -c 'import fcntl, os, sys
fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
fcntl.fcntl(0, fcntl.F_SETFL, os.O_RDWR | os.O_ASYNC)
os.execv(sys.argv[1], sys.argv[1:])' "$found" 127.0.0.1 "$port" <&"$keys" >heard 2>&1 3>&- {keys}>&- &
  local client=$!
  wait_for_log "connected "
  echo hello >&"$keys"
  eventually grep -qx hello heard
  kill "$client"
}

# The limit may be small where many threads are wanted. A sanitizer needs more.
@test "a stack of 64 kilobytes is enough" {
  local small=(timeout 20 prlimit --stack=65536 --) program
  "${small[@]}" "$(program ch12_select/select_sets)" --help >usage || skip "not in this build"
  run -0 "${small[@]}" "$(program ch12_select/select_sets)"
  server_wrapper=(prlimit --stack=65536 --)
  start_server ch06_udp/echo_server
  for program in ch06_udp/echo_client ch06_udp/echo_client_connected; do
    run -0 "${small[@]}" "$(program "$program")" 127.0.0.1 "$port" <<<hello
    assert_output hello
  done
  stop_server
  for program in ch06_udp/unreliable_relay ch14_multicast/broadcast_receiver; do
    start_server "$program"
    printf x | timeout 20 socat -u - "UDP:127.0.0.1:$port"
    stop_server
  done
  start_server ch11_pipe/echo_server_recorder
  run -0 "${small[@]}" "$(program ch17_epoll/load_client)" 127.0.0.1 "$port" 2 1 </dev/null
  stop_server 0
}

@test "where no process and no thread can be made the advice is to look at the limit" {
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  local program advice
  while read -r program advice; do
    run -1 timeout 20 env "ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}" \
      strace -f -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN "$(program "$program")" </dev/null
    assert_line "$advice"
  done <<'END'
ch10_multiprocess/zombie no more processes and threads are allowed: ulimit -u
ch18_threads/thread_join no more threads are allowed, or there is no memory for a stack: ulimit -u -v -d -s
ch18_threads/echo_server_pool no more threads are allowed, or there is no memory for a stack: ulimit -u -v -d -s
END
}

@test "where there is no memory for the stack of a thread the advice names it" {
  local small=(timeout 20 prlimit --data=1000000)
  "${small[@]}" "$(program ch18_threads/thread_join)" --help >usage || skip "a sanitizer needs more memory itself"
  run -1 "${small[@]}" "$(program ch18_threads/thread_join)"
  assert_line --index 0 "thread_join: pthread_create: Resource temporarily unavailable"
  assert_line "no more threads are allowed, or there is no memory for a stack: ulimit -u -v -d -s"
}

@test "output that a careless parent has made non-blocking waits for its reader" {
  mkfifo answers
  exec {keeper}<>answers {answers}>answers
  does_not_wait oflag "$answers"
  yes "$(printf '%0120d' 0)" | head -n 2000 >frames # the answers are more than a pipe holds
  find_program ch02_packets/frame_parse
  setpriv --pdeathsig TERM "$found" <frames >&"$answers" 2>err 3>&- {answers}>&- {keeper}>&- &
  local pid=$!
  eventually waits_or_has_ended "$pid"
  timeout 20 grep -m 1 '^frame 2000:' <answers >last
  wait "$pid"
  run -0 cat last err
  assert_output "frame 2000: 60 bytes"
}
waits_or_has_ended() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  [[ $stat == *\(frame_parse\)\ [SZ]* ]]
}

@test "no program leaves its stdin, stdout or stderr non-blocking" {
  check() {
    local program
    for program in "${programs[@]}"; do
      does_not_wait iflag "$in"
      does_not_wait oflag "$out"
      does_not_wait oflag "$err"
      timeout 20 "$(program "$program")" --help <&"$in" >&"$out" 2>&"$err" || echo "$program: status $?"
      { waits "$in" && waits "$out" && waits "$err"; } || echo "$program: O_NONBLOCK is still set"
    done
  }
  mkfifo one two three
  exec {in}<>one {keeper}<>two {out}>two {err}<>three
  cat two >usages 3>&- {keeper}>&- {out}>&- &
  run check
  assert_output ""
  exec {keeper}>&- {out}>&-
  wait "$!"
  run -0 grep -c '^usage: ' usages
  assert_output "${#programs[@]}"
}

# in_world WORLD COMMAND...: runs it as a careless parent would. What it prints goes to WORLD.out and
# WORLD.err, and its status to WORLD.status.
in_world() {
  local status=0 here=$PWD world=$1
  shift
  (
    exec </dev/null >"$world.out" 2>"$world.err" 3>&- 4>&- {quiet}>&-
    case $world in
      signals) set -- env --ignore-signal --block-signal "$@" ;;
      streams) exec <&- >&- ;;
      poor) # descriptor 0 cannot be read, two are left, and no name of a file leads anywhere
        mkdir gone && cd gone && rmdir "$here/gone" && umask 0777 && exec 0>/dev/null
        set -- prlimit --nofile=5 "$@"
        ;;
    esac
    exec timeout -k 1 20 "$@"
  ) || status=$?
  echo "$status" >"$world.status"
}

# same_as_usual WORLD: numbers aside, such as ports, processes and addresses in memory.
same_as_usual() {
  local numbers='s/0x[0-9a-f]+|[0-9]+/N/g'
  cmp -s <(sed -E "$numbers" usual.{out,status}) <(sed -E "$numbers" "$1".{out,status})
}

# says_why WORLD PROGRAM: it has failed with a reason, or it shows what its calls return, limits too.
says_why() {
  [[ $(<"$1.status") == 1 && $(<"$1.err") =~ (^|$'\n')"${2#*/}":\ .+ ]] || grep -q 'Too many open files' "$1.out"
}

# fares_well PROGRAM [ARGUMENT...]: in each world. Prints a line for each in which it does not.
fares_well() {
  local world file
  file=$(program "$1")
  mkdir "${*//\//.}" && cd "${*//\//.}" || return
  for world in usual signals streams poor; do
    in_world "$world" "$file" "${@:2}" 2>/dev/null & # here the shell says which signal ended it
  done
  wait
  for world in signals streams poor; do
    same_as_usual "$world" || { [[ $world != signals ]] && says_why "$world" "$1"; } ||
      echo "$*, $world: $(tail -n 3 "$world.out" "$world.err" "$world.status")"
  done
}

@test "every program that needs no other does as usual for a careless parent, or says why not" {
  check() {
    local program number=0
    for program in "${programs[@]}" ch10_multiprocess/{"reap_children "{once,loop,ignore},"signal_alarm 1 default"}; do
      [[ ! $program =~ _(server|client|receiver|sender|relay)(_|$) ]] || continue
      # shellcheck disable=SC2086  # words are wanted
      fares_well $program &
      ((++number % 4)) || wait
    done
    wait
  }
  run check
  assert_output ""
}

@test "every server ends on SIGINT and SIGTERM even if its parent has blocked them" {
  check() {
    local program signal
    server_wrapper=(env --ignore-signal=TERM --block-signal)
    for program in "${programs[@]}"; do
      [[ $program =~ _(server|relay)(_|$) ]] || continue
      for signal in INT TERM; do
        start_server "$program"
        kill "-$signal" "$server_pid"
        eventually server_is_gone || { end_server; echo "$program: SIG$signal does not end it"; }
      done
    done
  }
  patience=5
  run check
  assert_output ""
}

@test "a server that nohup or a script has started stays deaf to SIGHUP and SIGINT" {
  server_wrapper=(env --ignore-signal=HUP --ignore-signal=INT --ignore-signal=PIPE)
  start_server ch04_tcp/echo_server
  kill -HUP "$server_pid"
  kill -INT "$server_pid"
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<hello
  assert_output hello
}

# without_streams CLIENT: of the server. Prints a line if it hangs, or fails and does not say why.
without_streams() {
  local file streams status
  file=$(program "$1")
  for streams in '<&- >&-' '0>/dev/null'; do
    status=0
    bash -c "\"\$@\" $streams" - timeout 20 "$file" 127.0.0.1 "$port" 2>err >/dev/null || status=$?
    ((status == 0)) || [[ $status == [12] && $(<err) == *"${1#*/}: "* ]] || echo "$1 $streams: status $status, $(<err)"
  done
}

# One process of the client cannot read the keyboard, and cannot say so; the other waits for the server.
@test "a client in two processes ends if one of them fails and stderr is full" {
  start_server ch04_tcp/echo_server
  local program
  for program in echo_client_split peer_chat_client; do
    run -1 bash -c '"$@" 0>/dev/null 2>/dev/full' - timeout 20 "$(program "ch10_multiprocess/$program")" 127.0.0.1 "$port"
    assert_output ""
  done
}

@test "no client hangs or fails in silence if its stdin and stdout are closed or cannot be used" {
  check() {
    local program
    for program in "${programs[@]}"; do
      [[ ! $program =~ _(client|sender)(_|$)|dns_query$ || $program == */hello_client ]] || without_streams "$program"
    done
  }
  start_server ch01_basics/hello_server
  # shellcheck disable=SC2016  # for the inner shell
  run -1 bash -c '"$@" <&- >&-' - timeout 20 "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
  server_ends_with 0
  start_server ch04_tcp/echo_server
  run check
  assert_output ""
}
