#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/debug/kernel/sel4.elf build/x86_64_generic/debug/kernel/sel4_32.elf
"""Boots that must not succeed, each with the line it must end with; and the two containers."""
import os
import struct
import subprocess
import sys

KERNEL = "build/x86_64_generic/debug/kernel"
WORK = "build/test/boot"
EXIT_BOOT_ERROR = 37
LIMIT_S = 30
PT_LOAD = 1


def elf(entry=0x401000, vaddr=0x401000, offset=0x1000, file_bytes=16, memory_bytes=16, kind=2,
        machine=62, elf_class=2, segment=PT_LOAD):
    """A 64-bit executable with one segment, 8 KiB long; every field can be made wrong."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", elf_class, 1, 1, 0, kind, machine, 1,
                         entry, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    program = struct.pack("<IIQQQQQQ", segment, 5, offset, vaddr, vaddr, file_bytes, memory_bytes,
                          0x1000)
    return (header + program).ljust(0x2000, b"\xf4")


# name: (module or None, command line, what the console must say)
CASES = {
    "no_module": (None, "", "no module"),
    "not_elf": (b"#!/bin/sh\n".ljust(4096), "", "not an ELF file"),
    "empty": (b"\0", "", "ELF"),
    "wrong_class": (elf(elf_class=1), "", "64-bit"),
    "wrong_machine": (elf(machine=40), "", "processor number 40"),
    "not_executable": (elf(kind=1), "", "executable"),
    "no_segment": (elf(segment=4), "", "segment"),
    "unaligned_start": (elf(vaddr=0x401010, entry=0x401010), "", "multiple of 0x1000"),
    "entry_outside": (elf(entry=0x500000), "", "entry"),
    "segment_beyond_file": (elf(file_bytes=0x10000, memory_bytes=0x10000), "", "file"),
    "file_larger_than_memory": (elf(file_bytes=64, memory_bytes=16), "", "segment"),
    "beyond_user_space": (elf(vaddr=0x7FFFFFFFF000, entry=0x7FFFFFFFF000), "", "0x7fff"),
    "no_room_behind": (elf(vaddr=0x7FFFFFFFC000, entry=0x7FFFFFFFC000), "", "0x7fff"),
    "wraps_around": (elf(vaddr=0xFFFFFFFFFFFFF000, entry=0xFFFFFFFFFFFFF000), "", "0x"),
    "larger_than_ram": (elf(memory_bytes=1 << 36), "", "RAM"),
    "bad_abi_key": (elf(), "abi=colour:1", "colour"),
    "bad_abi_value": (elf(), "abi=hwdebug:7", "hwdebug"),
    "bad_abi_name": (elf(), "abi=debugg", "debugg"),
    "bad_cnode_bits": (elf(), "root_cnode_bits=40", "root_cnode_bits"),
    "cnode_too_large": (elf(), "root_cnode_bits=20", "not enough memory"),
}


def boot(name, module, words):
    """Console text and exit status of a machine with 32 MiB."""
    command = ["qemu-system-x86_64", "-m", "32M", "-cpu", "max", "-accel", "tcg", "-display", "none",
               "-serial", "stdio", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
               "-kernel", f"{KERNEL}/sel4_32.elf", "-append", f"exit_port=0xf4 {words}"]
    if module is not None:
        path = f"{WORK}/{name}.elf"
        with open(path, "wb") as file:
            file.write(module)
        command += ["-initrd", path]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=LIMIT_S)
        return ended.stdout.decode("utf-8", "replace"), ended.returncode
    except subprocess.TimeoutExpired:
        return "", f"still running after {LIMIT_S} s"


def refusal(name):
    module, words, expected = CASES[name]
    console, status = boot(name, module, words)
    lines = [line for line in console.splitlines() if line.startswith("boot error: ")]
    if status != EXIT_BOOT_ERROR:
        return f"exit status {EXIT_BOOT_ERROR} got {status}: {console[-200:]!r}"
    if len(lines) != 1 or expected not in lines[0]:
        return f"one line with {expected!r} got {lines}"
    return None


def segments(path):
    """What a container loads: {physical address: bytes}, as one run per segment."""
    with open(path, "rb") as file:
        image = file.read()
    wide = image[4] == 2
    phoff, = struct.unpack_from("<Q" if wide else "<I", image, 32 if wide else 28)
    size, count = struct.unpack_from("<HH", image, 54 if wide else 42)
    loaded = {}
    for i in range(count):
        at = phoff + i * size
        if wide:
            kind, _, offset, _, paddr, filesz, memsz = struct.unpack_from("<IIQQQQQ", image, at)
        else:
            kind, offset, _, paddr, filesz, memsz = struct.unpack_from("<IIIIII", image, at)
        if kind == PT_LOAD and memsz > 0:
            loaded[paddr] = image[offset:offset + filesz].ljust(memsz, b"\0")
    return loaded


def containers():
    wide, narrow = segments(f"{KERNEL}/sel4.elf"), segments(f"{KERNEL}/sel4_32.elf")
    if wide != narrow:
        return f"the same segments got {sorted(map(hex, wide))} and {sorted(map(hex, narrow))}"
    return None if wide else "at least one segment got none"


def main():
    subprocess.run(["make", "-s", "kernel", "CONFIG=debug"], check=True)
    os.makedirs(WORK, exist_ok=True)
    tests = {f"boot.refuses.{name}": lambda n=name: refusal(n) for name in CASES}
    tests["boot.containers_are_equal"] = containers
    print("suite boot")
    failed = False
    for name, test in tests.items():
        print(f"run {name}", flush=True)
        problem = test()
        failed |= problem is not None
        print(f"pass {name}" if problem is None else f"fail {name} {__file__}:1: expected {problem}")
    print("done")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
