# SPDX-License-Identifier: BSD-2-Clause
"""Tests of execcount on made-up traces and instructions."""
import collections
import unittest

import execcount

TIMER = 0xffffffffc0000380


class Kinds(unittest.TestCase):
    def kind(self, text):
        return execcount.kind_of(text, TIMER)

    def test_expensive_instructions(self):
        for text, kind in [("mov    %rax,%cr3", "cr3"), ("mov    %rdx,%cr0", "cr0/4"), ("clts", "cr0/4"),
                           ("xsaveopt64 0x2c0(%rcx)", "xsave"), ("fxrstor64 (%rcx)", "xsave"),
                           ("wrmsr", "wrmsr"), ("rdmsr", "rdmsr"), ("invlpg -0x4000(%rdi)", "invlpg"),
                           ("iretq", "serial"), ("lgdt   0xc(%rsp)", "serial"),
                           ("in     (%dx),%al", "in"), ("out    %al,$0x20", "out")]:
            self.assertEqual(self.kind(text), kind, text)

    def test_device_registers(self):
        self.assertEqual(self.kind("mov    %edx,0xffffffffc0000380"), "timer")
        self.assertEqual(self.kind("movl   $0x0,0xffffffffc00000b0"), "lapic")
        self.assertEqual(self.kind("mov    %eax,0xffffffffc0001010"), "ioapic")

    def test_cheap_instructions(self):
        for text in ["mov    %cr3,%rax", "mov    0xffffffffc0000390,%edi", "inc    %eax", "swapgs",
                     "mov    %rax,0xffffffff80124000", "mov    %rax,0x10(%rsp)", "rdtsc"]:
            self.assertIsNone(self.kind(text), text)


def line(address):
    return b"Trace 0: 0x7f00 [0000000000000000/%016x/0040c0b3/ff000201] \n" % address


class Trace(unittest.TestCase):
    def test_stopped_instructions_did_not_run(self):
        lines = [line(1), b"Stopped execution of TB chain before 0x7f00 [1] \n", line(1), line(2)]
        self.assertEqual(list(execcount.executed(lines)), [execcount.text_of(1), execcount.text_of(2)])


class Rounds(unittest.TestCase):
    def marks(self):
        marks = execcount.Marks.__new__(execcount.Marks)
        marks.stamps = {execcount.text_of(a): a for a in (0x10, 0x20)}
        marks.begins, marks.report = {0x10}, execcount.text_of(0x30)
        return marks

    def rounds(self, addresses):
        return list(execcount.rounds_of(map(execcount.text_of, addresses), self.marks()))

    def test_kernel_between_stamps(self):
        kernel = 0xffffffff80000000
        (found,) = self.rounds([0x10, 0x11, kernel, kernel + 4, 0x20, 0x21, kernel, 0x10, 0x20, 0x30])
        self.assertEqual({key: len(rounds[0]) for key, rounds in found.items()},
                         {(0x10, 0x20): 2, (0x20, 0x10): 1})

    def test_a_sample_begins_where_it_is_stored(self):
        found = collections.OrderedDict({(0x20, 0x10): [["a"]] * 9, (0x10, 0x20): [["b"], ["c"]]})
        self.assertEqual(execcount.choose_round(found, {0x10}), ["c"])
        self.assertEqual(execcount.choose_round(found, set()), ["a"])
        self.assertEqual(execcount.choose_round({}, set()), [])


if __name__ == "__main__":
    unittest.main()
