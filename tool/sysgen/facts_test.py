# SPDX-License-Identifier: BSD-2-Clause
"""The builder's facts about processors (target.c) are those of the contract in abi/."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
ARCHS = ["x86_64", "aarch64", "riscv64"]
# The tables of address spaces, and for which kernel they hold.
SPACES = {"x86_64_space": ("x86_64", {}), "aarch64_el1_space": ("aarch64", {}), "riscv64_space": ("riscv64", {}),
          "aarch64_hyp40_space": ("aarch64", {"ARM_HYPERVISOR_SUPPORT": True})}
problems, compared = [], 0


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def holds(condition, arch, options):
    """A condition of the contract, such as `aarch64 && !HARDWARE_DEBUG_API`."""
    words = condition.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    values = {name: name == arch or options.get(name, False) for name in re.findall(r"\w+", condition)}
    return eval(words, {"__builtins__": {}}, values)  # pylint: disable=eval-used


def contract(name, arch, options):
    for entry in CONSTANTS:
        if entry.get("kernel") == name and arch in entry.get("arch", ARCHS):
            for condition, value in entry.get("cases", [["", entry.get("value")]]):
                if not condition or holds(condition, arch, options):
                    return value
    return None


def compare(name, arch, ours, options=None):
    global compared
    compared += 1
    theirs = contract(name, arch, options or {})
    if theirs != ours:
        problems.append(f"{name} of {arch} {options or ''}: {ours} in target.c, {theirs} in abi/")


def entries(tree):
    """Every object of the contract that names a constant for the kernel."""
    if isinstance(tree, dict):
        if "kernel" in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from entries(one)


CONSTANTS = list(entries(json.loads(read("abi", "constants.json"))))
TARGET = read("tool", "sysgen", "target.c")
for kind in ("ENDPOINT", "NOTIFICATION", "REPLY"):
    compare(f"{kind}_BITS", "x86_64", int(re.search(rf"\[SYSTEM_{kind}\] = (\d+)", TARGET).group(1)))
for arch in ARCHS:
    row = re.search(rf'\{{\.name = "{arch}".*?\}}', TARGET, re.S).group(0)
    compare("TCB_BITS", arch, int(re.search(r"\.tcb_bits = (\d+)", row).group(1)))
    compare("TCB_BITS", arch, int(re.search(r"\.tcb_bits_hwdebug = (\d+)", row).group(1)),
            {"HARDWARE_DEBUG_API": True})
    compare("MAX_UNTYPED_BITS", arch, int(re.search(r"\.untyped_bits_max = (\d+)", row).group(1)))
for table, (arch, options) in SPACES.items():
    top, root = re.search(rf"{table} = {{(0x\w+), (\d+)", TARGET).groups()
    compare("USER_VSPACE_TOP", arch, int(top, 16), options)
    compare("VSPACE_BITS", arch, int(root), options)

print("\n".join(problems) or f"{compared} facts agree")
sys.exit(1 if problems or compared < 20 else 0)
