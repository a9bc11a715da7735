# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/e4
"""e4 check: finds nothing in sound images of all formats, and in damaged ones something whenever e2fsck does.
CHECK_FLIPS says how many images with one byte changed are tried."""
import collections
import functools
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.path.abspath("build/host/plain/tool/e4/e4")
ENVIRONMENT = {**os.environ, "PATH": "/usr/sbin:/sbin:" + os.environ.get("PATH", "")}
FLIPS = int(os.environ.get("CHECK_FLIPS", "150"))
SOUND, DAMAGED = 0, 4
FORMATS = ["", "-b 1024", "-t ext3 -b 1024", "-t ext2 -b 1024", "-t ext2 -O ^dir_index", "-b 1024 -I 128",
           "-b 1024 -O ^metadata_csum,uninit_bg", "-b 1024 -O meta_bg,^resize_inode", "-O bigalloc", "-O quota,project",
           "-b 4096 -O bigalloc -C 16384", "-O orphan_file", "-O inline_data",
           "-b 1024 -O inline_data,orphan_file -I 1024", "-O sparse_super2", "-O ea_inode", "-O ^flex_bg -b 1024",
           "-O metadata_csum_seed", "-O verity", "-O large_dir", "-b 1024 -O ^sparse_super,^resize_inode",
           "-b 65536 -O ^has_journal"]


def run(*words, text=None):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", input=text, env=ENVIRONMENT)


def make_tree(top):
    for folder in ("deep/er/est", "many", "two"):
        os.makedirs(os.path.join(top, folder))
    for number in range(400):
        with open(f"{top}/many/a rather long name number {number:05}", "w") as file:
            file.write("x" * (number % 3) * 900)
    for number in range(30):
        with open(f"{top}/two/f{number}", "wb") as file:
            file.write(bytes([number]) * number * 3000)
    with open(top + "/pieces", "wb") as file:
        for number in range(40):
            file.seek(number * 20000)
            file.write(b"y" * 3000)
    os.link(top + "/two/f29", top + "/hard")
    os.symlink("deep/er", top + "/link")
    os.symlink("z" * 100, top + "/slow")
    os.mkfifo(top + "/fifo")


def change(path, offset, value):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes([value]))


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make_tree(os.path.join(cls.folder, "tree"))

    @classmethod
    @functools.lru_cache
    def make(cls, options):
        """A sound image with files, attributes and links."""
        path = os.path.join(cls.folder, options.replace(" ", "") + ".img")
        size = "64M" if "65536" in options else "20M"
        run("mkfs.ext4", "-qF", *options.split(), "-d", cls.folder + "/tree", path, size).check_returncode()
        attributes = "".join(f"ea_set /two/f{number} user.a {'v' * 300}\n" for number in range(1, 4))
        run("debugfs", "-w", "-f", "-", path, text=attributes).check_returncode()
        return path

    def copy(self, options):
        path = os.path.join(self.folder, "damaged.img")
        shutil.copyfile(self.make(options), path)
        return path

    def check(self, path):
        ran = run(TOOL, path, "check")
        self.assertIn(ran.returncode, (SOUND, DAMAGED), ran.stderr)
        return ran


class Sound(Images):
    def test_nothing_is_found(self):
        for options in FORMATS:
            with self.subTest(options):
                path = self.make(options)
                before = os.stat(path).st_mtime_ns
                ran = self.check(path)
                self.assertEqual((ran.returncode, ran.stderr), (SOUND, ""), ran.stdout)
                self.assertEqual(os.stat(path).st_mtime_ns, before, "the image was written")

    def test_a_journal_is_replayed_in_memory(self):
        """What the journal has makes block 333 something else; the image itself stays as it is."""
        path = self.copy("-b 1024")
        begun = "jo\njw -b 333 /dev/zero\njc\n"
        run("debugfs", "-w", "-f", "-", path, text=begun).check_returncode()
        before = os.stat(path).st_mtime_ns
        self.assertIn("needs_recovery", run("dumpe2fs", "-h", path).stdout)
        self.check(path)
        self.assertEqual(run(TOOL, path, "ls").returncode, 0)
        self.assertEqual(os.stat(path).st_mtime_ns, before, "the image was written")
        self.assertIn("needs_recovery", run("dumpe2fs", "-h", path).stdout)

    def test_what_waits_for_deletion_is_no_damage(self):
        path = self.copy("-b 1024 -O ^metadata_csum")
        number = re.search(r"Inode: (\d+)", run("debugfs", "-R", "stat /two/f7", path).stdout).group(1)
        run("debugfs", "-w", "-f", "-", path,
            text=f"sif /two/f7 links_count 0\nunlink /two/f7\nssv last_orphan {number}\n").check_returncode()
        ran = self.check(path)
        self.assertEqual(ran.returncode, SOUND, ran.stderr)
        self.assertIn("1 inodes to be finished", ran.stdout)


