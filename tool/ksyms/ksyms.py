#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turns the symbols of a linked kernel into a table that the kernel can carry.

    nm -n sel4.elf | ksyms.py > symbols.S

The table holds functions only, in ascending order, as offsets from the first one. It is linked in
behind all code, so that adding it moves no function.
"""
import sys

FUNCTION_TYPES = "tT"


def functions(lines):
    for line in lines:
        address, kind, name = line.split()
        # The head runs before paging, at its physical address: no back trace leads there.
        if kind in FUNCTION_TYPES and int(address, 16) >= 1 << 63:
            yield int(address, 16), name


def main():
    table = sorted(functions(sys.stdin))
    base = table[0][0] if table else 0
    names = []
    print("/* Made by tool/ksyms. */")
    print('        .section .rodata.symbols, "a"')
    print("        .global kernel_symbols, kernel_symbol_count, kernel_symbol_base")
    print("        .balign 8")
    print(f"kernel_symbol_base: .quad {base:#x}")
    print(f"kernel_symbol_count: .quad {len(table)}")
    print("kernel_symbols:")
    offset = 0
    for address, name in table:
        print(f"        .long {address - base}, {offset}")
        names.append(name)
        offset += len(name) + 1
    print("        .global kernel_symbol_names")
    print("kernel_symbol_names:")
    for name in names:
        print(f'        .asciz "{name}"')
    print('        .section .note.GNU-stack, "", @progbits')


if __name__ == "__main__":
    main()
