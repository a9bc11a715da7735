# SPDX-License-Identifier: BSD-2-Clause
"""Runs inside gdb, for ./sofa debug: goes to the first instruction of one component.

All components begin at the same address, and whether a breakpoint there is met by the right one
is seen in its memory: the builder has written its name there. In another component the address may
hold anything, or nothing that can be read.
"""
import os

import gdb

COMPONENT = os.environ["SOFA_COMPONENT"]
NAME_BYTES = 64


def word(expression):
    return int(gdb.parse_and_eval(expression)) & (2**64 - 1)


class First(gdb.Breakpoint):
    """A hardware breakpoint, because there is no memory yet into which another could be written."""

    def __init__(self):
        super().__init__(f"*{word('&_start'):#x}", gdb.BP_HARDWARE_BREAKPOINT, internal=True)
        self.name_at = word("&microkit_name")
        self.wanted = COMPONENT.encode()[:NAME_BYTES].ljust(NAME_BYTES, b"\0")

    def stop(self):
        try:
            return bytes(gdb.selected_inferior().read_memory(self.name_at, NAME_BYTES)) == self.wanted
        except gdb.MemoryError:
            return False


class Here(gdb.Command):
    """here LOCATION: a breakpoint that counts only in the component; its address space tells."""

    def __init__(self):
        super().__init__("here", gdb.COMMAND_BREAKPOINTS, gdb.COMPLETE_LOCATION)

    def invoke(self, argument, from_tty):
        gdb.execute(f"hbreak {argument} if $cr3 == {self.space:#x}", from_tty)


def end_machine(_event):
    """Otherwise gdb would let it go, and wait some seconds for a machine that runs on."""
    if gdb.selected_inferior().pid:
        gdb.execute("kill", to_string=True)


def go():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.events.gdb_exiting.connect(end_machine)
    first = First()
    gdb.execute("continue", to_string=True)
    first.delete()
    Here().space = word("$cr3")
    print(f"{COMPONENT} is at its first instruction; `here LOCATION` stops only in it")


go()
