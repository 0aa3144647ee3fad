#!/usr/bin/env bash
# bench.bash - every echo server of the course under the same load; `./course bench` calls it.
#
#   bench.bash BUILD_DIR [--quick] [--json] [--load CONNECTIONS[:ACTIVE]]... [--server NAME=COMMAND]...
#
# Servers take turns within a round, there are several rounds, and medians are shown.
# A server with one loop runs on processor 0 and the load client on the last one. CPU time
# is read from /proc/PID/task/*/schedstat (nanoseconds) while both stand still: before the
# load client is told to start and after its last answer. Memory is what connections
# add to the anonymous memory of its processes (Pss_Anon). What it measured goes to BUILD_DIR/bench.
set -euo pipefail
export LC_ALL=C # numbers have a point
build=$1
shift
out=$build/bench
mkdir -p "$out"

# name, command, the most connections it is made for, whether it is one loop.
servers=(
  "iterative|ch04_tcp/echo_server|1|one"
  "fork|ch10_multiprocess/echo_server|1000|many"
  "select|ch12_select/echo_server|1000|one"
  "poll|ch12_select/echo_server_poll|100000|one"
  "epoll level|ch17_epoll/echo_server_level|100000|one"
  "epoll edge|ch17_epoll/echo_server_edge|100000|one"
  "thread|ch18_threads/echo_server|5000|many"
  "pool of 50|ch18_threads/echo_server_pool|50|many|127.0.0.1 50 50"
  "reactors|ch18_threads/echo_server_reactors|100000|many"
  "libevent|ch17_epoll/peers/libevent_echo_server|100000|one"
  "libuv|ch17_epoll/peers/libuv_echo_server|100000|one"
  "Asio|ch17_epoll/peers/asio_echo_server|100000|one"
)
loads=()  # connections:active
rounds=5
seconds=1
quick=no
json=no

say() { printf '%s\n' "$*" >&2; }
fail() { say "bench: $1"; exit "${2:-1}"; }

while (($#)); do
  case $1 in
    --quick) quick=yes rounds=1 seconds=1 ;;
    --json) json=yes ;;
    --load)
      [[ ${2:-} =~ ^([1-9][0-9]{0,5})(:([1-9][0-9]{0,5}))?$ ]] || fail "--load takes CONNECTIONS or CONNECTIONS:ACTIVE" 2
      ((${BASH_REMATCH[3]:-1} <= BASH_REMATCH[1])) || fail "more are active than there are: $2" 2
      loads+=("${BASH_REMATCH[1]}:${BASH_REMATCH[3]:-${BASH_REMATCH[1]}}")
      shift
      ;;
    --server)
      [[ ${2:-} == ?*=?* ]] || fail "--server takes NAME=COMMAND" 2
      servers+=("${2%%=*}|${2#*=}|100000|one")
      shift
      ;;
    *) fail "it takes --quick, --json, --load CONNECTIONS[:ACTIVE] and --server NAME=COMMAND, not '$1'" 2 ;;
  esac
  shift
