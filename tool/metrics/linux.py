#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Linux side of the measurements: builds it, boots it in QEMU and brings home what it printed.

    python3 tool/metrics/linux.py build
    python3 tool/metrics/linux.py run [--part baseline|programs|disk] [--wall] [--iterations N] [--folder F]

For other programs: build(root) gives Paths, run(paths, icount, iterations, folder) the path of the raw
log. Both raise LinuxError with a text for people.
"""
import argparse
import collections
import functools
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
for room in ("linux", "runner"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", room))
import initrd
import kernel_package
import qemu

# `disk` are those of the programs that use one. It is waited for, so those figures are not repeatable.
PARTS = ("baseline", "programs", "disk")
PROGRAMS = {"init": "bench/linux_init", "baseline": "bench/linux_baseline", "programs": "bench/programs"}
MACHINE = {"machine": "pc", "cpu": "max,-erms", "memory": "512M"}
# Kernel messages on the console would be counted with what is measured; `quiet` keeps them in memory.
APPEND = "console=ttyS0 quiet panic=-1"
WORK = {"baseline": "/bin/baseline {}", "programs": "/bin/programs {}",
        "disk": "/bin/programs {} disk=/disk disk."}
DISK_MIB = 64
BOOT_LIMIT_S, ITERATION_LIMIT_S = 300, 0.5

# What is booted. `description` says which kernel package it is, `initrds` has one archive for each part,
# `programs` the static programs in them by name.
Paths = collections.namedtuple("Paths", "kernel initrds disk programs description")


class LinuxError(Exception):
    """Something is missing or went wrong; the text is for people."""


def for_people(step):
    """What can go wrong with files and packages becomes a LinuxError."""
    @functools.wraps(step)
    def stepping(*given, **named):
        try:
            return step(*given, **named)
        except (OSError, kernel_package.PackageError) as error:
            raise LinuxError(str(error)) from error
    return stepping


def progress(text):
    print(f"linux: {text}", flush=True)


def run_tool(words, why, **more):
    try:
        ran = subprocess.run(words, capture_output=True, text=True, **more)
    except FileNotFoundError as error:
        raise LinuxError(f"{why}: there is no {words[0]}; ./sofa setup installs it") from error
    if ran.returncode:
        raise LinuxError(f"{why}:\n{(ran.stdout + ran.stderr).strip()[-1500:]}")


def write(path, data):
    """In one step: a file that is there is whole."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


def archive(programs, name, modules=()):
    return initrd.initrd(programs["init"], programs[name], modules)


def make_disk(path):
    """An empty ext4 file system with Debian's defaults and nothing that differs from run to run."""
    progress(f"making a disk of {DISK_MIB} MiB with ext4")
    with open(path + ".new", "wb") as file:
        file.truncate(DISK_MIB << 20)
    mkfs = shutil.which("mkfs.ext4") or "/usr/sbin/mkfs.ext4"
    run_tool([mkfs, "-q", "-F", "-U", "5f0fa000-0000-4000-8000-000000000004",
              "-E", "hash_seed=5f0fa000-0000-4000-8000-000000000005,lazy_itable_init=0,"
              "lazy_journal_init=0", path + ".new"], "no disk could be made",
             env={**os.environ, "E2FSPROGS_FAKE_TIME": "1767225600"})
    os.replace(path + ".new", path)


@for_people
def build(root="."):
    """Compiles the programs, gets the kernel, writes archives and disk below build/."""
    progress("compiling static programs for Linux")
    run_tool(["make", "--no-print-directory", "-C", root, *PROGRAMS.values()],
             "the programs for Linux could not be built")
    here = os.path.join(root, "build", "linux")
    programs = {name: os.path.join(here, module, os.path.basename(module))
                for name, module in PROGRAMS.items()}
    folder, description = kernel_package.fetch(os.path.join(root, "build", "cache"), progress)
    progress(f"kernel: {description['package']} {description['version']}")
    modules = initrd.modules_of(folder, description)
    initrds = {part: os.path.join(here, f"{part}.cpio") for part in PARTS}
    write(initrds["baseline"], archive(programs, "baseline"))
    write(initrds["programs"], archive(programs, "programs"))
    write(initrds["disk"], archive(programs, "programs", modules))
    disk = os.path.join(here, "disk.ext4")
    make_disk(disk)
    return Paths(os.path.join(folder, "vmlinuz"), initrds, disk, programs, description)


def disk_words(paths, folder):
    """A copy of the disk, so that each run begins with the same one."""
    copy = os.path.join(folder, "disk")
    shutil.copyfile(paths.disk, copy)
    return ["-drive", f"if=none,id=disk,format=raw,cache=unsafe,file={copy.replace(',', ',,')}",
            "-device", "virtio-blk-pci,drive=disk"]


def on_one_processor(words):
    """When the guest's processor halts, QEMU's main thread skips time. If it looks while the processor's
    thread has halted but not yet counted what it executed, it skips too much, and the run differs from the
    one before; threads that take turns hardly ever meet there."""
    processors = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(processors[os.getpid() % len(processors)]), *words]


def command(paths, icount, iterations, folder, part):
    append = f'{APPEND} work="{WORK[part].format(iterations)}"'
    extra = []
    if part == "disk":
        append, extra = f"{append} disk=/dev/vda", disk_words(paths, folder)
    words = qemu.command(paths.kernel, paths.initrds[part], append=append, icount=icount, extra=extra,
                         **MACHINE)
    if part == "disk":
        # Without sleep time jumps to the next timer whenever all wait, here for the disk.
        return [word.replace("sleep=off", "sleep=on") for word in words]
    return on_one_processor(words) if icount else words


@for_people
def run(paths, icount, iterations, folder, part="baseline"):
    """Boots one part and returns the path of its log, which then is complete."""
    os.makedirs(folder, exist_ok=True)
    limit_s = BOOT_LIMIT_S + ITERATION_LIMIT_S * iterations
    clock = "guest instructions" if icount else "wall time"
    progress(f"booting Linux in QEMU: {part}, {iterations} iterations, {clock}")
    if not shutil.which("qemu-system-x86_64"):
        raise LinuxError("there is no qemu-system-x86_64; ./sofa setup installs it")
    ended = qemu.run(command(paths, icount, iterations, folder, part), folder, limit_s)
    log = os.path.join(folder, "results")
    if not re.search(r"^done$", ended.results, re.M):
        last = "\n".join(ended.console.strip().splitlines()[-5:])
        raise LinuxError(f"{part} on Linux did not finish: {ended.why}\n{last}\nall of it: {folder}/console")
    progress(f"finished after {ended.seconds:.0f} s: {log}")
    return log


def main():
    parser = argparse.ArgumentParser(description="Build and run the Linux side of the measurements.")
    parser.add_argument("verb", choices=["build", "run"])
    parser.add_argument("--part", choices=PARTS, default="baseline")
    parser.add_argument("--wall", action="store_true", help="do not count instructions")
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--folder", help="for logs; default: build/linux/run/PART")
    given = parser.parse_args()
    if given.iterations < 1:
        parser.error("at least one iteration")
    qemu.clean_up_on_signals()
    try:
        paths = build(".")
        if given.verb == "run":
            run(paths, not given.wall, given.iterations,
                given.folder or os.path.join("build", "linux", "run", given.part), given.part)
    except LinuxError as error:
        sys.exit(f"linux: {error}")


if __name__ == "__main__":
    main()