# What to do with debugfs, and a part of what must be said; INODE and BLOCK stand for those of a file.
FILE = "/two/f20"
DAMAGES = {
    "an inode is cleared": (f"clri {FILE}", "not in use"),
    "a directory is cleared": ("clri /deep/er", "not in use"),
    "a block is free": ("freeb BLOCK", "1 blocks from BLOCK on are free in the bitmap, but in use"),
    "a block is in use": ("setb 15000", "from 15000 on are in use in the bitmap, but free"),
    "an inode is free": ("freei <INODE>", "inodes from INODE on are free in the bitmap, but in use"),
    "a free inode is in use": ("seti <1500>", "inodes from 1500 on are in use in the bitmap, but free"),
    "too many links": (f"sif {FILE} links_count 5", "inode INODE: counts 5 links, expected 1"),
    "too few links": ("sif /hard links_count 1", "counts 1 links, expected 2"),
    "links of a directory": ("sif /deep links_count 7", "counts 7 links, expected 3"),
    "a size that is too small": (f"sif {FILE} size 100", "inode INODE: size 100, but there is data"),
    "a directory's size": ("sif /many size 1024", "size 1024, expected"),
    "sectors": (f"sif {FILE} blocks 2", "inode INODE: counts 2 sectors, expected"),
    "no type": (f"sif {FILE} mode 0644", "is of no type"),
    "another type": (f"sif {FILE} mode 020644", "is of type 1, but inode INODE is of type 3"),
    "deleted, but in use": (f"sif {FILE} dtime 12345", "inode INODE: in use, but was deleted at 12345"),
    "free blocks of a group": ("set_bg 0 free_blocks_count 3", "group 0: counts 3 free blocks, expected"),
    "free inodes of a group": ("set_bg 0 free_inodes_count 3", "group 0: counts 3 free inodes, expected"),
    "directories of a group": ("set_bg 0 used_dirs_count 99", "group 0: counts 99 directories, expected"),
    "free blocks": ("ssv free_blocks_count 7", "superblock: counts 7 free blocks, expected"),
    "free inodes": ("ssv free_inodes_count 7", "superblock: counts 7 free inodes, expected"),
    "a name is missing": (f"unlink {FILE}", "inode INODE: is in use, but in no directory"),
    "a directory's name is missing": ("unlink /deep/er", "is in use, but in no directory"),
    "a name too many": (f"ln {FILE} /more", "inode INODE: counts 1 links, expected 2"),
    "a directory in two places": ("ln /deep/er /again", "which is in"),
    "a name for a free inode": ("ln <1500> /ghost", "which is not in use"),
    "attributes out of bounds": (f"sif {FILE} file_acl 9999999", "attribute block 9999999, the end is"),
    "attributes that another has": (f"sif {FILE} file_acl XATTR", "counts 1 inodes, expected 2"),
    "attributes that are none": (f"sif {FILE} file_acl BLOCK", "attribute block"),
    "a list of orphans": ("ssv last_orphan 1999", "orphans: inode"),
    "an extent index": (f"sif {FILE} block[0] 0", "extent node with magic 0x0000"),
    "a long symbolic link": ("sif /link size 30", "symbolic link of 30 bytes, but its text has 7"),
    "a block mapped twice": ("sif /two/f21 block[5] BLOCK", "belong to something else, too"),
}


# What e2fsck makes good in passing, or does not look at when it only looks.
OURS_ALONE = ["free blocks", "free inodes", "a list of orphans"]


