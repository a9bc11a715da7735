# SPDX-License-Identifier: BSD-2-Clause
"""Finds what there is to test, by name in the tree, and knows how to run one case.

unit    *_test.c (sanitized, with both compilers) and *_test.py (`# needs: TARGET...` is made first;
        `# optional: REGEX` names tests that may be skipped)
fuzz    *_fuzz.c, called with --short
kernel  the lines of every file called `runs`: one virtual machine each
system  every system/*/expected.txt: the console of each system
check   the rules of tool/check/check.py

A line of a `runs` file is NAME key=value ..., quoted as in a shell; its folder's task is run.
Keys and defaults:
    config=debug compiler=gcc profile=(the task's first) task=(this folder; none: no module; or a path)
    system=(none; or a system file of this folder, which is booted then)
    machine=pc cpu=max memory=512M smp=1 append="" icount=yes qemu="" (more words) limit_s=60
    loader=multiboot1 (or grub: a disc with the 64-bit kernel)
    expect=REGEX (the console must show it; no test protocol then)   exit=STATUS (QEMU must exit so)
    optional=REGEX (tests that may be skipped; all others must run)
"""
import os
import re
import shlex
import subprocess
import sys

import protocol
import qemu
import systems

ROOMS = ["abi", "kernel", "proto", "lib", "driver", "server", "program", "system", "guest", "tool",
         "test"]
UNIT_LIMIT_S = 120
FUZZ_LIMIT_S = 400
SHOWN = 30  # problems of one check
NOTHING = r"(?!)"  # matches nothing
DEFAULTS = {"config": "debug", "compiler": "gcc", "profile": "", "task": "", "machine": "pc",
            "cpu": "max", "memory": "512M", "smp": "1", "append": "", "icount": "yes", "qemu": "",
            "limit_s": "60", "loader": "multiboot1", "system": "", "expect": "", "exit": "", "optional": ""}


class Unrunnable(Exception):
    """A case that cannot be run as asked; the text says why."""


class Case:
    """One thing to run. `targets` are made first; run(only) gives a protocol.Outcome."""

    def __init__(self, name, targets, run):
        self.name, self.targets, self.run = name, targets, run


def dotted(path):
    """kernel/core/options_test.c -> kernel.core.options; a folder called test says nothing."""
    stem = re.sub(r"_(test|fuzz)\.(c|py)$", "", path)
    return ".".join(part for part in stem.split("/") if part != "test")


def files(matches, rooms=None):
    for room in rooms or ROOMS:
        for folder, folders, names in os.walk(room):
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(names) if matches(name))


def run_program(name, words, limit_s, optional=None):
    """A host program passes with status 0; if it speaks the protocol, each of its tests counts.
    `optional`: a pattern for tests that it may skip."""
    try:
        ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        outcome = protocol.Outcome()
        outcome.fail(name, f"still running after {limit_s} s")
        return outcome
    output = ended.stdout.decode("utf-8", "replace")
    errors = ended.stderr.decode("utf-8", "replace")
    if re.search(r"^(suite|run) ", output, re.M):
        outcome = protocol.parse(output, name, re.compile(optional or NOTHING).match)
    else:
        outcome = protocol.Outcome()
        if ended.returncode == 0:
            outcome.passed.append(name)
    if ended.returncode != 0:
        outcome.fail(name, f"exit status {ended.returncode}, expected 0\n{(output + errors)[-3000:]}")
    return outcome


def program_cases(list_target, limit_s, suffix, arguments=()):
    listed = subprocess.run(["make", "-s", list_target], capture_output=True, text=True)
    if listed.returncode != 0:
        raise SystemExit(listed.stderr)
    for path in listed.stdout.split():
        variant, source = path.split("/", 3)[2:]
        name = f"{dotted(source + suffix)}.{variant}"
        yield Case(name, [path],
                   lambda only, n=name, p=path: run_program(n, [os.path.abspath(p), *arguments], limit_s))


def said_in(path, key):
    """What a test in Python says of itself in comments that begin so."""
    with open(path) as file:
        return re.findall(rf"^# {key}: (.*)$", file.read(), re.M)


def made_for(path):
    """What a test in Python wants to find built."""
    return " ".join(said_in(path, "needs")).split()


def unit():
    yield from program_cases("unit-list", UNIT_LIMIT_S, ".c")
    for path in files(lambda name: name.endswith("_test.py")):
        name = dotted(path)
        optional = "|".join(said_in(path, "optional"))
        yield Case(name, made_for(path),
                   lambda only, n=name, p=path, o=optional: run_program(n, [sys.executable, p], UNIT_LIMIT_S, o))


def fuzz():
    for case in program_cases("fuzz-list", FUZZ_LIMIT_S, ".c", ["--short"]):
        case.name = "fuzz." + case.name
        yield case


def checks():
    sys.path.insert(0, os.path.join("tool", "check"))
    import check

    def run_check(rule):
        outcome = protocol.Outcome()
        problems = rule.find()
        if problems:
            more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
            outcome.fail(rule.name, "\n".join(problems[:SHOWN] + more))
        else:
            outcome.passed.append(rule.name)
        return outcome

    for rule in check.rules():
        yield Case(rule.name, rule.targets, lambda only, r=rule: run_check(r))


def read_runs(path):
    """The runs of one file as (name, settings)."""
    with open(path) as file:
        for number, line in enumerate(file, 1):
            words = shlex.split(line, comments=True)
            if not words:
                continue
            settings = dict(DEFAULTS)
            for word in words[1:]:
                key, equals, value = word.partition("=")
                if not equals or key not in DEFAULTS:
                    raise SystemExit(f"{path}:{number}: {word!r} is none of {', '.join(DEFAULTS)}")
                settings[key] = value
            yield words[0], settings


