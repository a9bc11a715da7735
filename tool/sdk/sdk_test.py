# SPDX-License-Identifier: BSD-2-Clause
# needs: sdk
"""The SDK as projects outside use it: programs in the manner of Microkit's examples, with a Makefile of their own,
built for every config with both compilers and linkers; then their symbols, segments and code."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(ROOT, "tool/runner"))
import qemu  # noqa: E402

SDK = os.path.join(ROOT, "build/sofa-sdk")
BOARD = os.path.join(SDK, "board/x86_64_generic")
CONFIGS = ["debug", "release", "benchmark"]
COMPILERS = ["gcc", "clang"]
PROGRAMS = sorted(name[:-2] for name in os.listdir(os.path.join(HERE, "test")) if name.endswith(".c"))
# What the builder writes, with the sizes it finds in programs of the original library.
PATCHED = {"microkit_name": 64, "microkit_passive": 1, "microkit_irqs": 8, "microkit_notifications": 8,
           "microkit_pps": 8, "microkit_ioports": 8}
KEPT = {"__sel4_ipc_buffer": 8, "microkit_have_signal": 1, "microkit_signal_cap": 8, "microkit_signal_msg": 8}
# Labels of invocations in compiled programs: release and benchmark, debug.
LABELS = {"TCBWriteRegisters": (3, 3), "TCBSuspend": (12, 12), "TCBResume": (13, 13), "IRQAckIRQ": (27, 31),
          "SchedContextBind": (34, 38), "X86IOPortIn8": (54, 58), "X86IOPortIn16": (55, 59),
          "X86IOPortIn32": (56, 60), "X86IOPortOut8": (57, 61), "X86IOPortOut16": (58, 62), "X86IOPortOut32": (59, 63)}
MACROS = {"MONITOR_EP": 5, "TCB_CAP": 6, "ARM_SMC_CAP": 7, "BASE_OUTPUT_NOTIFICATION_CAP": 10, "BASE_ENDPOINT_CAP": 74,
          "BASE_IRQ_CAP": 138, "BASE_TCB_CAP": 202, "BASE_VM_TCB_CAP": 266, "BASE_VCPU_CAP": 330,
          "BASE_IOPORT_CAP": 394, "BASE_USER_CAPS": 458, "PD_ROOT_CAP_BITS": 6, "PD_ROOT_CAP_SIZE": 64,
          "MICROKIT_MAX_USER_CAPS": 128, "MICROKIT_MAX_CHANNELS": 62, "MICROKIT_MAX_CHANNEL_ID": 61,
          "MICROKIT_MAX_IOPORT_ID": 62, "MICROKIT_PD_NAME_LENGTH": 64}
SECTION_SYMBOLS = ["_text", "_text_end", "__init_array_start", "__init_array_end", "__data_rel_ro_start",
                   "__data_rel_ro_end", "_data", "_data_end", "__global_pointer$", "_bss", "_bss_end"]


CONSOLE = ["restarter: starting",
           *["crasher, starting", "restarter: received fault message for child pd: 1", "restarter: restarted"] * 9,
           "crasher, starting", "restarter: received fault message for child pd: 1",
           "restarter: too many restarts - PD stopped", "SERVER|INFO: init function running",
           "client: label 0, sum 42", "client: notified 0", "start: constructors ran in order 12", "hello, world",
           "last: off"]


def run(*words, cwd=None):
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True)


def path(*parts):
    return os.path.join(BOARD, *parts)


class Elf:
    """Segments and symbols of a program."""

    def __init__(self, name):
        with open(name, "rb") as file:
            self.data = file.read()
        self.entry, programs, sections = struct.unpack_from("<QQQ", self.data, 24)
        program_count, _, section_count = struct.unpack_from("<HHH", self.data, 56)
        headers = [struct.unpack_from("<IIQQQQQQ", self.data, programs + 56 * i) for i in range(program_count)]
        # (flags, offset, vaddr, file size, memory size)
        self.segments = [(h[1], h[2], h[3], h[5], h[6]) for h in headers if h[0] == 1]
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, sections + 64 * i) for i in range(section_count)]
        self.symbols = {name: (value, size, kind) for name, value, size, kind in self.read_symbols()}

    def read_symbols(self):
        for section in self.sections:
            if section[1] != 2:
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 24):
                name, info, _, _, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
                start = names + name
                yield self.data[start:self.data.index(b"\0", start)].decode(), value, size, info

    def word(self, address):
        for _, offset, vaddr, in_file, _ in self.segments:
            if vaddr <= address and address + 8 <= vaddr + in_file:
                return struct.unpack_from("<Q", self.data, offset + address - vaddr)[0]
        return None


class Outside(unittest.TestCase):
    """The programs of test/, built once for each config and compiler."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sofa-sdk-")
        shutil.copytree(os.path.join(HERE, "test"), os.path.join(cls.folder, "project"))
        cls.problems = {(config, compiler): cls.build(config, compiler)
                        for config in CONFIGS for compiler in COMPILERS}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def build(cls, config, compiler, *more):
        ended = run("make", "--no-print-directory", f"BUILD_DIR={cls.folder}/{config}-{compiler}",
                    f"MICROKIT_SDK={SDK}", "MICROKIT_BOARD=x86_64_generic", f"MICROKIT_CONFIG={config}",
                    "LLVM=True" if compiler == "clang" else "LLVM=", *more, cwd=os.path.join(cls.folder, "project"))
        return "" if ended.returncode == 0 else ended.stdout + ended.stderr

    def elf_path(self, config, compiler, program="hello"):
        return os.path.join(self.folder, f"{config}-{compiler}", program + ".elf")

    def each(self):
        """Every program there is."""
        for config, compiler in self.problems:
            for program in PROGRAMS:
                with self.subTest(config=config, compiler=compiler, program=program):
                    yield Elf(self.elf_path(config, compiler, program))

    def test_everything_builds(self):
        self.assertGreater(len(PROGRAMS), 6)
        for which, problem in self.problems.items():
            self.assertEqual(problem, "", which)

    def test_little_optimisation(self):
        """clang -O0 is not among them: it makes calls of memset of small arrays in sel4/client.h."""
        for compiler, level in (("gcc", "-O0"), ("gcc", "-Os"), ("clang", "-O1")):
            self.assertEqual(self.build("debug", compiler, f"OPTIMISE={level}",
                                        f"BUILD_DIR={self.folder}/{compiler}{level}"), "")

    def test_start(self):
        for elf in self.each():
            self.assertEqual((elf.entry, elf.symbols["_start"][:2]), (0x200000, (0x200000, 0)))
            self.assertIn("main", elf.symbols)

    def test_segments(self):
        for elf in self.each():
            self.assertEqual([(flags & 3, vaddr) for flags, _, vaddr, _, _ in elf.segments][0], (1, 0x200000))
            (text, _, text_at, _, text_bytes), (data, _, data_at, _, _) = elf.segments
            self.assertEqual((text, data), (5, 6))
            self.assertEqual(data_at % 4096, 0)
            self.assertGreaterEqual(data_at, text_at + text_bytes)

    def test_sections_are_in_segments(self):
        """No section that takes memory lands outside the two segments."""
        for elf in self.each():
            for _, _, flags, address, _, size, *_ in elf.sections:
                if flags & 2 and size:
                    self.assertTrue(any(vaddr <= address and address + size <= vaddr + memory
                                        for _, _, vaddr, _, memory in elf.segments), hex(address))

    def test_symbols(self):
        for elf in self.each():
            for name, size in {**PATCHED, **KEPT}.items():
                self.assertEqual((name, elf.symbols[name][1]), (name, size))
                value = elf.symbols[name][0]
                _, _, vaddr, in_file, memory = elf.segments[1]
                self.assertTrue(vaddr <= value and value + size <= vaddr + memory)
                if name != "__sel4_ipc_buffer":
                    self.assertGreaterEqual(value, vaddr + in_file, name + " is not zero-initialised memory")
            self.assertEqual([name for name in SECTION_SYMBOLS if name not in elf.symbols], [])
            self.assertEqual(elf.word(elf.symbols["__sel4_ipc_buffer"][0]), 0x7fffffffe000)

    def test_constructors(self):
        """The program start has one with priority and one without."""
        for config, compiler in self.problems:
            elf = Elf(self.elf_path(config, compiler, "start"))
            start, end = elf.symbols["__init_array_start"][0], elf.symbols["__init_array_end"][0]
            self.assertEqual([elf.word(at) for at in range(start, end, 8)],
                             [elf.symbols["early"][0], elf.symbols["late"][0]])

    def test_release_is_silent(self):
        """A program of a config without printing makes no debug call: number -12 is nowhere in its code."""
        for config, compiler in self.problems:
            code = run("objdump", "-d", "--no-show-raw-insn", self.elf_path(config, compiler)).stdout
            self.assertIn("syscall", code)
            self.assertEqual("$0xfffffffffffffff4" in code, config == "debug", (config, compiler))

    def test_crash_is_a_store(self):
        """Compilers like to turn a store to null into a trap, which would be another fault."""
        for config, compiler in self.problems:
            code = run("objdump", "-d", "--no-show-raw-insn", self.elf_path(config, compiler)).stdout
            bodies = re.findall(r"<microkit_internal_crash[.\w]*>:\n(.*?)\n\n", code, re.S)
            self.assertTrue(bodies, (config, compiler))
            for body in bodies:
                self.assertRegex(body, r"movl? +(\$0x0|%e\w+),\(%r")
                self.assertNotIn("ud2", body)

    def test_library_wants_nothing(self):
        for config in CONFIGS:
            library = path(config, "lib/libmicrokit.a")
            self.assertEqual(sorted(run("ar", "t", library).stdout.split()), ["crt0.o", "dbg.o", "main.o"])
            lines = run("nm", library).stdout.splitlines()
            defined = {line.split()[-1] for line in lines if re.match(r"[0-9a-f]{16} ", line)}
            wanted = {line.split()[-1] for line in lines if line.split()[:1] == ["U"]} - defined
            self.assertEqual(wanted, {"init", "notified", "__init_array_start", "__init_array_end"})

    def test_entry_points_are_required(self):
        for missing in ("init", "notified"):
            given = {"init": "notified", "notified": "init"}[missing]
            argument = "unsigned ch" if given == "notified" else "void"
            source = os.path.join(self.folder, "half.c")
            with open(source, "w", encoding="utf-8") as file:
                file.write(f"void {given}({argument});\nvoid {given}({argument}) {{}}\n")
            ended = run("gcc", "-nostdlib", "-static", "-ffreestanding", "-fno-pie", "-no-pie", source,
                        "-L" + path("debug/lib"), "-lmicrokit", "-Tmicrokit.ld", "-o", source + ".elf")
            self.assertNotEqual(ended.returncode, 0)
            self.assertIn(f"undefined reference to `{missing}'", ended.stderr)


