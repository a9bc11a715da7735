# SPDX-License-Identifier: BSD-2-Clause
"""From records and raw logs to summary.json. Nothing else goes in: what was not measured in these runs
is `null` here, with the reason."""
import os

import figures
import names
import parts
import rawlog

VERSION = 1


class Changed(Exception):
    """A raw log is not what it was when it was recorded."""


class Measured:
    """What one side has said with one clock: every metric with the log it is from."""

    def __init__(self):
        self.series, self.values, self.failed = {}, {}, []

    def add(self, part, log):
        for metric, series in log.series.items():
            self.put(self.series, metric, (series, part["log"]))
        for metric, (number, unit) in log.values.items():
            self.put(self.values, metric, (number, unit, part["log"]))
        for metric, why in log.failed.items():
            self.failed.append({"side": part["side"], "part": f"{part['name']}: {metric}", "why": why,
                                "log": part["log"]})

    def put(self, table, metric, what):
        if metric in self.series or metric in self.values:
            raise rawlog.Bad(f"{metric} is in two logs: {what[-1]} and {self.log_of(metric)}")
        table[metric] = what

    def log_of(self, metric):
        return (self.series.get(metric) or self.values.get(metric))[-1]


def read_part(work, part):
    """The part's log, if it is still the one that was recorded."""
    path = os.path.join(work, part["log"])
    if not os.path.exists(path) or parts.sha256(path) != part["sha256"]:
        raise Changed(f"{part['log']} is not the log that was recorded; run that side again")
    return rawlog.read(path, part["side"])


def measured(work, record):
    found = Measured()
    for part in record["parts"]:
        if part["failed"]:
            found.failed.append({"side": part["side"], "part": part["name"], "why": part["failed"],
                                 "log": part["folder"]})
        else:
            found.add(part, read_part(work, part))
    return found


# ---- the four comparisons ---------------------------------------------------

def series_figure(side, metric):
    if metric not in side.series:
        return None
    series, log = side.series[metric]
    return {"metric": metric, "unit": series.unit, "log": log, **figures.describe(series.latencies())}


def value_figure(side, metric):
    if metric not in side.values:
        return None
    number, unit, log = side.values[metric]
    return {"metric": metric, "unit": unit, "log": log, "value": number}


def quotient(over, under, column):
    """How many times more; None where one was not measured or is never."""
    if not over or not under or under[column] <= 0 or over[column] < 0:
        return None
    return round(over[column] / under[column], 2)


def beside(table, sofa, linux, figure, column):
    rows = []
    for what, metric, others in table:
        own = figure(sofa, metric)
        row = {"what": what, "sofa": own, "linux": []}
        for mechanism, other in others:
            theirs = figure(linux, other)
            row["linux"].append({"mechanism": mechanism, "metric": other, "figure": theirs,
                                 "ratio": quotient(theirs, own, column)})
        rows.append(row)
    return rows


def impact(sofa, linux):
    rows = []
    for component in names.COMPONENTS:
        for policy, words in names.POLICIES + names.MORE_POLICIES:
            row = {"component": component, "policy": policy, "words": words}
            for side_name, side in (("sofa", sofa), ("linux", linux)):
                row[side_name] = {what: value_figure(side, names.fault(component, policy, what))
                                  for what in names.IMPACT}
            rows.append(row)
    return rows


def added(side, metrics):
    """Several values in bytes, or None if one of them was not measured."""
    if any(metric not in side.values or side.values[metric][1] not in names.BYTES for metric in metrics):
        return None
    return {"value": sum(side.values[metric][0] * names.BYTES[side.values[metric][1]] for metric in metrics),
            "unit": "bytes", "sum_of": metrics}


def memory_beside(sofa, linux):
    return [{"what": what, "sofa": added(sofa, own), "linux": added(linux, others)}
            for what, own, others in names.MEMORY]


def memory(side):
    return [value_figure(side, metric) for metric in side.values if names.is_memory(metric)]


# ---- wall time --------------------------------------------------------------

def round_medians(work, record, side):
    """For each round the medians of all series of one side, and where they are from."""
    rounds = {}
    for part in record["parts"]:
        if part["side"] == side and not part["failed"]:
            log = read_part(work, part)
            rounds[part["round"]] = ({name: figures.median(series.latencies()) for name, series in log.series.items()
                                      if series.unit == "ticks"}, part["log"])
    return rounds


