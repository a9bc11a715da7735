# SPDX-License-Identifier: BSD-2-Clause
"""Each rule is shown a tiny tree that is right, and the same tree wrong in one way."""
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
from tree import Tree

SPDX = "// SPDX-License-" + "Identifier: BSD-2-Clause\n"
PLACE = "/wo" + "rk/here"

GOOD = {
    "kernel/core/sched.c": SPDX + '#include "core/sched.h"\n#include <abi/errors.h>\n#include <arch/clock.h>\n',
    "kernel/core/sched.h": SPDX + "#pragma once\n#include <stdint.h>\n",
    "kernel/core/sched_test.c": SPDX + "#include <stdio.h>\n#if 1\n#endif\n",
    "kernel/arch/x86_64/include/arch/clock.h": SPDX + "#pragma once\n",
    "kernel/arch/x86_64/lapic.h": SPDX + "#pragma once\n",
    "kernel/arch/x86_64/lapic.c": SPDX + '#include "lapic.h"\n#include "core/sched.h"\n',
    "kernel/arch/riscv64/sbi.h": SPDX + "#pragma once\n",
    "lib/ring/include/ring/ring.h": SPDX + "#pragma once\n#include <sel4/sel4.h>\n",
    "server/net/main.c": SPDX + "#include <ring/ring.h>\n",
    "server/log/log.h": SPDX + "#pragma once\n",
    "bench/baseline/module.mk": "# " + SPDX[3:] + "kind := linux\n",
    "bench/baseline/main.c": SPDX + "#include <stdio.h>\n",
    "docs/a.md": "# The title\n[b](b.md#two-words) [self](#the-title) [web](https://example.org)\n",
    "docs/b.md": "# Two words\n",
}


class Rules(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in GOOD.items():
            self.put(path, text)

    def put(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def problems(self, rule):
        return list(rule(Tree(self.root)))

    def wrong(self, rule, path, text, expected):
        """`rule` is silent about the tree, and says `expected` once `path` is `text`."""
        self.assertEqual(self.problems(rule), [])
        self.put(path, text)
        found = self.problems(rule)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])
        self.assertTrue(found[0].startswith(path), found[0])

    def test_licence_missing(self):
        self.wrong(check.licence, "lib/ring/ring.c", "int x;\n", "ring.c:1: expected here")

    def test_licence_twice(self):
        self.wrong(check.licence, "lib/ring/ring.c", SPDX + SPDX, "ring.c:2: a second")

    def test_layout(self):
        with open(os.path.join(os.path.dirname(check.__file__), "..", "..", ".clang-format")) as file:
            self.put(".clang-format", file.read())
        self.wrong(check.layout, "lib/ring/ring.c", SPDX + "int  x;\n", "clang-format")

    def test_columns(self):
        self.wrong(check.columns, "lib/ring/ring.c", SPDX + "//" + "x" * 99 + "\n", "ring.c:2: 101 columns")

    def test_trailing_space(self):
        self.wrong(check.columns, "lib/ring/ring.c", SPDX + "int x; \n", "white space")

    def test_generic_code_sees_private_header_of_an_architecture(self):
        self.wrong(check.direction, "kernel/core/boot.c", SPDX + '#include "arch/x86_64/lapic.h"\n',
                   "generic kernel code")

    def test_architecture_sees_another(self):
        self.wrong(check.direction, "kernel/arch/x86_64/boot.c",
                   SPDX + '#include "arch/riscv64/sbi.h"\n', "one architecture")

    def test_lib_sees_server(self):
        self.wrong(check.direction, "lib/ring/ring.c", SPDX + '#include "../../server/log/log.h"\n',
                   "lib does not include server")

    def test_component_sees_another(self):
        self.wrong(check.direction, "server/net/x.c", SPDX + '#include "../log/log.h"\n',
                   "another's folder")

    def test_user_sees_kernel(self):
        self.wrong(check.direction, "lib/ring/ring.c", SPDX + '#include "../../kernel/core/sched.h"\n',
                   "lib does not include kernel")

    def test_kernel_sees_user_headers(self):
        self.wrong(check.direction, "kernel/core/x.c", SPDX + "#include <sel4/sel4.h>\n", "generated for")

    def test_user_sees_kernel_constants(self):
        self.wrong(check.direction, "lib/ring/x.c", SPDX + "#include <abi/errors.h>\n", "generated for")

    def test_kernel_sees_the_c_library(self):
        self.wrong(check.direction, "kernel/core/x.c", SPDX + "#include <stdio.h>\n", "freestanding")

    def test_direction_only_for_linux(self):
        self.assertEqual(self.problems(check.direction), [])
        self.put("bench/baseline/module.mk", "kind := task\n")
        self.assertIn("bench/baseline/main.c:2: stdio.h", self.problems(check.direction)[0])

    def test_include_of_nothing(self):
        self.wrong(check.direction, "kernel/core/x.c", SPDX + '#include "core/gone.h"\n', "neither in the tree")

    def test_cycle(self):
        self.put("kernel/core/b.h", SPDX + '#pragma once\n#include "core/a.h"\n')
        self.wrong(check.cycles, "kernel/core/a.h", SPDX + '#pragma once\n#include "core/b.h"\n', "circular")

    def test_conditional(self):
        self.wrong(check.conditionals, "kernel/core/x.c", SPDX + "#ifdef __x86_64__\n#endif\n", "x.c:2")

    def test_place_of_one_machine(self):
        self.wrong(check.words, "docs/c.md", f"see {PLACE}\n", "docs/c.md:1")

    def test_link_to_no_file(self):
        self.wrong(check.links, "docs/c.md", "\n[x](gone.md)\n", "docs/c.md:2: leads to docs/gone.md")

    def test_link_to_no_heading(self):
        self.wrong(check.links, "docs/c.md", "[x](b.md#three)\n", "no heading #three")

    def test_long_function_is_noted(self):
        self.wrong(check.long_ones, "lib/ring/x.c", SPDX + "int f(void)\n{\n" + "    ;\n" * 80 + "}\n",
                   "x.c:3: a function of 80 lines")

    def makefile(self, recipe):
        self.put("Makefile", recipe)

    def test_header_needs_another(self):
        lines = "".join(f"\t@echo '{k} kernel {k} -std=gnu11 -Ikernel'\n" for k in check.COMPILERS)
        self.makefile("header-flags:\n" + lines)
        self.assertEqual(self.problems(check.headers), [])
        self.put("kernel/core/alone.h", SPDX + "#pragma once\nuint64_t f(void);\n")
        found = self.problems(check.headers)
        self.assertEqual(len(found), 2, found)
        self.assertIn("alone.h:1: does not compile alone with gcc", found[0])

    def test_warning_stops_the_build(self):
        self.makefile("everything:\n\t@true\n")
        self.assertEqual(self.problems(check.warnings), [])
        self.makefile("everything:\n\tgcc -Wall -Werror -fsyntax-only bad.c\n")
        self.put("bad.c", SPDX + "int f(void) { int unused; return 0; }\n")
        self.assertTrue(any("unused" in line for line in self.problems(check.warnings)))


if __name__ == "__main__":
    unittest.main()
