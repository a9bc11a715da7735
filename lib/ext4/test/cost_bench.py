# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/plain/lib/ext4/test/cost_bench
"""What operations of lib/ext4 cost: requests of the device, which are exact, and, where valgrind is
installed, instructions of the library for one operation, with the device and the copying of data in memory.

    cost_bench.py --million     also a directory of a million entries (a GiB of memory, some minutes)
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = "build/host/plain/lib/ext4/test/cost_bench"
# measured function: how often it does its operation
TIMES = {"create": 1000, "rename": 1000, "unlink": 1000, "append": 100, "write": 16 * 256, "read": 16 * 256}
NAMES = {"append": "append_fsync", "write": "write_4_kib", "read": "read_4_kib"}


def instructions(folder):
    """Per operation, by the profile's inclusive counts."""
    profile = os.path.join(folder, "profile")
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", PROGRAM],
                   check=True, capture_output=True)
    listed = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", profile],
                            check=True, capture_output=True, text=True).stdout
    for what, times in TIMES.items():
        line = re.search(rf"^\s*([\d,]+) .*\bmeasure_{what}\b", listed, re.M)
        count = int(line.group(1).replace(",", "")) // times
        print(f"value {NAMES.get(what, what)}.instructions instructions {times} {count} {count} {count}")


def main():
    print("suite ext4.cost")
    entries = ["10", "10000"] + (["1000000"] if "--million" in sys.argv else [])
    sys.stdout.flush()
    subprocess.run([PROGRAM, *entries], check=True)
    if shutil.which("valgrind"):
        with tempfile.TemporaryDirectory() as folder:
            instructions(folder)
    else:
        print("no valgrind: instructions are not counted", file=sys.stderr)
    print("done")


if __name__ == "__main__":
    main()
