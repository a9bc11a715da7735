# SPDX-License-Identifier: BSD-2-Clause
"""Generates everything the contract can give and compiles each header alone: make abi-check.

Kernel headers for each architecture; user headers for each of its profiles. An architecture whose
compiler is not here is compiled with clang for that target, syntax only.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

TARGETS = {"x86_64": "x86_64-linux-gnu", "aarch64": "aarch64-none-elf", "riscv64": "riscv64-none-elf"}
WARN = ["-std=gnu11", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-Wundef", "-fsyntax-only"]


def profiles(arch):
    """The configuration names, as the generated <abi/profiles.h> lists them, and the label classes."""
    with open(f"build/gen/abi/kernel/{arch}/abi/profiles.h") as file:
        return re.findall(r'X\("([^"]+)"', file.read())


def headers(folder):
    for here, _, names in os.walk(folder):
        yield from (os.path.join(here, name) for name in sorted(names) if name.endswith(".h"))


def compile_alone(arch, folder, path):
    name = os.path.relpath(path, folder)
    include = ["-I" + folder] + [f"-I{lib}" for lib in ("lib/sel4/include",) if os.path.isdir(lib)]
    ran = subprocess.run(["clang", f"--target={TARGETS[arch]}", *WARN, *include, "-x", "c", "-"],
                         input=f"#include <{name}>\n", capture_output=True, text=True)
    return "" if ran.returncode == 0 else f"{path}: error: does not compile alone\n{ran.stderr[:600]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arch", required=True)
    archs = parser.parse_args().arch.split()
    user = [(arch, profile) for arch in archs for profile in profiles(arch)]
    stamps = [f"build/gen/abi/user/{arch}/{profile}/stamp" for arch, profile in user]
    made = subprocess.run(["make", "-s", *stamps], stdout=subprocess.DEVNULL)
    if made.returncode:
        return 1
    folders = [(arch, f"build/gen/abi/kernel/{arch}") for arch in archs]
    folders += [(arch, f"build/gen/abi/user/{arch}/{profile}") for arch, profile in user]
    work = [(arch, folder, path) for arch, folder in folders for path in headers(folder)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(lambda item: compile_alone(*item), work) if problem]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"  ABI      {len(work)} headers, {len(user)} profiles")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
