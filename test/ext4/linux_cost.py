# SPDX-License-Identifier: BSD-2-Clause
"""What the work of lib/ext4's cost bench costs the disk when Linux does it: measures it again, and keeps it.

    linux_cost.py [--million]     Debian's kernel in QEMU; writes lib/ext4/test/cost_linux.json

Each figure is the smallest of some boots, and commits by time are put off: what Linux does by its timers is not held
against it. The counts are the kernel's own, of requests that reached the virtual disk.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tool", "linux"))
import machine
from machine import qemu

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tool", "runner"))
import protocol

OURS = "build/host/plain/lib/ext4/test/cost_bench"
THEIRS = "build/linux/test/ext4/worker/worker"
TARGETS = [OURS, "test/ext4/worker", "bench/linux_init"]
STORED = "lib/ext4/test/cost_linux.json"
BOOTS = 3


def make_images(folder, entries):
    """Made anew for each boot: all boots begin with the same."""
    disks = [machine.Disk(os.path.join(folder, "work"), "work")]
    subprocess.run([OURS, "make", disks[0].path], check=True)
    for count in entries:
        disks.append(machine.Disk(os.path.join(folder, f"lookup_{count}"), f"lookup_{count}"))
        subprocess.run([OURS, "make", disks[-1].path, str(count)], check=True)
    return disks


def measure(folder, entries):
    """(figures of one boot, which kernel it was)."""
    kernel, archive, about = machine.prepare(THEIRS, os.path.join(folder, "initrd.cpio"))
    ended = machine.boot(kernel, archive, "/bin/worker cost", make_images(folder, entries), folder)
    outcome = protocol.parse(ended.results, "linux", stopped=ended.why)
    if outcome.failed:
        raise SystemExit(f"linux_cost: {outcome.failed}\n{ended.console[-1000:]}")
    return outcome.values, about


def smallest(boots):
    figures = {}
    for value in (value for values in boots for value in values):
        figures[value["name"]] = min(value["median"], figures.get(value["name"], value["median"]))
    return figures


def main():
    parser = argparse.ArgumentParser(description="Measures what work costs the disk under Linux.")
    parser.add_argument("--million", action="store_true", help="also a directory of a million entries")
    given = parser.parse_args()
    qemu.clean_up_on_signals()
    subprocess.run(["make", "-s", *TARGETS], check=True)
    entries = [10, 10000] + [1000000] * given.million
    boots = []
    for _ in range(BOOTS):
        with tempfile.TemporaryDirectory() as folder:
            values, about = measure(folder, entries)
            boots.append(values)
    kept = {"package": about["package"], "version": about["version"], "sha256": about["sha256"],
            "requests": smallest(boots)}
    with open(STORED, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")
    print(f"saved: {STORED}")


if __name__ == "__main__":
    try:
        main()
    except machine.Missing as why:
        sys.exit(f"linux_cost: {why}")
