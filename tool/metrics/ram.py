# SPDX-License-Identifier: BSD-2-Clause
"""What a stopped x86_64 machine has mapped: its memory is a file, and page tables are read from that.

All address spaces share the kernel's half of the top table, so every page whose upper half is like
that of the running one is a top table, too. Whose it is, a word in the component's memory says.
"""
import mmap
import os
import re
import socket
import struct

PAGE, LARGE, HUGE = 1 << 12, 1 << 21, 1 << 30
PRESENT, USER, BIG = 1, 4, 1 << 7
ADDRESS = 0x000FFFFFFFFFF000
HALF = 256
ANSWER_S = 10
# x87 and other state is not asked for; the control register is.
CR3 = re.compile(rb"CR3=([0-9a-f]+)")


class Unreadable(Exception):
    """The machine did not answer, or what it answered makes no sense."""


def stop_and_ask(path):
    """Stops the machine behind a monitor's socket; where its top page table is."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_S)
        line.connect(path)
        line.sendall(b"stop\ninfo registers\n")
        heard = b""
        while not CR3.search(heard):
            data = line.recv(1 << 16)
            if not data:
                raise Unreadable("QEMU's monitor hung up")
            heard += data
    return int(CR3.search(heard)[1], 16) & ADDRESS


class Space:
    """One address space: bytes mapped for user mode, bytes of tables, and what is where."""

    def __init__(self, ram, top):
        self.ram, self.mapped_bytes, self.table_bytes, self.pages = ram, 0, PAGE, {}
        self.walk(top, 0, 4, HALF)

    def walk(self, table, start, level, count):
        reach = PAGE << 9 * (level - 1)
        for index, entry in enumerate(self.ram.entries(table)[:count]):
            if not entry & PRESENT or not entry & USER:
                continue
            address, target = start + index * reach, entry & ADDRESS
            if level > 1 and not entry & BIG:
                self.table_bytes += PAGE
                self.walk(target, address, level - 1, 512)
            else:
                self.mapped_bytes += reach
                self.pages[address] = target & ~(reach - 1)

    def text_at(self, address, size):
        """The text that ends with a zero there, or None."""
        frame = self.pages.get(address & ~(PAGE - 1))
        if frame is None:
            return None
        data = self.ram.read(frame + address % PAGE, size)
        return data.split(b"\0")[0].decode("latin-1")


class Ram:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.size = os.fstat(self.file.fileno()).st_size
        self.data = mmap.mmap(self.file.fileno(), 0, prot=mmap.PROT_READ)

    def close(self):
        self.data.close()
        self.file.close()

    def read(self, address, size):
        if address + size > self.size:
            raise Unreadable(f"a page table leads to {address:#x}, where no memory is")
        return self.data[address:address + size]

    def entries(self, table):
        return struct.unpack("<512Q", self.read(table, PAGE))

    def written_pages(self):
        """Where the file is not a hole: what the machine never touched is none of it."""
        end = 0
        while True:
            try:
                begin = os.lseek(self.file.fileno(), end, os.SEEK_DATA)
            except OSError:
                return
            end = os.lseek(self.file.fileno(), begin, os.SEEK_HOLE)
            yield from range(begin & ~(PAGE - 1), end, PAGE)

    def spaces(self, top):
        kernel = self.read(top + PAGE // 2, PAGE // 2)
        if not any(kernel):
            raise Unreadable("the running address space has no kernel in it")
        for page in self.written_pages():
            if self.data[page + PAGE // 2:page + PAGE] == kernel:
                yield Space(self, page)
