# SPDX-License-Identifier: BSD-2-Clause
"""The long runs share the time as they should, count only what was judged, and admit what is missing."""
import contextlib
import io
import types
import unittest

import nightly


def make_kinds(images=10):
    return nightly.kinds(types.SimpleNamespace(images=images, operations=1, damaged=1, promises=1, seed=1))


def quietly(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        return function(*arguments), said.getvalue()


class Nightly(unittest.TestCase):
    def test_each_kind_gets_its_share_of_the_time(self):
        all_kinds = make_kinds()
        for _ in range(1000):
            kind = nightly.next_kind(all_kinds, [])
            kind.turns += 1
            kind.busy_s += 3 + 9 * all_kinds.index(kind)
        total = sum(kind.busy_s for kind in all_kinds)
        for kind in all_kinds:
            self.assertAlmostEqual(kind.busy_s / total, kind.share / 10, delta=0.02)

    def test_what_runs_counts(self):
        all_kinds = make_kinds()
        first = nightly.next_kind(all_kinds, [])
        self.assertIsNot(nightly.next_kind(all_kinds, [first]), first)

    def test_only_images_that_e2fsck_judged_are_counted(self):
        said = "seed 1, workers 3: 9 events, 990 images (5 repeats left out), 880 of them also by e2fsck: 0 bad\n"
        self.assertEqual(nightly.judged_by_all(said), 880)
        self.assertEqual(nightly.judged_by_all("nothing"), 0)

    def test_promises_of_all_formats_are_counted(self):
        said = "interchange.1k: 20 promises kept, 3 writes cut\ninterchange.ext3: 4 promises kept, 0 writes cut\n"
        self.assertEqual(nightly.promises_kept(said), 24)

    def test_a_failure_counts_nothing_and_is_shown(self):
        kind = make_kinds()[0]
        good, said = quietly(nightly.finish, kind, ["crashdisk", "--seed", "7"], 1, "5 of them also by e2fsck", 2.0)
        self.assertFalse(good)
        self.assertIn("crashdisk --seed 7", said)
        self.assertEqual((kind.done, kind.busy_s), (0, 2.0))

    def test_verdict(self):
        all_kinds = make_kinds(images=10)
        for kind in all_kinds:
            kind.done = 10
        self.assertEqual(quietly(nightly.report, all_kinds, 0, 1)[0], 0)
        self.assertEqual(quietly(nightly.report, all_kinds, 2, 1)[0], nightly.FAILED)
        all_kinds[0].done = 9
        status, said = quietly(nightly.report, all_kinds, 0, 1)
        self.assertEqual(status, nightly.TOO_LITTLE)
        self.assertIn("NOT REACHED", said)


if __name__ == "__main__":
    unittest.main()
