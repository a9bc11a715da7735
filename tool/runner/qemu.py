# SPDX-License-Identifier: BSD-2-Clause
"""One virtual machine, run to its end or to its time limit, and never left behind.

COM1 is the console, COM2 (0x2f8) carries test results, and a write of V to I/O port 0xf4 ends QEMU
with exit status 2 V + 1, which is how a kernel in a test says that it stopped.
"""
import os
import re
import shlex
import signal
import subprocess
import threading
import time

EXIT_PORT = 0xF4
# One guest instruction is one nanosecond, and two runs are the same run.
ICOUNT = ["-icount", "shift=0,sleep=off,align=off", "-seed", "42",
          "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
POLL_S = 0.02
GRACE_S = 1.0

running = set()
running_lock = threading.RLock()


def command(kernel=None, task=None, iso=None, append="", machine="pc", cpu="max", memory="512M",
            smp="1", icount=True, extra=()):
    """QEMU's command line without its serial ports."""
    words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
             "-display", "none", "-accel", "tcg", "-machine", machine, "-cpu", cpu, "-m", memory,
             "-smp", smp, "-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4"]
    if icount:
        words += ICOUNT
    if iso:
        words += ["-cdrom", iso]
    else:
        words += ["-kernel", kernel]
        if task:
            # QEMU splits the list of modules at commas; doubled, they are part of the name.
            words += ["-initrd", task.replace(",", ",,")]
        if append:
            words += ["-append", append]
    return words + list(extra)


class Ended:
    """How a machine ended: console and results as text, and why."""

    def __init__(self, console, results, status, why, seconds):
        self.console, self.results, self.status = console, results, status
        self.why, self.seconds = why, seconds


def text_of(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


def serial(path):
    return ["-chardev", f"file,id={os.path.basename(path)},path={path.replace(',', ',,')}",
            "-serial", f"chardev:{os.path.basename(path)}"]


def stop(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def stop_all(*_):
    """For signal handlers: no machine outlives its test."""
    with running_lock:
        for process in list(running):
            stop(process)


def finished(results_path, console_path, expect):
    """Why the machine has said all that the test needs to hear, or None. `expect` is a pattern, or a
    function of the console's text."""
    if callable(expect):
        return "all that was expected came" if expect(text_of(console_path)) else None
    if expect:
        return "the expected text appeared" if re.search(expect, text_of(console_path)) else None
    return "it reported `done`" if re.search(r"^done\r?$", text_of(results_path), re.M) else None


def run(words, folder, limit_s, expect=None, wait_for_exit=False):
    """Starts QEMU with its output in `folder` and waits until it has exited, reported or run out of time."""
    os.makedirs(folder, exist_ok=True)
    console, results = os.path.join(folder, "console"), os.path.join(folder, "results")
    for path in (console, results):
        open(path, "w").close()
    words = ["setpriv", "--pdeathsig", "KILL"] + words + serial(console) + serial(results)
    with open(os.path.join(folder, "command"), "w") as file:
        file.write(shlex.join(words[3:]) + "\n")
    began = time.monotonic()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=open(os.path.join(folder, "stderr"), "w"))
    with running_lock:
        running.add(process)
    try:
        why, ends_at = None, began + limit_s
        while process.poll() is None:
            if why is None and (said := finished(results, console, expect)):
                why, ends_at = said, min(ends_at, time.monotonic() + (GRACE_S if wait_for_exit else 0))
            if time.monotonic() >= ends_at:
                break
            time.sleep(POLL_S)
        # What arrived between the last look and the exit counts too.
        why = why or finished(results, console, expect)
        status = process.poll()
    finally:
        stop(process)
        with running_lock:
            running.discard(process)
    if why is None:
        why = (f"the time limit of {limit_s:g} s" if status is None else
               "the machine reset or switched itself off" if status == 0 else
               f"the machine stopped with exit status {status}")
        if status is not None and status % 2 == 0 and status != 0 or status == 1 and not text_of(console):
            why += ": " + text_of(os.path.join(folder, "stderr")).strip()[-300:]
    return Ended(text_of(console), text_of(results), status, why, time.monotonic() - began)


def clean_up_on_signals():
    def leave(number, _frame):
        stop_all()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
