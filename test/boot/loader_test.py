#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/debug/kernel/sel4_32.elf
"""Boot loaders and firmware that tell nonsense.

A copy of the kernel file gets one more segment: a few instructions that come first and hand over
boot information, ACPI tables and a task that are made up here, so anything in them can be wrong.
The task only asks the kernel to halt, which ends the machine.
"""
import os
import struct
import subprocess
import sys

KERNEL = "build/x86_64_generic/debug/kernel/sel4_32.elf"
WORK = "build/test/boot"
EXIT_HALT, EXIT_BOOT_ERROR = 33, 37
LIMIT_S = 30

# Where things are in memory: the added segment, of 1 MiB.
SHIM = 0x1000000
INFO, MODULES, MAP, WORDS, TABLES, TASK, STOPPED = (
    SHIM + at for at in (0x100, 0x800, 0xA00, 0x1A00, 0x2400, 0x8000, 0x90000))
SHIM_END = SHIM + 0x100000
RAM_END = 64 << 20

MAGIC_1, MAGIC_2 = 0x2BADB002, 0x36D76289
RAM, KEPT = 1, 2
USUAL_MAP = [(0, 0x9FC00, RAM), (0x9FC00, 0x60400, KEPT), (0x100000, RAM_END - 0x100000, RAM)]

HALT = bytes.fromhex("48c7c2f2ffffff 0f05 ebfe")  # mov $DebugHalt, %rdx; syscall; jmp .


