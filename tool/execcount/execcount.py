#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts what the kernel executes during one round of each benchmark (or in a whole run).

usage: execcount.py [--only WORD] [--profile [NAME]] [--whole] RUN

RUN is a run that was made before, such as bench.kernel: build/test/RUN/command says how to repeat
it. The README tells the rest.
"""
import argparse
import bisect
import collections
import os
import re
import shlex
import subprocess
import sys
import tempfile

LIMIT_S = 300
TIMED_OUT = 124  # exit status of timeout(1)
SHOWN = 25  # functions of a profile

# What a line of a disassembly is counted as; the first that matches.
KINDS = [
    ("cr3", r"mov +%r\w+,%cr3"),
    ("cr0/4", r"mov +%r\w+,%cr[04]\b|clts|lmsw"),
    ("xsave", r"xsave|xrstor|fxsave|fxrstor"),
    ("wrmsr", r"wrmsr"),
    ("rdmsr", r"rdmsr"),
    ("invlpg", r"invlpg|invpcid"),
    ("serial", r"cpuid|mfence|lfence|wbinvd|xsetbv|lgdt|lidt|ltr|lldt|mov +%r\w+,%d[br]\d|iretq"),
    ("in", r"in +(\$|\(%dx)"),
    ("out", r"out +%"),
]
WRITES_MEMORY = re.compile(r"(mov\w*|or\w*|and\w*|xor\w*|add\w*) +[$%][^,]*,(0xffff[0-9a-f]+)$")
COLUMNS = [name for name, _ in KINDS] + ["timer", "lapic", "ioapic"]


class Failure(Exception):
    """Something that the user has to mend."""


# ---- the programs ------------------------------------------------------------

def run_tool(*words):
    ran = subprocess.run(words, capture_output=True, text=True)
    if ran.returncode:
        raise Failure(f"{shlex.join(words)}: {ran.stderr.strip()}")
    return ran.stdout


class Program:
    """An ELF file: its instructions, functions and data."""

    def __init__(self, path):
        self.instructions = {}  # address: text
        self.names = {}
        for line in run_tool("nm", path).splitlines():
            address, _, kind_and_name = line.partition(" ")
            kind, _, name = kind_and_name.partition(" ")
            if address and kind in "tTwW":
                self.names.setdefault(int(address, 16), name)
        self.starts = sorted(self.names)
        for line in run_tool("objdump", "-d", "--no-show-raw-insn", path).splitlines():
            address, colon, text = line.partition(":\t")
            if colon:
                self.instructions[int(address, 16)] = text.strip()

    def function(self, address):
        """Assembly has labels within functions; those of their own name count as functions."""
        at = bisect.bisect_right(self.starts, address) - 1
        return self.names[self.starts[at]] if at >= 0 else hex(address)

    def address_of(self, name):
        for address, other in self.names.items():
            if other == name:
                return address
        return None


def kind_of(text, timer):
    """The column an instruction counts in, or None. `timer` is the APIC timer's register."""
    text = re.sub(r"^(rep\w*|lock|bnd|notrack) +", "", text.split(" #")[0].split(" <")[0].strip())
    for name, pattern in KINDS:
        if re.match(rf"(?:{pattern})", text):
            return name
    written = WRITES_MEMORY.match(text)
    if not written:
        return None
    register = int(written.group(2), 16)
    return "timer" if register & 0xfff == timer & 0xfff and register >> 12 == timer >> 12 else \
        device_of(register, timer)


def device_of(register, timer):
    """Device registers are mapped one page after another, at addresses no part of the program has."""
    distance = (register >> 12) - (timer >> 12)
    return {0: "lapic", 1: "ioapic"}.get(distance)


def timer_register(kernel):
    """Where the APIC timer's start value (offset 0x380) is mapped: somebody writes it."""
    for text in kernel.instructions.values():
        written = WRITES_MEMORY.match(text)
        if written and int(written.group(2), 16) & 0xfff == 0x380:
            return int(written.group(2), 16)
    raise Failure("the kernel writes to no APIC timer")


# ---- the run -----------------------------------------------------------------

