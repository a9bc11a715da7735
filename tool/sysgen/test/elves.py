# SPDX-License-Identifier: BSD-2-Clause
"""Makes small ELF files byte by byte, right or wrong in one place."""
import struct

PAGE = 4096
X86_64 = 62
LIBRARY = {"microkit_name": 64, "microkit_passive": 1, "microkit_irqs": 8, "microkit_notifications": 8,
           "microkit_pps": 8, "microkit_ioports": 8}


class Segment:
    def __init__(self, vaddr, data, memory=None, flags=5, kind=1):
        self.vaddr, self.data, self.flags, self.kind = vaddr, data, flags, kind
        self.memory = len(data) if memory is None else memory


class Elf:
    """Fields may be changed before bytes() puts them together."""

    def __init__(self, segments, symbols, entry=0x200000):
        self.segments, self.symbols, self.entry = segments, list(symbols), entry
        self.machine, self.elf_class, self.order, self.magic = X86_64, 2, 1, b"\x7fELF"
        self.with_table, self.patches = True, []

    def bytes(self):
        out = bytearray(64 + 56 * len(self.segments))
        headers = []
        for segment in self.segments:
            out += bytes(-len(out) % PAGE + segment.vaddr % PAGE)
            headers.append(struct.pack("<IIQQQQQQ", segment.kind, segment.flags, len(out), segment.vaddr,
                                       segment.vaddr, len(segment.data), segment.memory, PAGE))
            out += segment.data
        out[64:64 + 56 * len(headers)] = b"".join(headers)
        sections, section_at = 0, 0
        if self.with_table:
            names, table = b"\0", bytes(24)
            for name, address, size in self.symbols:
                table += struct.pack("<IBBHQQ", len(names), 0x11, 0, 1, address, size)
                names += name.encode() + b"\0"
            table_at = len(out)
            out += table + names
            section_at, sections = len(out), 3
            out += bytes(64)
            out += struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, table_at, len(table), 2, 0, 8, 24)
            out += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, table_at + len(table), len(names), 0, 0, 1, 0)
        out[0:64] = self.magic + struct.pack("<BBB9xHHIQQQIHHHHHH", self.elf_class, self.order, 1, 2,
                                             self.machine, 1, self.entry, 64, section_at, 0, 64, 56,
                                             len(self.segments), 64, sections, 0)
        for at, data in self.patches:
            out[at:at + len(data)] = data
        return bytes(out)


def program(extra=()):
    """A component: code at 0x200000, data with the library's symbols in .bss, as the SDK links it."""
    symbols, address = [("_start", 0x200000, 0)], 0x201010
    for name, size in list(LIBRARY.items()) + list(extra):
        symbols.append((name, address, size))
        address += (size + 7) // 8 * 8
    return Elf([Segment(0x200000, b"\xeb\xfe" + b"code" * 8), Segment(0x201000, b"data" * 4, 0x2345, 6)], symbols)


def own(base):
    """An initialiser or a monitor."""
    return Elf([Segment(base, b"\xeb\xfe"), Segment(base + PAGE, bytes(32), 0x3000, 6)],
               [("system_image_place", base + PAGE + 8, 16)], base)


def kernel(pages=200):
    return Elf([Segment(0x100000, b"\xeb\xfe", pages * PAGE)], [], 0x100000)


def read_segments(data):
    """(vaddr, flags, bytes, memory size) of each loadable segment."""
    offset, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    for i in range(count):
        kind, flags, at, vaddr, _, size, memory, _ = struct.unpack_from("<IIQQQQQQ", data, offset + 56 * i)
        if kind == 1:
            yield vaddr, flags, data[at:at + size], memory
