# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/debug/system/hello_world/hello_world.img
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf tool/explain
# needs: build/x86_64_generic/debug/system/fault_tolerance/fault_tolerance.img
"""The front door's verbs for systems, on a system outside the tree: new, build, test, run, debug."""
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DONE, FAILED, USAGE, TIMEOUT = 0, 1, 2, 4
TWO = """<system>
    <protection_domain name="first" priority="200"><program_image path="hello.elf"/></protection_domain>
    <protection_domain name="second" priority="100"><program_image path="hello.elf"/></protection_domain>
</system>
"""
LOADER = """<system>
    <memory_region name="file" prefill_path="other.elf"/>
    <protection_domain name="hello" priority="100"><program_image path="hello.elf"/>
        <map mr="file" vaddr="0x4000000" perms="r" setvar_vaddr="file"/></protection_domain>
</system>
"""
LOADER_C = """#include <microkit.h>
const char *file;
void init(void)
{
    microkit_dbg_puts(file[1] == 'E' && file[2] == 'L' && file[3] == 'F' ? "hello: this is thing\\n" : "no\\n");
}
void notified(microkit_channel ch)
{
}
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
        shutil.rmtree(os.path.join(ROOT, "build/x86_64_generic/debug/outside", self.base.lstrip("/")),
                      ignore_errors=True)

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

    def test_words_of_the_monitor(self):
        """Where they go, and whether there are some for machines, is the builder's business."""
        self.assertIn("choose from: kernel, serial, log",
                      self.ends(FAILED, "build", self.folder, "--console", "paper"))
        self.change("hello.c", "void init(void)\n{", "void init(void)\n{\n    __asm__ volatile(\"ud2\");")
        run = ["run", self.folder, "--icount", "--timeout", "60"]
        said = self.ends(DONE, *run, "--expect", "called from main")
        self.assertIn("MON|ERROR:   at init+0x0, hello.c:", said)
        self.assertNotIn("MON|JSON", said)
        self.assertIn("MON|JSON", self.ends(DONE, *run, "--fault-json", "--expect", '"cause":"invalid-opcode"'))
        self.ends(TIMEOUT, "run", self.folder, "--console", "log", "--expect", "MON|", "--timeout", "3")

    def test_line_that_is_missing(self):
        self.change("expected.txt", "this is", "that was")
        self.change("expected.txt", "@ debug", "@ debug limit_s=2")
        said = self.ends(FAILED, "test", self.folder + "/")
        self.assertIn("expected.txt:6: this line did not come:\n        hello: that was thing\n", said)
        self.assertIn("| hello: this is thing\n", said)

    def test_refusals(self):
        self.assertIn("is there already", self.ends(USAGE, "new", self.folder))
        self.assertIn("'Bad-name' cannot be the name", self.ends(USAGE, "new", self.base + "/Bad-name"))
        self.assertEqual(self.ends(USAGE, "run", "server/initialiser/test").count("there are several systems"), 1)
        self.assertIn("no system file", self.ends(USAGE, "run", self.folder + "/other.system"))
        self.assertIn("has no component 'nobody'; it has: hello\n",
                      self.ends(USAGE, "debug", self.folder, "nobody"))
        self.change("thing.system", "hello.elf", "other.elf")
        said = self.ends(FAILED, "build", self.folder)
        self.assertIn("names other.elf, and beside it there is neither other.elf nor other.c nor a folder", said)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        self.files = sorted({*self.files, name})

    def test_program_that_is_there_already(self):
        """It is taken as it is, and its source is not looked at."""
        image = self.ends(DONE, "build", self.folder).splitlines()[-1]
        shutil.copy(os.path.join(ROOT, os.path.dirname(image), "hello.elf"), self.folder)
        self.write("hello.c", "this is no C")
        self.files = sorted([*self.files, "hello.elf"])
        self.assertIn("1 passed, 0 failed", self.ends(DONE, "test", self.folder))

    def test_program_that_is_loaded(self):
        """Not a component: linked with other libraries, and its file is in the memory of one."""
        self.write("module.mk", "kind := system\nloaded := other\nloaded_uses := lib/start lib/sel4 lib/tiny\n")
        self.write("other.c", "#include <start/root.h>\n"
                              "int main(const seL4_BootInfo *info)\n{\n    return info == 0;\n}\n")
        self.write("thing.system", LOADER)
        self.write("hello.c", LOADER_C)
        self.assertIn("1 passed, 0 failed", self.ends(DONE, "test", self.folder))

    def test_howto_add_a_component(self):
        """docs/howto/add-a-component.md, followed to the letter."""
        with open(os.path.join(ROOT, "docs/howto/add-a-component.md"), encoding="utf-8") as file:
            text = file.read()
        blocks = re.findall(r"^   ```\w+\n(.*?)^   ```", text, re.S | re.M)
        source, system, use = map(textwrap.dedent, blocks)
        line = re.search(r"one line more: `(.*)`", text).group(1)
        self.write("answer.c", source)
        self.change("thing.system", "</system>", system + "</system>")
        self.change("hello.c", 'this is thing\\n");\n', 'this is thing\\n");\n' + use)
        self.change("expected.txt", "hello: this is thing\n", f"hello: this is thing\n{line}\n")
        self.assertIn("1 passed, 0 failed", self.ends(DONE, "test", self.folder))

    def test_debug_stops_in_the_right_component(self):
        """Two components run the same program, and the other one comes first."""
        self.write("thing.system", TWO)
        said = self.ends(DONE, "debug", self.folder, "second", "--", "-batch", "-ex", "print $rip == &_start",
                         "-ex", "printf \"name %s\\n\", (char *)&microkit_name", "-ex", "here init", "-ex", "continue")
        self.assertIn("second is at its first instruction", said)
        self.assertIn("name second\n", said)
        self.assertRegex(said, r"\$1 = 1\n")
        self.assertRegex(said, r"Breakpoint 1, init \(\) at .*hello\.c:8\n")


class Inside(unittest.TestCase):
    def test_explain_knows_the_image(self):
        ended = sofa("run", "fault_tolerance", "--expect", "client: done")
        self.assertEqual(ended.returncode, DONE, ended.stderr)
        with tempfile.NamedTemporaryFile("w") as log:
            log.write(ended.stdout)
            log.flush()
            explained = sofa("explain", log.name, "fault_tolerance")
            self.assertEqual(explained.returncode, DONE, explained.stderr)
            self.assertIn("'crasher' (crasher.elf) used a null pointer\n", explained.stdout)
            self.assertEqual(sofa("explain", log.name, "nobody").returncode, USAGE)


if __name__ == "__main__":
    unittest.main()
