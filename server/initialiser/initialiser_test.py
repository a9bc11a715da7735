# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen server/initialiser
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf build/x86_64_generic/release/kernel/sel4_32.elf
"""Systems of small components, built by the builder and booted: what each component was given works, and what
cannot be started is said in words."""
import bisect
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
TOOL = os.path.join(BUILD, "host/gcc/tool/sysgen/sysgen")
FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-ffreestanding", "-nostdlib", "-static", "-fno-pic",
         "-no-pie", "-fno-stack-protector", "-Wl,--build-id=none", "-Wl,-z,max-page-size=4096",
         "-I", ROOT, "-I", os.path.join(ROOT, "lib/sel4/include")]
LIMIT_S = 15


def test_file(name):
    return os.path.join(HERE, "test", name)


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Folder(unittest.TestCase):
    """A folder with an SDK for one config, and the programs of the components."""
    config = "debug"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="initialiser-")
        cls.elf = os.path.join(cls.folder, f"sdk/board/x86_64_generic/{cls.config}/elf")
        os.makedirs(cls.elf)
        for name in ("sel4.elf", "sel4_32.elf"):
            shutil.copy(os.path.join(BUILD, f"x86_64_generic/{cls.config}/kernel", name), cls.elf)
        profile = f"microkit-{cls.config}"
        shutil.copy(os.path.join(BUILD, f"x86_64_generic/user/{profile}/server/initialiser/initialiser.elf"), cls.elf)
        headers = os.path.join(BUILD, "gen/abi/user/x86_64", profile)
        for name in ("ping", "pong", "parent", "child", "watcher"):
            subprocess.run(["gcc", *FLAGS, "-I", headers, "-T", test_file("component.lds"), test_file(name + ".c"),
                            "-o", os.path.join(cls.folder, name + ".elf")], check=True)
        os.rename(os.path.join(cls.folder, "watcher.elf"), os.path.join(cls.elf, "monitor.elf"))
        with open(os.path.join(cls.folder, "file"), "wb") as file:
            file.write(b"prefill!" + bytes(4088) + b"page two")
        os.symlink(TOOL, os.path.join(cls.folder, "microkit"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def attempt(self, text, *options):
        with open(os.path.join(self.folder, "tiny.system"), "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run(["./microkit", "tiny.system", "--board", "x86_64_generic", "--config", self.config,
                               "-o", "out.elf", *options], cwd=self.folder, capture_output=True, text=True,
                              env=dict(os.environ, MICROKIT_SDK="sdk"))

    def build(self, text, *options):
        ended = self.attempt(text, *options)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        return os.path.join(self.folder, "out.elf")

    def boot(self, image, expect=None, memory="512M"):
        words = qemu.command(os.path.join(self.elf, "sel4_32.elf"), image, memory=memory)
        return qemu.run(words, os.path.join(self.folder, "machine"), LIMIT_S, expect)

    def refused(self, image, words, memory="512M"):
        """The initialiser says so, and says that it ends here."""
        ended = self.boot(image, "the system is not started", memory)
        self.assertIn("initialiser: the system is not started\n", ended.console)
        self.assertRegex(ended.console, words)


SYSTEM, FAMILY = text_of(test_file("tiny.system")), text_of(test_file("family.system"))


class Debug(Folder):
    SAID = ["ping begins", "data 0x12345678", "zeros 0x0", "file 0x216c6c6966657270",
            "file behind a page 0x6f77742065676170", "large 0x0", "firmware jumps 0xea", "signalled with 0x8",
            "pong found 0x900d0704", "called, answered 0x6", "with 0x15", "and badge 0x8000000000000005",
            "interrupt acknowledged 0x0"]
    AUTHORITY = ["child stopped with 0x3", "badge 0x4000000000000007", "suspended 0x0", "boot information 0x5",
                 "made 0x0", "made 0x0", "numbered 0x0", "timed 0x0", "interrupt 0x0", "ports 0x0"]
    WATCHED = ["watcher sees the system", "watcher: fault 0x6", "watcher: badge 0x2", "watcher: suspended 0x0"]

    def test_system_runs(self):
        ended = self.boot(self.build(SYSTEM))
        self.assertEqual(ended.status, 7, ended.why + ended.console)
        lines = ended.console.splitlines()
        self.assertEqual([line for line in lines if line in self.SAID], self.SAID, ended.console)
        self.assertEqual([line for line in lines if line in self.WATCHED], self.WATCHED, ended.console)

    def test_authority(self):
        ended = self.boot(self.build(FAMILY, "--extensions"))
        self.assertEqual(ended.status, 7, ended.why + ended.console)
        self.assertEqual([line for line in ended.console.splitlines() if line in self.AUTHORITY], self.AUTHORITY,
                         ended.console)

    def test_schedule_without_domain_0(self):
        """The initialiser is in domain 0, and has to be done before the schedule begins."""
        text = FAMILY.replace('<schedule_entry domain="first" duration="1000 us"/>', "")
        ended = self.boot(self.build(text.replace('domain="first"', 'domain="second"'), "--extensions"))
        self.assertEqual(ended.status, 7, ended.why + ended.console)

    def test_memory_to_the_brim(self):
        """What the builder thinks a machine can just hold, the initialiser puts into it."""
        small = SYSTEM.replace('phys_addr="0x10001000"', 'phys_addr="0x3001000"').replace("0x400000", "0x2400000")
        step = 64 << 10

        def text(steps):
            return small.replace("<system>", f'<system><memory_region name="big" size="{steps * step:#x}"/>')

        too_many = bisect.bisect_left(range((64 << 20) // step), True, lo=1, key=lambda steps: self.attempt(
            text(steps), "--ram", "64").returncode)
        self.assertGreater(too_many * step, 8 << 20)
        ended = self.boot(self.build(text(too_many - 1), "--ram", "64"), memory="64M")
        self.assertEqual(ended.status, 7, ended.why + ended.console)

    def test_memory(self):
        text = SYSTEM.replace('name="large" size="0x400000"', 'name="large" size="0x8000000"')
        self.refused(self.build(text), r"initialiser: tiny\.system: the system needs 131\d{3} KiB of memory, but only "
                     r"\d{6} KiB are free\n", "128M")

    def test_damage(self):
        image = self.build(SYSTEM)
        with open(image, "r+b") as file:
            content = file.read()
            block = next(at for at in range(0, len(content), 4096) if content[at:at + 8] == b"SOFASYS1")
            file.seek(block + 0x800)
            file.write(bytes([content[block + 0x800] ^ 1]))
        self.refused(image, "initialiser: the description of the system is damaged: its checksum is wrong\n")

    def test_no_memory_there(self):
        """In a smaller machine than was said the kernel's own memory is there."""
        text = SYSTEM.replace('phys_addr="0x10001000"', 'phys_addr="0x1f900000"')
        self.refused(self.build(text), r"initialiser: tiny\.system:6: object 'frame_mr_fixed': the kernel gives no "
                     "memory at physical address 0x1f900000\n")

    def test_kernel_refuses(self):
        text = SYSTEM.replace('vector="9"', 'vector="9" ioapic="7"')
        self.refused(self.build(text), r"initialiser: tiny\.system:16: component 'ping': object '\w+': asking for it: "
                     r"the kernel answered: [a-z ]+ \(error \d+\)\n")


class Release(Debug):
    config = "release"
    WATCHED = []
    test_memory_to_the_brim = None  # builds a dozen times, and would find nothing new

    def test_console_is_a_component_s(self):
        """The message goes through the ports that the parent was to have."""
        text = FAMILY.replace('duration="300000 ticks"', f'duration="{2**56} ticks"')
        self.refused(self.build(text, "--extensions"), r"initialiser: tiny\.system: slice 1 of the domain schedule: "
                     r"the kernel answered: [a-z ]+ \(error \d+\)\n")


if __name__ == "__main__":
    unittest.main()
