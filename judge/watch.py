"""check --watch: judges a file again at each save, and says in a line or two what has changed."""

import re
import subprocess

from progress import digest


def watch(file, judge, show_pages):
    """JUDGE() returns {program: Verdict}, SHOW_PAGES prints it. The folder is watched, because many editors replace the file."""
    command = ["setpriv", "--pdeathsig", "TERM", "--", "inotifywait", "--monitor", "--format", "%f",
               "--event", "close_write,moved_to", str(file.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as watcher:
        try:
            said, seen, before = "", "", None
            for said in watcher.stdout:
                if said.startswith("Setting up watches"):
                    continue
                try:
                    now = digest(file)
                except FileNotFoundError:  # an editor is about to put it back
                    continue
                if now == seen:
                    continue
                print("judging ...", flush=True)
                seen, found = now, judge()
                verdict, = found.values()
                if before is None:
                    show_pages(found)
                else:
                    print(f"\n{changes(before, verdict)}")
                    if verdict.passed < before.passed:
                        show_pages(found, only_failure=True)
                print("(waiting for the next save; Ctrl-C ends)", flush=True)
                if before is None or not verdict.compiler_error:
                    before = verdict
            print(f"course: inotifywait ended: {said.strip()}")
            return 1
        except KeyboardInterrupt:
            print()
            return 0
        finally:
            watcher.terminate()


def changes(before, now):
    """12 of 20, +2: now passes "a line comes back"; next: NAME: symptom"""
    if now.compiler_error:
        error = re.search(r"^.*error: .*$", now.compiler_error, re.MULTILINE)
        return "it does not compile: " + (error[0] if error else now.compiler_error.splitlines()[-1])
    had = {one.behaviour.title for one in before.outcomes if one.result == "passed"}
    has = [one.behaviour.title for one in now.outcomes if one.result == "passed"]
    gained = [title for title in has if title not in had]
    lost = [one.behaviour.title for one in now.failed if one.behaviour.title in had]
    line = f"{now.passed} of {now.of}, {now.passed - before.passed:+}"
    line += "".join(f'; {what} "{titles[0]}"' + (f" and {len(titles) - 1} more" if titles[1:] else "")
                    for what, titles in (("now passes", gained), ("no longer", lost)) if titles)
    failed = now.failed[:1]
    return line + "".join(f'\nnext: "{one.behaviour.title}": {symptom(one)}' for one in failed)


def symptom(outcome):
    """What came, on one line."""
    return " ".join(line.strip() for line in outcome.came if line.strip())[:160] or outcome.why
