# SPDX-License-Identifier: BSD-2-Clause
"""Archives, read back by a reader that shares nothing with the writer, and by cpio if it is here."""
import os
import shutil
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cpio

ENTRIES = [cpio.folder("dev"), cpio.device("dev/console", 5, 1), cpio.file("init", b"12345"),
           cpio.file("empty", b"", 0o644)]


def read_archive(data):
    """(name, mode, bytes, device) of each entry; the format by its description."""
    at = 0
    while True:
        assert data[at:at + 6] == b"070701", data[at:at + 6]
        numbers = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, major, minor, spelled = (numbers[i] for i in (1, 6, 9, 10, 11))
        name = data[at + 110:at + 110 + spelled - 1].decode()
        begin = (at + 110 + spelled + 3) // 4 * 4
        if name == "TRAILER!!!":
            assert begin == len(data)
            return
        yield name, mode, data[begin:begin + size], (major, minor)
        at = (begin + size + 3) // 4 * 4


class Cpio(unittest.TestCase):
    def test_one_entry_letter_by_letter(self):
        self.assertEqual(cpio.archive([cpio.file("a", b"bcd")])[:116],
                         b"070701" b"00000001" b"000081ED" b"00000000" b"00000000" b"00000001"
                         b"00000000" b"00000003" b"00000000" b"00000000" b"00000000" b"00000000"
                         b"00000002" b"00000000" b"a\0" b"bcd\0")

    def test_read_back(self):
        self.assertEqual(list(read_archive(cpio.archive(ENTRIES))), [
            ("dev", stat.S_IFDIR | 0o755, b"", (0, 0)), ("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)),
            ("init", stat.S_IFREG | 0o755, b"12345", (0, 0)), ("empty", stat.S_IFREG | 0o644, b"", (0, 0))])

    def test_read_by_cpio(self):
        if not shutil.which("cpio"):
            return
        ran = subprocess.run(["cpio", "-t", "--quiet"], input=cpio.archive(ENTRIES), capture_output=True)
        self.assertEqual((ran.returncode, ran.stdout.decode().split()), (0, [name for name, *_ in ENTRIES]))

    def test_wrong_names(self):
        for entries in ([cpio.file("/init", b"")], [cpio.file("bin/sh", b"")], [cpio.file("", b"")],
                        [cpio.file("bin/sh", b""), cpio.folder("bin")]):
            with self.assertRaises(ValueError):
                cpio.archive(entries)


if __name__ == "__main__":
    unittest.main()
