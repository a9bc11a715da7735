# SPDX-License-Identifier: BSD-2-Clause
"""The long runs of lib/ext4: what is too slow for every change.

    python3 test/ext4/nightly.py [--hours H] [--seed N] [--jobs N]

Builds, then runs until the time is over, in turn: crash images, all of them also judged by e2fsck; random
sequences against the model; damaged images. Each turn has a seed of its own, counted up from N. Prints totals,
and the command that shows each failure again; status 1 if there is one.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

CRASHDISK = "build/host/plain/tool/crashdisk/crashdisk"
MODEL = "build/host/gcc/lib/ext4/test/model_test"
FUZZ = "build/host/gcc/lib/ext4/test/image_fuzz"
FORMATS = ["-b 1024 -J size=1", "-b 4096 -J size=4", "-b 1024 -J size=1 -O ^metadata_csum,^64bit",
           "-t ext3 -b 1024 -J size=1", "-b 2048 -J size=2"]
IMAGES, OPERATIONS, ROUNDS, FUZZ_RUNS = 1000, 5000, 10, 2000


def turns(seed):
    """Forever: what is counted, how much of it, and the command."""
    while True:
        yield "crash images", IMAGES, [CRASHDISK, "--seed", str(seed), "--images", str(IMAGES), "--steps", "400",
                                       "--workers", str(1 + 2 * (seed % 2)), "--fsck-every", "1", "--mib", "16",
                                       "--mkfs", FORMATS[seed // 2 % len(FORMATS)]]
        yield "operations", OPERATIONS * ROUNDS, [MODEL, "--seed", str(seed), "--operations", str(OPERATIONS),
                                                  "--rounds", str(ROUNDS)]
        yield "damaged images", FUZZ_RUNS, [FUZZ, "--seed", str(seed), "--runs", str(FUZZ_RUNS)]
        seed += 1


def run(command):
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return ran.returncode, ran.stdout + ran.stderr


def count_of(what, planned, output):
    """crashdisk says how many images it made, which is about as many as it should."""
    said = re.search(r"(\d+) images", output) if what == "crash images" else None
    return int(said.group(1)) if said else planned


def work(deadline, seed, jobs):
    totals, failures, source = {}, [], turns(seed)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {}
        while running or time.monotonic() < deadline:
            while len(running) < jobs and time.monotonic() < deadline:
                what, planned, command = next(source)
                running[pool.submit(run, command)] = (what, planned, command)
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                what, planned, command = running.pop(one)
                status, output = one.result()
                totals[what] = totals.get(what, 0) + count_of(what, planned, output)
                if status != 0:
                    failures.append(command)
                    print(f"FAIL  {subprocess.list2cmdline(command)}\n{output[-2000:]}", flush=True)
    return totals, failures


def main():
    parser = argparse.ArgumentParser(description="The long runs of lib/ext4.")
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400 * 10000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    subprocess.run(["make", "-s", "tool/crashdisk", CRASHDISK, MODEL, FUZZ], check=True)
    totals, failures = work(time.monotonic() + options.hours * 3600, options.seed, options.jobs)
    print(f"from seed {options.seed}: " + ", ".join(f"{count} {what}" for what, count in totals.items()) +
          f": {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
