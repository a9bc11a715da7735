# SPDX-License-Identifier: BSD-2-Clause
"""Reads a compiled description (proto/system_image.h) with nothing of the builder's own code."""
import struct
from collections import namedtuple

NONE = 0xffffffff
NO_PADDR = 2**64 - 1
KINDS = ["untyped", "tcb", "endpoint", "notification", "reply", "cnode", "sched_context", "frame", "vspace",
         "page_table", "vcpu", "guest_vspace", "guest_table", "io_table", "asid_pool", "irq", "io_ports",
         "io_space", "image_frames", "smc", "sched_control", "irq_control", "io_port_control"]
HEADER = struct.Struct("<QIIQQQIIIIIIQQQII")
RECORDS = {
    "components": ("name program line parent child_id tcb sched notification endpoint reply cnode_root cnode "
                   "vspace flags restart limit notice_first notice_count bits_low bits_high reserved entry "
                   "stack_bottom stack_top code code_bytes", "<14IHH5I5Q"),
    "objects": ("kind size_bits reserved count paddr argument id name component line", "<BBHIQQIIII"),
    "caps": ("cnode slot object index badge rights meaning peer line count", "<4IQHHIII"),
    "mappings": ("vspace object first count vaddr stride rights use cap_id region component line reserved",
                 "<4IQQHH5I"),
    "fills": ("object kind reserved at source length", "<IHHQQQ"),
    "scheds": ("object core budget period badge", "<IIQQQ"),
    "threads": ("tcb cspace guard vspace buffer sched notification fault fault_badge buffer_vaddr pc sp vcpu "
                "guest priority control core domain flags component name reserved", "<8IQQQQIIHHHHIIII"),
    "irqs": ("object notification badge kind level active_low core number ioapic pin bus device function handle "
             "line reserved reserved2", "<IIQHHHH10I"),
    "regions": ("name object size flags line", "<IIQII"),
    "notices": ("component neighbour id line", "<4I"),
    "slices": ("duration domain unit", "<QII"),
}
ORDER = ["strings"] + list(RECORDS)


class Image:
    def __init__(self, block):
        self.block = block
        (self.magic, self.version, self.arch, self.described, self.total, self.checksum, self.object_total,
         self.cap_total, self.schedule_start, self.schedule_shift, self.file, self.monitor,
         self.monitor_window, self.monitor_large_window, self.monitor_clock, self.console,
         self.monitor_flags) = HEADER.unpack_from(block)
        for i, name in enumerate(ORDER):
            offset, count, size = struct.unpack_from("<QII", block, HEADER.size + 16 * i)
            if name == "strings":
                self.strings = block[offset:offset + count]
            else:
                fields, layout = RECORDS[name]
                if struct.calcsize(layout) != size:
                    raise ValueError(f"records of {name} have {size} bytes, not {struct.calcsize(layout)}")
                make = namedtuple(name, fields)
                setattr(self, name, [make(*struct.unpack_from(layout, block, offset + size * k))
                                     for k in range(count)])

    def text(self, offset):
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def name(self, index):
        return self.text(self.objects[index].name)

    def kind(self, index):
        return KINDS[self.objects[index].kind]

    def component(self, name):
        return next(one for one in self.components if self.text(one.name) == name)

    def slots(self, cnode):
        """slot -> capability of one CNode."""
        return {cap.slot: cap for cap in self.caps if cap.cnode == cnode}

    def memory(self, vspace, start, length):
        """Contents of a component's memory at start, from its mappings and fills."""
        out = bytearray(length)
        for mapping in self.mappings:
            if mapping.vspace != vspace or self.kind(mapping.object) != "frame":
                continue
            for fill in self.fills:
                if fill.object == mapping.object and fill.kind == 1:
                    for i in range(fill.length):
                        at = mapping.vaddr + fill.at + i - start
                        if 0 <= at < length:
                            out[at] = self.block[fill.source + i]
        return bytes(out)
