# SPDX-License-Identifier: BSD-2-Clause
# needs: sdk
"""Components that fail and are restarted: what they find then, what their neighbours notice."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tool/runner"))
import qemu  # noqa: E402

SDK = os.path.join(ROOT, "build/sofa-sdk")
SOURCES = os.path.join(HERE, "test/restart")
FLAGS = ["-nostdlib", "-ffreestanding", "-g", "-O2", "-Wall", "-Wextra", "-Werror", "-fno-pie", "-no-pie", "-static",
         "-Wl,--build-id=none", "-Wl,-z,max-page-size=4096"]
LIMIT_S = 60

# The chain of calls; %s are attributes of middle and last.
CHAIN = """
<memory_region name="kept" size="0x1000" persistent="true"/>
<memory_region name="lost" size="0x1000"/>
<protection_domain name="client" priority="100" restart="fault">
  <program_image path="client.elf"/>
  <map mr="kept" vaddr="0x40000000" setvar_vaddr="kept"/>
  <map mr="lost" vaddr="0x40001000" setvar_vaddr="lost"/>
  <restart_notify pd="starter" id="4"/>
</protection_domain>
<protection_domain name="middle" priority="150" restart="fault"%s><program_image path="middle.elf"/></protection_domain>
<protection_domain name="last" priority="160" restart="fault"%s><program_image path="last.elf"/></protection_domain>
<protection_domain name="starter" priority="50"><program_image path="starter.elf"/></protection_domain>
<channel><end pd="client" id="2" pp="true"/><end pd="middle" id="0"/></channel>
<channel><end pd="middle" id="1" pp="true"/><end pd="last" id="0"/></channel>
<channel><end pd="starter" id="3"/><end pd="client" id="5" notify="false"/></channel>
"""

CALLS = ["the last has counted 6", "the last has counted 7", "the middle was restarted, failing was 1",
         "the last has counted 8", "the last was restarted, failing was 2", "the last has counted 6",
         "the middle was restarted, failing was 3", "the last has counted 8"]
CALLS_END = r"(?s)(?=.*client: notified 2\n.*notified 5\n)(?=.*starter: the client was restarted\n)"
LATER_CALLS = ["the last has counted 9", "the last has counted 10", "the middle was restarted, failing was 1",
               "the last has counted 11", *CALLS[4:]]

# Somebody else calls the middle while it waits for the last one, which has used up its time.
QUEUE = CHAIN.replace('"last"', '"slow"') + """
<protection_domain name="other" priority="90"><program_image path="other.elf"/></protection_domain>
<channel><end pd="other" id="2" pp="true"/><end pd="middle" id="7"/></channel>
"""

MAKER = """
<memory_region name="kept" size="0x1000" persistent="true"/>
<protection_domain name="maker" priority="100" restart="fault">
  <program_image path="maker.elf"/>
  <map mr="kept" vaddr="0x40000000" setvar_vaddr="life"/>
  <cspace>
    <cap_untyped slot="1" size="0x200000"/><cap_asid_pool slot="2"/><cap_sched_control slot="3"/>
    <cap_cnode slot="4" pd="maker"/><cap_tcb slot="5" pd="maker"/><cap_vspace slot="6" pd="maker"/>
    <cap_sc slot="7" pd="maker"/>
  </cspace>
</protection_domain>
<protection_domain name="neighbour" priority="120"><program_image path="neighbour.elf"/></protection_domain>
<channel><end pd="maker" id="9"/><end pd="neighbour" id="1"/></channel>
"""

LOOPER = """
<protection_domain name="looper" priority="200" restart="fault" restart_limit="%d">
  <program_image path="looper.elf"/><restart_notify pd="neighbour" id="5"/>
</protection_domain>
<protection_domain name="neighbour" priority="120"><program_image path="neighbour.elf"/></protection_domain>
"""

STORM = """
<protection_domain name="large" priority="200" restart="fault" restart_limit="60">
  <program_image path="large.elf"/>
</protection_domain>
<protection_domain name="pulse" priority="120"><program_image path="pulse.elf"/></protection_domain>
"""

DRIVER = """
<memory_region name="kept" size="0x1000" persistent="true"/>
<protection_domain name="driver" priority="100" restart="fault">
  <program_image path="driver.elf"/>
  <map mr="kept" vaddr="0x40000000" setvar_vaddr="life"/>
  <ioport id="0" addr="0x40" size="4"/><irq id="1" pin="2" vector="1"%s/>
</protection_domain>
"""

WILLING = """
<memory_region name="kept" size="0x1000" persistent="true"/>
<protection_domain name="willing" priority="100" restart="%s">
  <program_image path="willing.elf"/><map mr="kept" vaddr="0x40000000" setvar_vaddr="life"/>
</protection_domain>
"""

METER = """
<memory_region name="kept" size="0x1000" persistent="true"/>
<protection_domain name="meter" priority="100" restart="fault">
  <program_image path="meter.elf"/><map mr="kept" vaddr="0x40000000" setvar_vaddr="kept"/>
  <ioport id="0" addr="0x3f8" size="8"/>
