# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/crashdisk
"""A canary is the library with one safeguard taken out. crashdisk must find images that it breaks; if
it does not, either the safeguard or the test is worth nothing.
"""
import os
import subprocess
import tempfile
import unittest

from crashdisk_test import crash, make

SOURCES = "lib/ext4/src"
ARCHIVES = ["build/host/plain/lib/ext4.a", "build/host/plain/lib/tiny.a"]
OBJECTS = [f"build/host/plain/tool/crashdisk/{name}.c.o" for name in ("main", "disk", "workload")]

# name: file, what is there, what the canary has instead
CANARIES = {
    "commit without flush": ("journal.c", "    TRY(ext4_io_flush(fs)); /* file data and log", "    /*"),
    "commit record without FUA": ("journal.c", "    writer->io.fua = true;\n", ""),
    "missing revocation": ("alloc.c", "    TRY(ext4_revoke(handle, block));\n", ""),
    "skipped checksum": ("seal.c", "        le32_set(field, made);\n", "        (void)made;\n"),
    "file data after the commit": ("txn.c", "TRY(ext4_cache_write(fs, EXT4_WRITE_FRESH, 0));",
                                   "(void)0;"),
    "freed blocks used before the commit": ("alloc.c", "(!bitmap->shadow || !ext4_bit(bitmap->shadow->data, bit))",
                                            "true"),
    "journal emptied without flush": ("journal.c",
                                      "    TRY(ext4_io_flush(fs));\n    if (!fs->journal.filled) {",
                                      "    if (!fs->journal.filled) {"),
}


class Canaries(unittest.TestCase):
    def build(self, folder, name):
        file, old, new = CANARIES[name]
        with open(os.path.join(SOURCES, file)) as source:
            text = source.read()
        self.assertEqual(text.count(old), 1, f"{name}: {file} has changed; so must the canary")
        path = os.path.join(folder, "canary")
        with open(path + ".c", "w") as mutant:
            mutant.write(text.replace(old, new))
        subprocess.run(["gcc", "-O1", "-w", "-std=gnu11", "-I", SOURCES, "-I", "lib/ext4/include",
                        "-I", "lib/tiny/include", path + ".c", *OBJECTS, *ARCHIVES, "-o", path], check=True)
        return path

    def test_each_is_caught(self):
        for name in CANARIES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                program = self.build(folder, name)
                # By the judge of images, or by the library when the work itself hits a contradiction.
                caught = any(ran.returncode == 1 and ("bad" in ran.stdout or "workload: " in ran.stderr)
                             for ran in (crash(program, seed, 400) for seed in range(1, 6)))
                self.assertTrue(caught, f"{name}: nobody noticed")


if __name__ == "__main__":
    make()
    unittest.main()
