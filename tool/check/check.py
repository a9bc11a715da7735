# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house that a program can check. `./sofa check` runs them.

Each rule is a function over a Tree that gives its problems as text, FILE:LINE first.
check_test.py shows every one of them something wrong.
"""
import concurrent.futures
import os
import re
import subprocess

from tree import PROGRAM, ROOMS, Tree, module, room

COLUMNS = 100
WIDE_COLUMNS = 120
FILE_LINES = 800
FUNCTION_LINES = 70
COMPILERS = ["gcc", "clang"]
GENERIC = ("kernel/object/", "kernel/core/", "kernel/lib/")

# What a room may include besides itself. Components (driver, server, program) see only their own folder.
SEES = {
    "abi": [], "kernel": ["abi"], "proto": ["abi"], "lib": ["abi", "proto"],
    "driver": ["abi", "proto", "lib"], "server": ["abi", "proto", "lib"],
    "program": ["abi", "proto", "lib"], "guest": ["proto"], "tool": ["abi", "proto", "lib"],
    "system": ["abi", "proto", "lib", "driver", "server", "program"],
    "test": ["abi", "proto", "lib", "driver", "server", "program", "system"],
    "bench": ["abi", "proto", "lib", "driver", "server", "program", "system"],
}
APART = ("driver", "server", "program", "tool")
# Headers that a compiler brings along, with no C library behind them.
FREESTANDING = {"cpuid.h", "stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "stdalign.h", "stdnoreturn.h",
                "limits.h", "float.h", "iso646.h"}
# Files from the generator: who may take them.
GENERATED = {"abi/": ["kernel"], "sel4/": [name for name in ROOMS if name not in ("kernel", "abi")]}


class Rule:
    def __init__(self, name, find, tree):
        self.name, self.targets = name, []
        self.find = lambda: find(tree)


def code(tree):
    return tree.named(".c", ".h", ".S")


def is_source(path):
    return path.endswith((".c", ".h", ".S", ".lds", ".py", ".sh", ".mk")) or \
        path in ("Makefile", "sofa", ".ci/run", ".clang-format", ".clang-tidy")


def licence(tree):
    """The first line names the licence, after #! where there is one, and no other line does."""
    mark = "SPDX-License-" + "Identifier:"
    for path in filter(is_source, tree.files):
        lines = tree.text(path).splitlines()
        first = 1 if lines and lines[0].startswith("#!") else 0
        if len(lines) <= first or f"{mark} BSD-2-Clause" not in lines[first]:
            yield f"{path}:{first + 1}: expected here: {mark} BSD-2-Clause"
        for number, line in enumerate(lines, 1):
            if number != first + 1 and re.match(rf"\s*(//|#|/?\*)\s*{mark}", line):
                yield f"{path}:{number}: a second licence line"


def layout(tree):
    """clang-format has nothing to change."""
    paths = tree.named(".c", ".h")
    if paths:
        ran = subprocess.run(["clang-format-14", "--dry-run", "-Werror", "--ferror-limit=3", *paths],
                             cwd=tree.root, capture_output=True, text=True)
        for line in ran.stderr.splitlines():
            if ": error:" in line:
                yield line.split(" [")[0] + "; clang-format-14 -i mends it"


def columns(tree):
    for path in filter(is_source, tree.files):
        for number, line in tree.lines(path):
            limit = WIDE_COLUMNS if path.endswith((".py", ".mk")) else COLUMNS
            if len(line) > limit:
                yield f"{path}:{number}: {len(line)} columns, at most {limit}"
            if line != line.rstrip():
                yield f"{path}:{number}: white space at the end of the line"


