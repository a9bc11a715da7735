# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/e4
"""Images go back and forth between lib/ext4 (through e4) and the Linux kernel of this machine.

Mounting needs root and a loop device, and should not happen unasked: without EXT4_LINUX=1 in the
environment nothing is done. EXT4_ROUNDS says how many rounds (3).
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = os.path.abspath("build/host/plain/tool/e4/e4")
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")
ROUNDS = int(os.environ.get("EXT4_ROUNDS", "3"))
FORMATS = ["-b 4096", "-b 1024", "-t ext3 -b 1024", "-b 4096 -O ^metadata_csum", "-b 2048 -I 128"]


def run(*words, check=True):
    ran = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PATH": PATH})
    if check and ran.returncode:
        raise AssertionError(f"{words}: status {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran


class Mounted:
    """The image, mounted by Linux while in the `with`."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder

    def __enter__(self):
        run("mount", "-o", "loop", self.image, self.folder)
        return self.folder

    def __exit__(self, *what):
        run("umount", self.folder)


class Interchange(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = os.path.join(self.folder, "disk.img")
        self.top = os.path.join(self.folder, "mounted")
        os.mkdir(self.top)
        self.random = random.Random(1)

    def make(self, options):
        if os.path.exists(self.image):
            os.remove(self.image)
        run("mkfs.ext4", "-qF", *options.split(), self.image, "48M")

    def sound(self, image=None):
        run("e2fsck", "-fn", image or self.image)

    def change(self, top, label):
        """Some of everything, also of what is there already."""
        folder = os.path.join(top, label)
        os.makedirs(os.path.join(folder, "deep", "er"))
        for number in range(300):
            name = os.path.join(folder, f"a name of some length, number {number}")
            with open(name, "wb") as file:
                file.write(bytes([number % 251]) * self.random.randrange(9000))
        for number in range(0, 300, 3):
            os.remove(os.path.join(folder, f"a name of some length, number {number}"))
        with open(os.path.join(folder, "sparse"), "wb") as file:
            for _ in range(30):
                file.seek(self.random.randrange(3000000))
                file.write(b"data" * self.random.randrange(2000))
        os.symlink("sparse", os.path.join(folder, "link"))
        os.symlink("y" * 150, os.path.join(folder, "long"))
        os.link(os.path.join(folder, "sparse"), os.path.join(folder, "hard"))
        os.truncate(os.path.join(folder, "a name of some length, number 1"), 5)
        os.setxattr(os.path.join(folder, "sparse"), "user.note", b"v" * 300)
        for old in sorted(os.listdir(top)):
            if old != label and old != "lost+found" and self.random.random() < 0.3:
                os.rename(os.path.join(top, old), os.path.join(folder, "deep", old))

    def same(self, left, right):
        ran = run("diff", "-r", "--no-dereference", "-x", "lost+found", left, right, check=False)
        self.assertEqual((ran.returncode, ran.stdout[:2000]), (0, ""))

    def copy_out(self, image):
        out = os.path.join(self.folder, "out")
        shutil.rmtree(out, ignore_errors=True)
        run(TOOL, image, "cp", "-r", ":/", out)
        return out

    def test_back_and_forth(self):
        for options in FORMATS:
            with self.subTest(options):
                self.make(options)
                for number in range(ROUNDS):
                    local = os.path.join(self.folder, "local")
                    shutil.rmtree(local, ignore_errors=True)
                    os.mkdir(local)
                    self.change(local, f"ours{number}")
                    run(TOOL, self.image, "cp", "-r", os.path.join(local, f"ours{number}"), ":/")
                    self.sound()
                    with Mounted(self.image, self.top) as top:
                        self.same(os.path.join(local, f"ours{number}"), os.path.join(top, f"ours{number}"))
                        self.change(top, f"theirs{number}")
                        kept = os.path.join(self.folder, "kept")
                        shutil.rmtree(kept, ignore_errors=True)
                        shutil.copytree(top, kept, symlinks=True)
                    self.same(kept, self.copy_out(self.image))
                    run(TOOL, self.image, "check")
                    run(TOOL, self.image, "rm", "-r", f":/theirs{number}/deep")
                    self.sound()

    def test_journal_of_linux(self):
        """A copy of the image while Linux has it mounted is what a power cut would leave."""
        for options in FORMATS:
            with self.subTest(options):
                self.make(options)
                copy = os.path.join(self.folder, "copy.img")
                with Mounted(self.image, self.top) as top:
                    self.change(top, "first")
                    os.sync()
                    self.change(top, "second")
                    shutil.copyfile(self.image, copy)
                    first = os.path.join(self.folder, "first")
                    shutil.rmtree(first, ignore_errors=True)
                    found = "first" if os.path.exists(os.path.join(top, "first")) else "second/deep/first"
                    shutil.copytree(os.path.join(top, found), first, symlinks=True)
                self.assertIn("journal replayed", run(TOOL, copy, "df").stderr)
                out = self.copy_out(copy)
                self.sound(copy)
                places = [os.path.join(out, place) for place in ("first", "second/deep/first")]
                self.same(first, next(place for place in places if os.path.exists(place)))

    def test_journal_of_ours(self):
        """e4 is killed in the middle; Linux replays what our journal has."""
        local = os.path.join(self.folder, "local")
        os.mkdir(local)
        for number in range(8):
            self.change(local, f"part{number}")
        for options in FORMATS:
            for number in range(ROUNDS):
                with self.subTest(options, number=number):
                    self.make(options)
                    process = subprocess.Popen([TOOL, self.image, "cp", "-r", local, ":/"])
                    time.sleep(self.random.uniform(0.005, 0.15))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    with Mounted(self.image, self.top) as top:
                        for _, _, names in os.walk(top):
                            self.assertIsNotNone(names)
                    self.sound()
                    run(TOOL, self.image, "check")


if __name__ == "__main__":
    if os.environ.get("EXT4_LINUX") != "1":
        print("nothing done: EXT4_LINUX=1 lets this mount images", file=sys.stderr)
        sys.exit(0)
    subprocess.run(["make", "-s", "tool/e4"], check=True)
    unittest.main()
