# SPDX-License-Identifier: BSD-2-Clause
"""The long runs of lib/ext4: what is too slow for every change.

    python3 test/ext4/nightly.py [--hours H] [--seed N] [--jobs N] [--images N] [--operations N] [--damaged N]
                                 [--promises N]

Builds, then runs until the time is over: crash images, each of them also judged by e2fsck; random sequences
against the model; damaged images; images of all formats that go to Linux and back, with cuts. Each kind gets its
share of the time. Each turn has a seed of its own, counted up from N. Prints totals, whether each is as many as
--images, --operations, --damaged and --promises ask for, and the command that shows each failure again. Status 1 if
there is one, or else 3 if too little was done. Ends early after 20 failures.
"""
import argparse
import concurrent.futures
import itertools
import os
import re
import subprocess
import sys
import time

CRASHDISK = "build/host/plain/tool/crashdisk/crashdisk"
MODEL = "build/host/gcc/lib/ext4/test/model_test"
FUZZ = "build/host/gcc/lib/ext4/test/hostile_fuzz"
TRAVEL = [sys.executable, "test/ext4/linux_test.py", "--all", "--sanitized"]
TRAVEL_NEEDS = ["test/ext4/worker", "bench/linux_init", "build/host/gcc/test/ext4/worker/worker"]
# With sizes in MiB: two groups each, for e2fsck needs a second superblock when a tear hits the first.
FORMATS = [(16, "-b 1024 -J size=1"), (136, "-b 4096 -J size=4"), (16, "-b 1024 -J size=1 -O ^metadata_csum,^64bit"),
           (16, "-t ext3 -b 1024 -J size=1"), (40, "-b 2048 -J size=2"),
           (16, "-b 1024 -J size=1 -O orphan_file"), (16, "-b 1024 -J size=1 -O inline_data -I 1024"),
           (136, "-b 4096 -J size=4 -O inline_data,orphan_file")]
DATA_MODES = ["ordered", "journal", "writeback"]
IMAGES, OPERATIONS, ROUNDS, FUZZ_RUNS = 1000, 5000, 10, 2000
FAILED, TOO_LITTLE = 1, 3
FAILURES_MAX = 20


def crash_images(seed):
    mib, options = FORMATS[seed // 2 % len(FORMATS)]
    return [CRASHDISK, "--seed", str(seed), "--images", str(IMAGES), "--steps", "400",
            "--workers", str(1 + 2 * (seed % 2)), "--fsck-every", "1", "--mib", str(mib), "--mkfs", options,
            "--data", DATA_MODES[seed // (2 * len(FORMATS)) % len(DATA_MODES)]]


def operations(seed):
    return [MODEL, "--seed", str(seed), "--operations", str(OPERATIONS), "--rounds", str(ROUNDS)]


def damaged_images(seed):
    return [FUZZ, "--seed", str(seed), "--runs", str(FUZZ_RUNS)]


def travels(seed):
    return [*TRAVEL, "--seed", str(seed)]


def promises_kept(output):
    return sum(map(int, re.findall(r"(\d+) promises kept", output)))


def judged_by_all(output):
    """crashdisk says how many different images it built, and how many of them e2fsck judged, too."""
    said = re.search(r"(\d+) of them also by e2fsck", output)
    return int(said.group(1)) if said else 0


class Kind:
    def __init__(self, name, share, goal, command, count, seed):
        self.name, self.share, self.goal, self.command, self.count = name, share, goal, command, count
        self.seeds = itertools.count(seed)
        self.busy_s = self.done = self.turns = 0

    def reached(self):
        return self.done >= self.goal


def kinds(options):
    return [
        Kind("crash images", 4, options.images, crash_images, judged_by_all, options.seed),
        Kind("operations", 3, options.operations, operations, lambda _: OPERATIONS * ROUNDS, options.seed),
        Kind("damaged images", 2, options.damaged, damaged_images, lambda _: FUZZ_RUNS, options.seed),
        Kind("promises", 1, options.promises, travels, promises_kept, options.seed),
    ]


def next_kind(all_kinds, running):
    """Who is furthest behind its share of the time; a turn that is not over counts as one more of its kind."""
    def behind(kind):
        turn_s = kind.busy_s / kind.turns if kind.turns else 1
        return (kind.busy_s + running.count(kind) * turn_s) / kind.share
    return min(all_kinds, key=behind)


def run(command):
    begin = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return ran.returncode, ran.stdout + ran.stderr, time.monotonic() - begin


def finish(kind, command, status, output, took_s):
    """True if all was well."""
    kind.busy_s += took_s
    kind.turns += 1
    if status != 0:
        print(f"FAIL  {subprocess.list2cmdline(command)}\n{output[-2000:]}", flush=True)
        return False
    kind.done += kind.count(output)
    return True


def work(deadline, all_kinds, jobs):
    failures, running = 0, {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        def goes_on():
            return time.monotonic() < deadline and failures < FAILURES_MAX
        while running or goes_on():
            while len(running) < jobs and goes_on():
                kind = next_kind(all_kinds, [kind for kind, _ in running.values()])
                command = kind.command(next(kind.seeds))
                running[pool.submit(run, command)] = (kind, command)
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                failures += not finish(*running.pop(one), *one.result())
    return failures


def report(all_kinds, failures, seed):
    """Gives an exit status."""
    for kind in all_kinds:
        print(f"{kind.name:15} {kind.done:9} of {kind.goal:9}: {'reached' if kind.reached() else 'NOT REACHED'}"
              f" ({kind.turns} turns, {kind.busy_s / 3600:.2f} hours of a processor)")
    print(f"from seed {seed}: {failures} failures")
    return FAILED if failures else 0 if all(kind.reached() for kind in all_kinds) else TOO_LITTLE


def main():
    parser = argparse.ArgumentParser(description="The long runs of lib/ext4.")
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400 * 10000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--images", type=int, default=100_000, help="crash images that must be judged")
    parser.add_argument("--operations", type=int, default=5_000_000, help="operations that must be compared")
    parser.add_argument("--damaged", type=int, default=200_000, help="damaged images that must be survived")
    parser.add_argument("--promises", type=int, default=100_000, help="promises across a cut, by us or Linux")
    options = parser.parse_args()
    subprocess.run(["make", "-s", "tool/crashdisk", CRASHDISK, MODEL, FUZZ, *TRAVEL_NEEDS], check=True)
    all_kinds = kinds(options)
    failures = work(time.monotonic() + options.hours * 3600, all_kinds, options.jobs)
    return report(all_kinds, failures, options.seed)


if __name__ == "__main__":
    sys.exit(main())
