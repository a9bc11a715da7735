# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/crashdisk
"""Power cuts: the library survives them. CRASHDISK_IMAGES says how many are tried."""
import os
import re
import subprocess
import unittest

TOOL = "build/host/plain/tool/crashdisk/crashdisk"
IMAGES = int(os.environ.get("CRASHDISK_IMAGES", "2000"))
SEEDS = 4


def make():
    subprocess.run(["make", "-s", "tool/crashdisk"], check=True)


def crash(program, seed, images, *more):
    return subprocess.run([program, "--seed", str(seed), "--images", str(images), *more],
                          capture_output=True, text=True)


class Survival(unittest.TestCase):
    def test_all_images_are_good(self):
        for seed in range(1, SEEDS + 1):
            ran = crash(TOOL, seed, IMAGES // SEEDS)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_several_workers(self):
        for seed in range(1, SEEDS + 1):
            ran = crash(TOOL, seed, IMAGES // SEEDS, "--workers", "3", "--steps", "600")
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_other_data_modes(self):
        for mode in ("journal", "writeback"):
            for seed, more in ((1, ()), (2, ("--workers", "3", "--steps", "600"))):
                ran = crash(TOOL, seed, IMAGES // SEEDS, "--data", mode, *more)
                self.assertEqual(ran.returncode, 0, mode + "\n" + ran.stdout + ran.stderr)

    def test_a_run_can_be_repeated(self):
        first, second = (crash(TOOL, 3, 40, "--workers", "3", "--steps", "300") for _ in range(2))
        self.assertEqual((first.returncode, first.stdout), (0, second.stdout))

    def test_no_image_is_counted_twice(self):
        said = crash(TOOL, 1, 4000, "--steps", "20").stdout
        built, repeats = (int(number) for number in re.search(r"(\d+) images \((\d+) repeats", said).groups())
        self.assertGreater(repeats, 0, said)
        self.assertLess(built, 4000, said)

    def test_other_formats(self):
        for options in ("-b 4096 -J size=4", "-b 1024 -J size=1 -O ^metadata_csum,^64bit",
                        "-b 1024 -J size=1 -O orphan_file", "-b 1024 -J size=1 -O inline_data -I 1024",
                        "-t ext3 -b 1024 -J size=1"):
            ran = crash(TOOL, 7, 60, "--mib", "16", "--mkfs", options)
            self.assertEqual(ran.returncode, 0, options + "\n" + ran.stdout + ran.stderr)


if __name__ == "__main__":
    make()
    unittest.main()
