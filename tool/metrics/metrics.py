# SPDX-License-Identifier: BSD-2-Clause
"""./sofa metrics: measures Sofa and Linux, compares, draws and keeps the result. README.md has the steps."""
import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(ROOT, "tool/runner"))
import archive  # noqa: E402
import compare  # noqa: E402
import parts  # noqa: E402
import plot_python  # noqa: E402
import qemu  # noqa: E402
import rawlog  # noqa: E402

DONE, FAILED, USAGE, MISSING = 0, 1, 2, 3
ITERATIONS, MOST_ITERATIONS = 1000, 50000
ROUNDS = 5
FREE_BYTES = 2 << 30
USAGE_TEXT = "./sofa metrics [ITERATIONS] | build | run sofa|linux|wall [ITERATIONS] | compare | plot | archive"


class Interrupted(BaseException):
    """A signal that ends the program; not an Exception, so that no part takes it for its failure."""


class Usage(Exception):
    pass


class Places:
    """Where a run grows, and where it stays."""

    def __init__(self):
        self.work = os.environ.get("SOFA_METRICS_WORK", "build/metrics/work")
        self.out = os.environ.get("SOFA_METRICS_OUT", "out")


def interrupt(number, _frame):
    qemu.stop_all()
    raise Interrupted(number)


# ---- before anything is begun -------------------------------------------------

def need_qemu():
    if not shutil.which("qemu-system-x86_64"):
        raise parts.Stop("there is no qemu-system-x86_64; ./sofa setup installs it")


def need_space(folder):
    """Images, logs and a kernel for Linux; better to say so before than to stop in the middle."""
    free = shutil.disk_usage(folder).free
    if free < int(os.environ.get("SOFA_METRICS_FREE", FREE_BYTES)):
        raise parts.Stop(f"only {free >> 20} MiB are free for {folder}; {FREE_BYTES >> 20} MiB are needed")


def take_lock(work):
    """Two runs would write into each other. The lock goes with the process."""
    os.makedirs(os.path.dirname(work), exist_ok=True)
    lock = open(work + ".lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise parts.Stop("another ./sofa metrics is running") from None
    return lock


# ---- the steps ------------------------------------------------------------------

def build(places):
    for side in parts.SIDES:
        paths = parts.build_side(side, ".")
        for name, digest in parts.hashes(paths, ".").items():
            print(f"{digest}  {name}")
    return DONE


def run(places, what, iterations):
    need_qemu()
    need_space(places.work)
    if what == "wall":
        record = parts.run_wall(iterations, ROUNDS, places.work, ".")
    else:
        record = parts.run_side(what, "icount", iterations, places.work, ".")
    again = record.get("again")
    repeated = not again or again["same"]
    return FAILED if any(part["failed"] for part in record["parts"]) or not repeated else DONE


def run_compare(places):
    if not parts.records(places.work):
        raise parts.Stop("nothing was measured yet: ./sofa metrics run sofa, ./sofa metrics run linux")
    summary = compare.summarize(places.work)
    shutil.rmtree(os.path.join(places.work, "results"), ignore_errors=True)
    compare.write_series(places.work, summary)
    parts.write_json(os.path.join(places.work, "summary.json"), summary)
    show(summary)
    return FAILED if summary["failed"] else DONE


def show(summary):
    for row in summary["latency"]:
        own = row["sofa"]
        print(f"  {row['what']}: Sofa {own['median'] if own else 'not measured'}")
        for other in row["linux"]:
            figure = other["figure"]
            print(f"      Linux, {other['mechanism']}: {figure['median'] if figure else 'not measured'}"
                  + (f", {other['ratio']:g} times" if other["ratio"] else ""))
    for target in summary["targets"]:
        verdict = {True: "met", False: "MISSED", None: "not measured"}[target["met"]]
        found = "" if target["found"] is None else f" ({target['found']:g} {target['unit']})"
        print(f"  {verdict}: {target['what']}{found}")
    for failure in summary["failed"]:
        print(f"  FAILED: {failure['side']}: {failure['part']}: {failure['why'].splitlines()[0]} ({failure['log']})")


def plot(places):
    summary, picture = (os.path.join(places.work, name) for name in ("summary.json", "metrics_plot.png"))
    if not os.path.exists(summary):
        raise parts.Stop("nothing is compared yet: ./sofa metrics compare")
    drawn = subprocess.run([plot_python.find(), os.path.join(HERE, "plot.py"), places.work, picture + ".new"],
                           capture_output=True, text=True)
    if drawn.returncode:
        raise parts.Stop(f"the picture could not be drawn: {drawn.stderr.strip()[-1000:]}")
    os.replace(picture + ".new", picture)
    parts.write_json(os.path.join(places.work, "plot.json"),
                     {"summary": parts.sha256(summary), "picture": parts.sha256(picture)})
    return DONE


def run_archive(places):
    final, complete = archive.archive(places.work, places.out)
    print(f"{final}/report.html")
    if not complete:
        parts.say("this run is not complete, so latest does not point to it")
    return DONE if complete else FAILED


def everything(places, iterations):
    need_qemu()
    need_space(os.path.dirname(places.work))
    plot_python.find()
    parts.fresh(places.work)
    for side in parts.SIDES:
        parts.run_side(side, "icount", iterations, places.work, ".")
    parts.run_wall(iterations, ROUNDS, places.work, ".")
    run_compare(places)
    plot(places)
    return run_archive(places)


# ---- the command line -------------------------------------------------------------

def iterations_of(words):
    if not words:
        return ITERATIONS
    if len(words) > 1 or not words[0].isascii() or not words[0].isdigit():
        raise Usage(f"expected a number of iterations, not {' '.join(words)!r}")
    if not 1 <= int(words[0]) <= MOST_ITERATIONS:
        raise Usage(f"iterations are 1 to {MOST_ITERATIONS}, not {words[0]}")
    return int(words[0])


def choose(words):
    """What is to be done, as a function of the places."""
    steps = {"build": build, "compare": run_compare, "plot": plot, "archive": run_archive}
    if words and words[0] in steps:
        if len(words) > 1:
            raise Usage(f"{words[0]} takes no arguments")
        return steps[words[0]]
    if words and words[0] == "run":
        if len(words) < 2 or words[1] not in (*parts.SIDES, "wall"):
            raise Usage("run takes sofa, linux or wall")
        iterations = iterations_of(words[2:])
        return lambda places: run(places, words[1], iterations)
    iterations = iterations_of(words)
    return lambda places: everything(places, iterations)


def complain(text, status):
    print(f"sofa: {text}", file=sys.stderr)
    return status


def main(words):
    try:
        step = choose(words)
        os.chdir(ROOT)  # from where the command lines in the records work
    except Usage as problem:
        return complain(f"{problem}\nsofa: usage: {USAGE_TEXT}", USAGE)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    places = Places()
    try:
        lock = take_lock(places.work)
        os.makedirs(places.work, exist_ok=True)
        status = step(places)
        lock.close()
        return status
    except Interrupted as signalled:
        return complain("interrupted: nothing was archived, latest is what it was", 128 + signalled.args[0])
    except (parts.Stop, archive.NotReady, compare.Changed, rawlog.Bad) as problem:
        return complain(problem, FAILED)
    except plot_python.Missing as problem:
        return complain(problem, MISSING)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            where = problem.filename2 or problem.filename or places.work
            return complain(f"the disk is full ({where}): nothing was archived, latest is what it was", FAILED)
        return complain(problem, FAILED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