def may_see(source, target):
    """Why file `source` must not include file `target`; None if it may."""
    here, there = room(source), room(target)
    if here == "kernel" == there:
        if source.startswith(GENERIC) and not PROGRAM.search(source) and \
                not target.startswith(GENERIC) and "/include/" not in target:
            return "generic kernel code sees object, core, lib, <arch/...>, <plat/...> and <abi/...>"
        for kind in ("kernel/arch/", "kernel/plat/"):
            if source.startswith(kind) and target.startswith(kind) and \
                    source.split("/")[2] != target.split("/")[2]:
                return "one architecture or machine does not include another"
        return None
    if here == there and (here not in APART or module(source) == module(target)):
        return None
    if here == there:
        return "a component does not include another's folder; what both need goes to proto or lib"
    if here not in SEES or there in SEES[here]:
        return None
    return f"{here} does not include {there}; it may include {', '.join(SEES[here]) or 'only itself'}"


def for_linux(tree, path):
    """Part of a program for Linux, as the module says."""
    about = os.path.join(os.path.dirname(path), "module.mk")
    return about in tree.named("module.mk") and \
        re.search(r"^kind\s*:=\s*linux$", tree.text(about), re.M) is not None


def hosted(tree, path):
    """Programs for this machine, or for Linux, may use its C library."""
    return bool(PROGRAM.search(path)) or room(path) == "tool" or path.startswith("kernel/arch/host/") \
        or path.startswith("test/fuzz/") or ("/test/" in path and room(path) == "lib") or for_linux(tree, path)


def direction(tree):
    """Every #include is found, and points the way the rooms depend on each other."""
    for path in code(tree):
        for number, quoted, name in tree.includes(path):
            targets = tree.resolve(path, quoted, name)
            for target in targets:
                why = may_see(path, target)
                if why and not (len(targets) > 1 and "one architecture" in why):
                    yield f"{path}:{number}: includes {target}: {why}"
            if targets:
                continue
            takers = next((rooms for start, rooms in GENERATED.items() if name.startswith(start)), None)
            if takers is not None:
                if room(path) not in takers:
                    yield f"{path}:{number}: <{name}> is generated for {', '.join(takers)} only"
            elif name not in FREESTANDING and (quoted or not hosted(tree, path)):
                yield f"{path}:{number}: {name} is neither in the tree nor a freestanding header"


def cycles(tree):
    """No header includes itself, however far around."""
    edges = {path: sorted({target for _, quoted, name in tree.includes(path)
                           for target in tree.resolve(path, quoted, name)})
             for path in tree.named(".h")}
    done, found = set(), []

    def visit(path, trail):
        if path in trail:
            loop = trail[trail.index(path):] + [path]
            found.append(f"{loop[0]}:1: circular include: {' -> '.join(loop)}")
        elif path not in done:
            for target in edges.get(path, []):
                visit(target, trail + [path])
            done.add(path)

    for path in edges:
        visit(path, [])
    return found


def conditionals(tree):
    """No #if in generic kernel code: choose files, or `if` on constants so that both sides compile."""
    allowed = re.compile(r"#\s*(ifndef static_assert|ifndef likely|endif)\b")
    for path in code(tree):
        if path.startswith(GENERIC) and not PROGRAM.search(path):
            for number, line in tree.lines(path):
                if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line) and not allowed.match(line.strip()):
                    yield f"{path}:{number}: {line.strip()}: no conditional compilation here"


def words(tree):
    """Nothing names a place of one machine. (The patterns are in pieces so as not to name it here.)"""
    forbidden = re.compile("|".join([
        r"(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me)/", r"\bsha" r"red/(sel4|style|design|emul|micro)",
        r"\b(ass" r"istants?|chat" r"bots?|co" r"pilot|language mo" r"dels?)\b",
        r"\b(pypi|deb|regi" r"stry|pro" r"xy)\.[\w.-]+\.(org|com|io|dev|internal)\b"]), re.I)
    for path in tree.files:
        for number, line in tree.lines(path):
            found = forbidden.search(line)
            if found:
                yield f"{path}:{number}: {found.group(0)!r} does not belong in the tree"


