# SPDX-License-Identifier: BSD-2-Clause
"""Systems and what their consoles must show: the files expected.txt (README.md has the format)."""
import glob
import os
import re
import shlex

import protocol
import qemu

CONFIGS = ["debug", "release", "benchmark"]
# What the builder counts with; a machine with less may not hold the system.
DEFAULTS = {"system": "", "memory": "1G", "append": "", "qemu": "", "limit_s": "60", "name": ""}
SHOWN = 25  # lines of the console's end


class Bad(Exception):
    """An expected.txt that says nothing sensible."""


class Run:
    """One machine: settings; two sequences of lines that must come, each in its order; lines that must not
    come before the last of these. All lines as (number in the file, text)."""

    def __init__(self, config, settings, at):
        self.config, self.settings, self.at = config, settings, at
        self.wanted, self.aside, self.unwanted = [], [], []

    def add(self, number, line):
        kinds = {"! ": self.unwanted, "~ ": self.aside, "= ": self.wanted}
        kind = kinds.get(line[:2])
        if kind is None:
            self.wanted.append((number, line))
        else:
            kind.append((number, line[2:]))


def read_runs(words, where):
    """What a line with @ begins: a run for each config."""
    configs = [word for word in words if "=" not in word]
    if not configs or not set(configs) <= set(CONFIGS):
        raise Bad(f"{where}: after @ come configs, out of {', '.join(CONFIGS)}")
    settings = dict(DEFAULTS)
    for word in (word for word in words if "=" in word):
        key, _, value = word.partition("=")
        if key not in DEFAULTS:
            raise Bad(f"{where}: {word!r} is none of {', '.join(DEFAULTS)}")
        settings[key] = value
    return [Run(config, settings, where) for config in configs]


def read(path):
    """The runs of one file."""
    runs, begun = [], []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line, where = line.rstrip(), f"{path}:{number}"
            if not line or line.startswith("#"):
                continue
            if line.startswith("@"):
                begun = read_runs(shlex.split(line[1:]), where)
                runs += begun
                continue
            if not begun:
                raise Bad(f"{where}: text before the first line with @, which says what to boot")
            for run in begun:
                run.add(number, line)
    for run in runs:
        if not run.wanted + run.aside:
            raise Bad(f"{run.at}: nothing is expected of this run")
    return runs


def pattern(text):
    """The whole line, letter by letter; three dots stand for anything."""
    return ".*".join(re.escape(part) for part in text.split("..."))


def came(wanted, lines):
    """How many of the wanted lines came in order, and how many lines that took."""
    at, count = 0, 0
    for _, text in wanted:
        found = next((i for i in range(at, len(lines)) if re.fullmatch(pattern(text), lines[i])), None)
        if found is None:
            break
        at, count = found + 1, count + 1
    return count, at


def problem(run, console):
    """What is wrong with the console, as (line number, text, what), or None."""
    lines, last = [line.rstrip() for line in console.splitlines()], 0
    for wanted in (run.wanted, run.aside):
        count, at = came(wanted, lines)
        if count < len(wanted):
            early = any(re.fullmatch(pattern(wanted[count][1]), line) for line in lines[:at])
            return (*wanted[count], "came too early" if early else "did not come")
        last = max(last, at)
    for number, text in run.unwanted:
        if any(re.fullmatch(pattern(text), line) for line in lines[:last]):
            return (number, text, "came, and must not")
    return None


def has_said_all(run):
    """For whoever waits for it; a line that is still being written does not count."""
    def said_all(console):
        lines = [line.rstrip() for line in console[:console.rfind("\n") + 1].splitlines()]
        return all(came(wanted, lines)[0] == len(wanted) for wanted in (run.wanted, run.aside))
    return said_all


def console_end(console):
    lines = console.splitlines()[-SHOWN:]
    return "\n".join("  | " + line for line in lines) or "  | (nothing)"


def run_system(name, run, path, kernel, image):
    folder = os.path.join("build", "test", name)
    settings = run.settings
    words = qemu.command(kernel, image, append=settings["append"], memory=settings["memory"],
                         extra=shlex.split(settings["qemu"]))
    ended = qemu.run(words, folder, float(settings["limit_s"]), has_said_all(run))
    outcome = protocol.Outcome()
    wrong = problem(run, ended.console)
    if wrong:
        number, text, what = wrong
        outcome.fail(name, f"{path}:{number}: this line {what}:\n  {text}\n{ended.why}; the console ends with\n"
                           f"{console_end(ended.console)}\nall of it: {folder}/console")
    else:
        outcome.passed.append(name)
    return outcome


def system_file(folder, run):
    """The one that the run names, or that is called like the folder, or the only one."""
    own = os.path.basename(os.path.abspath(folder)) + ".system"
    there = sorted(os.path.basename(path) for path in glob.glob(os.path.join(folder, "*.system")))
    name = run.settings["system"] or (own if own in there or len(there) != 1 else there[0])
    if name not in there:
        raise Bad(f"{run.at}: {folder} has no {name}")
    return os.path.join(folder, name)


def test_name(folder, run, stem):
    """system.FOLDER.CONFIG, or with the name between that the run has or the other system file gives it."""
    own = os.path.basename(os.path.abspath(folder))
    more = run.settings["name"] or (stem if stem != own else "")
    return ".".join(["system", own, *([more] if more else []), run.config])


def image_path(system, config, board="x86_64_generic"):
    outside = "outside/" if system.startswith("/") else ""
    return f"build/{board}/{config}/{outside}{system.removesuffix('.system')}.img"


def folder_runs(folder):
    """(name, run, system file) for each run of the folder's expected.txt."""
    seen = set()
    for run in read(os.path.join(folder, "expected.txt")):
        system = system_file(folder, run)
        name = test_name(folder, run, os.path.basename(system).removesuffix(".system"))
        if name in seen:
            raise Bad(f"{run.at}: a second run called {name}; name= tells them apart")
        seen.add(name)
        yield name, run, system


def folders():
    return sorted(os.path.dirname(path) for path in glob.glob("system/*/expected.txt"))
