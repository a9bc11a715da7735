# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen
"""The build stage: what images contain, what is refused, and the microkit command line.

An SDK and programs of a few bytes are made on the spot (test/elves.py); images are read back with
test/image.py, which shares no code with the builder.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "test"))
import elves  # noqa: E402
from image import NONE, NO_PADDR, Image  # noqa: E402

TOOL = os.path.abspath(os.path.join(HERE, "../../build/host/gcc/tool/sysgen/sysgen"))
R, W, G, X, UNCACHED = 1, 2, 4, 8, 16
STACK_TOP, BUFFER = 0x7fffffffd000, 0x7fffffffe000
# Rules of the build stage; every one of them must be broken by a test below.
BUILD_RULES = set(re.findall(r'"((?:program|elf|symbol|memory|objects|image|output)\.\w+(?:\.\w+)?)", "E-',
                             open(os.path.join(HERE, "rules.h"), encoding="utf-8").read())) - {"symbol.twice"}
broken_rules = set()

PD = '<protection_domain name="%s" %s><program_image path="pd.elf"/>%s</protection_domain>'


def system(body):
    return "<system>" + body + "</system>"


class Folder(unittest.TestCase):
    """A folder with an SDK, and the tool to run in it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sysgen-")
        for config in ("debug", "release", "benchmark"):
            self.write(f"sdk/board/x86_64_generic/{config}/elf/sel4.elf", elves.kernel().bytes())
            self.write(f"sdk/board/x86_64_generic/{config}/elf/sel4_32.elf", b"32-bit kernel")
            self.write(f"sdk/board/x86_64_generic/{config}/elf/initialiser.elf", elves.own(0x400000).bytes())
            self.write(f"sdk/board/x86_64_generic/{config}/elf/monitor.elf", elves.own(0x200000).bytes())
        self.write("pd.elf", elves.program([("one", 8), ("two", 8), ("three", 8), ("small", 4)]).bytes())
        os.symlink(TOOL, os.path.join(self.folder, "microkit"))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def tool(self, *words, sdk="sdk"):
        environment = dict(os.environ, MICROKIT_SDK=sdk) if sdk else \
            {key: value for key, value in os.environ.items() if key != "MICROKIT_SDK"}
        return subprocess.run(["./microkit", *words], cwd=self.folder, env=environment, capture_output=True,
                              text=True)

    def attempt(self, text, *words, config="debug"):
        self.write("test.system", text)
        return self.tool("test.system", "--board", "x86_64_generic", "--config", config, "-o", "out.elf", *words)

    def build(self, text, *words, config="debug"):
        """The description in the image that comes out."""
        ended = self.attempt(text, *words, config=config)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        *_, last = elves.read_segments(self.read("out.elf"))
        return Image(last[2])

    def refuse(self, rule, words, text, *options):
        ended = self.attempt(text, *options)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn(f"[{rule}, E-", ended.stderr)
        self.assertIn(words, ended.stderr)
        self.assertTrue(ended.stderr.startswith("Error: "), ended.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out.elf")))
        broken_rules.add(rule)


class Contract(Folder):
    """Slots, badges, layout and start state that programs rely on."""

    CHANNEL = system(
        PD % ("server", 'priority="100" passive="true" stack_size="0x4000"', "") +
        PD % ("client", 'priority="99" budget="500" period="2000" fpu="false"',
              '<irq id="3" pin="4" vector="9" trigger="edge" polarity="low"/>'
              '<irq id="4" pcidev="1:2.3" handle="7" vector="10"/>'
              '<ioport id="2" addr="0x3f8" size="8" setvar_id="one" setvar_addr="two"/>') +
        '<channel><end pd="client" id="0" pp="true" setvar_id="three"/><end pd="server" id="61"/></channel>'
        '<channel><end pd="client" id="1"/><end pd="server" id="5" notify="false"/></channel>')

    def test_slots(self):
        image = self.build(self.CHANNEL)
        server, client = image.component("server"), image.component("client")
        root, second = image.slots(server.cnode_root), image.slots(server.cnode)
        self.assertEqual(list(root), [0])
        self.assertEqual((root[0].object, root[0].badge), (server.cnode, 49))
        self.assertEqual(image.objects[server.cnode_root].argument, 6)
        self.assertEqual(image.objects[server.cnode].argument, 9)
        self.assertEqual(sorted(second), [1, 2, 3, 4, 5, 10 + 61])
        self.assertEqual((second[1].object, second[1].rights, second[1].badge), (server.endpoint, R | W | G, 0))
        monitor = image.components[image.monitor]
        self.assertEqual((second[2].object, second[2].rights, second[2].badge), (monitor.endpoint, R | W | G, 1))
        self.assertEqual(second[3].object, server.vspace)
        self.assertEqual(second[4].object, server.reply)
        self.assertEqual((second[5].object, second[5].badge), (monitor.endpoint, 1))
        self.assertEqual((second[71].object, second[71].badge, second[71].rights),
                         (client.notification, 1 << 0, R | W))
        second = image.slots(client.cnode)
        self.assertEqual(sorted(second), [1, 2, 3, 4, 10, 11, 74, 138 + 3, 138 + 4, 394 + 2])
        self.assertEqual((second[1].object, second[1].rights), (client.notification, R | W))
        self.assertEqual((second[2].object, second[2].badge), (monitor.endpoint, 2))
        self.assertEqual((second[10].object, second[10].badge), (server.notification, 1 << 61))
        self.assertEqual((second[11].object, second[11].badge), (server.notification, 1 << 5))
        self.assertEqual((second[74].object, second[74].badge, second[74].rights),
                         (server.endpoint, 1 << 63 | 61, R | W | G))
        self.assertEqual(image.kind(second[141].object), "irq")
        ports = image.objects[second[396].object]
        self.assertEqual((image.kind(second[396].object), ports.argument), ("io_ports", 0x3f8 | 0x3ff << 16))

    def test_threads(self):
        image = self.build(self.CHANNEL)
        client = image.component("client")
        monitor, teller, server, thread = image.threads
        self.assertEqual([image.text(one.name) for one in image.threads],
                         ["monitor", "monitor_teller", "server", "client"])
        self.assertEqual((thread.pc, thread.sp, thread.buffer_vaddr), (0x200000, STACK_TOP, BUFFER))
        self.assertEqual((thread.priority, thread.control, thread.flags, thread.domain), (99, 99, 1, 0))
        self.assertEqual((server.priority, server.flags), (100, 0))
        self.assertEqual((monitor.priority, monitor.guard, monitor.fault), (255, 54, NONE))
        self.assertEqual((teller.priority, teller.flags, teller.cspace), (254, 2, monitor.cspace))
        self.assertEqual((thread.cspace, thread.guard, thread.notification),
                         (client.cnode_root, 0, client.notification))
        self.assertEqual(thread.fault_badge, 2)
        scheds = {one.object: one for one in image.scheds}
        self.assertEqual(scheds[thread.sched][2:], (500, 2000, 0x101))
        self.assertEqual(scheds[server.sched][2:], (1000, 1000, 0x100))
        self.assertEqual(scheds[monitor.sched][2:], (1000, 1000, 0))

    def test_interrupts(self):
        image = self.build(self.CHANNEL)
        client = image.component("client")
        pin, msi = image.irqs
        self.assertEqual((pin.notification, pin.badge), (client.notification, 1 << 3))
        self.assertEqual((pin.kind, pin.level, pin.active_low, pin.number, pin.ioapic, pin.pin), (2, 0, 1, 9, 0, 4))
        self.assertEqual((msi.kind, msi.badge, msi.number), (3, 1 << 4, 10))
        self.assertEqual((msi.bus, msi.device, msi.function, msi.handle), (1, 2, 3, 7))
        self.assertEqual((client.bits_low, client.bits_high), (1 << 3 | 1 << 4 | 1 << 0, 0))

    def test_layout(self):
        image = self.build(self.CHANNEL)
        server = image.component("server")
        frames = [(one.vaddr, one.count, one.rights) for one in image.mappings
                  if one.vspace == server.vspace and image.kind(one.object) == "frame"]
        self.assertEqual(frames, [(0x200000, 1, R | X), (0x201000, 3, R | W), (STACK_TOP - 0x4000, 4, R | W),
                                  (BUFFER, 1, R | W)])
        self.assertEqual((server.stack_bottom, server.stack_top, server.entry),
                         (STACK_TOP - 0x4000, STACK_TOP, 0x200000))
        tables = [(one.vaddr, one.stride) for one in image.mappings
                  if one.vspace == server.vspace and image.kind(one.object) == "page_table"]
        self.assertEqual(tables, [(0, 1 << 39), (0x7f8000000000, 1 << 39), (0, 1 << 30),
                                  (0x7fffc0000000, 1 << 30), (0x200000, 1 << 21), (0x7fffffe00000, 1 << 21)])

    def test_patches(self):
        image = self.build(self.CHANNEL)
        symbols = {name: address for name, address, _ in elves.program(
            [("one", 8), ("two", 8), ("three", 8), ("small", 4)]).symbols}
        for name, wanted in {"microkit_irqs": 0x18, "microkit_notifications": 3, "microkit_pps": 1,
                             "microkit_ioports": 4, "one": 2, "two": 0x3f8, "three": 0}.items():
            data = image.memory(image.component("client").vspace, symbols[name], 8)
            self.assertEqual(int.from_bytes(data, "little"), wanted, name)
        for name in ("client", "server"):
            data = image.memory(image.component(name).vspace, symbols["microkit_name"], 64)
            self.assertEqual(data, name.encode().ljust(64, b"\0"))
        passive = [image.memory(image.component(name).vspace, symbols["microkit_passive"], 1)
                   for name in ("server", "client")]
        self.assertEqual(passive, [b"\1", b"\0"])
        self.assertEqual(image.memory(image.component("client").vspace, 0x201000, 16), b"data" * 4)
        self.assertEqual(image.memory(image.component("client").vspace, 0x200000, 6), b"\xeb\xfecode")

    def test_long_name(self):
        image = self.build(system(PD % ("n" * 70, "", "")))
        data = image.memory(image.components[0].vspace, 0x201010, 72)
        self.assertEqual(data, b"n" * 64 + bytes(8))

    def test_children(self):
        image = self.build(system(PD % ("parent", 'priority="9"', PD % (
            "child", 'id="7" setvar_id="one"', PD % ("grandchild", 'id="61"', "")))))
        parent, child, grandchild = (image.component(name) for name in ("parent", "child", "grandchild"))
        self.assertEqual(image.slots(parent.cnode)[202 + 7].object, child.tcb)
        self.assertEqual(image.slots(parent.cnode)[1].object, parent.endpoint)
        fault = image.slots(child.cnode)[2]
        self.assertEqual((fault.object, fault.badge, fault.rights), (parent.endpoint, 1 << 62 | 7, R | W | G))
        thread = next(one for one in image.threads if image.text(one.name) == "grandchild")
        self.assertEqual((thread.fault, thread.fault_badge), (child.endpoint, 1 << 62 | 61))
        self.assertEqual(grandchild.endpoint, NONE)
        self.assertEqual((image.components[grandchild.parent], grandchild.child_id), (child, 61))
        self.assertEqual(image.memory(parent.vspace, dict((s[0], s[1]) for s in elves.program(
            [("one", 8)]).symbols)["one"], 8), (7).to_bytes(8, "little"))

    def test_monitor(self):
        image = self.build(self.CHANNEL)
        monitor = image.components[image.monitor]
        slots = image.slots(monitor.cnode)
        server, client = image.component("server"), image.component("client")
        self.assertEqual(sorted(slots), [1, 2, 3, 4, 5, 6, 7, 10, 11, 73, 138, 202, 512, 516])
        self.assertEqual([(image.name(slots[slot].object), slots[slot].rights) for slot in (512, 516)],
                         [("frame_server_stack", R), ("frame_client_stack", R)])
        self.assertEqual((slots[1].object, slots[2].object), (monitor.endpoint, monitor.reply))
        self.assertEqual([slots[slot].object for slot in (4, 5, 6)],
                         [monitor.cnode, monitor.tcb, image.threads[1].tcb])
        self.assertEqual((slots[10].object, slots[11].object), (server.tcb, client.tcb))
        self.assertEqual((slots[138].object, slots[202].object), (server.sched, server.notification))
        place = image.memory(monitor.vspace, 0x201008, 16)
        seen = next(one for one in image.mappings if image.kind(one.object) == "image_frames")
        self.assertEqual((seen.vspace, seen.rights, seen.count), (monitor.vspace, R, image.total >> 12))
        self.assertEqual(place, seen.vaddr.to_bytes(8, "little") + image.total.to_bytes(8, "little"))

    def test_monitor_sees_stacks(self):
        """Whole, or bottom and top of a deep one."""
        image = self.build(system(PD % ("deep", 'priority="9" stack_size="0x40000"', "")))
        monitor = image.components[image.monitor]
        seen = [(cap.slot, image.name(cap.object), cap.index, cap.count) for cap in image.caps
                if cap.cnode == monitor.cnode and cap.slot >= 512]
        self.assertEqual(seen, [(512, "frame_deep_stack", 0, 8), (520, "frame_deep_stack", 56, 8)])

    def test_own_tcb_in_benchmark(self):
        image = self.build(self.CHANNEL, config="benchmark")
        client = image.component("client")
        self.assertEqual(image.slots(client.cnode)[6].object, client.tcb)

    def test_cspace(self):
        image = self.build(system(PD % ("one", "", '<cspace><cap_tcb slot="63" pd="two"/><cap_sc slot="1" pd="one"/>'
                                                   '<cap_vspace slot="2" pd="two"/></cspace>') + PD % ("two", "", "")))
        one, two = image.component("one"), image.component("two")
        slots = image.slots(one.cnode_root)
        self.assertEqual({slot: cap.object for slot, cap in slots.items()},
                         {0: one.cnode, 63: two.tcb, 1: one.sched, 2: two.vspace})

    def test_regions(self):
        image = self.build(system(
            '<memory_region name="large" size="0x400000"/>'
            '<memory_region name="device" size="0x2000" phys_addr="0xfed00000"/>'
            '<memory_region name="file" prefill_path="fill"/>'
            '<memory_region name="tsc" prefill_bootinfo="x86_tsc_freq"/>' +
            PD % ("one", "", '<map mr="large" vaddr="0x40000000" setvar_vaddr="one"/>'
                             '<map mr="device" vaddr="0x1000" cached="false" perms="r"/>'
                             '<map mr="file" vaddr="0x5000" setvar_prefill_size="two" setvar_size="three"/>'
                             '<map mr="tsc" vaddr="0x9000"/>') +
            PD % ("two", "", '<map mr="large" vaddr="0x80000000" perms="r"/>')))
        self.assertEqual([image.text(one.name) for one in image.regions], ["large", "device", "file", "tsc"])
        large, device, file, tsc = (image.objects[one.object] for one in image.regions)
        self.assertEqual((large.count, large.size_bits, large.paddr), (2, 21, NO_PADDR))
        self.assertEqual((device.count, device.size_bits, device.paddr), (2, 12, 0xfed00000))
        one = image.component("one")
        maps = {one.region: one for one in image.mappings if one.vspace == one.vspace and one.use == 5
                and one.component == 0}
        self.assertEqual((maps[0].vaddr, maps[0].stride, maps[0].rights), (0x40000000, 1 << 21, R | W))
        self.assertEqual(maps[1].rights, R | UNCACHED)
        tables = [one for one in image.mappings if one.component == 0 and image.kind(one.object) == "page_table"]
        inner = [one.vaddr for one in tables if one.stride == 1 << 21]
        self.assertEqual(inner, [0, 0x7fffffe00000])  # none for the large pages at 0x40000000
        self.assertIn((0, 1 << 30, 2), [(one.vaddr, one.stride, one.count) for one in tables])
        copy = next(one for one in image.mappings if one.region == 0 and one.component == 1)
        self.assertEqual(maps[0].cap_id, large.id)
        self.assertEqual((copy.cap_id, image.cap_total), (image.object_total, image.object_total + 2))
        self.assertEqual(image.memory(one.vspace, 0x5000, 0x1100), b"x" * 0x1003 + bytes(0x1100 - 0x1003))
        symbols = {name: address for name, address, _ in elves.program([("one", 8), ("two", 8), ("three", 8)]).symbols}
        values = [int.from_bytes(image.memory(one.vspace, symbols[name], 8), "little")
                  for name in ("one", "two", "three")]
        self.assertEqual(values, [0x40000000, 0x1003, 0x2000])
        self.assertEqual([(fill.kind, fill.source) for fill in image.fills if fill.kind == 2],
                         [(2, 5), (2, 5)])  # the file's, and the monitor's clock
        self.assertEqual(image.objects[image.fills[1].object], tsc)
        self.assertEqual(file.count, 2)

    def setUp(self):
        super().setUp()
        self.write("fill", b"x" * 0x1003)

    def test_domains(self):
        image = self.build(system(
            '<domains><domain name="a" id="3"/><domain name="b"/><domain_schedule start_index="1" index_shift="2">'
            '<schedule_entry domain="a" duration="5 us"/><schedule_entry domain="b" duration="7 ticks"/>'
            '<schedule_end_marker/></domain_schedule></domains>' + PD % ("one", 'domain="a"', "")))
        self.assertEqual([tuple(one) for one in image.slices], [(5, 3, 1), (7, 0, 0), (0, 0, 2)])
        self.assertEqual((image.schedule_start, image.schedule_shift), (1, 2))
        self.assertEqual([one.domain for one in image.threads], [0, 0, 3])

    def test_as_many_as_there_can_be(self):
        """63 components, each in a chain of calls and of shared memory."""
        count = 63
        image = self.build(system(
            "".join(f'<memory_region name="m{i}" size="0x3000"/>' for i in range(count)) +
            "".join(PD % (f"p{i}", f'priority="{i}"', f'<map mr="m{i}" vaddr="0x10000"/>'
                          f'<map mr="m{(i + 1) % count}" vaddr="0x20000"/>') for i in range(count)) +
            "".join(f'<channel><end pd="p{i}" id="0" pp="true"/><end pd="p{i + 1}" id="1"/></channel>'
                    for i in range(count - 1))))
        self.assertEqual((len(image.components), len(image.threads), image.monitor), (64, 65, 63))
        self.assertEqual(image.cap_total, image.object_total + 3 * count)
        used = sorted(one.cap_id + i for one in image.mappings for i in range(one.count))
        self.assertEqual(len(used), len(set(used)))  # no capability is mapped twice
        for i in range(count - 1):
            call = image.slots(image.component(f"p{i}").cnode)[74]
            self.assertEqual(call.object, image.component(f"p{i + 1}").endpoint)

    def test_symbols_from_another_file(self):
        whole = elves.program([("one", 8)])
        bare = elves.program()
        bare.with_table = False
        self.write("bare.elf", bare.bytes())
        self.write("whole.elf", whole.bytes())
        image = self.build(system('<protection_domain name="a"><program_image path="bare.elf" '
                                  'path_for_symbols="whole.elf"/></protection_domain>'))
        self.assertEqual(image.memory(image.components[0].vspace, 0x201010, 2), b"a\0")

    def test_initial_task(self):
        image = self.build(self.CHANNEL)
        code, data, block = elves.read_segments(self.read("out.elf"))
        self.assertEqual((code[0], data[0], block[0]), (0x400000, 0x401000, 0x404000))
        self.assertEqual(data[2][8:24], block[0].to_bytes(8, "little") + image.total.to_bytes(8, "little"))
        self.assertEqual(len(block[2]), image.total)


class Extensions(Folder):
    TEXT = system(
        '<memory_region name="ring" size="0x1000" persistent="true"/><memory_region name="heap" size="0x2000"/>' +
        PD % ("one", 'restart="fault" restart_limit="7"',
              '<map mr="ring" vaddr="0x1000"/><map mr="heap" vaddr="0x3000"/>'
              '<restart_notify pd="two" id="9" setvar_id="one"/>'
              '<cspace><cap_untyped slot="1" size="0x100000"/><cap_asid_pool slot="2"/>'
              '<cap_sched_control slot="3"/><cap_irq_control slot="4"/><cap_ioport_control slot="5"/>'
              '<cap_cnode slot="6" pd="one"/></cspace>') + PD % ("two", "", ""))

    def test_capabilities(self):
        image = self.build(self.TEXT, "--extensions")
        one = image.component("one")
        slots = image.slots(one.cnode_root)
        kinds = [image.kind(slots[slot].object) for slot in range(1, 7)]
        self.assertEqual(kinds, ["untyped", "asid_pool", "sched_control", "irq_control", "io_port_control", "cnode"])
        self.assertEqual(image.objects[slots[1].object].size_bits, 20)
        self.assertEqual((slots[6].object, slots[6].badge), (one.cnode_root, 52))

    def test_restart(self):
        image = self.build(self.TEXT, "--extensions")
        one, two = image.component("one"), image.component("two")
        self.assertEqual((one.restart, one.limit, two.restart), (1, 7, 0))
        self.assertEqual(image.notices[one.notice_first][:3], (0, 1, 9))
        self.assertEqual(two.bits_low, 1 << 9)
        monitor = image.components[image.monitor]
        held = {image.name(cap.object): cap for cap in image.caps
                if cap.cnode == monitor.cnode and cap.slot >= 512}
        self.assertEqual(held["ntfn_two"].badge, 1 << 9)
        for name in ("cnode_one_root", "cnode_one", "reply_one", "untyped_one_1", "frame_elf_one_0",
                     "frame_elf_one_1", "frame_one_stack", "frame_mr_heap"):
            self.assertIn(name, held)
        self.assertNotIn("frame_mr_ring", held)
        self.assertEqual([region.flags for region in image.regions], [1, 0])
        self.assertGreater(image.objects[monitor.cnode].argument, 9)

    def test_restart_can_mint_everything_again(self):
        """For each capability of a restarted component the monitor holds that object, once, unbadged."""
        image = self.build(self.TEXT.replace("</system>", '<channel><end pd="one" id="1" pp="true"/><end pd="two" '
                           'id="2"/></channel></system>').replace('name="two" ', 'name="two" priority="5"'),
                           "--extensions")
        one, monitor = image.component("one"), image.components[image.monitor]
        held = [cap for cap in image.caps if cap.cnode == monitor.cnode and cap.meaning == 18]
        objects = [cap.object for cap in held]
        self.assertEqual(len(objects), len(set(objects)))
        self.assertEqual({cap.badge for cap in held}, {0})
        for cap in image.caps:
            if cap.cnode in (one.cnode, one.cnode_root):
                kind = image.kind(cap.object)
                self.assertEqual(cap.object in objects, kind not in ("irq_control", "io_port_control"), kind)

    def test_strict(self):
        ended = self.attempt(self.TEXT)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("[extension.strict, E-ATTR]", ended.stderr)


class Corpus(Folder):
    def test_accepted_files_build(self):
        """Every file of the corpus for this board, with a program that has all symbols it names."""
        with open(os.path.join(HERE, "test/accepted.txt"), encoding="utf-8") as file:
            cases = [line.split() for line in file if line.split()[1:2] == ["x86_64_generic"]]
        built = 0
        for name, _, *options in cases:
            if options not in ([], ["extensions"]):
                continue
            with open(os.path.join(HERE, "test/accepted", name + ".system"), encoding="utf-8") as file:
                text = file.read()
            names = set(re.findall(r'(?:setvar_\w+|symbol)="(\w+)"', text))
            self.write("test.elf", elves.program([(symbol, 8) for symbol in sorted(names)]).bytes())
            image = self.build(text, "--search-path", os.path.join(HERE, "test/files"),
                               *(["--extensions"] if options else []))
            self.assertEqual(len(image.components), text.count("<protection_domain") + 1, name)
            built += 1
        self.assertGreater(built, 12)


class Sameness(Folder):
    def test_same_bytes(self):
        """Twice, and from another folder under another name of the same files."""
        self.build(Extensions.TEXT, "--extensions", "--report-json", "one.json")
        first, report = self.read("out.elf"), self.read("one.json")
        os.rename(os.path.join(self.folder, "out.elf"), os.path.join(self.folder, "first.elf"))
        self.build(Extensions.TEXT, "--extensions", "--report-json", "two.json")
        self.assertEqual(self.read("out.elf"), first)
        self.assertEqual(self.read("two.json"), report)
        moved = self.folder + "-moved"
        os.rename(self.folder, moved)
        self.folder = moved
        self.build(Extensions.TEXT, "--extensions", "--search-path", moved)
        self.assertEqual(self.read("out.elf"), first)

    def test_programs_kept_once(self):
        """Equal code of several components is in the image once."""
        big = elves.program()
        big.segments[0].data = b"\xeb\xfe" + os.urandom(0x3000)
        big.segments[0].vaddr, big.entry = 0x100000, 0x100000
        big.segments[0].memory = len(big.segments[0].data)
        self.write("pd.elf", big.bytes())
        one = self.build(system(PD % ("a", "", "")))
        many = self.build(system("".join(PD % (f"a{i}", "", "") for i in range(9))))
        self.assertLess(many.total - many.described, one.total - one.described + 0x3000)


class Refusals(Folder):
    """Each rule of the build stage, broken once."""

    ONE = system(PD % ("one", "", ""))

    def program(self, change, rule, words, text=None):
        elf = elves.program([("one", 8), ("small", 4)])
        data = change(elf)
        self.write("pd.elf", elf.bytes() if data is None else data)
        self.refuse(rule, words, text or self.ONE)

    def test_program_missing(self):
        self.refuse("program.path", "'none.elf'", self.ONE.replace("pd.elf", "none.elf"))
        self.refuse("program.path", "test.system:1:", self.ONE.replace("pd.elf", "none.elf"))

    def test_no_elf(self):
        cases = [(b"", "is no ELF file"), (b"#!/bin/sh\n" * 9, "is no ELF file"),
                 (b"\x7fELF\1\1" + bytes(99), "is a 32-bit ELF file"),
                 (b"\x7fELF\3\1" + bytes(99), "invalid ELF class"),
                 (b"\x7fELF\2\2" + bytes(99), "not little-endian"),
                 (b"\x7fELF\2\1" + bytes(20), "ends within its header")]
        for data, words in cases:
            self.program(lambda elf, data=data: data, "elf.form", words)

    def test_machine(self):
        self.program(lambda elf: setattr(elf, "machine", 183), "elf.machine", "another processor")

    def test_segments(self):
        self.program(lambda elf: elf.segments.clear(), "elf.segments", "no program headers")
        self.program(lambda elf: [setattr(one, "kind", 4) for one in elf.segments] and None, "elf.segments",
                     "no loadable segment")
        self.program(lambda elf: setattr(elf.segments[1], "memory", 3), "elf.segments", "larger in the file")
        self.program(lambda elf: setattr(elf.segments[1], "memory", 1 << 49), "elf.segments", "larger than any address")
        self.program(lambda elf: elf.patches.append((64 + 8, b"\xff" * 8)), "elf.segments", "not within the file")
        self.program(lambda elf: elf.segments.extend(elves.Segment(0x300000 + i * 4096, b"x") for i in range(63)),
                     "elf.segments", "one more than the builder takes")

    def test_symbol_table(self):
        self.program(lambda elf: setattr(elf, "with_table", False), "elf.symbols", "has no symbol table")

        def cut(elf):
            data = bytearray(elf.bytes())
            at = int.from_bytes(data[40:48], "little")
            data[at + 64 + 24:at + 64 + 32] = b"\xff" * 8
            return bytes(data)
        self.program(cut, "elf.symbols", "not within the file")

    def test_entry(self):
        self.program(lambda elf: setattr(elf, "entry", 0x1ffff0), "elf.entry", "0x1ffff0")

    def test_library_symbols(self):
        for name in elves.LIBRARY:
            self.program(lambda elf, name=name: elf.symbols.remove(next(s for s in elf.symbols if s[0] == name)),
                         "symbol.unknown", f"'{name}'")
        self.program(lambda elf: elf.symbols.append(("microkit_pps", 0x201000, 8)), "symbol.many", "2 times")
        self.program(lambda elf: elf.symbols.__setitem__(3, ("microkit_irqs", 0x201010, 4)), "symbol.size", "4 bytes")
        self.program(lambda elf: elf.symbols.__setitem__(3, ("microkit_irqs", 0x300000, 8)), "symbol.place", "0x300000")
        self.program(lambda elf: elf.symbols.__setitem__(3, ("microkit_irqs", 0x203341, 8)), "symbol.place", "0x203341")

    def test_setvar(self):
        text = system('<memory_region name="m" size="0x1000"/>' +
                      PD % ("one", "", '<map mr="m" vaddr="0x1000" setvar_vaddr="%s"/>'))
        self.refuse("symbol.unknown", "'nothing'", text % "nothing")
        self.refuse("symbol.size", "exactly 8 bytes", text % "small")
        self.refuse("symbol.size", "exactly 8 bytes", text % "microkit_name")

    def test_overlaps(self):
        text = system('<memory_region name="m" size="0x1000"/>' + PD % ("one", "", '<map mr="m" vaddr="%s"/>'))
        self.refuse("elf.overlap.map", "overlaps a segment", text % "0x203000")
        self.build(text % "0x204000")
        os.remove(os.path.join(self.folder, "out.elf"))
        self.program(lambda elf: setattr(elf.segments[1], "vaddr", 0x200800), "elf.overlap.segment", "share a page")
        self.program(lambda elf: elf.segments.append(elves.Segment(STACK_TOP - 0x1800, b"x")), "elf.overlap.stack",
                     "reaches the stack")
        self.program(lambda elf: elf.segments.append(elves.Segment(2**64 - 0x1800, b"x")), "elf.overlap.stack",
                     "reaches the stack")

    def test_memory(self):
        region = '<memory_region name="m" size="%s" page_size="0x200000" %s/>'
        text = system(region % ("0x3f800000", "") + PD % ("one", "", ""))
        self.build(system(region % ("0x3e800000", "") + PD % ("one", "", "")))
        os.remove(os.path.join(self.folder, "out.elf"))
        self.refuse("memory.full", "the system needs 10", text)
        self.refuse("memory.full", "are free", self.ONE.replace("<system>", "<system>" + region % ("0x1000000", "")),
                    "--ram", "16")
        self.build(text, "--ram", "2048")

    def test_fixed_addresses(self):
        region = '<memory_region name="m" size="%s" phys_addr="%s"/>'
        for size, place, words in [("0x1000", "0x100000", "partly RAM"), ("0x400000", "0x3fe00000", "partly RAM"),
                                   ("0x1000", "0xfee00000", "kernel keeps"), ("0x4000", "0xfebfe000", "kernel keeps")]:
            self.refuse("memory.fixed", words, self.ONE.replace("<system>", "<system>" + region % (size, place)))
        for place in ("0xb8000", "0x10000000", "0xfed00000", "0x80000000"):
            self.build(self.ONE.replace("<system>", "<system>" + region % ("0x1000", place)))

    def test_objects(self):
        region = '<memory_region name="m%d" size="0x10000000" page_size="0x1000"/>'
        text = system("".join(region % i for i in range(2)) + PD % ("one", "", ""))
        self.refuse("objects.count", "capability slots", text)
        self.refuse("objects.count", "more than 1048576 objects",
                    text.replace('size="0x10000000"', 'size="0x100000000000"', 1))

    def test_initialiser(self):
        elf = elves.own(0x400000)
        elf.symbols = [("system_image_place", 0x401008, 8)]
        self.write("sdk/board/x86_64_generic/debug/elf/initialiser.elf", elf.bytes())
        self.refuse("image.task", "has 8 bytes", self.ONE)
        elf = elves.own(0x400800)
        self.write("sdk/board/x86_64_generic/debug/elf/initialiser.elf", elf.bytes())
        self.refuse("image.task", "does not begin at a page", self.ONE)

    def test_output(self):
        self.refuse("output.write", "cannot be written", self.ONE, "-o", "none/out.elf")


class CommandLine(Folder):
    TEXT = system(PD % ("hello", "", ""))
    GOOD = ["--board", "x86_64_generic", "--config", "debug"]

    def setUp(self):
        super().setUp()
        self.write("hello.system", self.TEXT)

    def fails(self, words, *line, sdk="sdk"):
        ended = self.tool(*line, sdk=sdk)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("microkit: error: ", ended.stderr)
        self.assertIn(words, ended.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "loader.img")))

    def test_defaults(self):
        ended = self.tool("hello.system", *self.GOOD)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        lines = ended.stdout.splitlines()
        self.assertEqual([line.split(":")[0] for line in lines],
                         ["MICROKIT|OBJECT LIST", "MICROKIT|INITIAL TASK", "MICROKIT|BOOT MODULE"])
        for name in ("loader.img", "report.txt", "sel4.elf", "sel4_32.elf"):
            self.assertTrue(self.read(name), name)

    def test_outputs(self):
        os.mkdir(os.path.join(self.folder, "build"))
        ended = self.tool("hello.system", "-o", "build/image", "-r", "build/report", *self.GOOD, "--capdl-json",
                          "build/objects.json", "--viper-output", "build/vpr", "--report-json", "build/report.json")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertEqual(self.read("build/sel4_32.elf"), b"32-bit kernel")
        self.assertIn(b"define mk_is_irq_channel(x) (false)", self.read("build/vpr/hello.vpr"))
        objects = json.loads(self.read("build/objects.json"))
        self.assertIn("tcb_hello", [one["name"] for one in objects["objects"]])
        report = json.loads(self.read("build/report.json"))
        self.assertEqual([one["name"] for one in report["components"]], ["hello", "monitor"])
        self.assertEqual(report["components"][0]["memory"]["stack"], 0x2000)
        headings = [line for line in self.read("build/report").decode().splitlines() if line.startswith("# ")]
        self.assertEqual([line.split()[1] for line in headings[:6]],
                         ["Initial", "IRQ", "TCB", "CNode", "Architecture", "Kernel"])

    def test_at_the_same_time(self):
        """Systems of one folder share the copy of the kernel; two builds that write it do not meet."""
        environment = dict(os.environ, MICROKIT_SDK="sdk")
        running = [subprocess.Popen(["./microkit", "hello.system", *self.GOOD, "-o", f"{i}.img", "-r", f"{i}.txt"],
                                    cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for i in range(20)]
        self.assertEqual([one.communicate()[1] for one in running], [b""] * len(running))
        self.assertEqual([name for name in os.listdir(self.folder) if ".new" in name], [])

    def test_search_path(self):
        os.mkdir(os.path.join(self.folder, "a"))
        os.mkdir(os.path.join(self.folder, "b"))
        os.rename(os.path.join(self.folder, "pd.elf"), os.path.join(self.folder, "b/pd.elf"))
        ended = self.tool("hello.system", "--search-path", "a", "b", *self.GOOD)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        ended = self.tool("--search-path", "a", "--search-path", "b", *self.GOOD, "hello.system")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))

    def test_help(self):
        os.makedirs(os.path.join(self.folder, "sdk/board/another/debug"))
        ended = self.tool("-h")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("boards: another, x86_64_generic", ended.stdout)
        self.fails("does not exist", "--help", sdk="nowhere")
        self.fails("no folder 'board'", "--help", sdk=".")

    def test_wrong_usage(self):
        self.fails("--board --config system")
        self.fails("required: system", *self.GOOD)
        self.fails("unrecognised argument 'more'", "hello.system", "more", *self.GOOD)
        self.fails("unrecognised argument 'hello.system'", "--unknown", "hello.system", *self.GOOD)
        self.fails("'--board' needs a value", "hello.system", "--board")
        self.fails("choose from: x86_64_generic", "hello.system", "--board", "toaster", "--config", "debug")
        self.fails("choose from: x86_64_generic", "--board", "..", "--config", "debug")
        self.fails("choose from: benchmark, debug, release", "hello.system", "--board", "x86_64_generic",
                   "--config", "x")
        self.fails("does not support images of type 'binary'", "hello.system", *self.GOOD, "--image-type", "binary")
        self.fails("invalid image type 'iso'", "hello.system", *self.GOOD, "--image-type", "iso")
        for ram in ("", "x", "15", "-1", "99999999"):
            self.fails("--ram takes MiB", "hello.system", *self.GOOD, "--ram", ram)

    def test_usage_on_standard_output(self):
        self.assertIn("usage: microkit", self.tool("hello.system").stdout)

    def test_sdk_file_missing(self):
        os.remove(os.path.join(self.folder, "sdk/board/x86_64_generic/debug/elf/monitor.elf"))
        self.fails("the SDK's monitor 'sdk/board/x86_64_generic/debug/elf/monitor.elf'", "hello.system", *self.GOOD)

    def test_override_kernel(self):
        self.write("other/sel4.elf", elves.kernel(900).bytes())
        self.write("other/sel4_32.elf", b"other")
        ended = self.tool("hello.system", *self.GOOD, "--override-kernel", "other/sel4.elf")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertEqual(self.read("sel4_32.elf"), b"other")

    def test_sdk_above_program(self):
        os.makedirs(os.path.join(self.folder, "sdk/bin"))
        shutil.copy(TOOL, os.path.join(self.folder, "sdk/bin/microkit"))
        environment = {key: value for key, value in os.environ.items() if key != "MICROKIT_SDK"}
        ended = subprocess.run(["sdk/bin/microkit", "hello.system", *self.GOOD], cwd=self.folder, env=environment,
                               capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))

    def test_system_missing(self):
        ended = self.tool("none.system", *self.GOOD)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("[file.unreadable, E-PATH]", ended.stderr)


class Zone(unittest.TestCase):
    """Runs last: nothing was left out."""

    def test_every_rule_was_broken(self):
        missing = BUILD_RULES - broken_rules - {"memory.chosen"}
        self.assertEqual(missing, set())


if __name__ == "__main__":
    unittest.main()
