# SPDX-License-Identifier: BSD-2-Clause
# needs: tool/sysgen systems
"""How long the builder takes for systems of 15, 30 and 60 components, each calling the next and sharing memory with
it: microseconds of this machine's time, the best of some runs."""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOL = os.path.join(ROOT, "build/host/plain/tool/sysgen/sysgen")
PROGRAM = os.path.join(ROOT, "build/x86_64_generic/debug/system/hello_world")
RUNS = 7


def system(count):
    lines = ["<system>"]
    lines += [f'<memory_region name="m{i}" size="0x4000"/>' for i in range(count)]
    for i in range(count):
        lines.append(f'<protection_domain name="p{i}" priority="{i + 1}"><program_image path="hello.elf"/>'
                     f'<map mr="m{i}" vaddr="0x40000000"/><map mr="m{(i + 1) % count}" vaddr="0x50000000"/>'
                     "</protection_domain>")
    for i in range(count - 1):
        lines.append(f'<channel><end pd="p{i}" id="0" pp="true"/><end pd="p{i + 1}" id="1"/></channel>')
    return "\n".join(lines + ["</system>\n"])


def build(folder, count):
    """Microseconds for one build."""
    path = os.path.join(folder, f"{count}.system")
    with open(path, "w", encoding="utf-8") as file:
        file.write(system(count))
    began = time.monotonic()
    ended = subprocess.run([TOOL, "build", path, "--board", "x86_64_generic", "--config", "debug", "--search-path",
                            PROGRAM, "-o", os.path.join(folder, "image"), "-r", os.path.join(folder, "report")],
                           env=dict(os.environ, MICROKIT_SDK=os.path.join(ROOT, "build/system-sdk")),
                           capture_output=True, text=True)
    took = time.monotonic() - began
    if ended.returncode:
        sys.exit(ended.stderr)
    return round(took * 1e6)


def main():
    print("suite builder")
    with tempfile.TemporaryDirectory() as folder:
        for count in (15, 30, 60):
            times = sorted(build(folder, count) for _ in range(RUNS))
            print(f"value builder.{count} us {RUNS} {times[0]} {times[RUNS // 2]} {times[-1]}")
    print("done")


if __name__ == "__main__":
    main()
