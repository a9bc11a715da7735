# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/explain build/host/gcc/tool/explain/explain build/host/gcc/tool/sysgen/sysgen
# needs: server/monitor server/initialiser lib/microkit
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf build/x86_64_generic/debug/kernel/sel4.elf
"""A system in which every component does one wrong thing runs in QEMU; what it said is explained afterwards: whole, by
kernel or monitor alone, torn, in other forms, and with images that are not its own."""
import json
import os
import re
import resource
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
TOOL = os.path.join(BUILD, "host/gcc/tool/explain/explain")
PLAIN = os.path.join(BUILD, "host/plain/tool/explain/explain")
USER = os.path.join(BUILD, "x86_64_generic/user/microkit-debug")
FLAGS = ["-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-infinite-recursion", "-O1", "-ffreestanding",
         "-fno-optimize-sibling-calls", "-fno-asynchronous-unwind-tables", "-nostdlib", "-static", "-fno-pic",
         "-no-pie", "-fno-stack-protector", "-Wl,--build-id=none", "-Wl,-z,max-page-size=4096",
         "-DSEL4_IPC_BUFFER_GLOBAL", "-I", os.path.join(ROOT, "lib/microkit/include"),
         "-I", os.path.join(ROOT, "lib/sel4/include"),
         "-I", os.path.join(BUILD, "gen/abi/user/x86_64/microkit-debug")]
LIMIT_S = 30
NO_FAULT, NOT_THIS_IMAGE = 5, 6

# Component, cause, function and mark of the line where it went wrong (None: not known), words that must be said.
FAULTS = [
    ("null", "null-pointer", "store", "store", "it wrote to 0x0\n"),
    ("field", "null-pointer", "store", "store", "0x18, which is that far into"),
    ("readonly", "write-read-only", "store", "store", 'this <map> gives it perms="r"; it would take perms="rw"'),
    ("code", "write-read-only", "store", "store", "no line of gallery.system changes that"),
    ("end", "past-end", "store", "store", 'this <memory_region> has size="0x1000"'),
    ("foreign", "foreign-region", "store", "store", '<map mr="secret" vaddr="0x50000000" perms="rw" />'),
    ("nowhere", "unmapped", "store", "store", "a <map> of 'nowhere' that covers 0x60000000"),
    ("kernel", "general-protection", "store", "store", "0x800000000000 is no address"),
    ("canonical", "kernel-address", "store", "store", "belongs to the kernel"),
    ("stack", "stack-overflow", "deep", None, 'it has stack_size="0x2000"; a larger one'),
    ("above", "stack-underflow", "store", "store", "above the top of its stack"),
    ("jump", "null-call", None, None, "called from enter"),
    ("jumpfar", "jump-unmapped", None, None, "it went on at 0x60000000"),
    ("jumpdata", "jump-to-data", None, None, "the data at 0x"),
    ("receive", "missing-capability", None, None, '<end pd="receive" id="9" pp="true" />'),
    ("cspace", "missing-capability", None, None, 'in the <cspace> of \'cspace\' a <cap_...> with slot="7"'),
    ("lost", "bad-capability-address", None, None, "no slot of its own"),
    ("syscall", "unknown-system-call", "system_call", "syscall", "number 1234"),
    ("divide", "divide", "divide", "divide", "divided by zero"),
    ("invalid", "invalid-opcode", "invalid", "invalid", "__builtin_trap()"),
    ("breakpoint", "breakpoint", "breakpoint", "breakpoint", "came to a breakpoint"),
    ("step", "single-step", "step", "step", "single step"),
    ("port", "port-io", "port", "port", "with an <ioport> in 'port'"),
    ("halt", "privileged", "halt", "halt", "only the kernel may"),
    ("fpu", "no-fpu", "fpu", "fpu", 'fpu="false" forbids it'),
    ("pointer", "general-protection", "store", "store", "0x1234000000000000 is no address"),
    ("assert", "assertion", "microkit_internal_crash", None,
     "it said: assert: assertion failed: pigs fly, pigs.c:7"),
    ("child", "kernel-error", "microkit_internal_crash", None,
     "it said: child microkit_pd_stop: the kernel refuses with error '2'"),
    ("stripped", "null-pointer", None, None, "at a program without symbols (0x"),
    ("callee", "no-entry-point", "microkit_internal_crash", None,
     "it said: callee is entered at protected(), which it does not have"),
]
PATCHED = ("name", "passive", "irqs", "notifications", "pps", "ioports")
# Not a fault, and told by the library alone.
REFUSED = ("channel", "missing-capability", None, None, '<end pd="channel" id="9" /> would grant it')
MORE = {"fpu": (' fpu="false"', ""), "readonly": ("", '<map mr="table" vaddr="0x40000000" perms="r"/>'),
        "end": ("", '<map mr="ring" vaddr="0x40000000" perms="rw"/>'),
        "last": ("", '<map mr="secret" vaddr="0x50000000" perms="rw"/>')}


