# SPDX-License-Identifier: BSD-2-Clause
"""The reading of expected.txt, and the judging of consoles by it."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import systems


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "expected.txt")

    def tearDown(self):
        self.folder.cleanup()

    def read(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        return systems.read(self.path)

    def refused(self, text, why):
        with self.assertRaises(systems.Bad) as raised:
            self.read(text)
        self.assertIn(why, str(raised.exception))

    def test_runs(self):
        one, two = self.read('# note\n\n@ debug\none\n! never\n@ release memory=128M qemu="-smp 2"\n= @ two\n')
        self.assertEqual((one.config, one.wanted, one.unwanted), ("debug", [(4, "one")], [(5, "never")]))
        self.assertEqual((two.config, two.settings["memory"], two.settings["qemu"], two.wanted),
                         ("release", "128M", "-smp 2", [(7, "@ two")]))

    def test_refusals(self):
        self.refused("hello\n", ":1: text before the first line with @")
        self.refused("@ fast\nhello\n", ":1: after @ come configs")
        self.refused("@ debug size=1\nhello\n", ":1: 'size=1' is none of")
        self.refused("@ debug\n! hello\n", ":1: nothing is expected")

    def test_several_configs(self):
        one, two = self.read("@ debug release memory=64M\na\n! b\n")
        self.assertEqual([one.config, two.config], ["debug", "release"])
        self.assertEqual((one.wanted, one.unwanted, one.settings), (two.wanted, two.unwanted, two.settings))

    def test_names(self):
        for name in ("own.system", "other.system"):
            open(os.path.join(self.folder.name, name), "w", encoding="utf-8").close()
        self.read("@ debug system=own.system\na\n@ release system=other.system\na\n"
                  "@ debug system=own.system name=x\na\n")
        own = os.path.basename(self.folder.name)
        self.assertEqual([name for name, _, _ in systems.folder_runs(self.folder.name)],
                         [f"system.{own}.own.debug", f"system.{own}.other.release", f"system.{own}.x.debug"])
        self.read("@ debug\na\n")
        with self.assertRaises(systems.Bad):
            list(systems.folder_runs(self.folder.name))

    def test_images(self):
        self.assertEqual(systems.image_path("system/a/a.system", "debug"),
                         "build/x86_64_generic/debug/system/a/a.img")
        self.assertEqual(systems.image_path("/a/b.system", "release"),
                         "build/x86_64_generic/release/outside//a/b.img")


class Consoles(unittest.TestCase):
    def run_of(self, wanted, unwanted=()):
        run = systems.Run("debug", {}, "here:1")
        for number, line in [*enumerate(wanted, 1), *((50, "! " + line) for line in unwanted)]:
            run.add(number, line)
        return run

    def test_order(self):
        run = self.run_of(["a", "b"])
        self.assertIsNone(systems.problem(run, "x\na \r\ny\nb\n"))
        self.assertEqual(systems.problem(run, "b\na\n"), (2, "b", "came too early"))
        self.assertEqual(systems.problem(run, "a\n"), (2, "b", "did not come"))

    def test_whole_lines_letter_by_letter(self):
        self.assertEqual(systems.problem(self.run_of(["a.c"]), "abc\n")[2], "did not come")
        self.assertEqual(systems.problem(self.run_of(["a"]), "aa\n")[2], "did not come")
        self.assertIsNone(systems.problem(self.run_of(["at ..., x.c:... (0x...)"]), "at f+0x1, x.c:3 (0x20)\n"))

    def test_second_sequence(self):
        run = self.run_of(["a", "~ 1", "b", "~ 2"], ["bad"])
        for console in ("a\nb\n1\n2\n", "1\n2\na\nb\n", "1\na\n2\nb\nbad\n"):
            self.assertIsNone(systems.problem(run, console))
        self.assertEqual(systems.problem(run, "a\nb\n2\n1\n"), (4, "2", "came too early"))
        self.assertEqual(systems.problem(run, "a\n1\nb\nbad\n2\n")[1:], ("bad", "came, and must not"))
        self.assertFalse(systems.has_said_all(run)("a\nb\n1\n"))
        self.assertTrue(systems.has_said_all(run)("a\nb\n1\n2\n"))

    def test_unwanted_until_the_last_line(self):
        run = self.run_of(["a", "b"], ["bad..."])
        self.assertEqual(systems.problem(run, "a\nbad thing\nb\n"), (50, "bad...", "came, and must not"))
        self.assertIsNone(systems.problem(run, "a\nb\nbad thing\n"))

    def test_waits_for_whole_lines(self):
        said_all = systems.has_said_all(self.run_of(["a"]))
        self.assertFalse(said_all("a"))
        self.assertTrue(said_all("a\n"))


if __name__ == "__main__":
    unittest.main()
