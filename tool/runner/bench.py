# SPDX-License-Identifier: BSD-2-Clause
"""Benchmarks: which there are, their figures, and how these compare with what they were.

bench/NAME with a file `runs`   in QEMU; bench/NAME/bars.json has bars, bench/NAME/with what runs along
*_bench.py anywhere             on this machine; prints the test protocol's `value` lines

bench/baselines/NAME.json holds the figures of NAME as they were last found right. Counts of instructions, and of
requests to a disk, are repeatable, so a median (or the column its bar is for) of more than REGRESSION times its
baseline is our doing.
"""
import glob
import json
import os
import re
import subprocess
import sys

import cases

BASELINES = "bench/baselines"
COLUMNS = ["name", "config", "unit", "n", "min", "median", "max"]
REGRESSION = 1.03
COUNTS = ("instructions", "requests")
LIMIT_S = 300


class Bad(Exception):
    """A file of figures that is none; the text says why."""


# ---- which there are ----

def program_name(path):
    return cases.dotted(path.replace("_bench.py", "_test.py"))


def programs():
    """Name -> path of the benchmarks on this machine."""
    found = cases.files(lambda name: name.endswith("_bench.py"), cases.ROOMS + ["bench"])
    return {program_name(path): path for path in found}


def names():
    """All of them; one that runs along with another is not named again."""
    folders = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob("bench/*/runs"))
    along = {other for name in folders for other in with_others(name)[0][1:]}
    return [name for name in folders if name not in along] + sorted(programs())


def with_others(name):
    """Benchmarks that run together, and runs whose instructions are counted: bench/NAME/with."""
    together, counted = [name], []
    path = os.path.join("bench", name, "with")
    if os.path.exists(path):
        with open(path) as file:
            for what, other in (line.split() for line in file if line.strip() and line[0] != "#"):
                {"run": together, "count": counted}[what].append(other)
    return together, counted


def find_cases(name, kernel):
    """What to run for one name; an empty list if there is no such benchmark."""
    if os.path.exists(os.path.join("bench", name, "runs")):
        return list(cases.machines([os.path.join("bench", one) for one in with_others(name)[0]], kernel))
    path = programs().get(name)
    return [cases.Case(name, cases.made_for(path), lambda only: run_program(name, path))] if path else []


def run_program(name, path):
    outcome = cases.run_program(name, [sys.executable, path], LIMIT_S)
    for value in outcome.values:
        value["config"] = "host"
    return outcome


# ---- bars ----

def bars_of(name):
    """bench/NAME/bars.json, or X_bars.json beside X_bench.py: by figure, a reference and a bar for the median
    (or what `of` names). A bar can be a multiple of another figure: {"times": 1.2, "figure": NAME}."""
    bars = {}
    paths = [os.path.join("bench", one, "bars.json") for one in with_others(name)[0]]
    if name in programs():
        paths.append(programs()[name].replace("_bench.py", "_bars.json"))
    for path in paths:
        if os.path.exists(path):
            with open(path) as file:
                bars.update(json.load(file))
    return bars


def bar_value(bar, values):
    """The number that must not be exceeded; None if there is none, or its figure was not measured."""
    limit = bar.get("bar")
    if isinstance(limit, dict):
        other = next((value for value in values if value["name"] == limit["figure"]), None)
        return other and int(other["median"] * limit["times"])
    return limit


# ---- baselines ----

def baseline_path(name):
    return os.path.join(BASELINES, name + ".json")


def read_figures(path):
    """(name, config) -> figure."""
    try:
        with open(path, encoding="utf-8") as file:
            return {(one["name"], one["config"]): one for one in json.load(file) if set(COLUMNS) <= set(one)}
    except (OSError, ValueError, TypeError, KeyError) as why:
        raise Bad(f"{path}: no figures as --json writes them: {why}") from why


def write_figures(path, values):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        rows = [json.dumps({key: value[key] for key in COLUMNS}) for value in values]
        file.write("[\n " + ",\n ".join(rows) + "\n]\n")
    os.replace(path + ".new", path)


