# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/e4
"""e4: what goes into an image comes out the same; e2fsck finds nothing; mistakes are named."""
import os
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.path.abspath("build/host/plain/tool/e4/e4")
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PATH": PATH})


class E4(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = os.path.join(self.folder, "disk.img")
        run("mkfs.ext4", "-qF", "-b", "1024", self.image, "16M").check_returncode()

    def e4(self, *words):
        ran = run(TOOL, self.image, *words)
        self.assertEqual(ran.returncode, 0, f"{words}: {ran.stderr}")
        return ran.stdout

    def fails(self, status, message, *words):
        ran = run(TOOL, *words)
        self.assertEqual(ran.returncode, status, ran.stderr)
        self.assertIn(message, ran.stderr)

    def sound(self):
        ran = run("e2fsck", "-fn", self.image)
        self.assertEqual(ran.returncode, 0, ran.stdout)

    def tree(self):
        top = os.path.join(self.folder, "tree")
        os.makedirs(os.path.join(top, "deep", "er"))
        for number in range(200):
            with open(os.path.join(top, "deep", f"a file with a long name, number {number}"), "wb") as file:
                file.write(bytes([number]) * number * 37)
        with open(os.path.join(top, "sparse"), "wb") as file:
            file.seek(3000000)
            file.write(b"end")
        os.link(os.path.join(top, "sparse"), os.path.join(top, "deep", "hard"))
        os.symlink("deep/er", os.path.join(top, "link"))
        os.symlink("x" * 200, os.path.join(top, "long"))
        os.chmod(os.path.join(top, "deep", "er"), 0o1711)
        os.utime(os.path.join(top, "sparse"), ns=(5000000000000000001, 7000000000000000003))
        return top

    def test_there_and_back(self):
        top, back = self.tree(), os.path.join(self.folder, "back")
        self.e4("cp", "-r", top, ":/copied")
        self.sound()
        self.e4("cp", "-r", ":/copied", back)
        same = run("diff", "-r", "--no-dereference", top, back)
        self.assertEqual((same.returncode, same.stdout), (0, ""))
        self.assertEqual(os.stat(os.path.join(back, "sparse")).st_mtime_ns, 7000000000000000003)
        self.assertLess(os.stat(os.path.join(back, "sparse")).st_blocks, 100)
        self.assertEqual(os.stat(os.path.join(back, "deep", "er")).st_mode & 0o7777, 0o1711)
        self.assertIn(" 2 ", self.e4("ls", "-l", ":/copied/sparse"))
        self.assertIn("sound", self.e4("check"))

    def test_others_read_it(self):
        top = self.tree()
        self.e4("cp", "-r", top, ":/")
        out = os.path.join(self.folder, "dump")
        os.mkdir(out)
        run("debugfs", "-R", f"rdump /tree {out}", self.image)
        same = run("diff", "-r", "--no-dereference", top, os.path.join(out, "tree"))
        self.assertEqual((same.returncode, same.stdout), (0, ""))

    def test_changes(self):
        self.e4("mkdir", "-p", ":/a/b/c")
        self.e4("ln", "-s", "b/c", ":/a/way")
        self.e4("mv", ":/a/b", ":/moved")
        self.assertEqual(self.e4("tree"), "a/\n  way -> b/c\nlost+found/\nmoved/\n  c/\n")
        self.e4("rm", "-r", ":/moved", ":/a")
        self.assertEqual(self.e4("ls"), "lost+found\n")
        self.sound()

    def test_mkimage(self):
        image = os.path.join(self.folder, "made.img")
        ran = run(TOOL, "mkimage", self.tree(), image, "24M", "-b", "2048")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.image = image
        self.sound()
        self.assertEqual(self.e4("cat", ":/sparse")[-3:], "end")
        self.assertIn("written", self.e4("dump", "2"))

    def test_small_files_in_inodes(self):
        top, back = self.tree(), os.path.join(self.folder, "back")
        run("mkfs.ext4", "-qF", "-b", "1024", "-O", "inline_data", self.image, "16M").check_returncode()
        self.e4("cp", "-r", top, ":/")
        self.sound()
        self.e4("cp", "-r", ":/tree", back)
        same = run("diff", "-r", "--no-dereference", top, back)
        self.assertEqual((same.returncode, same.stdout), (0, ""))
        number = self.e4("stat", ":/tree/deep/er").split("inode")[1].split(",")[0].strip()
        self.assertIn("0 +60           inline", self.e4("dump", number))

    def test_mistakes(self):
        empty = os.path.join(self.folder, "empty")
        with open(empty, "wb") as file:
            file.truncate(1 << 20)
        self.fails(1, "no ext2, ext3 or ext4", empty, "ls")
        self.fails(1, "No such file", os.path.join(self.folder, "none"), "ls")
        self.fails(1, ":/none: not found", self.image, "cat", ":/none")
        self.fails(1, "one of them has a colon", self.image, "cp", "a", "b")
        self.fails(1, "is a directory", self.image, "rm", ":/lost+found")
        self.fails(2, "unknown option -x", self.image, "ls", "-x")
        self.fails(2, "is no verb", self.image, "frobnicate")


if __name__ == "__main__":
    subprocess.run(["make", "-s", "tool/e4"], check=True)
    unittest.main()
