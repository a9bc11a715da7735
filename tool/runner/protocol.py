# SPDX-License-Identifier: BSD-2-Clause
"""What a test program says: one fact per line, on its own serial port (or on standard output).

    suite NAME                      what follows belongs to NAME (for people)
    run   TEST                      TEST starts; a verdict on it must follow
    pass  TEST
    fail  TEST FILE:LINE: expected ... got ...
    skip  TEST WHY
    value NAME UNIT N MIN MEDIAN MAX
    done                            nothing was cut off

Nothing is guessed: a missing verdict, a missing `done` and a line that is none of these are failures.
"""
import re

TEST_NAME = re.compile(r"[A-Za-z0-9_.+-]+$")


class Outcome:
    """What became of one program: verdicts by test name, and measured values."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.values = [], [], [], []
        self.finished = False

    def fail(self, test, why):
        self.failed.append((test, why))

    def skip(self, test, why):
        self.skipped.append((test, why))


def parse(text, case, may_skip=lambda test: False, stopped="the program ended"):
    """Reads the lines of one program. `case` names failures that belong to no single test."""
    outcome = Outcome()
    running, seen = None, set()

    def verdict(test):
        nonlocal running
        if running != test:
            outcome.fail(case, f"verdict on {test} while {running or 'nothing'} was running")
        running = None

    for line in text.splitlines():
        word, _, rest = line.rstrip().partition(" ")
        test, _, detail = rest.strip().partition(" ")
        if not word:
            continue
        if outcome.finished:
            outcome.fail(case, f"a line after `done`: {line!r}")
            break
        if word == "done" and not rest:
            outcome.finished = True
        elif word == "suite" and test:
            pass
        elif word == "run" and TEST_NAME.match(test) and not detail:
            if running:
                outcome.fail(running, "no verdict: the next test began")
            if test in seen:
                outcome.fail(test, "two tests have this name")
            running = test
            seen.add(test)
        elif word == "pass" and test and not detail:
            verdict(test)
            outcome.passed.append(test)
        elif word == "fail" and test:
            verdict(test)
            outcome.fail(test, detail or "(it gave no reason)")
        elif word == "skip" and test:
            running = None if running == test else running
            if may_skip(test):
                outcome.skip(test, detail)
            else:
                outcome.fail(test, f"skipped, but required: {detail}")
        elif word == "value" and len(detail.split()) == 5:
            unit, *numbers = detail.split()
            try:
                count, low, median, high = map(int, numbers)
            except ValueError:
                outcome.fail(case, f"not numbers: {line!r}")
                continue
            outcome.values.append(
                {"name": test, "unit": unit, "n": count, "min": low, "median": median, "max": high})
        else:
            outcome.fail(case, f"not a line of the test protocol: {line!r}")
    if running:
        outcome.fail(running, f"no verdict: {stopped} while it ran")
    elif not outcome.finished:
        outcome.fail(case, f"no `done` at the end: {stopped}")
    return outcome
