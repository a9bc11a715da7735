# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/plain/lib/ext4/test/cost_bench
"""What operations of lib/ext4 cost: requests of the device and instructions, both of which are exact.

    cost_bench.py                `value` lines, for ./sofa bench lib.ext4.cost
    cost_bench.py --table        the same for people: beside Linux, with a verdict on each target
    cost_bench.py ... --million  also lookups in a directory of a million entries (some minutes)

Requests stand beside those of Linux for the same work (NAME.linux), which test/ext4/linux_cost.py measured.
Instructions are the library's: those of the disk in memory are taken off, and for .above_copy also those of copying
the data once. (What is read goes from the disk to where the caller wants it, so the library copies nothing.)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = "build/host/plain/lib/ext4/test/cost_bench"
LINUX = "lib/ext4/test/cost_linux.json"
DISK = "rig_submit"
FILES, APPENDS, BLOCKS, LOOKUPS = 1000, 100, 16 * 256, 1000
# measured function: what it does once, and how often it does that
OPERATIONS = {"create": ("create", FILES), "rename": ("rename", FILES), "unlink": ("unlink", FILES),
              "append": ("append_fsync", APPENDS), "beside": ("append_fsync_beside", APPENDS),
              "write": ("write_4_kib", BLOCKS), "read": ("read_4_kib", BLOCKS),
              "copy": ("copy_4_kib", BLOCKS)}
ENTRIES, MILLION = (10, 10000), 1000000
MOST_ABOVE_COPY = 2000
# A directory of 10 names is a tenth of a block without an index; from where there is one, it must be flat.
FLAT = [(10, 10000, 4), (10000, MILLION, 1.5)]


class Figures:
    """By name; printed as lines of the test protocol."""

    def __init__(self):
        self.all = {}

    def add(self, name, unit, times, *numbers):
        self.all[name] = (unit, times, *(numbers if len(numbers) == 3 else numbers * 3))

    def take(self, output):
        for line in output.splitlines():
            _, name, unit, *numbers = line.split()
            self.add(name, unit, *map(int, numbers))

    def median(self, name):
        return self.all[name][3] if name in self.all else None

    def print(self):
        print("suite ext4.cost")
        for name, (unit, times, *numbers) in self.all.items():
            print(f"value {name} {unit} {times} {' '.join(map(str, numbers))}")
        print("done")


def program(*words):
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout


def measured(function, *words):
    """Instructions of one function and all that it calls, without the disk's."""
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "profile")
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
                        f"--toggle-collect={function}", PROGRAM, *words], check=True, capture_output=True)
        listed = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", profile], check=True,
                                capture_output=True, text=True).stdout
    # A function may be listed once more, with what was inlined into it from another file.
    of = {}
    for count, name in re.findall(rf"^\s*([\d,]+) .*:({function}|{DISK})\b", listed, re.M):
        of[name] = max(of.get(name, 0), int(count.replace(",", "")))
    return of[function] - of.get(DISK, 0)


def count_operations(figures):
    figures.take(program())
    for function, (name, times) in OPERATIONS.items():
        figures.add(name + ".instructions", "instructions", times, measured("measure_" + function) // times)
    above = figures.median("write_4_kib.instructions") - figures.median("copy_4_kib.instructions")
    figures.add("write_4_kib.above_copy", "instructions", BLOCKS, above)


def count_lookups(figures, entries):
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        program("make", image, str(entries))
        figures.take(program("lookups", image, str(entries)))
        figures.add(f"lookup_among_{entries}.instructions", "instructions", LOOKUPS,
                    measured("measure_warm", "warm", image, str(entries)) // LOOKUPS)


def add_linux(figures):
    with open(LINUX, encoding="utf-8") as file:
        stored = json.load(file)
    for name, requests in stored["requests"].items():
        if name in figures.all:
            figures.add(name + ".linux", "requests", 1, requests)
    return f"{stored['package']} {stored['version']}"


# ---- for people ----

def targets(figures):
    """(what, ours, at most) of each target."""
    for name in figures.all:
        if name.endswith((".writes", ".flushes")) and name + ".linux" in figures.all:
            yield name, figures.median(name), figures.median(name + ".linux")
    for name in ("write_4_kib.above_copy", "read_4_kib.instructions"):
        yield name, figures.median(name), MOST_ABOVE_COPY
    for fewer, more, times in FLAT:
        names = [f"lookup_among_{entries}.instructions" for entries in (fewer, more)]
        if names[1] in figures.all:
            yield names[1], figures.median(names[1]), int(times * figures.median(names[0]))


def print_table(figures, kernel):
    print(f"{'requests of the device':<28} {'ours':>8} {'Linux':>8}   ({kernel})")
    for name, (unit, *_) in figures.all.items():
        if unit == "requests" and not name.endswith(".linux"):
            linux = figures.median(name + ".linux")
            print(f"{name:<28} {figures.median(name):>8} {'-' if linux is None else linux:>8}")
    print(f"\n{'instructions':<36} {'ours':>8}")
    for name, (unit, *_) in figures.all.items():
        if unit == "instructions":
            print(f"{name:<36} {figures.median(name):>8}")
    print(f"\n{'targets':<36} {'ours':>8} {'at most':>8}")
    for name, ours, most in targets(figures):
        print(f"{name:<36} {ours:>8} {most:>8}   {'met' if ours <= most else 'MISSED'}")


def main():
    if not shutil.which("valgrind"):
        sys.exit("cost_bench: there is no valgrind; ./sofa setup installs it")
    figures = Figures()
    count_operations(figures)
    for entries in (*ENTRIES, *[MILLION] * ("--million" in sys.argv)):
        count_lookups(figures, entries)
    kernel = add_linux(figures)
    if "--table" in sys.argv:
        print_table(figures, kernel)
    else:
        figures.print()


if __name__ == "__main__":
    main()
