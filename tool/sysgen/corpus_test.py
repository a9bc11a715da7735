# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen
"""The corpus of system files: each of test/refused/ is wrong in one way and gets exactly the message
in test/refused.txt; each of test/accepted/ is taken. Every rule for descriptions has a file."""
import concurrent.futures
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "test")
TOOL = os.path.abspath(os.path.join(HERE, "../../build/host/gcc/tool/sysgen/sysgen"))
# Rules that no small description can break: xml.size, xml.count and builder.memory take large files
# (xml_test.c breaks the first two), file.unreadable a missing one; the last is the build stage.
ELSEWHERE = re.compile(r"xml\.size|xml\.count|builder\.memory|file\.unreadable|output\.|console|image\.|objects\.|"
                       r"program\.|elf\.|symbol\.(unknown|many|size|place)|memory\.")


def read_cases(name):
    """(file, board, options, expected text) of each case."""
    cases, text = [], open(os.path.join(FOLDER, name), encoding="utf-8").read()
    for line in text.splitlines():
        if line.startswith("    "):
            cases[-1][3].append(line[4:])
        elif line and not line.startswith("#"):
            words = line.split()
            cases.append((words[0], words[1], words[2:], []))
    return cases


def run(folder, case):
    name, board, options, expected = case
    words = [TOOL, "check", f"{folder}/{name}.system", "--board", board, "--search-path", "files"]
    for option in options:
        words += ["--extensions"] if option == "extensions" else ["--kernel-option", option]
    ended = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True)
    wanted = "".join(line + "\n" for line in expected)
    status = 1 if expected else 0
    if ended.returncode == status and ended.stderr == wanted:
        return None
    return f"{name}: exit {ended.returncode}, expected {status}; said\n{ended.stderr}expected\n{wanted}"


def unlisted(folder, cases):
    on_disk = {name[:-7] for name in os.listdir(os.path.join(FOLDER, folder)) if name.endswith(".system")}
    return [f"{folder}/{name}: in only one of folder and list"
            for name in sorted(on_disk ^ {case[0] for case in cases})]


def untested_rules(cases):
    rules = re.findall(r"(?m)^    X\(\w+, \"([\w.]+)\"", open(os.path.join(HERE, "rules.h"), encoding="utf-8").read())
    told = {rule for case in cases for line in case[3] for rule in re.findall(r"\[([\w.]+), E-", line)}
    if len(rules) < 100:
        yield "rules.h: the list of rules was not understood"
    for rule in rules:
        if rule not in told and not ELSEWHERE.match(rule):
            yield f"rule {rule}: no file of the corpus breaks it"


def main():
    refused, accepted = read_cases("refused.txt"), read_cases("accepted.txt")
    problems = unlisted("refused", refused) + unlisted("accepted", accepted) + list(untested_rules(refused))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems += filter(None, pool.map(lambda case: run("refused", case), refused))
        problems += filter(None, pool.map(lambda case: run("accepted", case), accepted))
    for problem in problems:
        print(problem)
    print(f"{len(refused)} refused, {len(accepted)} accepted, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
