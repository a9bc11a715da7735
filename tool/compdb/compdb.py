# SPDX-License-Identifier: BSD-2-Clause
"""Turns the commands of `make --dry-run V=1` (standard input) into compile_commands.json.

A source compiled several times, for several configs or profiles, appears once: the first wins.
"""
import json
import os
import shlex
import sys


def entries(lines, directory):
    seen = set()
    for line in lines:
        if " -c " not in line or " -o " not in line:
            continue
        arguments = shlex.split(line)
        source = arguments[arguments.index("-c") + 1]
        output = arguments[arguments.index("-o") + 1]
        if source not in seen:
            seen.add(source)
            yield {"directory": directory, "file": source, "output": output, "arguments": arguments}


if __name__ == "__main__":
    json.dump(list(entries(sys.stdin, os.getcwd())), sys.stdout, indent=1)
    sys.stdout.write("\n")
