"""What is to be judged, made ready to run: a source is compiled, a command gets its port."""

import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import subprocess

from practice import unwritten
from suite import root

compilers = {".cpp": "c++", ".cc": "c++", ".cxx": "c++", ".c": "cc"}
interpreters = {".py": "python3", ".js": "node", ".mjs": "node", ".sh": "bash", ".rb": "ruby", ".pl": "perl",
                ".php": "php", ".java": "java", ".lua": "lua"}
# A crash must look like one: the harness takes status 66 for it. Leaks are no crash, and cannot be looked for
# under strace.
sanitizer_options = "exitcode=66:detect_leaks=0:quarantine_size_mb=1:hard_rss_limit_mb=2048"

sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-sanitize=vptr"]


class Refused(Exception):
    """Nothing can be judged; says why."""


class NotHere(Refused):
    """What would run it is not installed."""


@dataclasses.dataclass
class DoesNotCompile(Exception):
    program: str
    message: str  # of the compiler


@dataclasses.dataclass
class Candidate:
    """What runs in the place of PROGRAM: PLACE/program, which takes the arguments that ours takes."""
    program: str
    place: pathlib.Path
    words: list  # what runs, with "{port}", "{host}", or "{arguments}"
    sanitized: bool = False
    files: list = dataclasses.field(default_factory=list)  # it needs them, wherever they are

    def __post_init__(self):
        write_program(self.words, self.place / "program")

    @property
    def file(self):
        return self.place / "program"

    @property
    def replaces(self):  # as the tests want it (tests/harness.bash)
        return f"{self.program}={self.file}"

    def by_hand(self, arguments, build):
        """The command that a user gives, for the ARGUMENTS (a shell's text) that a test gives ours."""
        kept = build / "judged" / self.program
        words = [os.path.relpath(kept) if word == str(built(self.place, self.program)) else word for word in self.words]
        return " ".join(arguments if word == "{arguments}" else
                        shlex.quote(word.replace("{port}", "PORT").replace("{host}", "127.0.0.1")) for word in words)

    def keep(self, build):
        """What was compiled stays in BUILD/judged, for the user to run."""
        file = built(self.place, self.program)
        if file.exists():
            kept = build / "judged" / self.program
            kept.parent.mkdir(parents=True, exist_ok=True)
            os.replace(shutil.copy2(file, f"{kept}.{os.getpid()}"), kept)  # the old one may be running

    @property
    def warnings(self):
        return (self.place / "compiler").read_text() if (self.place / "compiler").exists() else ""


def prepare(what, program, place, build, start=None, sanitized=True):
    """A Candidate. `start` is the folder that paths are relative to. A source is compiled with sanitizers, if wanted."""
    start = pathlib.Path(start or os.getcwd())
    file = start / what
    if file.is_dir():
        raise Refused(f"{what} is a folder: give a source file, a program, or a command")
    if file.is_file():
        sanitized = sanitized and file.suffix in compilers
        words = [*file_words(pathlib.Path(os.path.abspath(file)), what, program, place, build, sanitized), "{arguments}"]
    else:
        sanitized = False
        words = command_words(what, start)
    if not shutil.which(words[0]):
        raise NotHere(f"there is no program '{words[0]}' here")
    return Candidate(program, place, words, sanitized, files_of(what, start))


def file_words(file, what, program, place, build, sanitized):
    """What runs a file."""
    if file.suffix in compilers:
        compile_sources([file], program, place, build, sanitized=sanitized)
        return [str(built(place, program))]
    if file.suffix == ".go":
        compile_go(file, program, place)
        return [str(built(place, program))]
    if os.access(file, os.X_OK):
        return [str(file)]
    if words := script_words(file):
        return words
    raise Refused(f"{what} cannot be run: it is neither a C or C++ source nor a program (chmod +x?)")


def script_words(file):
    """What runs a script without a run bit: its first line, or its suffix."""
    with file.open("rb") as script:
        first = script.readline(200)
    if first.startswith(b"#!"):
        return [*shlex.split(first[2:].decode(errors="replace")), str(file)]
    return [interpreters[file.suffix], str(file)] if file.suffix in interpreters else []


