# SPDX-License-Identifier: BSD-2-Clause
"""Statistics of numbers whose answer is known."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures


class Figures(unittest.TestCase):
    def test_median(self):
        self.assertEqual(figures.median([7]), 7)
        self.assertEqual(figures.median([9, 1, 5]), 5)
        self.assertEqual(figures.median([4, 1, 2, 3]), 2.5)
        self.assertEqual(figures.median([1, 3, 5, 7]), 4)
        self.assertIsInstance(figures.median([2, 4]), int)
        # Whole numbers that no floating point number is.
        self.assertEqual(figures.median([2 ** 60 + 1, 2 ** 60 + 3]), 2 ** 60 + 2)

    def test_percentile_is_one_that_was_measured(self):
        hundred = list(range(1, 101))
        self.assertEqual(figures.percentile(hundred, 99), 99)
        self.assertEqual(figures.percentile(hundred[:50], 99), 50)
        self.assertEqual(figures.percentile([8], 99), 8)
        self.assertEqual(figures.percentile([1000] + [1] * 999, 99), 1)
        self.assertEqual(figures.percentile(hundred, 100), 100)

    def test_describe(self):
        self.assertEqual(figures.describe([3, 1, 2]), {"n": 3, "min": 1, "median": 2, "p99": 3, "max": 3})


class Ratio(unittest.TestCase):
    def test_no_spread_no_doubt(self):
        self.assertEqual(figures.ratio_interval([30] * 5, [10] * 5), {"rounds": 5, "ratio": 3, "low": 3, "high": 3})

    def test_interval_holds_the_ratio_and_is_the_same_twice(self):
        over, under = [100, 104, 98, 102, 101], [10, 11, 10, 10.5, 10]
        found = figures.ratio_interval(over, under)
        self.assertEqual(found, figures.ratio_interval(over, under))
        self.assertAlmostEqual(found["ratio"], 9.8)
        self.assertTrue(104 / 11 <= found["low"] < found["ratio"] < found["high"] <= 10.1)

    def test_what_both_sides_suffer_does_not_show(self):
        """A machine that gets slower by a fifth: pairs, not medians of sides, are compared."""
        over, under = [100, 105, 110, 115, 120], [10, 10.5, 11, 11.5, 12]
        self.assertEqual(figures.ratio_interval(over, under)["low"], 10)

    def test_noise_is_refused(self):
        with self.assertRaisesRegex(figures.Noisy, "too noisy: medians of rounds from 100 to 130 differ by 30 %"):
            figures.ratio_interval([100, 100, 130, 100], [10] * 4)
        with self.assertRaisesRegex(figures.Noisy, "too noisy"):
            figures.ratio_interval([100] * 4, [10, 10, 13, 10])
        figures.ratio_interval([100, 100, 125, 100], [10] * 4)

    def test_few_rounds_are_refused(self):
        with self.assertRaisesRegex(figures.Noisy, "3 rounds of both; 4 are needed"):
            figures.ratio_interval([1] * 3, [1] * 3)
        with self.assertRaises(figures.Noisy):
            figures.ratio_interval([1] * 5, [1] * 4)


if __name__ == "__main__":
    unittest.main()
