# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/plain/lib/ext4/test/aging_bench
"""How files lie on disks that have been in use for long, and are nearly full: pieces of 100 new files of 85 KiB on
average, which grow four at a time, and the device's writes for a MiB of them."""
import subprocess
import sys

PROGRAM = "build/host/plain/lib/ext4/test/aging_bench"


def main():
    print("suite ext4.aging")
    sys.stdout.flush()
    subprocess.run([PROGRAM, "50", "80", "90", "95", "98"], check=True)
    print("done")


if __name__ == "__main__":
    main()