def module_field(folder, field):
    """First word of a plain `field := ...` line of a module.mk."""
    with open(os.path.join(folder, "module.mk")) as file:
        found = re.search(rf"^{field}\s*:=\s*(\S+)", file.read(), re.M)
    return found.group(1) if found else ""


def task_elf(folder, profile, compiler, board="x86_64_generic"):
    profile = profile or module_field(folder, "profiles") or "microkit-debug"
    suffix = "-clang" if compiler == "clang" else ""
    return f"build/{board}/user/{profile}{suffix}/{folder}/{os.path.basename(folder)}.elf"


def kernel_elf(config, compiler, name="sel4_32.elf", board="x86_64_generic"):
    return f"build/{board}/{config}{'-clang' if compiler == 'clang' else ''}/kernel/{name}"


def with_filter(task, only, folder):
    """A copy of the task whose `char test_only[64]` names the one test to run."""
    symbols = subprocess.run(["nm", task], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^([0-9a-f]+) [Dd] test_only$", symbols, re.M)
    if not found or len(only) > 63:
        raise Unrunnable(f"{task} cannot run a single test: it has no initialised `char test_only[64]`")
    address = int(found.group(1), 16)
    headers = subprocess.run(["readelf", "-lW", task], capture_output=True, text=True).stdout
    for offset, start, size in re.findall(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", headers):
        distance = address - int(start, 16)
        if 0 <= distance < int(size, 16):
            image = bytearray(open(task, "rb").read())
            at = int(offset, 16) + distance
            image[at:at + 64] = only.encode().ljust(64, b"\0")
            copy = os.path.join(folder, "task.elf")
            with open(copy, "wb") as file:
                file.write(image)
            return copy
    raise Unrunnable(f"{task}: test_only is in no part of the file")


def judge(name, settings, ended):
    """Turns the end of a machine into verdicts."""
    if settings["expect"]:
        outcome = protocol.Outcome()
        if re.search(settings["expect"], ended.console):
            outcome.passed.append(name)
        else:
            outcome.fail(name, f"expected on the console: {settings['expect']}\ngot: {ended.why}; "
                               f"the console ends with\n{ended.console[-800:]}")
    else:
        optional = re.compile(settings["optional"] or NOTHING)
        outcome = protocol.parse(ended.results, name, optional.match, ended.why)
    if settings["exit"] and ended.status != int(settings["exit"]):
        outcome.fail(name, f"expected QEMU's exit status {settings['exit']}, got {ended.why}")
    return outcome


def run_machine(name, settings, kernel, task, only):
    folder = os.path.join("build", "test", name)
    os.makedirs(folder, exist_ok=True)
    if only:
        task = with_filter(task, only, folder)
    iso = None
    if settings["loader"] == "grub":
        iso = os.path.join(folder, "disc.iso")
        made = subprocess.run(["sh", "tool/sofa/disc.sh", iso, kernel, task or "", settings["append"]],
                              capture_output=True, text=True)
        if made.returncode:
            raise Unrunnable(f"no disc could be made:\n{made.stdout}{made.stderr}")
    words = qemu.command(kernel, task, iso, settings["append"], settings["machine"], settings["cpu"],
                         settings["memory"], settings["smp"], settings["icount"] == "yes",
                         shlex.split(settings["qemu"]))
    ended = qemu.run(words, folder, float(settings["limit_s"]), settings["expect"] or None,
                     bool(settings["exit"]))
    outcome = judge(name, settings, ended)
    outcome.failed = [(test, f"{why}\nconsole: {folder}/console") for test, why in outcome.failed]
    for value in outcome.values:
        value["config"] = settings["config"]
    return outcome


def machines(rooms, kernel_override=None):
    """A foreign kernel given with --kernel serves every run, whatever config it asks for."""
    for path in files(lambda name: name == "runs", rooms):
        for name, settings in read_runs(path):
            folder = settings["task"] or os.path.dirname(path)
            task = None if folder == "none" else folder
            targets = []
            if settings["system"]:
                task = systems.image_path(os.path.join(folder, settings["system"]), settings["config"])
                targets.append(task)
            elif task and os.path.isdir(task):
                task = task_elf(task, settings["profile"], settings["compiler"])
                targets.append(task)
            container = "sel4.elf" if settings["loader"] == "grub" else "sel4_32.elf"
            kernel = kernel_override or kernel_elf(settings["config"], settings["compiler"], container)
            if not kernel_override:
                targets.append(kernel)
            yield Case(name, targets, lambda only, n=name, s=settings, k=kernel, t=task:
                       run_machine(n, s, k, t, only))


def system_folder(folder, kernel_override=None):
    """The runs of one folder's expected.txt; it may be outside the tree."""
    try:
        found = list(systems.folder_runs(folder))
    except systems.Bad as why:
        raise SystemExit(f"sofa test: {why}") from why
    for name, run, system in found:
        image = systems.image_path(system, run.config)
        kernel = kernel_override or kernel_elf(run.config, "gcc")
        targets = [image, *([f"SYSTEM={system}"] if system.startswith("/") else []),
                   *([] if kernel_override else [kernel])]
        yield Case(name, targets, lambda only, n=name, r=run, k=kernel, i=image, f=folder:
                   systems.run_system(n, r, os.path.join(f, "expected.txt"), k, i))


def all_systems(kernel_override=None):
    for folder in systems.folders():
        yield from system_folder(folder, kernel_override)