class Folder(unittest.TestCase):
    """What is where."""

    def test_files(self):
        for config in CONFIGS:
            for name in ("include/microkit.h", "include/sel4/sel4.h", "include/kernel/gen_config.h",
                         "include/sel4/gen_config.h", "include/autoconf.h", "include/kernel/gen_config.json",
                         "lib/libmicrokit.a", "lib/microkit.ld", "elf/sel4.elf", "elf/sel4_32.elf",
                         "invocations_all.json", "object_sizes.json", "address_space_constants.json"):
                self.assertTrue(os.path.isfile(path(config, name)), name)
        self.assertTrue(os.path.isfile(os.path.join(SDK, "VERSION")))

    def test_missing_is_said(self):
        """A program of the SDK is there, or named in MISSING."""
        said = ""
        if os.path.exists(os.path.join(SDK, "MISSING")):
            with open(os.path.join(SDK, "MISSING"), encoding="utf-8") as file:
                said = file.read()
        for name in ("initialiser.elf", "monitor.elf"):
            for config in CONFIGS:
                self.assertNotEqual(os.path.exists(path(config, "elf", name)), name in said, name)

    def test_modes(self):
        for folder, _, names in os.walk(SDK):
            for name in names:
                mode = os.stat(os.path.join(folder, name)).st_mode & 0o777
                self.assertEqual(mode, 0o755 if os.path.basename(folder) == "bin" else 0o644, name)

    def test_builder(self):
        ended = run(os.path.join(SDK, "bin/microkit"), "--help")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertIn("x86_64_generic", ended.stdout)

    def test_builder_takes_programs(self):
        """As far as it goes: an image if the SDK is whole, else a message that names what is missing."""
        with tempfile.TemporaryDirectory() as folder:
            self.check_build(folder)

    def check_build(self, folder):
        project = os.path.join(HERE, "test")
        made = run("make", "-C", project, f"BUILD_DIR={folder}", f"MICROKIT_SDK={SDK}",
                   "MICROKIT_BOARD=x86_64_generic", "MICROKIT_CONFIG=debug")
        self.assertEqual(made.returncode, 0, made.stderr)
        ended = run(os.path.join(SDK, "bin/microkit"), os.path.join(project, "all.system"), "--board", "x86_64_generic",
                    "--config", "debug", "--search-path", folder, "-o", folder + "/image", "-r", folder + "/report")
        if os.path.exists(os.path.join(SDK, "MISSING")):
            self.assertEqual(ended.returncode, 1)
            self.assertRegex(ended.stderr, r"the SDK's (initialiser|monitor) '.*' does not exist")
        else:
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            self.check_boot(folder)

    def check_boot(self, folder):
        """What the components print, in this order, between whatever else is printed."""
        ended = run("timeout", "60", "qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-machine",
                    "pc", "-cpu", "max", "-m", "1G", "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4",
                    "-kernel", folder + "/sel4_32.elf", "-initrd", folder + "/image")
        left = iter(ended.stdout.replace("\r", "").split("\n"))
        for line in CONSOLE:
            self.assertIn(line, left, ended.stdout)
        self.assertEqual(ended.returncode, 1, "the machine was not switched off")

    def test_configuration_lines(self):
        """As Makefiles look for them."""
        for config in CONFIGS:
            with open(path(config, "include/kernel/gen_config.h"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            self.assertEqual(lines[0], "#pragma once")
            found = [line.split(" ")[3] for line in lines if "CONFIG_SEL4_ARCH  " in line]
            self.assertEqual(found, ["x86_64"])
            for line in lines:
                if line.startswith("#define"):
                    self.assertRegex(line, r"^#define CONFIG_\w+  \w+$")
            self.assertEqual("#define CONFIG_PRINTING  1" in lines, config == "debug")

    def test_configuration_json(self):
        for config in CONFIGS:
            with open(path(config, "include/kernel/gen_config.json"), encoding="utf-8") as file:
                options = json.load(file)
            self.assertEqual([options[key] for key in ("SEL4_ARCH", "WORD_SIZE", "NUM_DOMAINS")],
                             ["x86_64", "64", "16"])
            self.assertEqual((options["ENABLE_SMP_SUPPORT"], options["HAVE_FPU"]), (False, True))
            for key in ("PADDR_USER_DEVICE_TOP", "ROOT_CNODE_SIZE_BITS", "RETYPE_FAN_OUT_LIMIT", "IOMMU", "VTX",
                        "MAX_NUM_BOOTINFO_UNTYPED_CAPS", "MAX_NUM_NODES", "NUM_DOMAIN_SCHEDULES"):
                self.assertIn(key, options)
                self.assertIsInstance(options[key], (bool, str))

    def test_labels(self):
        """In the file, and in what a program is compiled to."""
        for config in CONFIGS:
            with open(path(config, "invocations_all.json"), encoding="utf-8") as file:
                labels = json.load(file)
            for name, (plain, debug) in LABELS.items():
                self.assertEqual(labels[name], debug if config == "debug" else plain, name)

    def check_header(self, config, compiler, text):
        return subprocess.run([compiler, "-fsyntax-only", "-ffreestanding", "-Wall", "-Werror", "-xc", "-",
                               "-I" + path(config, "include")], input=text, capture_output=True, text=True).stderr

    def test_macros(self):
        asserts = "".join(f'_Static_assert({name} == {value}, "{name}");\n' for name, value in MACROS.items())
        labels = "".join(f'_Static_assert({name} == {{{name}}}, "{name}");\n' for name in LABELS)
        for config in CONFIGS:
            numbers = {name: debug if config == "debug" else plain for name, (plain, debug) in LABELS.items()}
            for compiler in COMPILERS:
                self.assertEqual(self.check_header(config, compiler, "#include <microkit.h>\n" + asserts
                                                   + labels.format(**numbers)), "")

    def test_headers_alone(self):
        for folder, _, names in os.walk(path("debug/include")):
            for name in names:
                if name.endswith(".h"):
                    where = os.path.relpath(os.path.join(folder, name), path("debug/include"))
                    self.assertEqual(self.check_header("debug", "gcc", f"#include <{where}>\n#include <{where}>\n"), "")


class Copied(unittest.TestCase):
    """A system that ships, as a project of its own: copied out of the tree, and given three variables."""

    def test_hello_world(self):
        with tempfile.TemporaryDirectory(prefix="sofa-sdk-") as base:
            for config in CONFIGS:
                folder = os.path.join(base, config)
                shutil.copytree(os.path.join(ROOT, "system/hello_world"), folder)
                variables = {"MICROKIT_SDK": SDK, "MICROKIT_BOARD": "x86_64_generic", "MICROKIT_CONFIG": config}
                made = subprocess.run(["make"], cwd=folder, env={"PATH": os.environ["PATH"], **variables},
                                      capture_output=True, text=True)
                self.assertEqual((made.returncode, made.stderr), (0, ""), made.stdout)
            self.assertIn("hello, world\n", self.boot(os.path.join(base, "debug")))

    def boot(self, folder):
        words = qemu.command(folder + "/build/sel4_32.elf", folder + "/build/loader.img", memory="1G")
        return qemu.run(words, folder + "/machine", 30, "hello, world\n").console


if __name__ == "__main__":
    unittest.main()
