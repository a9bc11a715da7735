# SPDX-License-Identifier: BSD-2-Clause
"""For tests: a run with logs and records of both sides, as parts.py leaves them."""
import os

import names
import parts

SOFA_FAULTS = {"answered": 1000, "lost": 0, "gap": 90000, "ready": 70000, "back": 80000}
LINUX_FAULTS = {"answered": 998, "lost": 2, "ready": 140000, "gap": 1200000, "back": -1}


def log(side, series, values):
    lines = [f"metrics 1 {side}"]
    for name, latencies in series.items():
        lines += [f"begin {name} ticks {len(latencies)}"]
        lines += [f"{i} {latency} {1000 + i}" for i, latency in enumerate(latencies)] + [f"end {name}"]
    lines += [f"value {name} {number} {unit}" for name, (number, unit) in values.items()]
    return "\n".join([*lines, "done", ""])


def faults(figures):
    return {names.fault(component, policy, what): (number, "ticks") for component in names.COMPONENTS
            for policy, _ in names.POLICIES for what, number in figures.items()}


def memory(rows, side, number, unit):
    return {metric: (number, unit) for row in rows for metric in row[side]}


def sofa_log(factor=1):
    series = {metric: [factor * (1000 + i) for i in range(5)] for _, metric, _ in names.LATENCY}
    values = {metric: (900, "ticks/message") for _, metric, _ in names.THROUGHPUT}
    return log("sofa", series, {**values, **faults(SOFA_FAULTS), **memory(names.MEMORY, 1, 10240, "bytes")})


def linux_log(factor=1):
    series = {metric: [factor * (12000 + i) for i in range(5)]
              for _, _, others in names.LATENCY for _, metric in others}
    values = {metric: (9000, "ticks/message") for _, _, others in names.THROUGHPUT for _, metric in others}
    return log("linux", series, {**values, **faults(LINUX_FAULTS), **memory(names.MEMORY, 2, 120, "KiB")})


def part(work, side, place, text, **more):
    path = os.path.join(work, place, "log")
    os.makedirs(os.path.dirname(path))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return {"side": side, "name": "all", "what": "everything", "log": os.path.relpath(path, work),
            "sha256": parts.sha256(path), "failed": None, "folder": place, "command": "qemu <&>", "binaries": {},
            "seconds": 1, **more}


def failed_part(side, why):
    return {"side": side, "name": "all", "what": "everything", "log": None, "sha256": None, "failed": why,
            "folder": f"icount/{side}/all", "command": "", "binaries": {}, "seconds": 1}


AGAIN = {"sha256": "cd" * 32, "same": True, "failed": None, "folder": "icount/again"}


def record(work, place, listed, again=None):
    os.makedirs(os.path.join(work, place), exist_ok=True)
    parts.write_json(os.path.join(work, place, "run.json"),
                     {"clock": place.split("/")[0], "iterations": 5, "parts": listed, "again": again,
                      "binaries": {"kernel": "ab" * 32}})


def run(work, sofa=None, linux=None, wall_factors=(1, 1.05, 1, 0.95, 1)):
    """A whole run; sofa and linux may be records of parts that went otherwise."""
    record(work, "icount/sofa", sofa or [part(work, "sofa", "icount/sofa/all", sofa_log())], AGAIN)
    record(work, "icount/linux", linux or [part(work, "linux", "icount/linux/all", linux_log())], AGAIN)
    listed = []
    for turn, factor in enumerate(wall_factors, 1):
        factor = round(20 * factor)
        listed += [part(work, "sofa", f"wall/sofa-{turn}/all", sofa_log(factor), round=turn),
                   part(work, "linux", f"wall/linux-{turn}/all", linux_log(factor), round=turn)]
    record(work, "wall", listed)