def links(tree):
    """A link in a page leads to a file that is there, and to a heading that is in it."""
    def anchors(path):
        return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
                for title in re.findall(r"^#+\s+(.*)$", tree.text(path), re.M)}

    for path in tree.named(".md"):
        text = re.sub(r"```.*?```", lambda block: "\n" * block.group(0).count("\n"), tree.text(path),
                      flags=re.S)
        for found in re.finditer(r"\]\(([^)\s]+)\)", text):
            target, _, anchor = found.group(1).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            number = text.count("\n", 0, found.start()) + 1
            goal = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if not os.path.exists(os.path.join(tree.root, goal)):
                yield f"{path}:{number}: leads to {goal}, which is not there"
            elif anchor and goal.endswith(".md") and anchor not in anchors(goal):
                yield f"{path}:{number}: {goal} has no heading #{anchor}"


def long_ones(tree):
    """Not wrong, but worth a second thought: gives notes, not problems."""
    for path in code(tree):
        count = tree.text(path).count("\n")
        if count > FILE_LINES:
            yield f"{path}:1: {count} lines: would two rooms be clearer than one?"
        began = None
        for number, line in tree.lines(path):
            if line == "{":
                began = number
            elif line == "}" and began:
                if number - began > FUNCTION_LINES:
                    yield f"{path}:{began}: a function of {number - began - 1} lines"
                began = None


# ---- rules that ask the compilers -------------------------------------------

# No board of these yet: their headers are compiled with the contract's, by the abi rule.
BOARDLESS = ("/aarch64/", "/riscv64/")


def header_problem(compiler, command, path, root):
    """One header, compiled as if it were alone in a program."""
    ran = subprocess.run(f"{command} -fsyntax-only -x c -I. -", shell=True, cwd=root,
                         input=f'#include "{path}"\n', capture_output=True, text=True)
    if ran.returncode:
        first = next((line for line in ran.stderr.splitlines() if "error:" in line), ran.stderr)
        return f"{path}:1: does not compile alone with {compiler}: {first}"
    return None


def headers(tree):
    """Every header compiles alone, with both compilers and the flags of its module."""
    made = subprocess.run(["make", "-s", "header-flags"], cwd=tree.root, capture_output=True, text=True)
    if made.returncode:
        yield f"Makefile:1: make header-flags: {made.stderr}"
        return
    flags = {}
    for line in filter(str.strip, made.stdout.splitlines()):
        compiler, folder, command = line.split(" ", 2)
        flags[compiler, folder] = command
    work = []
    for path in tree.named(".h"):
        folders = [folder for _, folder in flags if path.startswith(folder + "/")]
        if folders and not any(arch in path for arch in BOARDLESS):
            owner = max(folders, key=len)
            work += [(compiler, flags[compiler, owner], path, tree.root) for compiler in COMPILERS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(lambda item: header_problem(*item), work))


def made(tree, *targets):
    ran = subprocess.run(["make", "-k", f"-j{os.cpu_count()}", "--output-sync=target", *targets],
                         cwd=tree.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ran.returncode:
        problems = [line for line in ran.stderr.splitlines() if re.search(r"error[: ]|\*\*\*", line)]
        yield from problems[:40] or [ran.stderr[-2000:]]


def warnings(tree):
    """Everything builds in every config with both compilers; warnings are errors."""
    return made(tree, "everything")


def abi(tree):
    """The contract generates for every architecture and profile, and its headers compile alone."""
    return made(tree, "abi-check")


TEXT_RULES = [licence, layout, columns, direction, cycles, conditionals, words, links]
BUILD_RULES = [headers, warnings, abi]


def rules(root="."):
    tree = Tree(root)
    for note in long_ones(tree):
        print(f"  note  {note}")
    for find in TEXT_RULES + BUILD_RULES:
        yield Rule(f"check.{find.__name__}", lambda tree, find=find: list(find(tree)), tree)
