#!/usr/bin/env python3
"""bench.py - every echo server of the course under the same load; `./course bench` calls it.

Servers take turns within a round, there are several rounds, and the table shows medians.
A server with one loop runs on the first processor, the load client on the last one. CPU time
is read from /proc/PID/task/*/schedstat while both are quiet: before the load client is told to
start, and after its last answer. Memory is what the connections add to the anonymous memory
of the server's processes (Pss_Anon). The results go to BUILD_DIR/bench.
"""
import argparse
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

LAST = str(os.cpu_count() - 1)  # processors, as taskset(1) counts them
FIRST, ALL = "0", f"0-{LAST}"
SERVERS = [  # name, command, the most connections it is made for, its processors
    ("iterative", "ch04_tcp/echo_server 0", 1, FIRST),
    ("fork", "ch10_multiprocess/echo_server 0", 1000, ALL),
    ("select", "ch12_select/echo_server 0", 1000, FIRST),
    ("poll", "ch12_select/echo_server_poll 0", 100000, FIRST),
    ("epoll level", "ch17_epoll/echo_server_level 0", 100000, FIRST),
    ("epoll edge", "ch17_epoll/echo_server_edge 0", 100000, FIRST),
    ("thread", "ch18_threads/echo_server 0", 5000, ALL),
    ("pool of 50", "ch18_threads/echo_server_pool 0 127.0.0.1 50 50", 50, ALL),
    ("reactors", "ch18_threads/echo_server_reactors 0", 100000, ALL),
    ("libevent", "ch17_epoll/peers/libevent_echo_server 0", 100000, FIRST),
    ("libuv", "ch17_epoll/peers/libuv_echo_server 0", 100000, FIRST),
    ("Asio", "ch17_epoll/peers/asio_echo_server 0", 100000, FIRST),
]
LOADS = [(1, 1), (50, 50), (1000, 1000), (5000, 5000), (1000, 50), (5000, 50)]  # connections, active
SECONDS = 1  # of load in each measurement
PATIENCE = 20  # seconds until we give up on a server
started = []  # programs that must be ended, whatever happens


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(command, processors, **streams):
    """Starts a program in a session of its own: Ctrl-C reaches only us, and we end the program."""
    pinned = ["taskset", "-c", processors, *command]
    started.append(subprocess.Popen(pinned, start_new_session=True, **streams))
    return started[-1]


def processes(program):
    """The program and the children that it forked, as folders in /proc; no zombies."""
    pgrep = subprocess.run(["pgrep", "-g", str(program.pid), "-r", "D,R,S,T"], stdout=PIPE, text=True)
    return [Path("/proc", pid) for pid in pgrep.stdout.split()]


def end_all():
    for program in started:
        for number in (signal.SIGTERM, signal.SIGKILL):  # SIGKILL also for children that are left
            with suppress(ProcessLookupError):
                os.killpg(program.pid, number)
            with suppress(subprocess.TimeoutExpired):
                program.wait(PATIENCE)
    started.clear()


