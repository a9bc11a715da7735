# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/debug/system/hello_world/hello_world.img
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf
"""The front door's verbs for systems, on a system outside the tree: new, build, test, run, debug."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DONE, FAILED, USAGE, TIMEOUT = 0, 1, 2, 4
TWO = """<system>
    <protection_domain name="first" priority="200"><program_image path="hello.elf"/></protection_domain>
    <protection_domain name="second" priority="100"><program_image path="hello.elf"/></protection_domain>
</system>
"""


def sofa(*words):
    return subprocess.run([os.path.join(ROOT, "sofa"), *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=100)


class Outside(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="sofa-front-")
        self.folder = os.path.join(self.base, "thing")
        self.ends(DONE, "new", self.folder)
        self.files = sorted(os.listdir(self.folder))

    def tearDown(self):
        self.assertEqual(sorted(os.listdir(self.folder)), self.files, "something was written beside the system")
        shutil.rmtree(self.base)
        shutil.rmtree(os.path.join(ROOT, "build/x86_64_generic/debug/outside", self.base.lstrip("/")))

    def ends(self, status, *words):
        ended = sofa(*words)
        self.assertEqual(ended.returncode, status, ended.stdout + ended.stderr)
        return ended.stdout + ended.stderr

    def change(self, name, old, new):
        path = os.path.join(self.folder, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def test_new_test_and_run(self):
        self.assertIn("1 passed, 0 failed", self.ends(DONE, "test", self.folder))
        self.ends(DONE, "run", self.folder, "--headless", "--expect", "this is thing", "--timeout", "60")
        said = self.ends(TIMEOUT, "run", self.folder + "/thing.system", "--expect", "this is nothing", "--timeout", "1")
        self.assertIn("'this is nothing' did not appear within 1 s", said)

    def test_line_that_is_missing(self):
        self.change("expected.txt", "this is", "that was")
        self.change("expected.txt", "@ debug", "@ debug limit_s=2")
        said = self.ends(FAILED, "test", self.folder + "/")
        self.assertIn("expected.txt:5: this line did not come:\n        hello: that was thing\n", said)
        self.assertIn("| hello: this is thing\n", said)

    def test_refusals(self):
        self.assertIn("is there already", self.ends(USAGE, "new", self.folder))
        self.assertIn("'Bad-name' cannot be the name", self.ends(USAGE, "new", self.base + "/Bad-name"))
        self.assertIn("no system file", self.ends(USAGE, "run", self.folder + "/other.system"))
        self.assertIn("has no component 'nobody'; it has: hello\n",
                      self.ends(USAGE, "debug", self.folder, "nobody"))
        self.change("thing.system", "hello.elf", "other.elf")
        said = self.ends(FAILED, "build", self.folder)
        self.assertIn("names other.elf, and beside it there is neither other.elf nor other.c nor a folder", said)

    def test_debug_stops_in_the_right_component(self):
        """Two components run the same program, and the other one comes first."""
        with open(os.path.join(self.folder, "thing.system"), "w", encoding="utf-8") as file:
            file.write(TWO)
        said = self.ends(DONE, "debug", self.folder, "second", "--", "-batch", "-ex", "print $rip == &_start",
                         "-ex", "printf \"name %s\\n\", (char *)&microkit_name", "-ex", "here init", "-ex", "continue")
        self.assertIn("second is at its first instruction", said)
        self.assertIn("name second\n", said)
        self.assertRegex(said, r"\$1 = 1\n")
        self.assertRegex(said, r"Breakpoint 1, init \(\) at .*hello\.c:8\n")


if __name__ == "__main__":
    unittest.main()
