# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen
"""`sysgen files`: what a system names, in the order of the file, whether it is there or not."""
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "build/host/gcc/tool/sysgen/sysgen")
TEXT = """<system>
    <memory_region name="font" prefill_path="font.bin"/>
    <memory_region name="plain" size="0x1000"/>
    <protection_domain name="parent">
        <program_image path="parent.elf" path_for_symbols="parent.sym"/>
        <protection_domain name="child" id="1"><program_image path="child.elf"/></protection_domain>
    </protection_domain>
    <protection_domain name="twin&#9;2"><program_image path="child.elf"/></protection_domain>
</system>
"""


class Files(unittest.TestCase):
    def ask(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".system") as file:
            file.write(text)
            file.flush()
            return subprocess.run([TOOL, "files", file.name], capture_output=True, text=True)

    def test_all_kinds(self):
        ended = self.ask(TEXT)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertEqual([line.split("\t") for line in ended.stdout.splitlines()],
                         [["prefill", "font.bin", "font"], ["program", "parent.elf", "parent"],
                          ["symbols", "parent.sym", "parent"], ["program", "child.elf", "child"],
                          ["program", "child.elf", "twin 2"]])

    def test_no_document(self):
        ended = self.ask("<system>")
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn("could not be parsed", ended.stderr)

    def test_no_file(self):
        ended = subprocess.run([TOOL, "files", "nowhere.system"], capture_output=True, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("nowhere.system: cannot be read", ended.stderr)


if __name__ == "__main__":
    unittest.main()
