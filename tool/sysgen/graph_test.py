# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen
"""Pictures: everything that is in a system is in its picture, once."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.abspath(os.path.join(HERE, "../../build/host/gcc/tool/sysgen/sysgen"))
EXAMPLES = os.path.join(HERE, "test", "graph")


class Picture(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sysgen-graph-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def draw(self, name):
        ended = subprocess.run([TOOL, "graph", os.path.join(EXAMPLES, name + ".system")], cwd=self.folder,
                               capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stderr, ended.stdout), (0, "", f"{name}.svg\n{name}.png\n"))
        path = os.path.join(self.folder, name)
        with open(path + ".dot", encoding="utf-8") as dot, open(path + ".svg", encoding="utf-8") as svg, \
                open(path + ".png", "rb") as png:
            return dot.read(), svg.read(), png.read()

    def test_three(self):
        dot, svg, png = self.draw("three")
        for name in ("client", "server", "logger", "shared", "scratch", "IRQ pin 4", "ports 0x3f8"):
            self.assertIn(name, svg)
        self.assertTrue(png.startswith(b"\x89PNG\r\n"))
        edges = re.findall(r"^  (\w+) -> (\w+) \[color=\"(#\w+)\"(.*)\];$", dot, re.M)
        blue = [(a, b) for a, b, colour, _ in edges if colour == "#1d5fb4"]
        self.assertEqual(blue, [("c0", "c1")])
        dashed = {(a, b): rest for a, b, _, rest in edges if "dashed" in rest}
        self.assertEqual(sorted(dashed), [("c0", "c2"), ("c1", "c2")])
        self.assertIn("dir=forward", dashed["c0", "c2"])
        memory = {(a, b): rest for a, b, colour, rest in edges if colour == "#b7791f"}
        self.assertEqual(sorted(memory), [("m0", "c0"), ("m0", "c1")])
        self.assertIn("dir=both", memory["m0", "c0"])
        self.assertIn("dir=forward", memory["m0", "c1"])

    def test_forty(self):
        dot, svg, png = self.draw("forty")
        with open(os.path.join(EXAMPLES, "forty.system"), encoding="utf-8") as file:
            names = re.findall(r'<protection_domain name="(\w+)"', file.read())
        self.assertEqual(len(names), 40)
        for name in names:
            self.assertEqual(len(re.findall(rf"<b>{name}</b>", dot)), 1, name)
            self.assertIn(f">{name}</text>", svg)
        width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        self.assertLess(max(width, height), 2400)

    def test_hostile_names(self):
        with open(os.path.join(self.folder, "odd.system"), "w", encoding="utf-8") as file:
            file.write('<system><protection_domain name="a&lt;/b&gt;&amp;&quot; ]; evil" ><program_image path="x"/>'
                       '</protection_domain><protection_domain name="' + "\u00e4" * 60 +
                       '"><program_image path="x"/></protection_domain></system>')
        ended = subprocess.run([TOOL, "graph", "odd.system", "-o", "odd"], cwd=self.folder, capture_output=True,
                               text=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


if __name__ == "__main__":
    sys.exit(unittest.main())
