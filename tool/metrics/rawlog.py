# SPDX-License-Identifier: BSD-2-Clause
"""What a machine printed, taken apart and distrusted. Both sides speak this format:

    metrics 1 SIDE                     SIDE is sofa or linux
    begin NAME UNIT COUNT              UNIT is ticks or ns
    ITERATION LATENCY TIMESTAMP        COUNT lines; ITERATION from 0
    end NAME
    value NAME NUMBER UNIT             NUMBER may be negative: -1 stands for never
    failed NAME WHY                    could not be measured
    done

A log that is torn, or says something twice, is refused whole: nothing of it is a figure.
"""
import re

SIDES = ("sofa", "linux")
NAME = re.compile(r"[a-z][a-z0-9._-]*$")
SAMPLE = re.compile(r"(\d+) (\d+) (\d+)$")
NUMBER = re.compile(r"-?\d+$")


class Bad(Exception):
    """No log of ours: the text says in which line and why."""


class Series:
    """(latency, timestamp) of each iteration."""

    def __init__(self, name, unit, count):
        self.name, self.unit, self.count, self.samples = name, unit, count, []

    def latencies(self):
        return [latency for latency, _ in self.samples]


class RawLog:
    def __init__(self, side):
        self.side, self.series, self.values, self.failed = side, {}, {}, {}


def number_of(text, least=None):
    if not NUMBER.match(text) or (least is not None and int(text) < least):
        raise ValueError(f"{text!r} is not a number that can be here")
    return int(text)


class Reader:
    """Takes one line after the other; raises ValueError for one that cannot be there."""

    def __init__(self):
        self.log, self.open, self.done = None, None, False

    def fresh(self, name):
        if not NAME.match(name):
            raise ValueError(f"{name!r} is no name")
        if name in self.log.series or name in self.log.values or name in self.log.failed:
            raise ValueError(f"{name} is there twice")
        return name

    def head(self, words):
        if len(words) != 3 or words[:2] != ["metrics", "1"] or words[2] not in SIDES:
            raise ValueError("expected `metrics 1 sofa` or `metrics 1 linux`")
        self.log = RawLog(words[2])

    def begin(self, name, unit, count):
        if unit not in ("ticks", "ns"):
            raise ValueError(f"the unit {unit!r} is neither ticks nor ns")
        self.open = Series(self.fresh(name), unit, number_of(count, 1))

    def sample(self, line):
        found = SAMPLE.match(line)
        if not found or int(found[1]) != len(self.open.samples):
            raise ValueError(f"expected iteration {len(self.open.samples)} of {self.open.name}")
        self.open.samples.append((int(found[2]), int(found[3])))

    def end(self, name):
        if name != self.open.name:
            raise ValueError(f"{name} ends where {self.open.name} has begun")
        if len(self.open.samples) != self.open.count:
            raise ValueError(f"{self.open.name} ends after {len(self.open.samples)} of {self.open.count} iterations")
        self.log.series[name] = self.open
        self.open = None

    def take(self, line):
        words = line.split(" ")
        if self.done:
            raise ValueError("a line after `done`")
        if self.log is None:
            self.head(words)
        elif self.open:
            if words[0] == "end" and len(words) == 2:
                self.end(words[1])
            else:
                self.sample(line)
        elif words[0] == "begin" and len(words) == 4:
            self.begin(*words[1:])
        elif words[0] == "value" and len(words) == 4:
            self.log.values[self.fresh(words[1])] = (number_of(words[2]), words[3])
        elif words[0] == "failed" and len(words) > 2:
            self.log.failed[self.fresh(words[1])] = " ".join(words[2:])
        elif line == "done":
            self.done = True
        else:
            raise ValueError(f"no line of this format: {line[:60]!r}")


def parse(text, side=None):
    """The log that the text is; `side` is whose it must be."""
    reader = Reader()
    lines = text.replace("\r\n", "\n").split("\n")
    if lines.pop() != "":
        raise Bad(f"the last line is torn: {text[-60:]!r}")
    if not lines:
        raise Bad("the log is empty")
    for number, line in enumerate(lines, 1):
        try:
            reader.take(line)
        except ValueError as problem:
            raise Bad(f"line {number}: {problem}") from None
    if not reader.done:
        raise Bad("it does not end with `done`")
    if side and reader.log.side != side:
        raise Bad(f"it is of {reader.log.side}, not of {side}")
    return reader.log


def read(path, side=None):
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return parse(file.read(), side)
    except FileNotFoundError:
        raise Bad(f"there is no log {path}") from None
    except Bad as problem:
        raise Bad(f"{path}: {problem}") from None
