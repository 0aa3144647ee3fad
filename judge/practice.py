#!/usr/bin/env python3
"""practice.py BUILD CHAPTER/PROGRAM: lays practice/CHAPTER/PROGRAM.cpp, a starting point made from our program.

One rule makes them all. The functions of the file, and those of its types, keep their signature and lose their body:
in its place are the points of the top comment that it showed, and a line that says "not written yet". All else stays:
the top comment, includes, types, constants, constructors, and main (unless main is the only function).
clang-format has put each definition and its closing brace in the same column.
"""

import argparse
import os
import pathlib
import re
import shlex
import sys
import textwrap

import suite

# Files that hold these words are compiled without warnings of unused names (candidate.py).
unwritten = "not written yet"
folder = pathlib.Path(os.environ.get("COURSE_PRACTICE") or suite.root / "practice").resolve()


def path_of(program):
    return folder / f"{program}.cpp"


def points(text):
    """What the top comment says after each [n]."""
    head = re.match(r"(//.*\n)*", text)[0]
    return {number: " ".join(re.sub(r"\n// +", " ", words).rstrip(".;:\n").split())
            for number, words in re.findall(r"^//   (\[\d\]) (.*\n(?://       .*\n)*)", head, re.MULTILINE)}


def is_function(signature):
    return "(" in signature and not re.match(r"(namespace|struct|class|enum|union)\b", signature)


def skeleton(program):
    """The text of the starting point."""
    text = (suite.root / f"{program}.cpp").read_text()
    notes, lines, made, has_function = points(text), text.splitlines(), [], "\nnamespace {\n" in text
    indent, around, at = "", "", 0
    while at < len(lines):
        begin = at
        line = lines[at]
        at += 1
        if opened := re.match(r"(?:struct|class) (\w+)[^;]*\{$", line):
            indent, around = "    ", opened[1]
        elif line == "};":
            indent = around = ""
        if not re.match(indent + r"[\w[]", line):
            made.append(line)
            continue
        # A definition is all lines to the one that ends with a brace or a semicolon.
        while not re.search(r"[{};:] *(//.*)?$", lines[at - 1]):
            at += 1
        made += lines[begin:at]
        signature = re.sub(r" *//.*", "", " ".join(part.strip() for part in lines[begin:at]))
        name = (re.search(r"([\w]+)\(", signature) or [""] * 2)[1]
        if not signature.endswith("{") or not is_function(signature) or name == around or name == "main" and has_function:
            continue
        end = next(number for number in range(at, len(lines)) if re.match(indent + r"\}( *//.*)?$", lines[number]))
        comments = "".join(re.findall(r"// ((?:\[\d\] ?)+)", "\n".join(lines[begin:end + 1])))
        made[-1] = made[-1].replace(") try {", ") {")
        for number in sorted(set(re.findall(r"\[\d\]", comments))):
            made += textwrap.wrap(f"{number} {notes[number]}.", 98, initial_indent=f"{indent}    // ",
                                  subsequent_indent=f"{indent}    //     ")
        made += [f'{indent}    throw std::logic_error{{"{name}: {unwritten}"}};', indent + "}"]
        at = end + 1
    if "#include <stdexcept>" not in made:
        last = max(number for number, line in enumerate(made) if line.startswith("#include"))
        made[last + 1:last + 1] = ["", f'#include <stdexcept>  // for "{unwritten}"']
    return "\n".join(made) + "\n"


def front_door():
    """How the user calls ./course from where he is."""
    here, door = pathlib.Path.cwd(), suite.root / "course"
    if here == suite.root:
        return "./course"
    return shlex.quote(os.path.relpath(door) if here.is_relative_to(suite.root) else str(door))


def main(build, words):
    parser = argparse.ArgumentParser(
        prog="./course practice", allow_abbrev=False,
        description="Lays practice/CHAPTER/PROGRAM.cpp for you: our program with its functions taken out. It compiles "
                    "at once. What you wrote there is never overwritten.",
        epilog="The variable COURSE_PRACTICE names another folder than practice/, for all commands.")
    parser.add_argument("program", metavar="CHAPTER/PROGRAM")
    program = suite.named(parser.parse_args(words).program)
    path = path_of(program)
    shown = os.path.relpath(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            file.write(skeleton(program))
    except FileExistsError:
        print(f"course: {shown} is there already, and stays as it is. To start again, move it away first:\n"
              f"  mv {shlex.quote(shown)} {shlex.quote(shown + '.old')}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"course: {shown}: {error.strerror}", file=sys.stderr)
        return 1
    parts = path.read_text(encoding="utf-8").count(f': {unwritten}"')
    print(f'{shown} is yours: {parts} function{"s" * (parts != 1)} to write, each says "{unwritten}".')
    behaviours = suite.judging(program, build)
    if behaviours:
        print(f"Your program is judged by {len(behaviours)} behaviours:")
        for one in behaviours:
            print(f"  {one.title}")
        print(f"Next: {front_door()} check {program}    (with --watch: at each save)")
    else:
        print("No behaviour judges it, only what our program promises: "
              f"{front_door()} check {program} --promises")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
