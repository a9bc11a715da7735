# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/user/microkit-debug/test/conformance/kernel/kernel.elf
"""The conformance suite covers every row of the error tables, and its coverage tool sees what is wrong."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coverage

TABLES = {"Open": {0: "success", 1: "no"}, "Close": {0: "success"}}


class Tool(unittest.TestCase):
    def problems(self, covered, excuses=""):
        return coverage.Coverage(TABLES, set(covered), coverage.unprovoked(excuses)).problems

    def test_complete(self):
        self.assertEqual(self.problems(["Open.0", "Open.1", "Close.0"]), [])

    def test_excused(self):
        self.assertEqual(self.problems(["Open.0", "Close.0"], "# why\nOpen.1 cannot happen\n"), [])

    def test_missing(self):
        self.assertIn("Open.1: no test", self.problems(["Open.0", "Close.0"])[0])

    def test_unknown_row(self):
        self.assertIn("Open.9: no such row", self.problems(["Open.0", "Open.1", "Close.0", "Open.9"])[0])

    def test_stale_excuse(self):
        covered = ["Open.0", "Open.1", "Close.0"]
        self.assertIn("Open.1: a test covers it", self.problems(covered, "Open.1 cannot happen")[0])

    def test_excuse_without_reason(self):
        self.assertIn("no reason", self.problems(["Open.0", "Close.0"], "Open.1")[0])

    def test_summary(self):
        lines = coverage.Coverage(TABLES, {"Open.0", "Close.0"}, [("Open.1", "why")]).summary()
        self.assertEqual(lines[0], "invocations: 2 of 2 tested, 0 cannot be provoked, 0 missing")
        self.assertEqual(lines[1], "error conditions: 0 of 1 tested, 1 cannot be provoked, 0 missing")


class Suite(unittest.TestCase):
    """One profile has every invocation that can be provoked, and builds quickly."""

    PROFILE = "microkit-debug"

    def test_covers_everything(self):
        subprocess.run(["make", "-s", f"-j{os.cpu_count() or 1}", "test/conformance/kernel",
                        f"PROFILE={self.PROFILE}"], cwd=coverage.ROOT, check=True, stdout=subprocess.DEVNULL)
        elf = os.path.join(coverage.ROOT, coverage.BUILT.replace("*", self.PROFILE))
        self.assertEqual(coverage.measure([elf]).problems, [])


if __name__ == "__main__":
    unittest.main()
