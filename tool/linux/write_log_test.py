# SPDX-License-Identifier: BSD-2-Clause
"""Logs of writes that are made here, and what a power cut leaves of them."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import write_log

SECTOR = write_log.SECTOR_BYTES


def sector(data):
    return data.ljust(SECTOR, b"\0")


def head():
    return sector(write_log.HEAD.pack(write_log.MAGIC, write_log.VERSION, 0, SECTOR))


def write(place, byte, sectors=1, flags=0):
    return sector(write_log.DESCRIPTION.pack(place, sectors, flags, sectors * SECTOR)) + byte * (sectors * SECTOR)


def flush():
    return sector(write_log.DESCRIPTION.pack(0, 0, write_log.FLUSH, 0))


class Logs(unittest.TestCase):
    def test_order(self):
        found = list(write_log.requests(head() + write(1, b"a") + flush() + write(2, b"b", 2)))
        self.assertEqual([(one.offset, len(one.data), one.flush) for one in found],
                         [(SECTOR, SECTOR, False), (0, 0, True), (2 * SECTOR, 2 * SECTOR, False)])

    def test_end(self):
        self.assertEqual(list(write_log.requests(b"")), [])
        self.assertEqual(len(list(write_log.requests(head() + flush() + bytes(4 * SECTOR) + flush()))), 1)
        self.assertEqual(list(write_log.requests(head() + write(1, b"a", 3)[:-1])), [])

    def test_no_log(self):
        with self.assertRaisesRegex(write_log.Bad, "no log of writes: magic 0x0"):
            list(write_log.requests(bytes(SECTOR)))
        with self.assertRaisesRegex(write_log.Bad, "a discard"):
            list(write_log.requests(head() + write(1, b"a", flags=write_log.DISCARD)))


class Cuts(unittest.TestCase):
    def cut(self, log):
        return write_log.Cut(bytes(8 * SECTOR), head() + log)

    def test_flushed_is_there(self):
        cut = self.cut(write(1, b"a") + flush() + write(2, b"b") + write(3, b"c"))
        self.assertEqual(len(cut.loose), 2)
        for seed in range(20):
            self.assertEqual(cut.image(random.Random(seed))[SECTOR:2 * SECTOR], b"a" * SECTOR)

    def test_every_part_of_the_rest(self):
        cut = self.cut(write(0, b"a", 2) + write(4, b"b"))
        images = {bytes(cut.image(random.Random(seed))) for seed in range(200)}
        seen = {(image[:1], image[SECTOR:SECTOR + 1], image[4 * SECTOR:4 * SECTOR + 1]) for image in images}
        self.assertEqual(seen, {(a, b, c) for a in (b"\0", b"a") for b in (b"\0", b"a") for c in (b"\0", b"b")})

    def test_what_is_never_torn(self):
        cut = self.cut(write(0, b"a", 2))
        images = {bytes(cut.image(random.Random(seed), whole_below=1))[:2 * SECTOR] for seed in range(100)}
        self.assertEqual(images, {bytes(2 * SECTOR), b"a" * 2 * SECTOR})

    def test_later_write_wins(self):
        cut = self.cut(write(1, b"a") + write(1, b"b") + flush())
        self.assertEqual(cut.durable[SECTOR:2 * SECTOR], b"b" * SECTOR)


if __name__ == "__main__":
    unittest.main()
