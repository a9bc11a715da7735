# SPDX-License-Identifier: BSD-2-Clause
"""The comparing in interchange.py: what is no difference, and what is shown of one."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interchange

FOLDER = ". inode=2 mode=40755 links=3 size=1024 sectors=2 changed=1.000000000\n"
FILE = "./a inode=12 mode=100644 links=1 size=5 sectors=2 changed=1.000000000 runs=0-5, data=77\n"


class Differences(unittest.TestCase):
    def test_none(self):
        self.assertIsNone(interchange.differences(FOLDER + FILE, FOLDER + FILE))

    def test_only_what_differs(self):
        shown = interchange.differences(FOLDER + FILE, FOLDER + FILE.replace("size=5", "size=6"))
        self.assertEqual(shown, "./a\n   ours:   size=5\n   theirs: size=6")

    def test_not_there(self):
        self.assertIn("theirs: not there", interchange.differences(FOLDER + FILE, FOLDER))

    def test_many(self):
        many = "".join(FILE.replace("./a", f"./{number}") for number in range(30))
        self.assertTrue(interchange.differences(many, "").endswith(f"and {30 - interchange.SHOWN} more"))

    def test_choices(self):
        """Where and when, and the size of a directory; but not the size of a file."""
        self.assertEqual(interchange.without_choices(FOLDER + FILE),
                         ". mode=40755 links=3\n./a mode=100644 links=1 size=5 data=77\n")


class Saying(unittest.TestCase):
    def test_lines_of_one_disk(self):
        traveller = interchange.Traveller(interchange.Format("1k", ""), "/nowhere")
        said = interchange.said_of(traveller, "ext3 kept 1 2\n1k begins\n1k kept 3 4\n1k log 0 9\n1k kept 5 6")
        self.assertEqual(said, ["begins", "kept 3 4", "log 0 9"])
        self.assertEqual(interchange.promises_in(said), "kept 3 4\nlog 0 9\n")

    def test_complaints(self):
        for text in ("[ 1.0] EXT4-fs error (device vda): htree_dirblock_to_tree", "[ 1.0] EXT4-fs (vda): corrupt!",
                     "[ 1.0] EXT4-fs warning (device vda)", "[ 1.0] JBD2: Invalid checksum", "[ 1.0] WARNING: CPU: 0"):
            self.assertTrue(interchange.COMPLAINT.search(text), text)
        for text in ("[ 1.0] EXT4-fs (vda): recovery complete", "[ 1.0] EXT4-fs (vda): 3 orphan inodes deleted"):
            self.assertFalse(interchange.COMPLAINT.search(text), text)


if __name__ == "__main__":
    unittest.main()
