# SPDX-License-Identifier: BSD-2-Clause
"""Sofa's side: builds bench/ipc in config release, and boots it once for each thing that is measured.

The images have a plan in them (bench/ipc/plan.txt); a run boots a copy in which it is rewritten. So
all runs are of the same programs, and what differs is kept beside the log.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tool/runner"))
sys.path.insert(0, HERE)
import names  # noqa: E402
import qemu  # noqa: E402
import ram  # noqa: E402

MEMORY = "512M"
CPU = "max,-erms"
BOOT_LIMIT_S = 120
LIMIT_S_PER_THOUSAND = 60
PLAN = re.compile(rb"ipc plan: iterations=\d{8} victim=[a-z ]{8}\n")
SYSTEMS = {"none": "ipc", "restart": "restart"}
VICTIMS = ["client", "server", "logger"]
FAULT_REQUESTS = 1000  # as bench/linux_baseline asks
FEWEST = 16  # iterations, where what is measured does not depend on them
MOST_ITERATIONS = 50000  # SAMPLE_LIMIT in bench/ipc/notes.h


class Failed(Exception):
    """A part could not be built or run; the text says why."""


def build(root):
    """The paths of what was built: kernel, images by policy, the builder's report."""
    folder = "build/x86_64_generic/release/bench/ipc"
    for name in SYSTEMS.values():
        made = subprocess.run(["make", "--no-print-directory", f"-j{os.cpu_count()}", "system", "CONFIG=release",
                               f"SYSTEM=bench/ipc/{name}.system"], cwd=root, capture_output=True, text=True)
        if made.returncode:
            raise Failed(f"bench/ipc/{name}.system does not build:\n{(made.stdout + made.stderr)[-3000:]}")
    paths = {"kernel": f"{folder}/sel4_32.elf", "report": f"{folder}/ipc.report.json", "system": "bench/ipc/ipc.system"}
    paths |= {policy: f"{folder}/{name}.img" for policy, name in SYSTEMS.items()}
    return {name: os.path.normpath(os.path.join(root, path)) for name, path in paths.items()}


def planned(image, iterations, victim):
    """The image's bytes with another plan in them."""
    plan = b"ipc plan: iterations=%08d victim=%-8s\n" % (iterations, victim.encode())
    changed, count = PLAN.subn(lambda _: plan, image)
    if count != 1 or len(changed) != len(image):
        raise Failed(f"the image has {count} plans in it, not one")
    return changed


def limit_s(iterations):
    return BOOT_LIMIT_S + LIMIT_S_PER_THOUSAND * iterations // 1000


def boot(paths, policy, victim, icount, iterations, folder, extra=(), ended=None):
    """Boots one image and gives the path of what it printed, which ends with `done` or it is refused."""
    os.makedirs(folder, exist_ok=True)
    image = os.path.join(folder, "image")
    with open(paths[policy], "rb") as file:
        changed = planned(file.read(), iterations, victim)
    with open(image, "wb") as file:
        file.write(changed)
    shutil.copy(paths["kernel"], os.path.join(folder, "kernel"))

    def said_all(console):
        return console.endswith("\ndone\n") and (ended is None or ended()) or "\nfailed " in console

    words = qemu.command(os.path.join(folder, "kernel"), image, cpu=CPU, memory=MEMORY, icount=icount, extra=extra)
    machine = qemu.run(words, folder, limit_s(iterations), said_all)
    log = os.path.join(folder, "console")
    if not machine.console.endswith("\ndone\n"):
        raise Failed(f"the machine did not say `done`: {machine.why}; it ended with:\n{machine.console[-500:]}")
    return log


# ---- memory ----------------------------------------------------------------

NAME_BYTES = 64
PRIVATE = ["code", "data", "stack", "ipc_buffer", "untyped"]
KERNEL = ["page_tables", "kernel_objects"]
MEASURING = ["plan", "notes", "results"]


