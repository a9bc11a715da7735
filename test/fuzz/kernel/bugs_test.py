# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/plain/test/fuzz/kernel/kernel_fuzz
"""Each bug in bugs/ is put into a copy of its file, and the fuzzer has to find it.

Only the changed file is compiled; it is linked before the library that the fuzzer is made of, so
that it takes the place of the original. Everything goes to build/fuzz/bugs.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
OUT = "build/fuzz/bugs"
STEPS = 3000000  # the hardest of them takes a tenth of it
# What is not compiled by itself but as a part of another file.
COMPILED_IN = {"kernel/core/derivation.c": "test/fuzz/kernel/watch.c"}
VARIANT = "build/host/plain"
PROGRAM = f"{VARIANT}/test/fuzz/kernel/kernel_fuzz"


def run(words, **options):
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, **options)


def compile_commands():
    """{source: the words make would compile it with, without what says to where}."""
    shown = run(["make", "--dry-run", "--always-make", "V=1", PROGRAM]).stdout
    commands = {}
    for line in shown.splitlines():
        words = line.replace("'", "").split()
        if "-c" in words and "-MMD" in words:
            commands[words[words.index("-c") + 1]] = words[:words.index("-MMD")]
    return commands


def build(name, patch, commands):
    """The fuzzer with the bug; or why there is none."""
    folder = os.path.join(OUT, name)
    shutil.rmtree(os.path.join(ROOT, folder), ignore_errors=True)
    with open(patch) as file:
        target = re.search(r"^\+\+\+ b/(\S+)", file.read(), re.M).group(1)
    os.makedirs(os.path.join(ROOT, folder, os.path.dirname(target)))
    shutil.copy(os.path.join(ROOT, target), os.path.join(ROOT, folder, target))
    applied = run(["patch", "-p1", "--fuzz=2", "--no-backup-if-mismatch", "-d", folder, "-i", patch])
    if applied.returncode:
        return None, f"{patch} does not apply any more: {applied.stdout}"
    source = COMPILED_IN.get(target)
    words = list(commands[source or target])
    if source:  # it includes the patched file by its name below kernel/
        words[1:1] = [f"-I{folder}/kernel"]
    changed = f"{folder}/changed.o"
    made = run([*words, "-c", source or f"{folder}/{target}", "-o", changed])
    if made.returncode == 0:
        made = run([words[0], changed, f"{PROGRAM}.c.o", f"{VARIANT}/test/fuzz/kernel.a",
                    "-o", f"{folder}/kernel_fuzz"])
    return (f"{folder}/kernel_fuzz", None) if made.returncode == 0 else (None, made.stderr[-1000:])


def prove(name, patch, commands):
    """Why the bug was not found, or None."""
    program, problem = build(name, patch, commands)
    if problem:
        return problem
    ran = run([program, "--steps-total", str(STEPS), "--no-shrink", "--quiet", "--out", f"{OUT}/{name}"])
    found = re.search(r"found at step \d+", ran.stdout)
    if ran.returncode != 1 or not found:
        return f"not found within {STEPS} steps; the fuzzer ended with {ran.returncode}: {ran.stderr[-300:]}"
    return unexplained(patch, re.search(r"--replay (\S+)", ran.stdout).group(1))


def unexplained(patch, sequence):
    """A bug of a fast path has to be found by comparing, with what differs; else None."""
    with open(patch) as file:
        if "b/kernel/core/fastpath.c" not in file.read():
            return None
    with open(os.path.join(ROOT, sequence)) as file:
        text = file.read()
    if "different states" in text and re.search(r"^# = \w+ .*: .* / ", text, re.M):
        return None
    return f"found, but not by comparing the two paths: see {sequence}"


def main():
    print("suite fuzz.kernel.bugs")
    made = run(["make", PROGRAM])
    if made.returncode:
        print(made.stderr[-2000:])
        return 1
    bugs = sorted(name for name in os.listdir(os.path.join(HERE, "bugs")) if name.endswith(".patch"))
    commands = compile_commands()
    failed = 0
    for file in bugs:
        name = file[:-len(".patch")]
        print(f"run {name}", flush=True)
        problem = prove(name, os.path.join(HERE, "bugs", file), commands)
        failed += problem is not None
        print(f"fail {name} {file}:1: expected to be found: " + " ".join(problem.split())
              if problem else f"pass {name}", flush=True)
    print("done")
    return 1 if failed or not bugs else 0


if __name__ == "__main__":
    sys.exit(main())
