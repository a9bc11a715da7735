# SPDX-License-Identifier: BSD-2-Clause
"""Puts a run where it stays: out/YYYYMMDD-HHMM, in one step, and out/latest to it, in another. Whoever is
killed on the way leaves out/latest as it was, and nothing that could be taken for a result."""
import os
import shutil
import time

import compare
import parts
import report

PARTIAL = ".partial-"
# Of a part's folder: what can be built again, and is told by its hash.
LEFT_OUT = {"kernel", "image", "disk", "ram"}


class NotReady(Exception):
    """Something that belongs to a result is not there; the text says what."""


def check(work):
    """The summary, if it is what the raw logs say today and the picture shows it."""
    path, picture = os.path.join(work, "summary.json"), os.path.join(work, "metrics_plot.png")
    if not os.path.exists(path):
        raise NotReady("nothing is compared yet: ./sofa metrics compare")
    summary = parts.read_json(path)
    if compare.summarize(work) != summary:
        raise NotReady("something was measured since the comparison: ./sofa metrics compare")
    drawn = os.path.join(work, "plot.json")
    if not os.path.exists(picture) or not os.path.exists(drawn) or \
            parts.read_json(drawn) != {"summary": parts.sha256(path), "picture": parts.sha256(picture)}:
        raise NotReady("the picture is missing or of another comparison: ./sofa metrics plot")
    return summary


def copy(work, target):
    """File by file, so that the first that does not fit says why."""
    for name in ("summary.json", "metrics_plot.png"):
        shutil.copy(os.path.join(work, name), target)
    for top in ("results", "icount", "wall"):
        for folder, _, names in os.walk(os.path.join(work, top)):
            there = os.path.join(target, os.path.relpath(folder, work))
            os.makedirs(there, exist_ok=True)
            for name in names:
                if name not in LEFT_OUT:
                    shutil.copy(os.path.join(folder, name), there)


def clean_up(out):
    """What killed runs have left."""
    for name in os.listdir(out):
        path = os.path.join(out, name)
        if name.startswith(PARTIAL) and os.path.islink(path):
            os.unlink(path)
        elif name.startswith(PARTIAL):
            shutil.rmtree(path, ignore_errors=True)


def settle(partial, out, stamp):
    """Renames the whole folder to its name; a second run of the same minute gets a number."""
    for number in range(1, 100):
        final = os.path.join(out, stamp if number == 1 else f"{stamp}-{number}")
        if not os.path.lexists(final):
            os.rename(partial, final)
            return final
    raise NotReady(f"there are too many runs called {stamp}")


def point_latest(out, final):
    link = os.path.join(out, f"{PARTIAL}latest-{os.getpid()}")
    os.symlink(os.path.basename(final), link)
    os.replace(link, os.path.join(out, "latest"))


def archive(work, out):
    """The folder of the run, and whether it is complete: only then is out/latest switched to it."""
    summary = check(work)
    os.makedirs(out, exist_ok=True)
    clean_up(out)
    partial = os.path.join(out, f"{PARTIAL}{os.getpid()}")
    os.mkdir(partial)
    try:
        copy(work, partial)
        stamp = time.strftime("%Y%m%d-%H%M")
        report.write(os.path.join(partial, "report.html"), summary, os.path.join(partial, "metrics_plot.png"), stamp)
        final = settle(partial, out, stamp)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    complete = not summary["failed"] and not summary["missing"]
    if complete:
        point_latest(out, final)
    return final, complete
