# SPDX-License-Identifier: BSD-2-Clause
"""Runs what is measured, part by part, and keeps a record of each: its log, the command line, what the
binaries were, or why it failed. Figures are taken from these records and from nowhere else.

    WORK/CLOCK/SIDE/run.json      the record, written last; beside it a folder for each part
"""
import hashlib
import json
import os
import shutil
import time

import linux_side
import rawlog
import sofa_side

SIDES = {"sofa": sofa_side, "linux": linux_side}
CLOCKS = {"icount": "guest instructions", "wall": "wall time"}


class Stop(Exception):
    """Nothing can go on; the text says why and what helps."""


def say(text):
    print(f"metrics: {text}", flush=True)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_json(path, thing):
    """In one step: a file that is there is whole, whoever is killed."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(thing, file, indent=1)
        file.write("\n")
    os.replace(path + ".new", path)


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def files_in(paths):
    """All files that a side's paths name, however they are nested."""
    if isinstance(paths, str):
        return [paths] if os.path.isfile(paths) else []
    if isinstance(paths, dict):
        paths = list(paths.values())
    return [path for inner in paths for path in files_in(inner)] if isinstance(paths, (list, tuple)) else []


def failure(problem):
    return f"{type(problem).__name__}: {problem}" if not str(problem) else str(problem)


def build_side(side, root):
    say(f"building {side}")
    try:
        return SIDES[side].build(root)
    except OSError:
        raise
    except Exception as problem:  # whatever the side calls it
        raise Stop(f"{side} could not be built: {failure(problem)}") from problem


def hashes(paths, root):
    return {os.path.relpath(path, root): sha256(path) for path in sorted(set(files_in(paths)))}


def text_of(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().strip()


def run_part(side, name, words, run, folder, work):
    """The record of one part. A log that is not whole is a failure like any other."""
    began = time.monotonic()
    part = {"side": side, "name": name, "what": words, "log": None, "sha256": None, "failed": None}
    try:
        log = run()
        rawlog.read(log, side)
        part |= {"log": os.path.relpath(log, work), "sha256": sha256(log)}
    except OSError:
        raise
    except Exception as problem:
        part["failed"] = failure(problem)
    place = os.path.join(folder, name)
    part["folder"] = os.path.relpath(place, work)
    part["command"] = text_of(os.path.join(place, "command"))
    part["binaries"] = {file: sha256(os.path.join(place, file)) for file in ("kernel", "image")
                        if os.path.exists(os.path.join(place, file))}
    part["seconds"] = round(time.monotonic() - began, 1)
    say(f"  {part['failed'].splitlines()[0] if part['failed'] else 'done'} ({part['seconds']} s)")
    return part


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def not_built(side, problem, folder, work):
    """The record of a side that there is nothing of."""
    return {"side": side, "name": "build", "what": "building it", "log": None, "sha256": None, "failed": str(problem),
            "folder": os.path.relpath(folder, work), "command": "", "binaries": {}, "seconds": 0}


def run_again(first, side, clock, iterations, work, paths, folder):
    """Runs a side's first part a second time: is it the same run? In the same folder, since QEMU tells the
    kernel the names of its files, and reading longer ones takes longer."""
    place, kept = os.path.join(folder, first["name"]), os.path.join(folder, "kept")
    name, words, run = next(iter(SIDES[side].parts(paths, clock == "icount", iterations, folder)))
    say(f"{side}, {CLOCKS[clock]}, once more: {words}")
    os.rename(place, kept)
    try:
        again = run_part(side, name, words, run, folder, work)
    finally:
        shutil.rmtree(os.path.join(folder, "again"), ignore_errors=True)
        if os.path.exists(place):
            os.rename(place, os.path.join(folder, "again"))
        os.rename(kept, place)
    return {"sha256": again["sha256"], "same": again["sha256"] == first["sha256"], "failed": again["failed"],
            "folder": os.path.relpath(os.path.join(folder, "again"), work)}


def run_side(side, clock, iterations, work, root):
    """All parts of one side with one clock. Whatever was there of it is gone."""
    folder = fresh(os.path.join(work, clock, side))
    parts, paths = [], []
    try:
        paths = build_side(side, root)
        listed = list(SIDES[side].parts(paths, clock == "icount", iterations, folder))
    except Stop as problem:
        say(str(problem))
        listed, parts = [], [not_built(side, problem, folder, work)]
    for number, (name, words, run) in enumerate(listed, 1):
        say(f"{side}, {CLOCKS[clock]}, {number} of {len(listed)}: {words}")
        parts.append(run_part(side, name, words, run, folder, work))
    record = {"clock": clock, "side": side, "iterations": iterations, "parts": parts, "again": None,
              "binaries": hashes(paths, root)}
    if not parts[0]["failed"]:
        record["again"] = run_again(parts[0], side, clock, iterations, work, paths, folder)
    write_json(os.path.join(folder, "run.json"), record)
    return record


def run_round(turn, paths, iterations, folder, work):
    for side in SIDES:
        place = os.path.join(folder, f"{side}-{turn}")
        for name, words, run in SIDES[side].parts(paths[side], False, iterations, place):
            say(f"wall time, round {turn}, {side}: {words}")
            yield run_part(side, name, words, run, place, work) | {"round": turn}


def run_wall(iterations, rounds, work, root):
    """Both sides in turns, so that what else the machine does hits both."""
    folder = fresh(os.path.join(work, "wall"))
    paths, parts = {}, []
    for side in SIDES:
        try:
            paths[side] = build_side(side, root)
        except Stop as problem:
            say(str(problem))
            parts.append(not_built(side, problem, folder, work) | {"round": 0})
    for turn in range(1, rounds + 1 if not parts else 1):
        parts += run_round(turn, paths, iterations, folder, work)
    record = {"clock": "wall", "iterations": iterations, "rounds": rounds, "parts": parts,
              "binaries": {name: digest for side in paths for name, digest in hashes(paths[side], root).items()}}
    write_json(os.path.join(folder, "run.json"), record)
    return record


def records(work):
    """Those that are there, by name."""
    places = {"sofa": "icount/sofa", "linux": "icount/linux", "wall": "wall"}
    found = {}
    for name, place in places.items():
        path = os.path.join(work, place, "run.json")
        if os.path.exists(path):
            found[name] = read_json(path)
    return found