def read_command(run):
    """The words of a run's command, without its serial ports."""
    path = os.path.join("build", "test", run, "command")
    if not os.path.exists(path):
        raise Failure(f"there is no {path}: make the run first, as in ./sofa bench kernel")
    with open(path) as file:
        words = shlex.split(file.read())
    return words[:words.index("-chardev")] if "-chardev" in words else words


def value_after(words, option):
    if option not in words:
        raise Failure(f"the command has no {option}")
    return words[words.index(option) + 1]


def with_word(task, word, folder):
    """A copy of the task whose `char test_only[64]` holds the word."""
    found = re.search(r"^([0-9a-f]+) [Dd] test_only$", run_tool("nm", task), re.M)
    if not found:
        raise Failure(f"{task} has no initialised test_only")
    address = int(found.group(1), 16)
    headers = run_tool("readelf", "-lW", task)
    for offset, start, size in re.findall(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", headers):
        distance = address - int(start, 16)
        if 0 <= distance < int(size, 16):
            with open(task, "rb") as file:
                image = bytearray(file.read())
            at = int(offset, 16) + distance
            image[at:at + 64] = word.encode()[:63].ljust(64, b"\0")
            copy = os.path.join(folder, "task.elf")
            with open(copy, "wb") as file:
                file.write(image)
            return copy
    raise Failure(f"{task}: test_only is in no part of the file")


def filter_range(program):
    return f"{min(program.instructions):#x}..{max(program.instructions) + 15:#x}"


def start(words, kernel, task, folder):
    """Starts QEMU; its trace comes through a pipe, one line per instruction."""
    reading, writing = os.pipe()
    words = ["setpriv", "--pdeathsig", "KILL", "timeout", str(LIMIT_S), *words,
             "-singlestep", "-d", "exec,nochain", "-D", f"/dev/fd/{writing}",
             "-dfilter", f"{filter_range(kernel)},{filter_range(task)}",
             "-serial", f"file:{folder}/console", "-serial", f"file:{folder}/results"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, pass_fds=[writing])
    os.close(writing)
    return process, os.fdopen(reading, "rb", buffering=1 << 20)


def executed(lines):
    """Addresses as text, one per instruction that was executed. QEMU announces an instruction before
    it runs and says so when it then stops short."""
    pending = None
    for line in lines:
        if line.startswith(b"Trace"):
            if pending is not None:
                yield pending
            pending = line.split(b"/", 2)[1]
        elif line.startswith(b"Stopped"):
            pending = None
    if pending is not None:
        yield pending


def text_of(address):
    return b"%016x" % address


# ---- rounds ------------------------------------------------------------------

class Marks:
    """Addresses in the task that delimit rounds."""

    def __init__(self, task):
        self.stamps = {text_of(a): a for a, text in task.instructions.items() if text == "rdtsc"}
        self.begins = {a for a in self.stamps.values() if self.stores_start(task, a)}
        report = task.address_of("report_line")
        if report is None or not self.stamps:
            raise Failure("the task is no benchmark: it has no report_line or reads no clock")
        self.report = text_of(report)

    @staticmethod
    def stores_start(task, address):
        """The clock that is read here goes to sample_started."""
        following = sorted(a for a in task.instructions if address < a < address + 40)[:6]
        return any("<sample_started>" in task.instructions[a] and
                   task.instructions[a].split(",")[0].startswith("mov") and
                   re.search(r",0x[0-9a-f]+\(%rip\)", task.instructions[a]) for a in following)


def rounds_of(trace, marks):
    """For each line the task reports: the rounds before it, as {(begin, end): [addresses, ...]}."""
    stamps, report = marks.stamps, marks.report
    found, kernel, begin = collections.OrderedDict(), [], None
    for address in trace:
        if address.startswith(b"ffff"):
            kernel.append(address)
        elif address in stamps:
            if begin is not None and kernel:
                found.setdefault((begin, stamps[address]), []).append(kernel)
            begin, kernel = stamps[address], []
        elif address == report:
            yield found
            found, kernel, begin = collections.OrderedDict(), [], None


def choose_round(found, begins):
    """The last of the most frequent kind of rounds; those that begin as a sample does come first."""
    proper = {key: rounds for key, rounds in found.items() if key[0] in begins} or found
    if not proper:
        return []
    most = max(len(rounds) for rounds in proper.values())
    # Equally frequent (map and unmap take turns): the one that came first.
    return next(rounds for rounds in proper.values() if len(rounds) == most)[-1]


# ---- results -----------------------------------------------------------------

def count_kinds(addresses, kinds):
    return collections.Counter(kind for kind in map(kinds.get, addresses) if kind)


def print_table(rounds, kinds):
    print(f"{'one round of':<22} {'kernel':>7} " + " ".join(f"{name:>6}" for name in COLUMNS))
    for name, addresses in rounds.items():
        counts = count_kinds(addresses, kinds)
        print(f"{name:<22} {len(addresses):>7} " + " ".join(f"{counts[c]:>6}" for c in COLUMNS))


def print_profile(name, by_address, kernel):
    by_function = collections.Counter()
    for address, count in by_address.items():
        by_function[kernel.function(int(address, 16))] += count
    total = sum(by_function.values())
    print(f"\n{name}: {total} instructions of the kernel")
    for function, count in by_function.most_common(SHOWN):
        print(f"  {count:>10} {100 * count / total:>5.1f} %  {function}")


def print_listing(name, addresses, kernel):
    """The round as it went, each function named where it is entered."""
    print(f"\n{name}:")
    last = None
    for number, address in enumerate(int(text, 16) for text in addresses):
        function = kernel.function(address)
        print(f"  {number + 1:>5}  {address & 0xffffffff:x}  {kernel.instructions.get(address, '?'):<50}"
              f"{function if function != last else ''}".rstrip())
        last = function


def count_rounds(trace, kernel, task, folder, kinds, options):
    marks = Marks(task)
    groups = list(rounds_of(trace, marks))
    with open(os.path.join(folder, "results")) as file:
        lines = file.read().split("\n")[:-1]
    if len(groups) != len(lines):
        raise Failure(f"the task reported {len(lines)} lines in {len(groups)} calls; it ended with "
                      f"{lines[-1:]}")
    rounds = {}
    for line, found in zip(lines, groups):
        words = line.split()
        if words[0] == "value" and (addresses := choose_round(found, marks.begins)):
            rounds[words[1]] = addresses
    print_table(rounds, kinds)
    for name, addresses in rounds.items():
        if options.profile is not None and name.startswith(options.profile):
            print_profile(name, collections.Counter(addresses), kernel)
        if options.listing is not None and name.startswith(options.listing):
            print_listing(name, addresses, kernel)


def count_whole(trace, kernel, kinds):
    by_address = collections.Counter(a for a in trace if a.startswith(b"ffff"))
    counts = collections.Counter()
    for address, count in by_address.items():
        if address in kinds:
            counts[kinds[address]] += count
    print("  ".join(f"{column} {counts[column]}" for column in COLUMNS))
    print_profile("the whole run", by_address, kernel)


def measure(options):
    words = read_command(options.run)
    kernel_path, task_path = value_after(words, "-kernel"), value_after(words, "-initrd")
    symbols = kernel_path.replace("sel4_32.elf", "sel4.elf")
    kernel, task = Program(symbols), Program(task_path)
    timer = timer_register(kernel)
    kinds = {text_of(a): kind for a, text in kernel.instructions.items()
             if (kind := kind_of(text, timer))}
    with tempfile.TemporaryDirectory() as folder:
        if options.only:
            words[words.index("-initrd") + 1] = with_word(task_path, options.only, folder)
        process, lines = start(words, kernel, task, folder)
        try:
            if options.whole:
                count_whole(executed(lines), kernel, kinds)
            else:
                count_rounds(executed(lines), kernel, task, folder, kinds, options)
            if process.wait() == TIMED_OUT:
                raise Failure(f"the run was cut off after {LIMIT_S} s")
        finally:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="a run made before, such as bench.kernel")
    parser.add_argument("--only", metavar="WORD", help="write this to the task's variable test_only")
    parser.add_argument("--profile", nargs="?", const="", metavar="NAME",
                        help="list the functions of rounds whose name begins so")
    parser.add_argument("--listing", metavar="NAME", help="list the instructions of rounds whose name begins so")
    parser.add_argument("--whole", action="store_true", help="all of the run instead of single rounds")
    try:
        measure(parser.parse_args())
    except Failure as why:
        print(f"execcount: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
