# SPDX-License-Identifier: BSD-2-Clause
"""headless.py TEXT SECONDS COMMAND...: runs a machine without a keyboard and prints its console.

TEXT and SECONDS may be empty. Exit status: 0 a line had TEXT in it (without TEXT: the machine ended
with 0), 1 the machine ended otherwise, 4 out of time. The machine never outlives this program.
"""
import os
import select
import subprocess
import sys
import time

DONE, FAILED, TIMEOUT = 0, 1, 4
EXPECT_LIMIT_S = 60


class Console:
    """What the machine says, passed on to standard output while it is looked through."""

    def __init__(self, expected):
        self.expected, self.line = expected.encode(), b""

    def take(self, data):
        """Is the text there now?"""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        lines = (self.line + data.replace(b"\r", b"")).split(b"\n")
        self.line = lines[-1]
        return bool(self.expected) and any(self.expected in line for line in lines)


def watch(machine, console, ends_at):
    """Until the text came, the machine ended, or time is up."""
    while True:
        left_s = None if ends_at is None else ends_at - time.monotonic()
        if left_s is not None and left_s <= 0:
            return TIMEOUT
        if not select.select([machine.stdout], [], [], left_s)[0]:
            continue
        data = os.read(machine.stdout.fileno(), 1 << 16)
        if data and console.take(data):
            return DONE
        if not data:
            return FAILED if machine.wait() or console.expected else DONE


def main():
    expected, seconds, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    limit_s = int(seconds) if seconds else EXPECT_LIMIT_S if expected else None
    machine = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)
    console = Console(expected)
    try:
        status = watch(machine, console, limit_s and time.monotonic() + limit_s)
    except KeyboardInterrupt:
        status = FAILED
    finally:
        machine.kill()
        machine.wait()
    if console.line:
        print(flush=True)
    if status != DONE:
        what = f"the text {expected!r} did not appear" if expected else "the machine did not end"
        when = f"within {limit_s} s" if status == TIMEOUT else f"before it ended, with status {machine.returncode}"
        print(f"sofa: {what} {when}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