def compared(value, bars):
    """Counts that stand for something by themselves: of a benchmark with bars, only figures with one."""
    return value["unit"] in COUNTS and (not bars or value["name"] in bars)


def verdict(value, before, column="median"):
    """What became of a figure since: a word for people, and whether it is a regression."""
    if before is None:
        return "new", False
    ratio = value[column] / before[column] if before[column] else 1.0
    if ratio > REGRESSION:
        return f"{100 * (ratio - 1):+.1f} % SLOWER", True
    return (f"{100 * (ratio - 1):+.1f} %" if abs(ratio - 1) >= 0.0005 else "same"), False


def lost_figures(values, before, bars):
    """Figures of the baseline that were not measured now."""
    there = {(value["name"], value["config"]) for value in values}
    return sorted(name for name, config in before
                  if (name, config) not in there and (not bars or name in bars))


# ---- the table ----

def show(values, bars, before):
    """Prints it; the number of figures that are over their bar or slower than they were."""
    bad = 0
    print(f"\n{'name':<32} {'config':<10} {'unit':<12} {'n':>6} {'min':>10} {'median':>10} {'max':>10}"
          f" {'reference':>10} {'bar':>10}  since the baseline")
    for value in values:
        bar = bars.get(value["name"], {})
        limit = bar_value(bar, values)
        column = bar.get("of", "median")
        exceeded = limit is not None and value[column] > limit
        word, slower = "", False
        if before is not None and compared(value, bars):
            word, slower = verdict(value, before.get((value["name"], value["config"])), column)
        bad += exceeded or slower
        print("{name:<32} {config:<10} {unit:<12} {n:>6} {min:>10} {median:>10} {max:>10}".format(**value)
              + f" {bar.get('reference', '-'):>10} {limit or '-':>10}  {word}{'  OVER THE BAR' * exceeded}".rstrip())
    return bad


def show_counts(run):
    print(f"\nWhat the kernel executes ({run}):", flush=True)
    counted = subprocess.run([sys.executable, "tool/execcount/execcount.py", "--only", "few", run])
    return counted.returncode != 0


def baseline_for(name, options):
    """The figures to compare with; None if there are none. A foreign kernel has no baseline of ours."""
    if options.compare:
        return read_figures(options.compare)
    path = baseline_path(name)
    return read_figures(path) if os.path.exists(path) and not options.kernel else None


def one_benchmark(name, options, run_group):
    """Runs one name; (its figures, whether something is wrong with them)."""
    totals = [0, 0, 0]
    before = baseline_for(name, options)
    chosen = [(case, None) for case in find_cases(name, options.kernel)]
    values = sorted(run_group(name, chosen, totals), key=lambda value: (value["name"], value["config"]))
    bars = bars_of(name)
    bad = totals[1] + show(values, bars, before)
    for lost in lost_figures(values, before or {}, bars):
        print(f"{lost}: in the baseline, but not measured now")
        bad += 1
    if not options.kernel:
        bad += sum(show_counts(run) for run in with_others(name)[1])
    return values, bad


def main(options, run_group):
    there = names()
    unknown = [name for name in options.names if not find_cases(name, options.kernel)]
    if unknown:
        print(f"sofa bench: there is no benchmark {unknown[0]!r}; there are: {' '.join(there)}", file=sys.stderr)
        return 2
    figures, bad = [], 0
    try:
        for name in options.names or there:
            values, wrong = one_benchmark(name, options, run_group)
            figures += values
            bad += wrong
    except Bad as why:
        print(f"sofa bench: {why}", file=sys.stderr)
        return 2
    if options.json:
        write_figures(options.json, figures)
    if options.save:
        save(options.save, figures)
    return 1 if bad else 0


def save(name, figures):
    """Only what is compared: a baseline is kept in the tree, and read by people when it changes."""
    if not re.fullmatch(r"[\w.-]+", name):
        raise SystemExit(f"sofa bench: --save takes a name for {BASELINES}/NAME.json, not {name!r}")
    bars = bars_of(name)
    write_figures(baseline_path(name), [value for value in figures if compared(value, bars)])
    print(f"saved: {baseline_path(name)}")
