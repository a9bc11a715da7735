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
OBJECTS = [f"build/host/plain/tool/crashdisk/{name}.c.o"
           for name in ("main", "disk", "facts", "judge", "program", "scratch", "trial", "workload")]

# name: file, what is there, what the canary has instead
CANARIES = {
    "commit without flush": ("journal.c", "    TRY(ext4_io_flush(fs)); /* file data and log", "    /*"),
    "commit record without FUA": ("journal.c", "    writer->io.fua = true;\n", ""),
    "missing revocation": ("alloc.c", "    TRY(ext4_revoke(handle, block));\n", ""),
    "skipped checksum": ("seal.c", "    le32_set(field, made);\n", "    (void)made;\n"),
    "file data after the commit": ("commit.c", "return ext4_cache_write(fs, EXT4_WRITE_FRESH, 0);",
                                   "(void)fs; return EXT4_OK;"),
    "freed blocks used before the commit": ("alloc.c", "if (bitmap->shadows[i])", "if (false)"),
    "journal emptied without flush": ("checkpoint.c",
                                      "    TRY(ext4_io_flush(fs));\n    if (!journal->filled) {",
                                      "    if (!journal->filled) {"),
    "fdatasync forgets the size": ("inode.c", "    inode->data_changed = true;\n    le32_set", "    le32_set"),
}

# For e2fsck to notice: nobody else sees what is lost.
LEAKING_CANARIES = {
    "an orphan that is not written down": ("orphan.c", "    TRY(set_slot(handle, slot, inode->number));\n", ""),
    "orphans that nobody looks for": ("super.c", "in_use || fs->orphans.used_count > 0", "false"),
}

# For what only matters when changes go on during a commit.
CONCURRENT_CANARIES = {
    "changed on the way to the log": ("journal.c", "        buf->writing = true;\n", ""),
    "no copy for the commit": ("journal.c", "return buf->frozen ? buf->frozen->data : buf->data;",
                               "return buf->data;"),
    "file data only before the commit begins": ("commit.c", "    TRY(write_fresh(fs));\n    if (fs->journal",
                                               "    if (fs->journal"),
    "freed blocks used after the commit before": ("alloc.c", "fs->txn.sequence & 1]", "~fs->txn.sequence & 1]"),
    "fsync forgets who commits": ("commit.c",
                                  "(txn->committing.going_on && sequence == txn->sequence - 1)", "false"),
    "a flush covers what comes later": ("cache.c", "fs->cache.writes_flushed, covered)",
                                        "fs->cache.writes_flushed, fs->cache.writes_done)"),
}


class Canaries(unittest.TestCase):
    def build(self, folder, name, canaries):
        file, old, new = canaries[name]
        with open(os.path.join(SOURCES, file)) as source:
            text = source.read()
        self.assertEqual(text.count(old), 1, f"{name}: {file} has changed; so must the canary")
        path = os.path.join(folder, "canary")
        with open(path + ".c", "w") as mutant:
            mutant.write(text.replace(old, new))
        subprocess.run(["gcc", "-O1", "-w", "-std=gnu11", "-I", SOURCES, "-I", "lib/ext4/include",
                        "-I", "lib/tiny/include", path + ".c", *OBJECTS, *ARCHIVES, "-o", path], check=True)
        return path

    def check_each(self, canaries, *options):
        for name in canaries:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                program = self.build(folder, name, canaries)
                # By the judge of images, or by the library when the work itself hits a contradiction.
                caught = any(ran.returncode == 1 and ("bad" in ran.stdout or "workload: " in ran.stderr)
                             for ran in (crash(program, seed, 400, *options) for seed in range(1, 6)))
                self.assertTrue(caught, f"{name}: nobody noticed")

    def test_each_is_caught(self):
        self.check_each(CANARIES)

    def test_each_is_caught_by_e2fsck(self):
        self.check_each(LEAKING_CANARIES, "--fsck-every", "5", "--mkfs", "-b 1024 -J size=1 -O orphan_file")

    def test_each_is_caught_among_several(self):
        self.check_each(CONCURRENT_CANARIES, "--workers", "3", "--steps", "600")


if __name__ == "__main__":
    make()
    unittest.main()