def start_server(command, processors, log_path):
    """Returns the program and its port, which is looked up: not every server prints it."""
    with log_path.open("wb") as log:  # a pipe that nobody reads would stop the server
        server = start(command, processors, stdin=DEVNULL, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        owners = [f"pid={folder.name}," for folder in processes(server)]
        sockets = subprocess.run(["ss", "-Hltnp"], stdout=PIPE, text=True)
        for line in sockets.stdout.splitlines():
            if any(owner in line for owner in owners):
                return server, line.split()[3].rpartition(":")[2]
        time.sleep(0.02)
    said = log_path.read_text(errors="replace").splitlines()[-3:]
    sys.exit(f"bench: '{command[0]}' does not listen; what it said: " + "\n".join(said))


def usage(server):
    """CPU time so far in nanoseconds, and anonymous memory in bytes."""
    nanoseconds = kilobytes = 0
    for folder in processes(server):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            nanoseconds += sum(int(file.read_text().split()[0]) for file in folder.glob("task/*/schedstat"))
            kilobytes += int(re.search(r"Pss_Anon: *(\d+)", (folder / "smaps_rollup").read_text())[1])
    return nanoseconds, kilobytes * 1024


def measure(server, connections, active, build):
    """Returns requests/s, CPU us/request, median us, p99 us, bytes a connection; None if it failed."""
    name, command, _, processors = server
    program, port = start_server(command, processors, build / "bench/server.log")
    _, empty = usage(program)
    arguments = ["127.0.0.1", port, connections, SECONDS, 64, 1, active]
    load = start([build / "ch17_epoll/load_client", *map(str, arguments)], LAST, text=True,
                 stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    line = load.stdout.readline()
    if "Enter starts" in line:
        before, full = usage(program)
        print(file=load.stdin, flush=True)
        line = load.stdout.readline()
        after, _ = usage(program)
    end_all()
    answer = re.match(r"([1-9]\d*) requests/s, half within (\d+) us, 99 % within (\d+) us", line)
    if not answer:
        say(f"  {name}: {line.strip() or 'no answer'}")
        return None
    rate, median, p99 = map(int, answer.groups())
    cpu = round((after - before) / 1000 / (rate * SECONDS), 3)
    return rate, cpu, median, p99, (full - empty) // connections


def run_rounds(servers, connections, active, rounds, build):
    """Returns {name: medians of what was measured}."""
    say(f"{connections} connections, {active} of them active")
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    runs = {}
    for name, _, most, _ in servers:
        if connections > most:
            say(f"  {name}: not made for more than {most}")
        elif connections + 50 > limit:
            say(f"  {name}: this machine allows {limit} descriptors a process")
        else:
            runs[name] = []
    for number in range(1, rounds + 1):
        for server in servers:
            if server[0] not in runs:
                continue
            values = measure(server, connections, active, build)
            if values:
                runs[server[0]].append(values)
                with open(build / "bench/runs.tsv", "a", encoding="utf-8") as file:
                    print(server[0], connections, active, number, *values, sep="\t", file=file)
        say(f"  round {number} of {rounds}")
    return {name: [statistics.median(column) for column in zip(*run)] for name, run in runs.items() if run}


def heading(title, *columns):
    return f"\n{title}\n\n| {' | '.join(columns)} |\n|---|" + "--:|" * (len(columns) - 1)


def table(medians, rounds):
    model = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    lines = [f"{model[1] if model else 'processor unknown'}, {os.cpu_count()} processors, "
             f"Linux {os.uname().release}, {time.strftime('%F')}",
             f"{rounds} rounds of {SECONDS} s, 64 bytes a request, medians"]
    against = []
    for (connections, active), servers in medians.items():
        title = f"{connections} connections, {'all' if active == connections else active} active"
        lines.append(heading(title, "server", "requests/s", "CPU us/request", "median us", "p99 us",
                             "bytes a connection"))
        for name, (rate, cpu, median, p99, memory) in servers.items():
            shown = f"{memory:.0f}" if connections >= 1000 else ""  # of a few connections it is noise
            lines.append(f"| {name} | {rate:.0f} | {cpu:.2f} | {median:.0f} | {p99:.0f} | {shown} |")
        libraries = [servers[name] for name in ("libevent", "libuv", "Asio") if name in servers]
        for name in ("epoll level", "epoll edge", "reactors"):
            if libraries and name in servers:
                rate = servers[name][0] / max(library[0] for library in libraries)
                cpu = servers[name][1] / min(library[1] for library in libraries)
                against.append(f"| {name} | {connections} | {active} | {rate:.2f} | {cpu:.2f} |")
    if against:
        lines.append(heading("against the best of the three libraries",
                             "server", "connections", "active", "requests/s", "CPU/request"))
    return "\n".join(lines + against)


def draw(medians, out):
    script = "set terminal svg size 1200,480\nset multiplot layout 1,2\nset key outside noenhanced\n"
    script += "set xlabel 'connections'\nset logscale x\nset xrange [0.5:10000]\nset yrange [0:*]\n"
    for title, column, is_shown in (
            ("requests per second, all connections active", 0, lambda connections, active: connections == active),
            ("CPU time a request (us), 50 connections active", 1, lambda connections, active: active == 50)):
        curves = {}
        for load in filter(lambda load: is_shown(*load), medians):
            for name, values in medians[load].items():
                curves[name] = curves.get(name, "") + f"{load[0]} {values[column]}\n"
        if curves:
            plots = ", ".join(f"'-' with linespoints title '{name}'" for name in curves)
            script += f"set title '{title}'\nplot {plots}\n" + "e\n".join(curves.values()) + "e\n"
    with open(out / "bench.svg", "wb") as picture, open(out / "gnuplot.log", "wb") as log:
        if subprocess.run(["gnuplot"], input=script.encode(), stdout=picture, stderr=log).returncode:
            say(f"gnuplot failed, see {log.name}")


def load_option(text):
    match = re.fullmatch("([1-9][0-9]{0,5})(?::([1-9][0-9]{0,5}))?", text)
    if not match or int(match[2] or 1) > int(match[1]):
        raise argparse.ArgumentTypeError(f"'{text}' is not CONNECTIONS[:ACTIVE], or more are active")
    return int(match[1]), int(match[2] or match[1])


def server_option(text):
    name, _, command = text.partition("=")
    if not name or not command.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=COMMAND")
    # A program is one word, even if its path has a space.
    words = [command] if os.path.isfile(command) else command.split()
    return name, [*words, "0"], 100000, FIRST


def stop(number, _):
    for each in (signal.SIGINT, signal.SIGTERM):  # a second one must not interrupt the end
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    parser = argparse.ArgumentParser(prog="bench", allow_abbrev=False)
    parser.add_argument("build", metavar="BUILD_DIR", type=Path)
    parser.add_argument("--quick", action="store_true", help="one round of two loads")
    parser.add_argument("--json", action="store_true", help="print the medians for a program")
    parser.add_argument("--load", metavar="CONNECTIONS[:ACTIVE]", type=load_option, action="append")
    parser.add_argument("--server", metavar="NAME=COMMAND", type=server_option, action="append", default=[])
    options = parser.parse_args()
    build, out = options.build, options.build / "bench"
    if not (build / "ch17_epoll/load_client").is_file():
        parser.error(f"there is no ch17_epoll/load_client in {build}")

    servers = []
    for name, command, most, processors in SERVERS:
        program, *arguments = command.split()
        if (build / program).is_file():
            servers.append((name, [str(build / program), *arguments], most, processors))
    servers += options.server
    rounds = 1 if options.quick else 5
    loads = options.load or ([(50, 50), (1000, 50)] if options.quick else LOADS)
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    try:
        out.mkdir(exist_ok=True)
        (out / "runs.tsv").write_text("")
        medians = {load: run_rounds(servers, *load, rounds, build) for load in loads}
        page = table(medians, rounds)
        (out / "table.md").write_text(page + "\n", encoding="utf-8")
        if shutil.which("gnuplot"):
            draw(medians, out)
    except OSError as error:
        sys.exit(f"bench: {error}")
    finally:
        end_all()

    if options.json:
        keys = ["connections", "active", "server", "requests_per_second", "cpu_us_per_request", "median_us",
                "p99_us", "bytes_per_connection"]
        figures = [dict(zip(keys, [*load, name, *values]))
                   for load, measured in medians.items() for name, values in measured.items()]
        page = "[\n" + ",\n".join("  " + json.dumps(one) for one in figures) + "\n]"
    say(f"Kept in {out}: table.md, runs.tsv")
    print(page)


main()
