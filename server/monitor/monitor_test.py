# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen server/monitor server/initialiser
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf build/x86_64_generic/debug/kernel/sel4.elf
"""A system in which every component does one wrong thing: the monitor says which, what and where."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tool/runner"))
import qemu  # noqa: E402

BUILD = os.path.join(ROOT, "build")
USER = os.path.join(BUILD, "x86_64_generic/user/microkit-debug/server")
HEADERS = os.path.join(BUILD, "gen/abi/user/x86_64/microkit-debug")
FLAGS = ["-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-infinite-recursion", "-O1", "-ffreestanding",
         "-fno-optimize-sibling-calls", "-fno-asynchronous-unwind-tables", "-nostdlib", "-static", "-fno-pic",
         "-no-pie", "-fno-stack-protector", "-Wl,--build-id=none",
         "-Wl,-z,max-page-size=4096", "-DSEL4_IPC_BUFFER_GLOBAL",
         "-I", os.path.join(ROOT, "lib/sel4/include"), "-I", HEADERS]
LIMIT_S = 30

# Name (its first letter is what crash.c does), cause, functions of the trace, the mark of the first line.
FAULTS = [
    ("null", "null-pointer", ["store", "user", "go_wrong", "_start"], "store"),
    ("readonly", "write-read-only", ["store", "user", "go_wrong", "_start"], "store"),
    ("foreign", "foreign-region", ["store", "user", "go_wrong", "_start"], "store"),
    ("stack", "stack-overflow", ["deep"] * 16, None),
    ("jump", "null-call", [None, "call_nothing", "go_wrong", "_start"], None),
    ("cap", "missing-capability", ["go_wrong", "_start"], None),
    ("lost", "bad-capability-address", ["go_wrong", "_start"], None),
    ("ud", "invalid-opcode", ["go_wrong", "_start"], None),
    ("divide", "divide", ["go_wrong", "_start"], None),
    ("break", "breakpoint", ["go_wrong", "_start"], "trap"),
    ("out", "port-io", ["go_wrong", "_start"], None),
    ("halt", "privileged", ["go_wrong", "_start"], None),
]


def marked_line(mark):
    with open(os.path.join(HERE, "test/crash.c"), encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if f"/* line: {mark} */" in line)


def functions(said):
    """Of the trace, without stubs, which compilers put in line or not."""
    names = [place.get("function") for place in said["trace"]]
    return [name for name in names if not (name or "").startswith("seL4_")]


def system():
    """Those that fault first, then a passive one, and who signals it at the end."""
    components = [(name, 200 - i, "") for i, (name, *_) in enumerate(FAULTS)]
    components += [("quiet", 250, ' passive="true"'), ("waker", 20, "")]
    text = '<system><memory_region name="secret" size="0x1000"/>\n'
    for name, priority, more in components:
        maps = '<map mr="secret" vaddr="0x40000000"/>' if name == "waker" else ""
        text += f'<protection_domain name="{name}" priority="{priority}"{more}>' \
                f'<program_image path="crash.elf"/>{maps}</protection_domain>\n'
    return text + '<channel><end pd="waker" id="1"/><end pd="quiet" id="2"/></channel></system>\n'


class Monitor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="monitor-")
        cls.elf = os.path.join(cls.folder, "sdk/board/x86_64_generic/debug/elf")
        os.makedirs(cls.elf)
        for path in (os.path.join(BUILD, "x86_64_generic/debug/kernel/sel4.elf"),
                     os.path.join(BUILD, "x86_64_generic/debug/kernel/sel4_32.elf"),
                     os.path.join(USER, "initialiser/initialiser.elf"), os.path.join(USER, "monitor/monitor.elf")):
            shutil.copy(path, cls.elf)
        program = os.path.join(cls.folder, "crash.elf")
        subprocess.run(["gcc", *FLAGS, "-T", os.path.join(HERE, "test/crash.lds"), os.path.join(HERE, "test/crash.c"),
                        "-o", program], check=True)
        os.symlink(os.path.join(BUILD, "host/gcc/tool/sysgen/sysgen"), os.path.join(cls.folder, "microkit"))
        with open(os.path.join(cls.folder, "crash.system"), "w", encoding="utf-8") as file:
            file.write(system())
        ended = subprocess.run(["./microkit", "crash.system", "--board", "x86_64_generic", "--config", "debug",
                                "-o", "out.elf", "--fault-json"], cwd=cls.folder, capture_output=True, text=True,
                               env=dict(os.environ, MICROKIT_SDK="sdk"))
        assert ended.returncode == 0, ended.stderr
        words = qemu.command(os.path.join(cls.elf, "sel4_32.elf"), os.path.join(cls.folder, "out.elf"), memory="512M")
        end = r'JSON: .*"component":"halt".*\n'  # the last one
        cls.console = qemu.run(words, os.path.join(cls.folder, "machine"), LIMIT_S, end).console

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_each_fault_is_explained(self):
        mark = "MON|JSON: "
        said = [json.loads(line[len(mark):]) for line in self.console.splitlines() if line.startswith(mark)]
        self.assertEqual([(one["component"], one["cause"], functions(one)) for one in said],
                         [(name, cause, trace) for name, cause, trace, _ in FAULTS], self.console)
        for one, (name, _, _, line) in zip(said, FAULTS):
            if line:
                place = one["trace"][0]
                self.assertEqual((place["file"], place["line"]), ("crash.c", marked_line(line)), name)

    def test_callers_have_lines(self):
        for mark in ("user", "start"):
            self.assertRegex(self.console, rf"MON\|ERROR:   called from \w+\+0x\w+, crash\.c:{marked_line(mark)} ")

    def test_the_line_that_others_wait_for(self):
        for name, *_ in FAULTS:
            self.assertIn(f"MON|ERROR: faulting PD: {name}\n", self.console)

    def test_passive(self):
        self.assertIn("MON|INFO: PD 'quiet' is now passive!\n", self.console)
        self.assertIn("passive: heard\n", self.console)


if __name__ == "__main__":
    unittest.main()