class Damaged(Images):
    FORMAT = "-b 1024 -O ^metadata_csum"

    def facts(self, path):
        said = run("debugfs", "-R", f"stat {FILE}", path).stdout
        attributes = run("debugfs", "-R", "stat /two/f1", path).stdout
        return {"INODE": re.search(r"Inode: (\d+)", said).group(1),
                "BLOCK": run("debugfs", "-R", f"blocks {FILE}", path).stdout.split()[0],
                "XATTR": re.search(r"File ACL: (\d+)", attributes).group(1)}

    def test_each_damage_is_named(self):
        for name, (command, said) in DAMAGES.items():
            with self.subTest(name):
                path = self.copy(self.FORMAT)
                for word, value in self.facts(path).items():
                    command, said = command.replace(word, value), said.replace(word, value)
                run("debugfs", "-w", "-R", command, path)
                theirs = run("e2fsck", "-fn", path)
                self.assertEqual(theirs.returncode == 0, name in OURS_ALONE, theirs.stdout)
                ran = self.check(path)
                self.assertEqual(ran.returncode, DAMAGED, ran.stdout)
                self.assertIn(said, ran.stderr)


Place = collections.namedtuple("Place", "format kind offset old new")


class Flipped(Images):
    """One byte of metadata is another. Without checksums only what it means can show that it is wrong."""

    FORMATS = ["-t ext3 -b 1024", "-t ext2 -b 1024 -O ^dir_index", "-b 4096 -O ^metadata_csum",
               "-b 1024 -O ^metadata_csum,uninit_bg", "-b 1024 -O ^metadata_csum,^64bit", "-b 1024"]
    INODE_BYTES = 0x74  # what is in use by everybody

    @classmethod
    @functools.lru_cache
    def places(cls, options):
        """By kind, ranges of bytes."""
        path, found = cls.make(options), collections.defaultdict(list)
        said = run("dumpe2fs", path).stdout
        block, inode_bytes, per_group = (int(re.search(rf"{what}:\s+(\d+)", said).group(1)) for what in
                                         ("Block size", "Inode size", "Inodes per group"))
        tables = [int(table) for table in re.findall(r"Inode table at (\d+)-", said)]
        found["bitmap"] = [(int(at) * block, block) for at in re.findall(r"(?:Block|Inode) bitmap at (\d+)", said)]
        numbers = run("debugfs", "-R", "ncheck " + " ".join(str(number) for number in range(2, 500)), path).stdout
        for number in re.findall(r"^(\d+)\t", numbers, re.MULTILINE):
            group, index = divmod(int(number) - 1, per_group)
            found["inode"].append((tables[group] * block + index * inode_bytes, cls.INODE_BYTES))
            stat = run("debugfs", "-R", f"stat <{number}>", path).stdout
            if "Type: directory" in stat:
                found["directory"] += [(int(at) * block, block) for at in
                                       run("debugfs", "-R", f"blocks <{number}>", path).stdout.split()]
            found["map"] += [(int(at) * block, block) for at in re.findall(r"\((?:ETB\d+|D?IND)\):(\d+)", stat)]
            found["attributes"] += [(int(at) * block, block) for at in re.findall(r"File ACL: ([1-9]\d*)", stat)]
        return {kind: ranges for kind, ranges in found.items() if ranges}

    def flip(self, chance):
        options = chance.choice(self.FORMATS)
        path, places = self.copy(options), self.places(options)
        kind = chance.choice(sorted(places))
        begin, length = chance.choice(places[kind])
        offset = begin + chance.randrange(length)
        with open(path, "rb") as file:
            file.seek(offset)
            old = file.read(1)[0]
        new = chance.choice([0, 1, 0xff, old ^ 1 << chance.randrange(8), chance.randrange(256)])
        change(path, offset, new)
        return path, Place(options, kind, offset - begin, old, new)

    def test_what_e2fsck_finds(self):
        chance, found = random.Random(1), 0
        for _ in range(FLIPS):
            path, place = self.flip(chance)
            theirs, ours = run("e2fsck", "-fn", path), self.check(path)
            found += theirs.returncode != 0
            if theirs.returncode != 0:
                self.assertEqual(ours.returncode, DAMAGED, f"{place}\n{theirs.stdout}")
        self.assertGreater(found, FLIPS // 5)


if __name__ == "__main__":
    subprocess.run(["make", "-s", "tool/e4"], check=True)
    unittest.main()
