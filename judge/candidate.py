"""What is to be judged, made ready to run: a source is compiled, a command gets its port."""

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


class Refused(Exception):
    """Nothing can be judged; says why."""


class DoesNotCompile(Exception):
    """Holds what the compiler said."""


def prepare(what, program, place, build, start=None):
    """Writes PLACE/program, which takes the arguments that ours takes, and runs `what` in the place of PROGRAM.
    Returns whether it was built with sanitizers. `start` is the folder that paths are relative to."""
    start = pathlib.Path(start or os.getcwd())
    file = start / what
    sanitized = False
    if file.is_dir():
        raise Refused(f"{what} is a folder: give a source file, a program, or a command")
    if file.is_file():
        if file.suffix in compilers:
            compile_sources([file.resolve()], program, place, build)
            words, sanitized = [str(place / "built")], True
        elif os.access(file, os.X_OK):
            words = [str(file.resolve())]
        elif file.suffix in interpreters:
            words = [interpreters[file.suffix], str(file.resolve())]
        else:
            raise Refused(f"{what} cannot be run: it is neither a C or C++ source nor a program (chmod +x?)")
        words.append("{arguments}")
    else:
        words = command_words(what, start)
    if not shutil.which(words[0]):
        raise Refused(f"there is no program '{words[0]}' here")
    write_program(words, place / "program")
    return sanitized


def command_words(what, start):
    try:
        words = shlex.split(what)
    except ValueError as error:
        raise Refused(f"{what}: {error}") from None
    if not words:
        raise Refused("there is nothing to judge: the command is empty")
    if len(words) == 1:
        raise Refused(f"there is no file {what}; a command needs a word more, such as {{port}}")
    # Tests run in a folder of their own.
    return [str((start / word).resolve()) if "/" in word and "{" not in word or (start / word).is_file() else word
            for word in words]


def compile_sources(files, program, place, build, folders=()):
    """Builds PLACE/built with the flags of the program that it stands for, and sanitizers. Headers are looked for
    in FOLDERS first."""
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
        [compilers[files[0].suffix], *(f"-I{folder}" for folder in folders), *flags, f"-I{source.parent}", "-g", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all", "-fno-sanitize=vptr", *map(str, files), "-o", str(place / "built"),
         *map(str, libraries), "-pthread"],
        capture_output=True, text=True, errors="replace", timeout=120, env={**os.environ, "LC_ALL": "C"})
    (place / "compiler").write_text(done.stderr)
    if done.returncode:
        raise DoesNotCompile(done.stderr)


def write_program(words, path):
    """A shell script: port 0 would mean 'any' to our programs only, so a stranger gets a number."""
    line = " ".join('"$@"' if word == "{arguments}" else
                    "$port".join('"$host"'.join(shlex.quote(part) if part else "" for part in piece.split("{host}"))
                                 for piece in word.split("{port}"))
                    for word in words)
    path.write_text(f"""#!/bin/bash
if [[ ${{1:-}} =~ ^[0-9]+$ || $# == 0 ]]; then port=${{1:-0}}; host=${{2:-127.0.0.1}}; else host=$1; port=${{2:-9190}}; fi
if [[ $port == 0 ]]; then
  port=$((20000 + BASHPID % 10000))
  (($# == 0)) || set -- "$port" "${{@:2}}"
fi
exec {line}
""")
    path.chmod(0o755)
