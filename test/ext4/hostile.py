# SPDX-License-Identifier: BSD-2-Clause
"""Looks for hostile images with libFuzzer, for as long as it may, and adds what it learnt to the kept corpus.

    python3 test/ext4/hostile.py [--hours H] [--jobs N]

Begins with the inputs in lib/ext4/test/hostile/corpus and found. In the end the corpus is the smallest set of inputs
that reaches all that was reached; look at the difference and commit it. What is found to be wrong is printed as a
line for hostile_fuzz --input; once it is mended the line goes to `found`, with a word on what it was. Status 1 if
there is any. Needs clang. Damage that does not end counts as wrong, too.
"""
import argparse
import os
import shutil
import subprocess
import sys

FUZZER = "build/host/fuzzer/lib/ext4/test/hostile_libfuzzer"
PLAYER = "build/host/plain/lib/ext4/test/hostile_fuzz"
KEPT = "lib/ext4/test/hostile/corpus"
FOUND = "lib/ext4/test/hostile/found"
FOLDER = "build/fuzz/hostile"
STEP_BYTES = 16
LOOKED_FOR, KEPT_STEPS = 32, 16  # steps of an input: the longer ones are found, but not kept


def fresh(name):
    folder = os.path.join(FOLDER, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def lines(folder):
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            yield file.read().hex()


def fuzz(corpus, wrong, seconds, jobs):
    subprocess.run([FUZZER, f"-fork={jobs}", "-ignore_crashes=1", "-ignore_timeouts=1", "-timeout=20",
                    f"-max_len={STEP_BYTES * (LOOKED_FOR + 1)}", f"-max_total_time={seconds}",
                    f"-artifact_prefix={wrong}/", corpus], check=False)


def keep(corpus):
    smallest = fresh("smallest")
    subprocess.run([FUZZER, "-set_cover_merge=1", f"-max_len={STEP_BYTES * (KEPT_STEPS + 1)}", smallest, corpus],
                   check=True, stderr=subprocess.DEVNULL)
    with open(KEPT) as file:
        remarks = [line for line in file if line.startswith("#")]
    with open(KEPT, "w") as file:
        file.writelines(remarks)
        file.writelines(line + "\n" for line in sorted(lines(smallest)))


def main():
    parser = argparse.ArgumentParser(description="Looks for hostile images of ext4 with libFuzzer.")
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    subprocess.run(["make", "-s", FUZZER, PLAYER], check=True)
    corpus, wrong = fresh("corpus"), fresh("wrong")
    subprocess.run([PLAYER, "--corpus", KEPT, "--corpus", FOUND, "--unpack", corpus], check=True)
    fuzz(corpus, wrong, int(options.hours * 3600), options.jobs)
    keep(corpus)
    failures = sorted(lines(wrong))
    for line in failures:
        print(line)
    print(f"{len(os.listdir(corpus))} inputs, {len(failures)} failures, {os.path.getsize(KEPT)} bytes kept")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
