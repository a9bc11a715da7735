# SPDX-License-Identifier: BSD-2-Clause
"""The test protocol and the reading of `runs` files, each wrong in one way."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import protocol
import runner

GOOD = "suite s\nrun a\npass a\nrun b\nfail b f.c:1: expected 1 got 2\nvalue v ticks 3 1 2 3\ndone\n"


def parse(text):
    return protocol.parse(text, "case", lambda test: test == "may", "it stopped")


class Protocol(unittest.TestCase):
    def only_failure(self, text, test, why):
        outcome = parse(text)
        self.assertEqual(len(outcome.failed), 1, outcome.failed)
        self.assertEqual(outcome.failed[0][0], test)
        self.assertIn(why, outcome.failed[0][1])

    def test_all_lines(self):
        outcome = parse(GOOD)
        self.assertEqual(outcome.passed, ["a"])
        self.assertEqual(outcome.failed, [("b", "f.c:1: expected 1 got 2")])
        self.assertEqual(outcome.values[0]["median"], 2)

    def test_serial_line_ends(self):
        self.assertEqual(parse("run a\r\npass a\r\ndone\r\n").failed, [])

    def test_no_done(self):
        self.only_failure("run a\npass a\n", "case", "no `done`")

    def test_nothing_at_all(self):
        self.only_failure("", "case", "it stopped")

    def test_stopped_in_a_test(self):
        self.only_failure("run a\n", "a", "no verdict: it stopped")

    def test_next_test_without_verdict(self):
        self.only_failure("run a\nrun b\npass b\ndone\n", "a", "no verdict")

    def test_verdict_on_another_test(self):
        self.only_failure("run a\npass b\ndone\n", "case", "verdict on b")

    def test_same_name_twice(self):
        self.only_failure("run a\npass a\nrun a\npass a\ndone\n", "a", "two tests")

    def test_unknown_line(self):
        self.only_failure("hello\ndone\n", "case", "not a line")

    def test_value_that_is_none(self):
        self.only_failure("value v ticks 3 1 x 3\ndone\n", "case", "not numbers")

    def test_line_after_done(self):
        self.only_failure("done\nrun a\n", "case", "after `done`")

    def test_required_test_skipped(self):
        self.only_failure("skip must because\ndone\n", "must", "required: because")

    def test_optional_test_skipped(self):
        self.assertEqual(parse("skip may because\ndone\n").skipped, [("may", "because")])


class Runs(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix="runs") as file:
            file.write(text)
            file.flush()
            return list(cases.read_runs(file.name))

    def test_defaults_and_quotes(self):
        (name, settings), = self.read('# note\na.b memory=3G append="x=1 y=2"\n')
        self.assertEqual((name, settings["memory"], settings["append"], settings["machine"]),
                         ("a.b", "3G", "x=1 y=2", "pc"))

    def test_unknown_key(self):
        with self.assertRaises(SystemExit) as raised:
            self.read("a.b memroy=3G\n")
        self.assertIn(":1: 'memroy=3G'", str(raised.exception))

    def test_names(self):
        self.assertEqual(cases.dotted("lib/tiny/test/printf_test.c"), "lib.tiny.printf")


class Programs(unittest.TestCase):
    def run_text(self, script, limit_s=20):
        return cases.run_program("p", [sys.executable, "-c", script], limit_s)

    def test_exit_status_is_the_verdict(self):
        self.assertEqual(self.run_text("").passed, ["p"])
        self.assertIn("exit status 3", self.run_text("raise SystemExit(3)").failed[0][1])

    def test_protocol_on_standard_output(self):
        self.assertEqual(self.run_text("print('run a\\npass a\\ndone')").passed, ["a"])
        self.assertIn("no `done`", self.run_text("print('suite s')").failed[0][1])

    def test_what_may_be_skipped(self):
        script = [sys.executable, "-c", "print('run a.b\\nskip a.b no kernel\\ndone')"]
        self.assertEqual(cases.run_program("p", script, 10, r"a\..*").skipped, [("a.b", "no kernel")])
        self.assertEqual(cases.run_program("p", script, 10).failed, [("a.b", "skipped, but required: no kernel")])

    def test_program_that_hangs(self):
        self.assertIn("still running", self.run_text("while True: pass", 0.2).failed[0][1])


if __name__ == "__main__":
    unittest.main()