done
if ((!${#loads[@]})); then
  loads=(1:1 50:50 1000:1000 5000:5000 1000:50 5000:50)
  [[ $quick == no ]] || loads=(50:50 1000:50)
fi

# ---- a server and its measures

last=$(($(nproc) - 1))
server_pid=''
load_pid=''
trap 'end' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
end() {
  [[ -z $load_pid ]] || kill "$load_pid" 2>/dev/null || true
  if [[ -n $server_pid ]]; then
    kill -- "-$server_pid" 2>/dev/null || true
    eventually is_gone || kill -KILL -- "-$server_pid" || true
  fi
  wait || true
  server_pid=''
  load_pid=''
}
is_gone() { ! pgrep -g "$server_pid" -r D,R,S,T >/dev/null; }

# eventually COMMAND...: within twenty seconds.
eventually() {
  local deadline=$((SECONDS + 20))
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

group() { pgrep -g "$server_pid"; }
is_ready() {
  local pids
  pids=$(group | paste -sd '|')
  port=$(ss -Hltnp | sed -nE "s/.* [^ ]*:([0-9]+) .*pid=($pids),.*/\1/p" | head -n 1)
  [[ -n $port ]] || ! kill -0 "$server_pid" 2>/dev/null
}

# start COMMAND one|many ARGUMENTS: its lines go to a file, because a pipe that nobody
# reads would stop it.
start() {
  local command pin=() arguments file
  [[ $2 == many ]] || pin=(taskset -c 0)
  read -ra arguments <<<"0 $3"
  # A stranger's command is words; a program is one, also where its folder has a space in its name.
  read -ra command <<<"$1"
  for file in "$1" "$build/$1"; do [[ ! -f $file || ! -x $file ]] || command=("$file"); done
  setsid "${pin[@]}" "${command[@]}" "${arguments[@]}" </dev/null >"$out/server.log" 2>&1 &
  server_pid=$!
  port=''
  eventually is_ready || true
  [[ -n $port ]] || fail "'$1' does not listen; what it said: $(tail -n 3 "$out/server.log")"
}

each_task() {
  local pid
  for pid in $(group); do printf '%s\n' "/proc/$pid/task/"*/schedstat; done
}
cpu_nanoseconds() { each_task | xargs cat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
user_bytes() {
  local pid
  for pid in $(group); do cat "/proc/$pid/smaps_rollup"; done |
    awk '$1 == "Pss_Anon:" { sum += $2 } END { printf "%.0f\n", sum * 1024 }'
}

load_says() { grep -q "$1" "$out/load.log" || ! kill -0 "$load_pid" 2>/dev/null; }

# measure NAME COMMAND KIND ARGUMENTS CONNECTIONS ACTIVE: a line of results.
measure() {
  local name=$1 connections=$5 active=$6 before after idle
  start "$2" "$3" "$4"
  before=$(user_bytes)
  exec 8>&- 9>&-
  rm -f "$out/keys"
  mkfifo "$out/keys"
  exec 9<>"$out/keys"
  taskset -c "$last" "$build/ch17_epoll/load_client" 127.0.0.1 "$port" "$connections" "$seconds" 64 1 "$active" \
    <"$out/keys" >"$out/load.log" 2>&1 &
  load_pid=$!
  eventually load_says starts || fail "$name did not take $connections connections"
  idle=$((($(user_bytes) - before) / connections))
  before=$(cpu_nanoseconds)
  echo >&9
  eventually load_says requests/s || true
  after=$(cpu_nanoseconds)
  if grep -q requests/s "$out/load.log"; then
    awk -v name="$name" -v connections="$connections" -v active="$active" -v idle="$idle" -v seconds="$seconds" \
      -v round="$round" -v cpu=$((after - before)) '/requests\/s/ {
        printf "%s\t%d\t%d\t%d\t%d\t%.3f\t%d\t%d\t%d\n", name, connections, active, round,
          $1, cpu / 1000 / ($1 * seconds), $5, $10, idle
      }' "$out/load.log" >>"$out/runs.tsv"
  else
    say "  $name: $(tail -n 1 "$out/load.log")"
  fi
  echo >&9
  exec 9>&-
  wait "$load_pid" || true
  load_pid=
  end
}

# ---- the rounds

ulimit -n "$(ulimit -Hn)"
printf '' >"$out/runs.tsv"
for load in "${loads[@]}"; do
  connections=${load%:*} active=${load#*:}
  say "$connections connections, $active of them active"
  for ((round = 1; round <= rounds; round++)); do
    for server in "${servers[@]}"; do
      IFS='|' read -r name command most kind arguments <<<"$server"
      [[ $command != */* || $command == /* || $command == *" "* || -x $build/$command ]] || continue # not built here
      if ((connections > most)); then
        ((round > 1)) || say "  $name: not made for more than $most"
        continue
      fi
      if ((connections + 50 > $(ulimit -n))); then
        ((round > 1)) || say "  $name: this machine allows $(ulimit -n) descriptors a process"
        continue
      fi
      measure "$name" "$command" "$kind" "$arguments" "$connections" "$active"
    done
    say "  round $round of $rounds"
  done
done

# ---- what came out

# median TEXT: of the numbers in it; a function of both awk programs below.
median='function median(text,   list, n, i, j, t) {
  n = split(text, list, " ")
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && list[j - 1] + 0 > list[j] + 0; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
  return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}'

# medians: connections, active, name, and the medians of the rounds; in the order of the runs.
awk -F '\t' -v OFS='\t' "$median"'
  { key = $2 OFS $3 OFS $1
    if (!(key in seen)) order[++keys] = key
    seen[key]
    for (column = 5; column <= 9; column++) values[key, column] = values[key, column] " " $column }
  END {
    for (k = 1; k <= keys; k++) {
      line = order[k]
      for (column = 5; column <= 9; column++) line = line OFS median(values[order[k], column])
      print line
    }
  }' "$out/runs.tsv" >"$out/medians.tsv"

# compare: ours against each library round by round, the median of the ratios, and of the
# three libraries the one that does best.
compare() {
  awk -F '\t' "$median"'
    { at = $2 FS $3; rate[$1, at, $4] = $5; cpu[$1, at, $4] = $6
      if (!(at in rounds)) order[++loads] = at
      if ($4 > rounds[at]) rounds[at] = $4 }
    END {
      split("epoll level,epoll edge,reactors", ours, ","); split("libevent,libuv,Asio", theirs, ",")
      for (l = 1; l <= loads; l++) for (o = 1; o <= 3; o++) {
        at = order[l]; worst_rate = worst_cpu = ""
        for (t = 1; t <= 3; t++) {
          rates = cpus = ""
          for (r = 1; r <= rounds[at]; r++) if ((ours[o], at, r) in rate && (theirs[t], at, r) in rate) {
            rates = rates " " rate[ours[o], at, r] / rate[theirs[t], at, r]
            cpus = cpus " " cpu[ours[o], at, r] / cpu[theirs[t], at, r]
          }
          if (rates == "") continue
          if (worst_rate == "" || median(rates) < worst_rate) worst_rate = median(rates)
          if (worst_cpu == "" || median(cpus) > worst_cpu) worst_cpu = median(cpus)
        }
        split(at, f, FS)
        if (worst_rate != "") printf "| %s | %d | %d | %.2f | %.2f |\n", ours[o], f[1], f[2], worst_rate, worst_cpu
      } }' "$out/runs.tsv"
}

table() {
  printf '%s, %s processors, Linux %s, %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
    "$(nproc)" "$(uname -r)" "$(date +%F)"
  printf '%s rounds of %s s, 64 bytes a request, medians\n' "$rounds" "$seconds"
  awk -F '\t' '
    $1 " " $2 != last {
      last = $1 " " $2
      printf "\n%d connections, %s active\n\n", $1, ($1 == $2 ? "all" : $2)
      print "| server | requests/s | CPU us/request | median us | p99 us | bytes a connection |"
      print "|---|--:|--:|--:|--:|--:|" }
    { printf "| %s | %d | %.2f | %d | %d | %s |\n", $3, $4, $5, $6, $7, ($1 < 1000 ? "" : sprintf("%d", $8)) }' "$out/medians.tsv"
  local ratios
  ratios=$(compare)
  [[ -z $ratios ]] || printf '\nagainst the best of the three libraries, by the round\n\n| server | connections | active | requests/s | CPU/request |\n|---|--:|--:|--:|--:|\n%s\n' "$ratios"
}
table >"$out/table.md"

if [[ $quick == no ]] && command -v redis-benchmark >/dev/null; then
  printf '\nredis-benchmark, 50 connections, as a second opinion\n\n| server | requests/s |\n|---|--:|\n' >>"$out/table.md"
  for server in "${servers[@]}"; do
    IFS='|' read -r name command most kind arguments <<<"$server"
    if ((most < 50)) || [[ ! -x $build/$command ]]; then continue; fi
    start "$command" "$kind" "$arguments"
    taskset -c "$last" redis-benchmark -h 127.0.0.1 -p "$port" -c 50 -n $((rounds * 20000)) -t ping_mbulk --csv 2>/dev/null |
      awk -F '"' -v name="$name" '$2 ~ /PING_MBULK/ { printf "| %s | %d |\n", name, $4 }' >>"$out/table.md"
    end
  done
fi

# Pictures: what select costs is seen where most connections are idle.
if command -v gnuplot >/dev/null; then
  # panel TITLE COLUMN CONDITION: a curve for each server, where there are runs of that kind.
  panel() {
    awk -F '\t' "$3 { found = 1 } END { exit !found }" "$out/medians.tsv" || return 0
    printf "set title '%s'\nplot " "$1"
    cut -f 3 "$out/medians.tsv" | awk '!seen[$0]++' | while read -r name; do
      printf "'%s' using (strcol(3) eq '%s' && %s ? \$1 : NaN):%d with linespoints title '%s', " \
        "$out/medians.tsv" "$name" "$3" "$2" "$name"
    done
    echo
  }
  for format in svg png; do
    gnuplot 2>"$out/gnuplot.log" <<TEXT || say "gnuplot failed, see $out/gnuplot.log"
set terminal $format size 1200,480
set output '$out/bench.$format'
set datafile separator tab
set datafile missing NaN
set logscale x
set xrange [0.5:10000]
set yrange [0:*]
set xlabel 'connections'
set key outside
set multiplot layout 1,2
$(panel 'requests per second, all connections active' 4 '$1 == $2')
$(panel 'CPU time a request (us), 50 connections active' 5 '$2 == 50')
TEXT
  done
fi

if [[ $json == yes ]]; then
  awk -F '\t' 'BEGIN { print "[" } { printf "%s  {\"connections\": %d, \"active\": %d, \"server\": \"%s\", \"requests_per_second\": %d, \"cpu_us_per_request\": %.3f, \"median_us\": %d, \"p99_us\": %d, \"bytes_per_connection\": %d}", (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6, $7, $8 } END { print "\n]" }' "$out/medians.tsv"
else
  cat "$out/table.md"
fi
say "Kept in $out: table.md, runs.tsv, medians.tsv"
