# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/e4
"""e4: what goes into an image comes out the same; e2fsck finds nothing; mistakes are named."""
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

TOOL = os.path.abspath("build/host/plain/tool/e4/e4")
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", env={**os.environ, "PATH": PATH})


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

    def test_access_lists(self):
        """The disk has them in another form; debugfs reads that."""
        here = os.path.join(self.folder, "listed")
        acl = bytes.fromhex("02000000" "01000600ffffffff" "02000400e8030000" "04000400ffffffff"
                            "10000400ffffffff" "20000000ffffffff")
        open(here, "w").close()
        try:
            os.setxattr(here, "system.posix_acl_access", acl)
        except OSError as error:
            self.skipTest(f"no access lists here: {error}")
        self.e4("cp", here, ":/listed")
        said = run("debugfs", "-R", "ea_get /listed system.posix_acl_access", self.image).stdout
        self.assertIn("02 00 04 00 e8 03 00 00", said)  # user 1000, to read
        self.e4("cp", ":/listed", here + ".back")
        self.assertEqual(os.getxattr(here + ".back", "system.posix_acl_access"), acl)
        self.sound()

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
        self.fails(1, "neither is in the image", self.image, "cp", "a", "b")
        self.fails(1, "is a directory", self.image, "rm", ":/lost+found")
        self.fails(2, "unknown option -x", self.image, "ls", "-x")
        self.fails(2, "is no verb", self.image, "frobnicate")
        self.fails(2, "too few words", self.image, "rm")
        self.fails(2, "too few words", self.image, "cp", "-r", "a")
        self.fails(1, "is neither a file nor a block device", "/dev/null", "ls")
        self.fails(1, "is neither a file nor a block device", self.folder, "ls")

    def test_messages_name_what_is_wrong(self):
        self.fails(1, "ln: :/none: not found", self.image, "ln", ":/none", ":/x")
        self.fails(1, "mkdir -p makes those", self.image, "mkdir", ":/a/b")
        self.fails(1, "rm -r removes those", self.image, "rm", ":/lost+found")
        self.fails(1, "inode 999 is not in use", self.image, "dump", "999")
        self.fails(1, "No such file", "mkimage", os.path.join(self.folder, "none"), self.image + "2")
        self.fails(2, "is no size", "mkimage", self.folder, self.image + "2", "99x")

    def test_help(self):
        self.assertIn("e4 IMAGE cp", run(TOOL, "--help").stdout)
        for words in (["cp", "--help"], [self.image, "cp", "--help"], ["mkimage", "--help"]):
            ran = run(TOOL, *words)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertIn("symbolic links" if "cp" in words else "mkfs.ext4", ran.stdout)
        self.assertEqual(run(TOOL).returncode, 2)

    # ---- cp ----

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def same(self, one, other):
        """Names, types, contents, modes, times to the nanosecond, links and holes."""
        def say(top):
            names = sorted(os.path.relpath(os.path.join(folder, name), top)
                           for folder, folders, files in os.walk(top) for name in folders + files)
            stats = {name: os.lstat(os.path.join(top, name)) for name in names}
            groups = {}
            for name in names:
                groups.setdefault(stats[name].st_ino, []).append(name)
            return [(name, stat.st_mode, stat.st_mtime_ns, groups[stat.st_ino],
                     stat.st_size if not os.path.isdir(os.path.join(top, name)) else 0,
                     stat.st_rdev) for name, stat in stats.items()]
        self.assertEqual(say(one), say(other))
        ran = run("diff", "-r", "--no-dereference", one, other)
        self.assertEqual((ran.returncode, ran.stdout), (0, ""))

    def test_within_the_image(self):
        top, back = self.tree(), os.path.join(self.folder, "back")
        os.mkfifo(os.path.join(top, "fifo"))
        sockets = socket.socket(socket.AF_UNIX)
        self.addCleanup(sockets.close)
        sockets.bind(os.path.join(top, "socket"))
        os.setxattr(os.path.join(top, "sparse"), "user.colour", b"green")
        self.e4("cp", "-r", top, ":/")
        self.e4("cp", "-r", ":/tree", ":/copy")
        self.e4("cp", "-r", ":/tree/", ":/lost+found")
        self.sound()
        self.assertIn("sound", self.e4("check"))
        self.e4("cp", "-r", ":/copy", back)
        self.same_but_special(top, back)
        self.assertEqual(os.getxattr(os.path.join(back, "sparse"), "user.colour"), b"green")
        self.assertLess(os.stat(os.path.join(back, "sparse")).st_blocks, 100)
        self.assertIn("sparse", self.e4("ls", ":/lost+found/tree"))

    def same_but_special(self, top, back):
        """diff wants to read from pipes and sockets."""
        for name in ("fifo", "socket"):
            self.assertEqual(os.lstat(os.path.join(top, name)).st_mode, os.lstat(os.path.join(back, name)).st_mode)
            os.remove(os.path.join(top, name))
            os.remove(os.path.join(back, name))
        self.same(top, back)

    def test_again_over_what_is_there(self):
        top, back = self.tree(), os.path.join(self.folder, "back")
        for _ in range(2):
            self.e4("cp", "-r", top + "/.", ":/copied")
            self.e4("cp", "-r", ":/copied/.", ":/inside")
            self.e4("cp", "-r", ":/inside/.", back)
        self.same(top, back)
        self.sound()

    def test_holes_over_content(self):
        full, holes = self.write("full", b"f" * 3000000), os.path.join(self.folder, "holes")
        with open(holes, "wb") as file:
            file.truncate(2000000)
            file.seek(1000000)
            file.write(b"middle")
        self.e4("cp", full, ":/file")
        self.e4("cp", holes, ":/file")
        out = os.path.join(self.folder, "out")
        self.e4("cp", ":/file", out)
        with open(out, "rb") as copied, open(holes, "rb") as original:
            self.assertEqual(copied.read(), original.read())

    def test_into_itself(self):
        self.e4("mkdir", "-p", ":/a/b")
        self.fails(1, "cannot be copied into itself", self.image, "cp", "-r", ":/a", ":/a/b")
        self.fails(1, "cannot be copied into itself", self.image, "cp", "-r", ":/a", ":/a/c")
        self.fails(1, "cannot be copied into itself", self.image, "cp", "-r", ":/", ":/a")
        self.fails(1, "cannot be moved into itself", self.image, "mv", ":/a", ":/a/b")
        file = self.write("file", b"content")
        self.e4("cp", file, ":/file")
        self.fails(1, "is the same file", self.image, "cp", ":/file", ":/file")
        self.assertEqual(self.e4("cat", ":/file"), "content")

    def test_the_image_itself(self):
        inside = os.path.join(self.folder, "with image")
        os.mkdir(inside)
        moved = os.path.join(inside, "disk.img")
        shutil.move(self.image, moved)
        self.image = moved
        ran = run(TOOL, moved, "cp", "-r", inside, ":/x")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("is the image itself, left out", ran.stderr)
        self.assertEqual(self.e4("ls", ":/x"), "")
        self.e4("cp", self.write("file", b"content"), ":/disk.img")
        self.fails(1, "is the image itself", moved, "cp", ":/disk.img", inside)
        self.sound()

    def test_where_things_go(self):
        one, two = self.write("one", b"1"), self.write("two", b"2")
        self.fails(1, ":/none: not found", self.image, "cp", one, two, ":/none")
        self.e4("cp", one, ":/file")
        self.fails(1, ":/file: not a directory", self.image, "cp", one, two, ":/file")
        self.fails(1, "not a directory", self.image, "cp", one, ":/file/")
        self.fails(1, "not a directory", self.image, "cp", one, ":/new/")
        self.fails(1, "not a directory", self.image, "cp", one, ":/file/below")
        self.fails(1, "is a directory; cp -r", self.image, "cp", self.folder, ":/x")
        self.fails(1, "not a directory", self.image, "mv", ":/file", ":/lost+found", ":/file")
        self.e4("mkdir", ":/folder/")
        self.e4("cp", one, two, ":/folder/")
        self.e4("cp", "-r", ":/folder/.", ":/file", ":/lost+found")
        self.assertEqual(self.e4("ls", ":/lost+found"), "file\none\ntwo\n")

    # ---- paths ----

    def test_symbolic_links_in_paths(self):
        self.e4("mkdir", "-p", ":/a/b")
        self.e4("ln", "-s", "/a", ":/absolute")
        self.e4("ln", "-s", "b/../b", ":/a/relative")
        self.e4("cp", self.write("file", b"found"), ":/absolute/relative/file")
        self.e4("ln", "-s", "absolute/relative/file", ":/way")
        self.assertEqual(self.e4("cat", ":/a/b/file", ":/way"), "foundfound")
        self.assertEqual(self.e4("ls", ":/absolute/"), "b\nrelative\n")
        self.assertIn("lrwx", self.e4("stat", ":/absolute"))
        self.e4("ln", "-s", "loop", ":/loop")
        self.fails(1, "symbolic links on the way", self.image, "cat", ":/loop")
        copied, followed = (os.path.join(self.folder, name) for name in ("copied", "followed"))
        self.e4("cp", "-r", ":/way", copied)
        self.assertEqual(os.readlink(copied), "absolute/relative/file")
        self.e4("cp", ":/way", followed)
        self.assertFalse(os.path.islink(followed))

    def test_what_cannot_go(self):
        self.e4("mkdir", ":/a")
        self.e4("ln", "-s", "a", ":/link")
        for path in (":/", ":", ":/a/.", ":/a/..", ":///"):
            self.fails(1, "has no name of its own", self.image, "rm", "-r", path)
        self.fails(1, "has no name of its own", self.image, "mv", ":/", ":/a")
        self.fails(1, ":/link/: not a directory", self.image, "rm", "-r", ":/link/")
        self.fails(1, ":/a/none: not found", self.image, "rm", ":/a/none")
        self.assertEqual(self.e4("ls"), "a\nlink\nlost+found\n")

    def test_odd_names(self):
        top = os.path.join(self.folder, "odd")
        os.mkdir(top)
        names = [b"new\nline", b"-r", b" ", b"\xff\xfe", "\u00fcml\u00e4ut".encode(), b"a:b", b":", b"n" * 255,
                 b"tab\t"]
        for name in names:
            with open(os.path.join(os.fsencode(top), name), "wb") as file:
                file.write(name)
        self.e4("cp", "-r", top, ":/odd")
        self.sound()
        self.e4("cp", "-r", ":/odd", top + ".back")
        self.assertEqual(sorted(os.listdir(os.fsencode(top + ".back"))), sorted(names))
        self.e4("mv", "--", ":/odd/-r", ":/-x")
        self.assertEqual(self.e4("cat", ":/-x"), "-r")
        self.assertIn("new\nline\n", self.e4("ls", ":/odd"))

    # ---- images ----

    def test_a_full_image(self):
        big = self.write("big", b"b" * (20 << 20))
        self.fails(1, "big: no space left", self.image, "cp", big, ":/big")
        self.sound()
        self.e4("rm", ":/big")
        self.fails(1, "is not complete", "mkimage", self.folder, self.image + "2", "8M")

    def test_reading_writes_nothing(self):
        before = os.stat(self.image).st_mtime_ns
        for verb in (["ls"], ["tree"], ["df"], ["journal"], ["check"], ["stat", ":/"], ["dump", "2"]):
            self.e4(*verb)
        self.assertEqual(os.stat(self.image).st_mtime_ns, before)

    def test_one_at_a_time(self):
        with open(self.image, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.fails(1, "another e4 works on it", self.image, "ls")
        with open(self.image, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self.e4("ls")
            self.fails(1, "another e4 works on it", self.image, "mkdir", ":/a")

    def test_mkimage_of_everything(self):
        top, image = self.tree(), os.path.join(self.folder, "tree", "inside.img")
        os.mkfifo(os.path.join(top, "fifo"))
        for number in range(3000):
            self.write(f"tree/deep/er/{number}", b"")
        ran = run(TOOL, "mkimage", top, image)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.image = image
        self.sound()
        self.assertIn("sound", self.e4("check"))
        self.assertIn("prw", self.e4("stat", ":/fifo"))
        self.assertEqual(self.e4("ls", "-l", ":/sparse").split()[1], "2")
        self.fails(1, "Not a directory", "mkimage", self.write("file", b""), image + "2")
        self.assertFalse(os.path.exists(image + "2"))

    @unittest.skipUnless(os.geteuid() == 0, "loop devices are for root")
    def test_a_block_device(self):
        ran = run("losetup", "--find", "--show", self.image)
        if ran.returncode != 0:
            self.skipTest("no loop device: " + ran.stderr)
        device = ran.stdout.strip()
        self.addCleanup(run, "losetup", "--detach", device)
        run(TOOL, device, "cp", self.write("file", b"content"), ":/file").check_returncode()
        self.assertEqual(run(TOOL, device, "cat", ":/file").stdout, "content")
        self.assertIn("sound", run(TOOL, device, "check").stdout)


if __name__ == "__main__":
    subprocess.run(["make", "-s", "tool/e4"], check=True)
    unittest.main()