def marked_line(mark):
    with open(os.path.join(HERE, "test/faults.c"), encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if f"/* line: {mark} */" in line)


def system(rename=lambda name: name):
    """Those that fault, by falling priority; then who calls the callee, and who ends it all."""
    names = [name for name, *_ in FAULTS] + ["channel", "caller", "last"]
    text = '<system><memory_region name="table" size="0x1000"/><memory_region name="ring" size="0x1000"/>\n' \
           '<memory_region name="secret" size="0x1000"/>\n'
    for i, name in enumerate(names):
        attributes, inside = MORE.get(name, ("", ""))
        program = "stripped.elf" if name == "stripped" else "faults.elf"
        text += f'<protection_domain name="{rename(name)}" priority="{200 - i}"{attributes}>' \
                f'<program_image path="{program}"/>{inside}</protection_domain>\n'
    return text + f'<channel><end pd="{rename("caller")}" id="1" pp="true"/>' \
                  f'<end pd="{rename("callee")}" id="1"/></channel></system>\n'


class Gallery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="explain-")
        cls.elf = os.path.join(cls.folder, "sdk/board/x86_64_generic/debug/elf")
        os.makedirs(cls.elf)
        for path in (os.path.join(BUILD, "x86_64_generic/debug/kernel/sel4.elf"),
                     os.path.join(BUILD, "x86_64_generic/debug/kernel/sel4_32.elf"),
                     os.path.join(USER, "server/initialiser/initialiser.elf"),
                     os.path.join(USER, "server/monitor/monitor.elf")):
            shutil.copy(path, cls.elf)
        os.symlink(os.path.join(BUILD, "host/gcc/tool/sysgen/sysgen"), os.path.join(cls.folder, "microkit"))
        cls.compile(os.path.join(HERE, "test/faults.c"), "faults.elf")
        cls.image = cls.build("gallery", system())
        cls.console = cls.boot()

    @classmethod
    def boot(cls, append=""):
        words = qemu.command(os.path.join(cls.elf, "sel4_32.elf"), cls.image, append=append, memory="512M")
        last = r'MON.JSON: ."component":"callee".*\n'
        return qemu.run(words, os.path.join(cls.folder, "machine"), LIMIT_S, last).console

    @classmethod
    def compile(cls, source, name):
        program, stripped = (os.path.join(cls.folder, name) for name in (name, "stripped.elf"))
        subprocess.run(["gcc", *FLAGS, "-T", os.path.join(ROOT, "lib/microkit/microkit.ld"), source,
                        os.path.join(USER, "lib/microkit.a"), "-o", program], check=True)
        subprocess.run(["strip", *(f"--keep-symbol=microkit_{name}" for name in PATCHED), program, "-o", stripped],
                       check=True)

    @classmethod
    def build(cls, name, text):
        with open(os.path.join(cls.folder, name + ".system"), "w", encoding="utf-8") as file:
            file.write(text)
        ended = subprocess.run(["./microkit", name + ".system", "--board", "x86_64_generic", "--config", "debug",
                                "--fault-json", "-o", name + ".elf"], cwd=cls.folder, capture_output=True, text=True,
                               env=dict(os.environ, MICROKIT_SDK="sdk"))
        assert ended.returncode == 0, ended.stderr
        return os.path.join(cls.folder, name + ".elf")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    # ---- asking ----

    def run_tool(self, log, *options, image=None, tool=TOOL):
        """(status, standard output, standard error) for a log, which is text or bytes."""
        path = os.path.join(self.folder, "log")
        with open(path, "wb") as file:
            file.write(log if isinstance(log, bytes) else log.encode())
        ended = subprocess.run([tool, path, "--image", image or self.image, *options], capture_output=True, text=True)
        return ended.returncode, ended.stdout, ended.stderr

    def explained(self, log, wanted=0, image=None):
        """Component -> what is said of it as JSON."""
        status, out, err = self.run_tool(log, "--json", image=image)
        self.assertEqual(status, wanted, out + err)
        said = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len({one["component"] for one in said}), len(said), "one explanation for each fault")
        return {one["component"]: one for one in said}

    def check(self, said, faults, lines=True):
        for name, cause, function, mark, _ in faults:
            self.assertIn(name, said)
            self.assertEqual(said[name].get("cause"), cause, said[name])
            if function and lines:
                self.assertEqual(said[name]["trace"][0].get("function", "").split(".")[0], function, name)
            if mark and lines:
                place = said[name]["trace"][0]
                self.assertEqual((place["file"], place["line"]), ("faults.c", marked_line(mark)), name)

    def lines_without(self, *marks):
        return "".join(line for line in self.console.splitlines(True) if not any(mark in line for mark in marks))

    # ---- a whole log ----

    def test_everything(self):
        said = self.explained(self.console)
        self.check(said, FAULTS + [REFUSED])
        self.assertEqual(len(said), len(FAULTS) + 1)
        lines = self.console.splitlines()
        for name, *_ in FAULTS:
            self.assertEqual(said[name]["from"], ["kernel", "monitor"], name)
            self.assertFalse(said[name]["torn"], name)
            self.assertIn(f'fault: thread "{name}"', lines[said[name]["log_line"] - 1])
            self.assertNotIn("doubt", said[name])
        self.assertEqual(said["channel"]["from"], ["library"])
        self.assertIn("channel microkit_notify", lines[said["channel"]["log_line"] - 1])

    def test_same_as_the_monitor(self):
        mark = "MON|JSON: "
        monitor = [json.loads(line[len(mark):]) for line in self.console.splitlines() if line.startswith(mark)]
        said = self.explained(self.console)
        self.assertEqual([one["component"] for one in monitor], [name for name, *_ in FAULTS])
        for one in monitor:
            for key in one:
                if key != "words":  # the kernel's block has fewer
                    self.assertEqual(one[key], said[one["component"]][key], one["component"])

    def test_words(self):
        status, out, _ = self.run_tool(self.console)
        self.assertEqual(status, 0)
        told = {re.search("^'([^']*)'", part, re.M).group(1): part for part in out.split("\n\n")}
        for name, _, _, _, words in FAULTS + [REFUSED]:
            self.assertIn(words, told[name])
            self.assertRegex(told[name], r"log:\d+: from the ")
        for name in ("null", "assert", "jump"):
            self.assertRegex(told[name], rf"called from init\+0x\w+, faults.c:{marked_line('init')} ")

    def test_refused(self):
        """Requests that the kernel refuses are no faults; it tells them if it is asked to."""
        console = self.boot("report=refused")
        out = [json.loads(line) for line in self.run_tool(console, "--json")[1].splitlines()]
        refused = [one for one in out if not one["fault"] and one["from"] == ["kernel"]]
        self.assertEqual([(one["component"], one["cause"], one["trace"][0]["function"]) for one in refused],
                         [("child", "missing-capability", "no_child")])
        self.assertIn("refused: thread \"child\"", console.splitlines()[refused[0]["log_line"] - 1])
        status, text, _ = self.run_tool(console)
        self.assertEqual(status, 0)
        self.assertIn("a <protection_domain> with id=\"3\" inside of 'child' would grant it", text)
        self.assertIn("the log says: TCBSuspend (label 12) on capability 0xcd (nothing): invalid capability", text)

    def test_refused_what_it_has(self):
        address = self.block("null").split("rip  ")[1].split()[0]
        log = f'refused: thread "null" at {address}: X86PageMap (label 9) on capability 0x3 (PML4): wrong alignment\n'
        said = self.explained(log)["null"]
        self.assertEqual((said["cause"], said["fault"], said["trace"][0]["function"]), ("refused", False, "store"))

    # ---- a part of it ----

    def test_kernel_alone(self):
        said = self.explained(self.lines_without("MON|"))
        self.check(said, FAULTS)
        for name, *_ in FAULTS:
            self.assertEqual(said[name]["from"], ["kernel"])
            self.assertFalse(said[name]["torn"], name)
        self.assertEqual([place.get("function") for place in said["null"]["trace"]][:2], ["store", "null_pointer"])
        self.assertIn("enter", [place.get("function") for place in said["jump"]["trace"]])

    def monitor_alone(self, *without):
        keep = [line for line in self.console.splitlines(True) if "MON|" in line]
        return "".join(line for line in keep if not any(mark in line for mark in without))

    def test_monitor_alone(self):
        said, whole = self.explained(self.monitor_alone()), self.explained(self.console)
        self.check(said, FAULTS)
        for name, *_ in FAULTS:
            self.assertEqual(said[name]["from"], ["monitor"])
            self.assertIn(f"faulting PD: {name}\n", self.monitor_alone().splitlines(True)[said[name]["log_line"] - 1])
            self.assertEqual(said[name]["trace"], whole[name]["trace"])
        self.check(self.explained(self.monitor_alone("MON|ERROR")), FAULTS)

    def test_monitor_words_alone(self):
        said = self.explained(self.monitor_alone("MON|JSON"))
        cut = self.explained("".join(line[:200].rstrip("\n") + "\n" for line in self.monitor_alone().splitlines()))
        self.assertEqual([one["cause"] for one in cut.values()], [one["cause"] for one in said.values()])
        # Of a few, words do not have the whole message.
        self.check(said, [fault for fault in FAULTS if fault[0] not in ("breakpoint", "step")])
        self.assertEqual(said["breakpoint"]["said"], "'breakpoint' (faults.elf) came to a breakpoint")

    def test_monitor_headings_lost(self):
        """Where the kernel's block came in the middle of a line."""
        log = re.sub(r"MON.ERROR: faulting PD.*\n", "", self.monitor_alone("MON|JSON"))
        said = self.explained(log)
        self.check(said, [fault for fault in FAULTS if fault[0] not in ("breakpoint", "step")])

    # ---- other forms ----

    def test_line_ends_and_noise(self):
        forms = {
            "CR LF": self.console.replace("\n", "\r\n"),
            "LF CR": self.console.replace("\n", "\n\r"),
            "colours": self.console.replace("fault: thread", "\x1b[1;31mfault: thread\x1b[0m")
                                   .replace("MON|", "\x1b]0;title\x07\x1b[KMON|"),
            "time before each line": "".join(f"[{i:9}.25] {line}"
                                             for i, line in enumerate(self.console.splitlines(True))),
            "zeros": self.console.replace("r", "r\0"),
            "unended escapes": self.console.replace("\n", "\x1b[12\n").replace("end of fault", "end of fault\x1b]x"),
        }
        for name, log in forms.items():
            with self.subTest(name):
                said = self.explained(log)
                self.check(said, FAULTS)
                self.assertFalse(any(one["torn"] for one in said.values()))

    def test_bytes_between(self):
        noise = bytes(range(256)).replace(b"\n", b"") * 4
        log = b"".join(line + noise + b"\n" for line in self.console.encode().splitlines(True))
        self.check(self.explained(log), FAULTS)

    def test_begun_lines(self):
        """A component has written a part of its line when the fault comes."""
        log = self.console.replace("fault: thread", "hello, wor fault: thread").replace("MON|", "half a lineMON|") \
                          .replace("end of fault\n", "end of faultld\n")
        self.check(self.explained(log), FAULTS)

    def test_lines_between(self):
        log = "".join(line + f"server: request {i} took 0x{i:x} ticks\n"
                      for i, line in enumerate(self.console.splitlines(True)))
        said = self.explained(log)
        self.check(said, FAULTS)

    def test_huge_lines(self):
        log = "x" * 3_000_000 + "\n" + self.console + "fault: thread \"" + "y" * 3_000_000
        self.check(self.explained(log), FAULTS)

    # ---- torn ----

    def block(self, name):
        return re.search(rf'fault: thread "{name}".*?end of fault\n', self.console, re.S).group(0)

    def cut(self, name, start, end):
        """The block of a component, from one text to another left out."""
        return re.sub(start + ".*?" + end, "", self.block(name), flags=re.S)

    def test_registers_lost(self):
        said = self.explained(self.cut("null", "  rdx", "\n"))
        self.check(said, FAULTS[:1])
        self.assertTrue(said["null"]["torn"])

    def test_instruction_lost(self):
        said = self.explained(self.cut("null", "  rip", "\n"))
        self.assertEqual((said["null"]["cause"], said["null"]["torn"], said["null"]["trace"]),
                         ("null-pointer", True, []))

    def test_cause_lost(self):
        said = self.explained(self.cut("null", "  memory", "\n"))
        self.assertEqual((said["null"]["cause"], said["null"]["torn"]), ("unknown", True))

    def test_row_lost(self):
        """Nobody knows which of the stack's rows is missing: better no caller than a wrong one."""
        for name in ("null", "above", "child"):
            block = self.block(name)
            rows = re.findall(r"    0x.*\n", block)
            for log in (block.replace(rows[1], ""), block.replace(rows[0], "").replace(rows[1], rows[0])):
                said = self.explained(log)
                self.assertEqual((said[name]["torn"], len(said[name]["trace"])), (True, 1))

    def test_line_torn(self):
        """A line of another in the middle of one."""
        said = self.explained(self.block("null").replace("rdx 0x0000", "rdx 0x00\nhello, world\n00"))
        self.check(said, FAULTS[:1])
        self.assertTrue(said["null"]["torn"])
        said = self.explained(self.block("null").replace("to address 0x0: nothing", "to add\nhello\nress 0x0: nothing"))
        self.assertEqual((said["null"]["cause"], said["null"]["torn"]), ("unknown", True))

    def test_last_words(self):
        """They belong to the fault that follows, not to the next one."""
        words = "null microkit_pd_stop: the kernel refuses with error '2'\n"
        other = self.block("field").replace('"field"', '"null"')
        out = [json.loads(line) for line in self.run_tool(words + self.block("null") + other, "--json")[1].splitlines()]
        self.assertEqual([one.get("before") for one in out], [words.strip(), None])

    def test_end_lost(self):
        said = self.explained(self.lines_without("MON|", "end of fault"))
        self.check(said, FAULTS)
        self.assertTrue(all(said[name]["torn"] for name, *_ in FAULTS))

    def test_cut_anywhere(self):
        part = self.console[self.console.index("fault: thread"):][:5000]
        for end in range(0, len(part), 61):
            for log in (part[:end], part[end:]):
                status, out, err = self.run_tool(log, "--json")
                self.assertIn(status, (0, NO_FAULT, NOT_THIS_IMAGE), err)
                for line in out.splitlines():
                    one = json.loads(line)
                    self.assertIn(one.get("cause", "unknown"), ["unknown"] + [fault[1] for fault in FAULTS[:8]])
                    self.assertTrue(any(name.startswith(one["component"]) for name, *_ in FAULTS[:8]), one)

    # ---- how often, how much ----

    def test_again_and_again(self):
        said = self.explained(self.console * 3)
        self.assertEqual({one["times"] for one in said.values()}, {3})
        _, out, _ = self.run_tool(self.console * 3)
        self.assertIn("3 times until line ", out)

    def test_large_log(self):
        """300 MB in 48 MiB of memory."""
        piece = (self.console * 20).encode()
        words = [PLAIN, "-", "--image", self.image, "--json"]
        limit = (48 << 20, 48 << 20)
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit)) as tool:
            sent = 0
            tool.stdin.write(piece)
            quiet = b"nothing to see here, move along\n" * 32768
            while sent < 300_000_000:
                tool.stdin.write(quiet)
                sent += len(quiet)
            out, err = tool.communicate()
        self.assertEqual(tool.returncode, 0, err)
        self.assertEqual({json.loads(line)["times"] for line in out.splitlines()}, {20})

    # ---- Microkit's own monitor ----

    def genuine(self, name):
        """What Microkit's monitor says, for a fault that the kernel's block tells here."""
        block = self.block(name)
        registers = dict(re.findall(r"(\w+) +(0x\w{16})", block))
        index = [one for one, *_ in FAULTS].index(name)
        order = ["rip", "rsp", "rflags", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp",
                 *[f"r{i}" for i in range(8, 16)], "fs_base", "gs_base"]
        what = re.search(r"fault: (writing to|receiving on|sending to).*?address (0x\w+).*?(?:status (0x\w+)|$)",
                         block, re.M)
        lines = [f"received message 0x0000000{6 if what and what.group(3) else 1 if what else 3}"
                 f"  badge: 0x{index + 1:016x}  tcb cap: 0x{index + 10:016x}", f"faulting PD: {name}", "Registers: "]
        lines += [f"{register} : {registers.get(register, '0x' + '0' * 16)}" for register in order]
        if what and what.group(3):
            lines += [f"VMFault: clip=0x1 ip={registers['rip']}  fault_addr={int(what.group(2), 16):#018x}"
                      f"  fsr={int(what.group(3), 16):#018x}  (data fault)", "   x86_64 page fault: write, not present"]
        elif what:
            lines += [f"CapFault: ip={registers['rip']}  fault_addr={int(what.group(2), 16):#018x}"
                      f"  in_recv_phase={'true' if what.group(1) == 'receiving on' else 'false'}"
                      "  lookup_failure_type=seL4_MissingCapability bits_left=0x00000000"]
        else:
            lines += ["UserException"]
        return "".join(f"MON|ERROR: {line}\n" for line in lines)

    def test_genuine_monitor(self):
        names = ("null", "readonly", "foreign", "stack", "receive", "lost", "assert", "child")
        log = "MON|INFO: Microkit Monitor started!\n" + "".join(map(self.genuine, names))
        said = self.explained(log)
        faults = [fault for fault in FAULTS if fault[0] in names]
        # Nobody says who called, so that what only callers tell is a null pointer, or an error without its reason.
        self.check(said, [fault for fault in faults if fault[0] != "assert"])
        self.assertEqual(len(said), len(names))
        self.assertEqual((said["receive"]["words"][2], said["lost"]["words"][2]), ("0x1", "0x0"))
        self.assertEqual(said["assert"]["trace"][0]["function"].split(".")[0], "microkit_internal_crash")

    def test_genuine_exception(self):
        status, out, err = self.run_tool(self.genuine("divide"))
        self.assertEqual(status, 0, err)
        self.assertIn("an exception of the processor; which, is not known", out)
        self.assertIn("at divide+0x", out)
        self.assertIn(f"faults.c:{marked_line('divide')} ", out)

    def test_genuine_without_a_name(self):
        """The badge says who it was."""
        log = re.sub("MON.ERROR: faulting PD.*\n", "", self.genuine("field"))
        self.check(self.explained(log), FAULTS[1:2])

    def test_not_understood(self):
        log = self.genuine("null") + "MON|ERROR: the moon is made of cheese\nMON|ERROR: PD 'x' wants to be passive\n"
        status, _, err = self.run_tool(log)
        self.assertEqual(status, 0)
        self.assertIn(": not understood: MON|ERROR: the moon is made of cheese\n", err)
        self.assertIn("beside the faults: MON|ERROR: PD 'x' wants to be passive", err)

    # ---- images that did not run ----

    def test_other_names(self):
        other = self.build("other", system(lambda name: "other_" + name))
        status, out, _ = self.run_tool(self.console, image=other)
        self.assertEqual(status, NOT_THIS_IMAGE)
        self.assertIn("'null' stopped, and is no component of ", out)
        self.assertIn("(made from other.system): is it the image that ran?", out)
        self.assertIn("the log says: memory fault: writing to address 0x0", out)

    def test_other_program(self):
        """The same names, but another program: addresses lead elsewhere."""
        source = os.path.join(self.folder, "faults.c")
        with open(os.path.join(HERE, "test/faults.c"), encoding="utf-8") as file:
            text = file.read().replace("store", "keep").replace("static void nothing(void)\n{",
                                                                "static void nothing(void)\n{\n    done = 1;")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        self.compile(source, "changed.elf")
        other = self.build("changed", system().replace("faults.elf", "changed.elf"))
        said = self.explained(self.console, image=other)
        self.assertIn("the log has the function store at", said["null"]["doubt"])
        _, out, _ = self.run_tool(self.console, image=other)
        self.assertIn("is it the one that ran?", out)

    def test_initial_task(self):
        status, out, _ = self.run_tool(self.console.replace('"null"', '"rootserver"', 1))
        self.assertEqual(status, 0)
        self.assertIn("the initial task stopped", out)

    # ---- what is wrong with files and words ----

    def test_no_fault(self):
        for log in ("", "hello\n", b"\0\xff" * 100000, "MON|INFO: Microkit Monitor started!\n"):
            status, out, err = self.run_tool(log)
            self.assertEqual((status, out), (NO_FAULT, ""))
            self.assertRegex(err, "^no fault found in .*log\n$")

    def test_images_of_nonsense(self):
        bad = os.path.join(self.folder, "bad.elf")
        with open(self.image, "rb") as file:
            good = file.read()
        at = next(place for place in range(0, len(good), 4096) if good[place:].startswith(b"SOFASYS1"))
        wrong = {"is no ELF file": b"hello", "is empty": b"",
                 "its checksum is wrong": good[:at + 60] + b"\1" + good[at + 61:],
                 "32-bit ELF": good[:4] + b"\1" + good[5:], "without program headers": good[:56] + b"\0\0" + good[58:],
                 "has no description": good[:at] + b"X" + good[at + 1:]}
        for words, content in wrong.items():
            with open(bad, "wb") as file:
                file.write(content)
            status, out, err = self.run_tool(self.console, image=bad)
            self.assertEqual((status, out), (1, ""), words)
            self.assertIn(words, err)
        self.assertIn("No such file", self.run_tool("", image=bad + "x")[2])

    def test_usage(self):
        for words in ([], ["log"], ["log", "--image"], ["log", "more", "--image", "x"], ["log", "--nonsense"]):
            ended = subprocess.run([TOOL, *words], capture_output=True, text=True)
            self.assertEqual(ended.returncode, 2, words)
            self.assertIn("usage: explain LOG", ended.stderr)
        ended = subprocess.run([TOOL, os.path.join(self.folder, "nowhere"), "--image", self.image],
                               capture_output=True, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("nowhere: No such file", ended.stderr)


if __name__ == "__main__":
    unittest.main()
