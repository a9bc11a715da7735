#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Long runs of the hostile task, outside of ./sofa test: many calls, seeds, configs and processors.

Prints one line per run and ends with status 1 if any of them failed. Kernels and tasks must be built
(`make`); each run is the command that build/test/NAME/command shows.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tool", "runner"))
import cases
import protocol
import qemu

PROFILES = {"debug": "microkit-debug", "release": "microkit-release", "benchmark": "microkit-benchmark"}
NEHALEM = "Nehalem,-vme,+pdpe1gb,-xsave,-xsaveopt,-xsavec,-fsgsbase,-invpcid,+syscall,+lm,enforce"


def numbers(text):
    """"3", "1-4" or "1,5,9"."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def one(options, config, cpu, seed):
    profile = options.profile or PROFILES[config]
    name = f"hostile.long.{config}.{cpu.split(',')[0]}.{seed}"
    folder = os.path.join("build", "test", name)
    os.makedirs(folder, exist_ok=True)
    words = f"calls={options.calls},seed={seed},first={options.first},length={options.length}"
    task = cases.with_filter(cases.task_elf("test/hostile", profile, options.compiler), words, folder)
    kernel = options.kernel or cases.kernel_elf(config, options.compiler)
    append = f"abi={profile} exit_port=0xf4 " + options.append
    ended = qemu.run(qemu.command(kernel, task, None, append, options.machine, cpu, options.memory, "1",
                                  options.icount), folder, options.limit_s)
    outcome = protocol.parse(ended.results, name, stopped=ended.why)
    values = {value["name"]: value["median"] for value in outcome.values}
    calls = values.get("hostile.calls", 0)
    print(f"{'ok' if not outcome.failed else 'FAIL':<5}{name:<34}{calls:>10} calls {ended.seconds:7.1f} s "
          f"{calls / ended.seconds:9.0f}/s  {values.get('hostile.generations', 0)} generations", flush=True)
    for test, why in outcome.failed:
        print(f"      {test}: {why}", flush=True)
    if options.values:
        for key, value in values.items():
            print(f"      {key} {value}", flush=True)
    if outcome.failed:
        print("      console: " + os.path.join(folder, "console") + "\n" +
              "\n".join("        " + line for line in ended.console.splitlines()[-options.tail:]), flush=True)
    return bool(outcome.failed), calls


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--first", type=int, default=0, help="number of the first generation")
    parser.add_argument("--length", type=int, default=5000, help="calls in a generation")
    parser.add_argument("--config", action="append", choices=PROFILES, help="default: all")
    parser.add_argument("--cpu", action="append", help="a QEMU model, or nehalem for the feature-poor one")
    parser.add_argument("--profile", help="ABI profile, instead of the config's own")
    parser.add_argument("--compiler", default="gcc", choices=["gcc", "clang"])
    parser.add_argument("--machine", default="pc")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--icount", action="store_true", help="count instructions: the same run every time")
    parser.add_argument("--append", default="", help="more words for the kernel's command line")
    parser.add_argument("--kernel", help="another kernel")
    parser.add_argument("--limit-s", type=float, default=3600)
    parser.add_argument("--tail", type=int, default=25, help="console lines shown of a failure")
    parser.add_argument("--values", action="store_true")
    options = parser.parse_args()
    qemu.clean_up_on_signals()
    failures = total = 0
    for config in options.config or PROFILES:
        for cpu in options.cpu or ["max"]:
            for seed in numbers(options.seeds):
                failed, calls = one(options, config, NEHALEM if cpu == "nehalem" else cpu, seed)
                failures, total = failures + failed, total + calls
    print(f"{total} calls, {failures} runs failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
