# SPDX-License-Identifier: BSD-2-Clause
"""Runs tests and benchmarks for ./sofa, which see. Exit status: 0 all passed, 1 not, 2 usage."""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import time
import traceback

import bench
import cases
import protocol
import qemu
import systems

GROUPS = ["unit", "fuzz", "kernel", "system", "check"]
JOBS = os.cpu_count() or 1


def group_cases(group, kernel):
    return list({"unit": cases.unit, "fuzz": cases.fuzz, "check": cases.checks,
                 "system": lambda: cases.all_systems(kernel),
                 "kernel": lambda: cases.machines(["kernel", "test"], kernel)}[group]())


def select(wanted, kernel):
    """What to run, as {group: [(case, only)]}; words are groups, names, prefixes or NAME:TEST."""
    chosen = {group: [(case, None) for case in group_cases(group, kernel)]
              for group in GROUPS if not wanted or group in wanted}
    for word in (word for word in wanted if word not in GROUPS):
        if os.path.isfile(os.path.join(word, "expected.txt")):
            chosen.setdefault("system", []).extend((case, None) for case in cases.system_folder(word, kernel))
            continue
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
    """Makes what the tests need; what went wrong, or None. SYSTEM=FILE is a system outside the tree."""
    if not targets:
        return None
    outside = " ".join(sorted({word.removeprefix("SYSTEM=") for word in targets if word.startswith("SYSTEM=")}))
    goals = sorted({word for word in targets if not word.startswith("SYSTEM=")})
    made = subprocess.run(["make", f"-j{JOBS}", "--output-sync=line", f"SYSTEM={outside}", *goals],
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
        print(f"  {'ok' if count or outcome.values else 'skip':<5} {case.name}{detail}  {seconds:.1f} s", flush=True)
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
    if options.config:
        chosen = {"system": [(case, only) for case, only in chosen.get("system", [])
                             if case.name.endswith("." + options.config)]}
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


def main():
    parser = argparse.ArgumentParser(prog="sofa", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("test")
    verb.add_argument("names", nargs="*")
    verb.add_argument("--kernel", help="run the kernel group on this 32-bit ELF instead")
    verb.add_argument("--list", action="store_true")
    verb.add_argument("--config", choices=systems.CONFIGS, help="of systems, only the runs in this config")
    verb = verbs.add_parser("bench")
    verb.add_argument("names", nargs="*")
    verb.add_argument("--kernel")
    verb.add_argument("--json")
    verb.add_argument("--compare")
    verb.add_argument("--save")
    options = parser.parse_args()
    qemu.clean_up_on_signals()
    return test(options) if options.verb == "test" else bench.main(options, run_group)


if __name__ == "__main__":
    sys.exit(main())
