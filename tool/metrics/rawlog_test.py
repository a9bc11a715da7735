# SPDX-License-Identifier: BSD-2-Clause
"""Raw logs, each wrong in one way."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rawlog

GOOD = """metrics 1 sofa
begin call ticks 2
0 100 5000
1 101 6000
end call
value fault.server.none.back -1 ticks
failed notify the kernel has none
done
"""


class Parsing(unittest.TestCase):
    def refused(self, text, why, side=None):
        with self.assertRaises(rawlog.Bad) as raised:
            rawlog.parse(text, side)
        self.assertIn(why, str(raised.exception))

    def changed(self, old, new, why):
        self.assertIn(old, GOOD)
        self.refused(GOOD.replace(old, new), why)

    def test_all_lines(self):
        for text in (GOOD, GOOD.replace("\n", "\r\n")):
            log = rawlog.parse(text, "sofa")
            self.assertEqual(log.series["call"].samples, [(100, 5000), (101, 6000)])
            self.assertEqual(log.series["call"].unit, "ticks")
            self.assertEqual(log.values, {"fault.server.none.back": (-1, "ticks")})
            self.assertEqual(log.failed, {"notify": "the kernel has none"})

    def test_nothing(self):
        self.refused("", "the log is empty")
        self.refused("\n", "line 1: expected `metrics 1")
        with self.assertRaisesRegex(rawlog.Bad, "there is no log"):
            rawlog.read("/nonexistent/log")

    def test_torn_anywhere(self):
        """Whatever is cut off at the end, nothing is left that counts."""
        for end in range(len(GOOD)):
            with self.assertRaises(rawlog.Bad, msg=GOOD[:end]):
                rawlog.parse(GOOD[:end])

    def test_a_line_missing_anywhere(self):
        lines = GOOD.splitlines(keepends=True)
        for number in range(len(lines)):
            if not lines[number].startswith(("value", "failed")):
                with self.assertRaises(rawlog.Bad, msg=lines[number]):
                    rawlog.parse("".join(lines[:number] + lines[number + 1:]))

    def test_twice(self):
        self.refused(GOOD + GOOD, "a line after `done`")
        self.refused(GOOD + "value", "the last line is torn")
        series = GOOD[GOOD.index("begin"):GOOD.index("value")]
        self.changed("value ", series + "value ", "call is there twice")
        self.changed("done", "value notify 3 ticks\ndone", "notify is there twice")
        self.changed("done", "value fault.server.none.back 3 ticks\ndone", "is there twice")
        self.changed("1 101", "0 100", "line 4: expected iteration 1 of call")

    def test_head(self):
        self.changed("metrics 1", "metrics 2", "expected `metrics 1 sofa`")
        self.changed("sofa", "plan9", "expected `metrics 1 sofa`")
        self.refused(GOOD, "it is of sofa, not of linux", "linux")

    def test_series(self):
        self.changed("ticks 2", "ticks 3", "call ends after 2 of 3 iterations")
        self.changed("ticks 2", "ticks 0", "not a number that can be here")
        self.changed("ticks 2", "hours 2", "neither ticks nor ns")
        self.changed("end call", "end cell", "cell ends where call has begun")
        self.changed("0 100", "0 -100", "expected iteration 0")
        self.changed("0 100", "0 1e2", "expected iteration 0")
        self.changed("0 100 5000", "0 100 5000 1", "expected iteration 0")

    def test_other_lines(self):
        self.changed("value fault", "valu fault", "no line of this format")
        self.changed("-1 ticks", "never ticks", "not a number")
        self.changed("-1 ticks", "0.5 ticks", "not a number")
        self.changed("failed", "hello\nfailed", "no line of this format: 'hello'")
        self.changed("value fault.", "value ../fault.", "is no name")


if __name__ == "__main__":
    unittest.main()