def command_words(what, start):
    try:
        words = shlex.split(what)
    except ValueError as error:
        raise Refused(f"{what}: {error}") from None
    if not words:
        raise Refused("there is nothing to judge: the command is empty")
    if len(words) == 1:
        raise Refused(f"there is no file {what}; a command needs a word more, such as {{port}}")
    # Tests run in a folder of their own. (Links stay: what a program is called by may matter.)
    words = [os.path.abspath(start / word) if word.startswith(("./", "../")) or (start / word).exists() else word
             for word in words]
    program = pathlib.Path(words[0])
    if program.is_file() and not os.access(program, os.X_OK):
        words[:1] = script_words(program) or words[:1]
    return words


def files_of(what, start):
    """Where the files are that a program or a command names: the folder of each, because others may be beside it."""
    found = set()
    for word in [what] if (start / what).is_file() else shlex.split(what):
        if (start / word).is_file():
            for file in (pathlib.Path(os.path.abspath(start / word)), (start / word).resolve()):
                found |= {file, file.parent}
    return sorted(found)


def built(place, program):
    """Where it is compiled to. It has the name of ours, because that is what its messages and its usage begin with."""
    path = place / "built" / program.split("/")[1]
    path.parent.mkdir(exist_ok=True)
    return path


def compile_go(file, program, place):
    if not shutil.which("go"):
        raise NotHere("there is no program 'go' here")
    done = subprocess.run(["go", "build", "-o", str(built(place, program)), str(file)], capture_output=True, text=True,
                          errors="replace", timeout=120, env={**os.environ, "GO111MODULE": "off"})
    if done.returncode:
        raise DoesNotCompile(program, done.stderr)


def compile_sources(files, program, place, build, folders=(), sanitized=True):
    """Builds PLACE/built/NAME with the flags of the program that it stands for. Headers are looked for in FOLDERS first."""
    source = root / f"{program}.cpp"
    entry = next(entry for entry in json.loads((build / "compile_commands.json").read_text())
                 if pathlib.Path(entry["file"]) == source)
    is_c = files[0].suffix == ".c"
    flags = [word for word in shlex.split(entry["command"])[1:]
             if word.startswith(("-I", "-W", "-D")) and not (is_c and word == "-Wold-style-cast")
             or word.startswith("-std") and not is_c]
    if any(unwritten in file.read_text(errors="replace") for file in files):
        flags += ["-Wno-unused", "-Wno-unused-parameter"]
    libraries = [*build.glob(f"{source.parent.name}/lib*.a"), build / "common/libcommon.a"]
    done = subprocess.run(
        [compilers[files[0].suffix], *(f"-I{folder}" for folder in folders), *flags, f"-I{source.parent}", "-g",
         *(sanitizers if sanitized else ["-O2"]), *map(str, files), "-o", str(built(place, program)),
         *map(str, libraries), "-pthread"],
        capture_output=True, text=True, errors="replace", timeout=120, env={**os.environ, "LC_ALL": "C"})
    (place / "compiler").write_text(done.stderr)
    if done.returncode:
        raise DoesNotCompile(program, done.stderr)


def write_program(words, path):
    """A shell script: a command gets the port and the host where it says, a file all arguments."""
    line = " ".join('"$@"' if word == "{arguments}" else
                    "$port".join('"$host"'.join(shlex.quote(part) if part else "" for part in piece.split("{host}"))
                                 for piece in word.split("{port}"))
                    for word in words)
    path.write_text(f"""#!/bin/bash
if [[ ${{1:-}} =~ ^[0-9]+$ || $# == 0 ]]; then port=${{1:-0}}; host=${{2:-127.0.0.1}}; else host=$1; port=${{2:-9190}}; fi
[[ $port != 0 ]] || port=$((20000 + BASHPID % 10000))
[[ -z ${{PROCESSES:-}} ]] || ulimit -u "$PROCESSES"
[[ -z ${{PRIVATE:-}} ]] || TMPDIR=/tmp
exec {line}
""")
    path.chmod(0o755)
