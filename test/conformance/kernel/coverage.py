#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which invocations and which of their errors the kernel conformance suite provokes.

Every test says what it covers: "TCBConfigure.5" is row 5 of that invocation's error table in abi/,
row 0 its success. The strings are in section `covers` of the built tasks, one build per profile;
together they are compared with abi/. What cannot be provoked is listed with its reason in
unprovoked.txt. Exit status 1 if a row is neither covered nor listed, or a line of the list is stale.

usage: coverage.py [--table FILE] [ELF...]      (default: every profile's build)
"""
import argparse
import fnmatch
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
BUILT = "build/x86_64_generic/user/*/test/conformance/kernel/kernel.elf"
TABLES = ("invocations-common.json", "invocations-x86_64.json")


def invocations():
    """{id: [row numbers, from 0]} in label order, with the texts of the rows."""
    found = {}
    for name in TABLES:
        with open(os.path.join(ROOT, "abi", name)) as file:
            for record in json.load(file)["invocations"]:
                rows = {0: "success"}
                for number, error, words, text in (row[:4] for row in record.get("errors", [])):
                    rows[number] = f"{error} {words}: {text}" if words else f"{error}: {text}"
                found[record["id"]] = rows
    return found


def covered_by(elf):
    """The strings in the section `covers`."""
    done = subprocess.run(["objcopy", "-O", "binary", "--only-section=covers", elf, "/dev/stdout"],
                          capture_output=True, check=True)
    return {text.decode() for text in done.stdout.split(b"\0") if text}


def unprovoked(text):
    """[(pattern, reason)] of lines PATTERN REASON; # starts a comment."""
    pairs = []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line:
            pattern, _, reason = line.partition(" ")
            pairs.append((pattern, reason.strip()))
    return pairs


class Coverage:
    """What is covered, excused and missing; rows are "ID.NUMBER"."""

    def __init__(self, tables, covered, excuses):
        self.tables = tables
        self.rows = [f"{name}.{row}" for name, rows in tables.items() for row in rows]
        self.covered = [row for row in self.rows if row in covered]
        self.excused = {}
        for row in self.rows:
            for pattern, reason in excuses:
                if row not in covered and fnmatch.fnmatchcase(row, pattern):
                    self.excused.setdefault(row, reason)
        self.missing = [row for row in self.rows if row not in covered and row not in self.excused]
        self.problems = [f"{row}: no test provokes it, and unprovoked.txt does not say why"
                         for row in self.missing]
        self.problems += [f"{text}: no such row in abi/" for text in sorted(covered - set(self.rows))]
        self.problems += [f"unprovoked.txt: {pattern}: a test covers it, or there is no such row"
                          for pattern, _ in excuses
                          if not any(fnmatch.fnmatchcase(row, pattern) for row in self.excused)]
        self.problems += [f"unprovoked.txt: {pattern}: no reason" for pattern, reason in excuses
                          if not reason]

    def summary(self):
        """One line for invocations, one for error conditions."""
        lines = []
        for what, rows in (("invocations", [row for row in self.rows if row.endswith(".0")]),
                           ("error conditions", [row for row in self.rows if not row.endswith(".0")])):
            tested = sum(row in set(self.covered) for row in rows)
            excused = sum(row in self.excused for row in rows)
            lines.append(f"{what}: {tested} of {len(rows)} tested, {excused} cannot be provoked, "
                         f"{len(rows) - tested - excused} missing")
        return lines

    def table(self):
        """The whole thing as Markdown."""
        lines = ["# Coverage of the kernel conformance suite", "", *self.summary(), "",
                 "| invocation | success | errors tested | total | not provoked |", "|---|---|---:|---:|---|"]
        covered = set(self.covered)
        for name, rows in self.tables.items():
            errors = [row for row in rows if row]
            tested = sum(f"{name}.{row}" in covered for row in errors)
            left = [f"{row}: {self.excused.get(f'{name}.{row}', 'MISSING')}"
                    for row in rows if f"{name}.{row}" not in covered]
            lines.append(f"| {name} | {'yes' if f'{name}.0' in covered else 'no'} | {tested} | {len(errors)} | "
                         + "; ".join(left) + " |")
        return "\n".join(lines) + "\n"


def measure(elfs):
    covered = set().union(*(covered_by(elf) for elf in elfs))
    with open(os.path.join(HERE, "unprovoked.txt")) as file:
        return Coverage(invocations(), covered, unprovoked(file.read()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", help="write the table there, as Markdown")
    parser.add_argument("elf", nargs="*")
    options = parser.parse_args()
    elfs = options.elf or sorted(glob.glob(os.path.join(ROOT, BUILT)))
    if not elfs:
        print("coverage: nothing is built; make test/conformance/kernel", file=sys.stderr)
        return 2
    coverage = measure(elfs)
    if options.table:
        os.makedirs(os.path.dirname(os.path.abspath(options.table)), exist_ok=True)
        with open(options.table, "w") as file:
            file.write(coverage.table())
    print("\n".join(coverage.summary() + coverage.problems))
    return 1 if coverage.problems else 0


if __name__ == "__main__":
    sys.exit(main())