def measuring_bytes(system):
    """What each component has of the regions that are there only to measure. A prefilled one is a page."""
    tree = xml.etree.ElementTree.parse(system)
    sizes = {region.get("name"): int(region.get("size", "0x1000"), 0) for region in tree.iter("memory_region")}
    return {component.get("name"): sum(sizes[mapped.get("mr")] for mapped in component.iter("map")
                                       if mapped.get("mr") in MEASURING)
            for component in tree.iter("protection_domain")}


def reported_memory(report, measuring):
    """What the builder says it gives to each component, as (name, bytes)."""
    for component in report["components"]:
        name, memory = component["name"], component["memory"]
        extra = measuring.get(name, 0)
        yield f"memory.{name}.private", sum(memory[kind] for kind in PRIVATE)
        yield f"memory.{name}.shared", memory["mapped_regions"] - extra
        yield f"memory.{name}.measuring", extra
        yield f"memory.{name}.kernel", sum(memory[kind] for kind in KERNEL)
    yield "memory.kernel.image", report["machine"]["kernel_and_initial_task"]
    yield "memory.system.objects", report["machine"]["objects"]


def name_address(elf):
    """Where a program has its component's name."""
    listed = subprocess.run(["nm", elf], capture_output=True, text=True)
    found = re.search(r"^([0-9a-f]+) \w microkit_name$", listed.stdout, re.M)
    if not found:
        raise Failed(f"{elf} has no microkit_name")
    return int(found[1], 16)


def found_memory(path, top, programs):
    """What the page tables of the stopped machine say, as (name, bytes)."""
    memory = ram.Ram(path)
    try:
        found = {}
        for space in memory.spaces(top):
            for name, address in programs.items():
                if space.text_at(address, NAME_BYTES) == name:
                    found[name] = space
        missing = sorted(set(programs) - set(found))
        if missing:
            raise Failed(f"no address space of {', '.join(missing)} was found in the machine's memory")
        for name, space in sorted(found.items()):
            yield f"memory.{name}.mapped", space.mapped_bytes
            yield f"memory.{name}.tables", space.table_bytes
    finally:
        memory.close()


def memory(paths, iterations, folder):
    """Boots with the machine's memory in a file, and reads it when all is measured. The log has both the
    builder's figures and those."""
    built = os.path.dirname(paths["report"])
    programs = {name: name_address(os.path.join(built, f"{name}.elf")) for name in VICTIMS}
    # Names of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="sofa-") as short:
        contents, monitor, top = os.path.join(short, "ram"), os.path.join(short, "monitor"), []
        extra = ["-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={contents},share=on",
                 "-machine", "memory-backend=ram", "-monitor", f"unix:{monitor},server=on,wait=off"]
        try:
            boot(paths, "none", "nobody", True, iterations, folder, extra,
                 lambda: top.append(ram.stop_and_ask(monitor)) or True)
            values = list(found_memory(contents, top[-1], programs))
        except (ram.Unreadable, OSError) as problem:
            raise Failed(f"the machine's memory could not be read: {problem}") from problem
    with open(paths["report"], encoding="utf-8") as file:
        values = list(reported_memory(json.load(file), measuring_bytes(paths["system"]))) + values
    shutil.copy(paths["report"], os.path.join(folder, "report.json"))
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as file:
        file.write("metrics 1 sofa\n")
        file.writelines(f"value {name} {number} bytes\n" for name, number in values)
        file.write("done\n")
    return log


def parts(paths, icount, iterations, folder):
    """(name, what it is in words, how to run it) for all that this side measures with this clock."""
    yield "ipc", "calls, notifications, shared memory, throughput", \
        lambda: boot(paths, "none", "nobody", icount, iterations, os.path.join(folder, "ipc"))
    if not icount:
        return
    for victim in VICTIMS:
        for policy, words in names.POLICIES:
            name = f"fault.{victim}.{policy}"
            yield name, f"the {victim} crashes, {words}", \
                lambda v=victim, p=policy, n=name: boot(paths, p, v, True, FAULT_REQUESTS, os.path.join(folder, n))
    yield "memory", "memory of each component", lambda: memory(paths, FEWEST, os.path.join(folder, "memory"))