def task(vaddr=0x401000, memory_bytes=4096):
    """A 64-bit executable of one segment that halts the kernel."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, vaddr, 64, 0, 0,
                         64, 56, 1, 64, 0, 0)
    program = struct.pack("<IIQQQQQQ", 1, 5, 120, vaddr, vaddr, len(HALT), memory_bytes, 1)
    return header + program + HALT


# --- multiboot 1 ---

def map_1(entries):
    return b"".join(struct.pack("<IQQI", 20, base, size, kind) for base, size, kind in entries)


def loader_1(memory_map=None, map_bytes=None, flags=0x4D, modules=MODULES, module=None, upper=0xFC00,
             words=WORDS, map_at=MAP, **rest):
    """What a loader of version 1 leaves: {address: bytes} and the number in EAX."""
    body = map_1(USUAL_MAP if memory_map is None else memory_map)
    file = rest.get("file", task())
    first, last = module or (TASK, TASK + len(file))
    info = struct.pack("<IIIIIII16xII20xII", flags, 640, upper, 0, words, 1, modules,
                       len(body) if map_bytes is None else map_bytes, map_at,
                       rest.get("video", TABLES), TABLES)
    return MAGIC_1, {INFO: info.ljust(116, b"\0"), MODULES: struct.pack("<IIII", first, last, 0, 0),
                     MAP: body, WORDS: b"kernel exit_port=0xf4\0", TASK: file}


# --- multiboot 2 ---

def tag(kind, body, size=None):
    text = struct.pack("<II", kind, 8 + len(body) if size is None else size) + body
    return text.ljust(-(-len(text) // 8) * 8, b"\0")


def map_2(entries, entry_bytes=24):
    body = struct.pack("<II", entry_bytes, 0)
    return body + b"".join(struct.pack("<QQII", *entry, 0) for entry in entries)


USUAL_TAGS = {"words": tag(1, b"exit_port=0xf4\0"),
              "module": tag(3, struct.pack("<II", TASK, TASK + len(task())) + b"\0"),
              "map": tag(6, map_2(USUAL_MAP))}


def loader_2(total=None, end=tag(0, b""), tables=None, **changed):
    """The same for version 2: the usual tags, some of them replaced or added."""
    body = b"".join({**USUAL_TAGS, **changed}.values()) + end
    info = struct.pack("<II", 8 + len(body) if total is None else total, 0)
    return MAGIC_2, {INFO: info + body, TASK: task(), **(tables or {})}


# --- ACPI ---

def checksummed(table, at):
    return table[:at] + bytes([-sum(table) & 0xFF]) + table[at + 1:]


def acpi_table(name, body, length=None):
    size = 36 + len(body) if length is None else length
    return checksummed(struct.pack("<4sIBB6s8sI4sI", name, size, 1, 0, b"SOFA", b"TEST", 1, b"TEST",
                                   1) + body, 9)


def rsdp(rsdt=TABLES):
    return checksummed(struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"SOFA", 0, rsdt), 8)


def firmware(*tables, rsdt_length=None, list_name=b"RSDT", root=None, rsdt=(), more=None):
    """A loader of version 2 that gives these tables."""
    at, placed, addresses = TABLES + 0x400, dict(more or {}), list(rsdt)
    for table in tables:
        placed[at] = table
        addresses.append(at)
        at += 0x400
    listed = struct.pack(f"<{len(addresses)}I", *addresses)
    placed[TABLES] = acpi_table(list_name, listed, rsdt_length)
    return loader_2(rsdp=tag(14, root or rsdp()), tables=placed)


def madt(*entries, length=None):
    return acpi_table(b"APIC", struct.pack("<II", 0xFEE00000, 0) + b"".join(entries), length)


def ioapic(address):
    return struct.pack("<BBBBII", 1, 12, 0, 0, address, 0)


def hpet(address, space=0):
    return acpi_table(b"HPET", struct.pack("<IBBBBQ", 0, space, 64, 0, 0, address))


PM_TIMER = acpi_table(b"FACP", bytes(40) + struct.pack("<I", 0x608) + bytes(11) + b"\4" + bytes(20))
GOOD = (madt(ioapic(0xFEC00000)), PM_TIMER, hpet(0xFED00000))


# --- running ---

def kernel_file(name, magic, memory):
    """The kernel with the added segment, entered first."""
    with open(KERNEL, "rb") as file:
        image = file.read()
    entry, phoff = struct.unpack_from("<II", image, 24)
    size, count = struct.unpack_from("<HH", image, 42)
    code = b"\xb8" + struct.pack("<I", magic) + b"\xbb" + struct.pack("<I", INFO)
    code += b"\xe9" + struct.pack("<i", entry - (SHIM + len(code) + 5))
    shim = bytearray(SHIM_END - SHIM)
    for at, content in {SHIM: code, **memory}.items():
        shim[at - SHIM:at - SHIM + len(content)] = content
    image = image.ljust(-(-len(image) // 4096) * 4096, b"\0")
    program = struct.pack("<8I", 1, len(image), SHIM, SHIM, len(shim), len(shim), 7, 4096)
    table = image[phoff:phoff + size * count] + program
    header = bytearray(image[:52])
    struct.pack_into("<II", header, 24, SHIM, len(image) + len(shim))
    struct.pack_into("<H", header, 44, count + 1)
    path = f"{WORK}/loader.{name}.elf"
    with open(path, "wb") as file:
        file.write(header + image[52:] + shim + table)
    return path


def run(name, magic, memory):
    command = ["qemu-system-x86_64", "-m", "64M", "-cpu", "max", "-accel", "tcg", "-display", "none",
               "-serial", "stdio", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
               "-kernel", kernel_file(name, magic, memory)]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=LIMIT_S)
        return ended.stdout.decode("utf-8", "replace"), ended.returncode
    except subprocess.TimeoutExpired:
        return "", f"still running after {LIMIT_S} s"


HALTED = "as asked for"
# name: (what the loader left, what the last line must say: HALTED where the kernel boots)
CASES = {
    "usual_1": (loader_1(), HALTED),
    "usual_2": (loader_2(), HALTED),
    "good_tables": (firmware(*GOOD), HALTED),
    "no_memory_word": (loader_1(flags=0x4C), "memory"),
    "no_map": (loader_1(flags=0x0D), HALTED),
    "no_map_small": (loader_1(flags=0x0D, upper=0), "memory"),
    "map_is_huge": (loader_1(map_bytes=0xFFFFFFFF), "memory map"),
    "map_at_the_end": (loader_1(map_at=0xFFFFFFF0), "memory map"),
    "modules_at_the_end": (loader_1(modules=0xFFFFFFFC), "modules"),
    "video_at_the_end": (loader_1(flags=0x84D, video=0xFFFFFFF0), "video"),
    "video": (loader_1(flags=0x84D), HALTED),
    "module_backwards": (loader_1(module=(TASK, TASK - 1)), "empty"),
    "module_is_huge": (loader_1(module=(TASK, 0xFFFFFFFF)), HALTED),
    "module_where_no_ram_is": (loader_1(module=(RAM_END + 4096, RAM_END + 8192)), "ELF"),
    "kernel_outside_ram": (loader_1(memory_map=[(0x200000, RAM_END - 0x200000, RAM)]),
                           "own image"),
    "kernel_kept": (loader_1(memory_map=USUAL_MAP + [(0x100000, 0x1000, KEPT)]), "own image"),
    "kernel_across_pieces": (loader_1(memory_map=[(0x100000, 0x18000, RAM),
                                                  (0x118000, RAM_END - 0x118000, RAM)]), HALTED),
    "task_across_pieces": (loader_1(memory_map=[(0x100000, 0x400000, RAM),
                                                (0x500000, RAM_END - 0x500000, RAM)],
                                    file=task(memory_bytes=0x800000)), HALTED),
    "task_kept": (loader_1(memory_map=USUAL_MAP + [(0x500000, 0x1000, KEPT)],
                           file=task(memory_bytes=0x800000)), "RAM"),
    "task_across_tables": (loader_1(file=task(vaddr=0x7FFFFFE000, memory_bytes=0x4000)), HALTED),
    "task_at_zero": (loader_1(file=task(vaddr=0)), HALTED),
    "task_as_high_as_can_be": (loader_1(file=task(vaddr=0x7FFFFFFFB000)), HALTED),
    "map_overlaps": (loader_1(memory_map=USUAL_MAP + [(0x200000, 0x3000000, RAM),
                                                      (0, RAM_END, RAM)]), HALTED),
    "map_promises_too_much": (loader_1(memory_map=USUAL_MAP + [(RAM_END, 64 << 20, RAM)]),
                              "does not stay"),
    "map_wraps": (loader_1(memory_map=USUAL_MAP + [(1 << 63, 1 << 63, RAM),
                                                   (0x200000, (1 << 64) - 1, RAM)]), HALTED),
    "map_of_many": (loader_1(memory_map=[(0x100000 + i * 0x300000, 0x2FF000, RAM)
                                         for i in range(20)] + USUAL_MAP), HALTED),
    "map_of_crumbs": (loader_1(memory_map=[(0x100000, 0x2001000, RAM)]
                               + [(0x2103000 + i * 0x101000, 0xFF000, RAM) for i in range(15)]),
                      HALTED),
    "tag_map_short": (loader_2(map=struct.pack("<IIII", 6, 8, 24, 8)), "tag"),
    "tag_map_entries_short": (loader_2(map=tag(6, map_2(USUAL_MAP, 4))), "memory"),
    "tag_map_cut_off": (loader_2(map=tag(6, map_2(USUAL_MAP), 0xFFFFFFF8)), "tag"),
    "tag_size_zero": (loader_2(odd=tag(99, b"", 0)), "tag"),
    "tag_size_wraps": (loader_2(odd=tag(99, b"", 0xFFFFFFFF)), "tag"),
    "tag_module_short": (loader_2(module=tag(3, b"", 8)), "tag"),
    "tags_without_end": (loader_2(end=b""), HALTED),
    "tags_total_huge": (loader_2(end=b"", total=0xFFFFFFFF), HALTED),
    "tag_rsdp_short": (loader_2(rsdp=tag(14, b"RSD PTR ")), "root pointer"),
    "tag_rsdp_bad_sum": (loader_2(rsdp=tag(14, b"RSD PTR " + bytes(12))), "root pointer"),
    "no_rsdt": (firmware(*GOOD, root=rsdp(0)), "RSDT"),
    "rsdt_outside": (firmware(*GOOD, root=rsdp(0xFFFFFFF0)), "RSDT"),
    "rsdt_name": (firmware(*GOOD, list_name=b"XSDT"), "RSDT"),
    "rsdt_short": (firmware(*GOOD, rsdt_length=20), "RSDT"),
    "rsdt_huge": (firmware(*GOOD, rsdt_length=0xFFFFFFFF), "RSDT"),
    "no_madt": (firmware(PM_TIMER, hpet(0xFED00000)), HALTED),
    "no_timers": (firmware(madt(ioapic(0xFEC00000))), "clock"),
    "madt_huge": (firmware(madt(ioapic(0xFEC00000), b"\x20\xff" + bytes(253), length=0xFFFFFFFF),
                           PM_TIMER), "APIC"),
    "madt_short": (firmware(madt(length=4), PM_TIMER), "APIC"),
    "madt_entry_short": (firmware(madt(b"\x01\x00", ioapic(0xFEC00000)), PM_TIMER), HALTED),
    "ioapic_unaligned": (firmware(madt(ioapic(0xFEC00404)), PM_TIMER), "multiple of 0x1000"),
    "ioapic_nowhere": (firmware(madt(ioapic(0xFD000000)), PM_TIMER), HALTED),
    "hpet_unaligned": (firmware(madt(ioapic(0xFEC00000)), PM_TIMER, hpet(0xFED00400)), HALTED),
    "hpet_impossible": (firmware(madt(ioapic(0xFEC00000)), PM_TIMER, hpet((1 << 64) - 4096)),
                        HALTED),
    "hpet_stands_still": (firmware(madt(ioapic(0xFEC00000)), PM_TIMER, hpet(STOPPED),
                                   more={STOPPED: struct.pack("<II", 0, 10000000)}), HALTED),
    "hpet_in_ports": (firmware(madt(ioapic(0xFEC00000)), PM_TIMER, hpet(0xFED00000, 1)), HALTED),
}


def problem_of(name):
    (magic, memory), expected = CASES[name]
    console, status = run(name, magic, memory)
    last = [line for line in console.splitlines() if line][-1:]
    wanted = EXIT_HALT if expected == HALTED else EXIT_BOOT_ERROR
    if status != wanted:
        return f"exit status {wanted} got {status}: {console[-400:]!r}"
    if not last or expected not in last[0]:
        return f"a last line with {expected!r} got {last}"
    return None


def main():
    subprocess.run(["make", "-s", "kernel", "CONFIG=debug"], check=True)
    os.makedirs(WORK, exist_ok=True)
    print("suite boot.loader")
    failed = False
    for name in (sys.argv[1:] or CASES):
        print(f"run boot.loader.{name}", flush=True)
        problem = problem_of(name)
        failed |= problem is not None
        print(f"pass boot.loader.{name}" if problem is None
              else f"fail boot.loader.{name} {__file__}:1: expected {problem}")
    print("done")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