</protection_domain>
"""


class Systems(unittest.TestCase):
    """Builds and boots systems of the programs in test/restart, for one config."""
    config = "debug"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="restart-")
        board = os.path.join(SDK, "board/x86_64_generic", cls.config)
        for name in sorted(os.listdir(SOURCES)):
            if name.endswith(".c"):
                subprocess.run(["gcc", *FLAGS, "-I", os.path.join(board, "include"), os.path.join(SOURCES, name),
                                "-L", os.path.join(board, "lib"), "-lmicrokit", "-Tmicrokit.ld",
                                "-o", os.path.join(cls.folder, name[:-2] + ".elf")], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def build(self, text, *options):
        with open(os.path.join(self.folder, "test.system"), "w", encoding="utf-8") as file:
            file.write(f"<system>{text}</system>\n")
        return subprocess.run([os.path.join(SDK, "bin/microkit"), "test.system", "--board", "x86_64_generic",
                               "--config", self.config, "--extensions", "-o", "out.elf", *options],
                              cwd=self.folder, capture_output=True, text=True, env=dict(os.environ, MICROKIT_SDK=SDK))

    def boot(self, text, end, *options):
        """The console until the words `end` are on it."""
        ended = self.build(text, *options)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        words = qemu.command(os.path.join(self.folder, "sel4_32.elf"), os.path.join(self.folder, "out.elf"),
                             append="report=stopped")
        console = qemu.run(words, os.path.join(self.folder, "machine"), LIMIT_S, end).console
        self.assertRegex(console, end)
        return console

    def said(self, console, who):
        """What a component has written, line by line."""
        return re.findall(rf"(?m)^{who}:? (.*)$", console)


class Debug(Systems):
    def test_calls(self):
        """Server and nested server fail before, in and after a call; then the client itself."""
        for middle in ("", ' passive="true"'):
            for last in ("", ' passive="true"'):
                console = self.boot(CHAIN % (middle, last), CALLS_END)
                self.assertEqual(self.said(console, "client"),
                                 ["life 0", "data 5", "bss and lost memory 0", *CALLS, "notified 5",
                                  "life 1", "data 5", "bss and lost memory 0", *LATER_CALLS, "notified 2",
                                  "notified 5"], console)
                self.assertIn("starter: the client was restarted\n", console)

    def test_queued_callers_wait(self):
        console = self.boot(QUEUE % ("", ' budget="500" period="20000"'), "other: done")
        self.assertRegex(console, r"other: calls\n(MON.*\n)*client: the middle was restarted, failing was 3\n"
                                  r"(MON.*\n)*other: answered\n")
        self.assertEqual(set(self.said(console, "other")), {"calls", "answered", "done"}, console)

    def test_deeds_are_undone(self):
        console = self.boot(MAKER, "maker: done\n")
        self.assertEqual(self.said(console, "maker"), ["made", "made", "made", "made", "done"], console)
        self.assertEqual(self.said(console, "neighbour"), ["notified 1"] * 3)
        self.assertNotIn("WRONG", console)

    def test_limit(self):
        console = self.boot(LOOPER % 3, "it stays down\n")
        self.assertEqual(re.findall(r"'looper' was restarted.*number (\d)", console), ["1", "2", "3"])
        self.assertIn("MON|ERROR: PD 'looper' was restarted 3 times within a minute: it stays down\n", console)
        self.assertEqual(console.count("faulting PD: looper"), 4)
        self.assertIn("neighbour: notified 5\n", console)

    def test_nobody_is_held_up(self):
        """Sixty restarts of a megabyte are 80 ms of work; a bystander runs after each two of them."""
        console = self.boot(STORM, r"(?s)(?=.*longest gap \d+ us)(?=.*stays down\n)",
                            "--console", "serial")
        gap_us = int(re.search(r"longest gap (\d+) us", console)[1])
        self.assertTrue(2000 < gap_us < 3500, console)

    def test_interrupts(self):
        for trigger in ("", ' trigger="edge"'):
            console = self.boot(DRIVER % trigger, r"(?s)(?=.*(three interrupts.*){3})(?=.*number 2\n)")
            self.assertEqual(console.count("was restarted"), 2, console)

    def test_always(self):
        console = self.boot(WILLING % "always", r"(?s)(?=.*goes on\n)(?=.*number 2\n)")
        self.assertEqual(self.said(console, "willing"), ["life 0", "life 1", "life 2", "goes on"])
        self.assertIn("MON|INFO: PD 'willing' has stopped of its own accord\n", console)

    def test_only_always(self):
        console = self.boot(WILLING % "fault", "willing: goes on")
        self.assertEqual(self.said(console, "willing"), ["life 0", "goes on"])

    def test_console(self):
        """No components' words here, so nothing at all if the monitor's go elsewhere."""
        self.assertNotIn("MON|", self.boot(LOOPER % 1, "notified 5\n", "--console", "log"))
        self.assertIn("MON|", self.boot(LOOPER % 1, "stays down\n", "--console", "serial"))

    def test_json(self):
        self.assertNotIn("MON|JSON", self.boot(LOOPER % 1, "stays down\n"))
        self.assertIn("MON|JSON", self.boot(LOOPER % 1, "stays down\n", "--fault-json"))


class Release(Systems):
    """Here the kernel prints nothing."""
    config = "release"

    def test_serial(self):
        console = self.boot(LOOPER % 2, "it stays down\n")
        self.assertRegex(console, r"(?m)^MON\|ERROR: faulting PD: looper$")
        self.assertRegex(console, r"(?m)^MON\|ERROR:   at init\+0x\w+, chain\.h:\d+ ")

    def test_refused_consoles(self):
        for text, console, words in ((METER, "serial", "'meter' has the serial port"),
                                     (LOOPER % 1, "kernel", "the kernel of config 'release' does not print"),
                                     (LOOPER % 1, "paper", "choose from: kernel, serial, log")):
            ended = self.build(text, "--console", console)
            self.assertEqual(ended.returncode, 1)
            self.assertIn(words, ended.stderr)

    def test_cost(self):
        """The monitor has no console here. One instruction is one count."""
        console = self.boot(METER, "end\n")
        away = [int(number) for number in self.said(console, "away")]
        self.assertEqual(len(away), 3, console)


if __name__ == "__main__":
    unittest.main()
