# SPDX-License-Identifier: BSD-2-Clause
"""Runs tests and benchmarks for ./sofa, which see. Exit status: 0 all passed, 1 not, 2 usage."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time
import traceback

import cases
import protocol
import qemu

GROUPS = ["unit", "fuzz", "kernel", "check"]
JOBS = os.cpu_count() or 1


def group_cases(group, kernel):
    return list({"unit": cases.unit, "fuzz": cases.fuzz, "check": cases.checks,
                 "kernel": lambda: cases.machines(["kernel", "test"], kernel)}[group]())


def select(wanted, kernel):
    """What to run, as {group: [(case, only)]}; words are groups, names, prefixes or NAME:TEST."""
    chosen = {group: [(case, None) for case in group_cases(group, kernel)]
              for group in GROUPS if not wanted or group in wanted}
    for word in (word for word in wanted if word not in GROUPS):
        name, _, only = word.partition(":")
        found = False
        for group in GROUPS:
            matching = [(case, only or None) for case in group_cases(group, kernel)
                        if case.name == name or case.name.startswith(name + ".")]
            if matching:
                chosen.setdefault(group, []).extend(matching)
                found = True
        if not found:
            print(f"sofa test: no group or test is called {word!r}; groups are {' '.join(GROUPS)}, "
                  "and ./sofa test --list lists the tests", file=sys.stderr)
            sys.exit(2)
    return chosen


def build(targets):
    """Makes what the tests need; what went wrong, or None."""
    if not targets:
        return None
    made = subprocess.run(["make", f"-j{JOBS}", "--output-sync=line", *sorted(set(targets))],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return None if made.returncode == 0 else made.stderr[-4000:]


def run_case(case, only):
    began = time.monotonic()
    try:
        outcome = case.run(only)
    except cases.Unrunnable as why:
        outcome = protocol.Outcome()
        outcome.fail(case.name, str(why))
    except Exception:  # a bug of the runner: it fails this case, not the others
        outcome = protocol.Outcome()
        outcome.fail(case.name, traceback.format_exc())
    return case, outcome, time.monotonic() - began


def indent(text):
    return "\n".join("      " + line for line in text.rstrip().splitlines())


def report(case, outcome, seconds):
    count = len(outcome.passed)
    detail = f" ({count} tests)" if count > 1 else ""
    if not outcome.failed:
        print(f"  {'ok' if count else 'skip':<5} {case.name}{detail}  {seconds:.1f} s", flush=True)
    for test, why in outcome.failed:
        alone = case.name if test == case.name else f"{case.name}:{test}"
        title = case.name if test == case.name else f"{case.name} {test}"
        print(f"  FAIL  {title}\n{indent(why)}\n      alone: ./sofa test {alone}", flush=True)
    for test, why in outcome.skipped:
        print(f"  skip  {case.name} {test}: {why}", flush=True)


def run_group(group, chosen, totals):
    print(f"{group}: {len(chosen)} to run", flush=True)
    problem = build([target for case, _ in chosen for target in case.targets])
    if problem:
        print(f"  FAIL  {group}: does not build\n{indent(problem)}\n      alone: ./sofa test {group}")
        totals[1] += 1
        return []
    values = []
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        waiting = [pool.submit(run_case, case, only) for case, only in chosen]
        for future in concurrent.futures.as_completed(waiting):
            case, outcome, seconds = future.result()
            report(case, outcome, seconds)
            totals[0] += len(outcome.passed)
            totals[1] += len(outcome.failed)
            totals[2] += len(outcome.skipped)
            values += outcome.values
    return values


def test(options):
    chosen = select(options.names, options.kernel)
    if options.list:
        for group, entries in chosen.items():
            for case, _ in entries:
                print(f"{group:<7} {case.name}")
        return 0
    totals = [0, 0, 0]
    for group, entries in chosen.items():
        run_group(group, entries, totals)
    print("{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] or not totals[0] else 0


def bars_of(name):
    """bench/NAME/bars.json: by figure, a reference and the bar that the median must not exceed."""
    path = os.path.join("bench", name, "bars.json")
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def show_values(values, bars):
    """Prints the table; the number of medians over their bar."""
    over = 0
    print(f"\n{'name':<24} {'config':<10} {'unit':<12} {'n':>6} {'min':>10} {'median':>10} {'max':>10}"
          f" {'reference':>10} {'bar':>10}")
    for value in values:
        bar = bars.get(value["name"], {})
        exceeded = bar.get("bar") is not None and value["median"] > bar["bar"]
        over += exceeded
        print("{name:<24} {config:<10} {unit:<12} {n:>6} {min:>10} {median:>10} {max:>10}".format(**value)
              + f" {bar.get('reference', '-'):>10} {bar.get('bar', '-'):>10}{'  OVER' * exceeded}")
    return over


def bench(options):
    chosen = [(case, None) for case in cases.machines([os.path.join("bench", options.name)], options.kernel)]
    if not chosen:
        print(f"sofa bench: bench/{options.name} has no runs", file=sys.stderr)
        return 2
    totals = [0, 0, 0]
    values = sorted(run_group("bench", chosen, totals), key=lambda value: value["name"])
    over = show_values(values, bars_of(options.name))
    if options.json:
        order = ["name", "config", "unit", "n", "min", "median", "max"]
        with open(options.json, "w") as file:
            json.dump([{key: value[key] for key in order} for value in values], file, indent=1)
            file.write("\n")
    return 1 if totals[1] or over else 0


def main():
    parser = argparse.ArgumentParser(prog="sofa", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("test")
    verb.add_argument("names", nargs="*")
    verb.add_argument("--kernel", help="run the kernel group on this 32-bit ELF instead")
    verb.add_argument("--list", action="store_true")
    verb = verbs.add_parser("bench")
    verb.add_argument("name")
    verb.add_argument("--kernel")
    verb.add_argument("--json")
    options = parser.parse_args()
    qemu.clean_up_on_signals()
    return test(options) if options.verb == "test" else bench(options)


if __name__ == "__main__":
    sys.exit(main())
