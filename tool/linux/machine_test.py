# SPDX-License-Identifier: BSD-2-Clause
"""What a machine with disks is started with; none is started."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine


class Machine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_disks(self):
        words = machine.disk_words([machine.Disk("/a,b", "one"), machine.Disk("/c", "two", self.path("log"))])
        self.assertIn("driver=file,node-name=disk0,cache.no-flush=on,filename=/a,,b", words)
        self.assertIn("virtio-blk-pci,drive=disk0,serial=one", words)
        self.assertIn("driver=blklogwrites,node-name=disk1,file=image1,log=log1", words)
        self.assertIn("virtio-blk-pci,drive=disk1,serial=two", words)

    def test_log_begins_empty(self):
        with open(self.path("log"), "w") as file:
            file.write("of an earlier run")
        machine.disk_words([machine.Disk("/c", "two", self.path("log"))])
        self.assertEqual(os.path.getsize(self.path("log")), 0)

    def test_no_kernel(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder.name)
        with self.assertRaisesRegex(machine.Missing, "setup fetches it"):
            machine.prepare("program", self.path("archive"))

    def test_archive(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder.name)
        for name, text in {machine.INIT: "init", "build/cache/linux/package.json": '{"modules": ["a"]}',
                           "build/cache/linux/a.ko": "module", "bin/worker": "program"}.items():
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "w") as file:
                file.write(text)
        kernel, archive, about = machine.prepare("bin/worker", self.path("made/archive"))
        self.assertEqual((kernel, about), ("build/cache/linux/vmlinuz", {"modules": ["a"]}))
        with open(archive, "rb") as file:
            data = file.read()
        self.assertIn(b"bin/worker\0", data)
        self.assertIn(b"/modules/a.ko\n", data)


if __name__ == "__main__":
    unittest.main()