def wall_row(what, own, other, sofa, linux):
    """Rounds in which both were measured, and the ratio or why there is none."""
    both = [turn for turn in sorted(sofa.keys() & linux.keys()) if own in sofa[turn][0] and other in linux[turn][0]]
    row = {"what": what, "sofa": own, "linux": other, "rounds": both, "ratio": None, "low": None, "high": None,
           "refused": None, "medians": [{"round": turn, "sofa": sofa[turn][0][own], "sofa_log": sofa[turn][1],
                                         "linux": linux[turn][0][other], "linux_log": linux[turn][1]}
                                        for turn in both]}
    try:
        row |= {key: value if key == "rounds" else round(value, 3) for key, value in figures.ratio_interval(
            [linux[turn][0][other] for turn in both], [sofa[turn][0][own] for turn in both]).items()}
        row["rounds"] = both
    except figures.Noisy as problem:
        row["refused"] = str(problem)
    return row


def wall(work, record):
    sofa, linux = (round_medians(work, record, side) for side in parts.SIDES)
    return [wall_row(f"{what}: {mechanism} on Linux / Sofa", own, other, sofa, linux)
            for what, own, others in names.LATENCY for mechanism, other in others]


# ---- targets ----------------------------------------------------------------

def call_target(latency, mechanism_metric, words, times):
    row = latency[0]
    found = next((other["ratio"] for other in row["linux"] if other["metric"] == mechanism_metric), None)
    return {"what": f"A protected call takes at least {times} times fewer instructions than {words}",
            "found": found, "unit": "times fewer", "met": None if found is None else found >= times}


def restart_targets(rows):
    for row in rows:
        if row["policy"] != "restart":
            continue
        lost, back = row["sofa"]["lost"], row["sofa"]["back"]
        yield {"what": f"The {row['component']} crashes and is restarted: no request is lost",
               "found": lost and lost["value"], "unit": "lost", "met": lost and lost["value"] == 0}
        yield {"what": f"The {row['component']} serves again within {names.BACK_WITHIN:,} instructions",
               "found": back and back["value"], "unit": "instructions",
               "met": back and 0 <= back["value"] <= names.BACK_WITHIN}


def summarize(work):
    """The summary of all records there are. Raises Changed, rawlog.Bad."""
    found = parts.records(work)
    sides = {side: measured(work, found[side]) if side in found else Measured() for side in parts.SIDES}
    sofa, linux = sides["sofa"], sides["linux"]
    latency = beside(names.LATENCY, sofa, linux, series_figure, "median")
    rows = impact(sofa, linux)
    failed = [failure for side in sides.values() for failure in side.failed]
    failed += [{"side": side, "part": "once more", "log": found[side]["again"]["folder"],
                "why": found[side]["again"]["failed"] or "two runs of the same binaries were not the same run"}
               for side in parts.SIDES if found.get(side, {}).get("again") and not found[side]["again"]["same"]]
    failed += [{"side": part["side"], "part": f"wall time, round {part['round']}", "why": part["failed"],
                "log": part["folder"]} for part in found.get("wall", {"parts": []})["parts"] if part["failed"]]
    return {
        "version": VERSION,
        "iterations": {name: record["iterations"] for name, record in found.items()},
        "missing": [name for name in ("sofa", "linux", "wall") if name not in found],
        "failed": failed,
        "latency": latency,
        "throughput": beside(names.THROUGHPUT, sofa, linux, value_figure, "value"),
        "memory": {"beside": memory_beside(sofa, linux), "sofa": memory(sofa), "linux": memory(linux)},
        "faults": rows,
        "repeated": {side: found[side]["again"] for side in parts.SIDES if side in found},
        "wall": wall(work, found["wall"]) if "wall" in found else [],
        "targets": [call_target(latency, metric, words, times) for words, metric, times in names.CALL_BARS] +
                   list(restart_targets(rows)),
        "binaries": {name: digest for record in found.values() for name, digest in record["binaries"].items()},
        "parts": [{key: part.get(key) for key in ("side", "name", "round", "what", "log", "sha256", "failed", "folder",
                                                  "command", "binaries", "seconds")} | {"clock": record["clock"]}
                  for record in found.values() for part in record["parts"]],
    }


def write_series(work, summary):
    """results.csv of each side and metric. Where instructions are counted, one is a nanosecond."""
    found = parts.records(work)
    for side in parts.SIDES:
        if side not in found:
            continue
        for metric, (series, _) in measured(work, found[side]).series.items():
            folder = os.path.join(work, "results", side, metric)
            os.makedirs(folder)
            with open(os.path.join(folder, "results.csv"), "w", encoding="utf-8") as file:
                file.write("iteration,latency_ns,timestamp\n")
                file.writelines(f"{i},{latency},{at}\n" for i, (latency, at) in enumerate(series.samples))
