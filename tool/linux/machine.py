# SPDX-License-Identifier: BSD-2-Clause
"""A Linux machine with disks, for tests: Debian's kernel, bench/linux_init and one program of ours.

The kernel must be in the cache already (kernel_package.py); nothing here needs a network or root.
"""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runner"))
import initrd
import kernel_package
import qemu

INIT = "build/linux/bench/linux_init/linux_init"
# Warnings are shown, and what the program lets through besides.
APPEND = "console=ttyS0 loglevel=5 panic=-1"
MEMORY, LIMIT_S = "512M", 300

# A disk: the image, the serial number by which the guest knows it, and perhaps a file for a log of its writes.
Disk = collections.namedtuple("Disk", "path serial log", defaults=[None])


class Missing(Exception):
    """There is no kernel to boot; the text says how to get one."""


def prepare(program, archive):
    """Writes the archive with `program`; gives the paths of kernel and archive and the kernel's description."""
    there = kernel_package.present()
    if not there:
        raise Missing("Debian's kernel is not in build/cache/linux; ./sofa setup fetches it")
    folder, description = there
    data = initrd.initrd(INIT, program, initrd.modules_of(folder, description))
    os.makedirs(os.path.dirname(archive), exist_ok=True)
    with open(archive, "wb") as file:
        file.write(data)
    return os.path.join(folder, "vmlinuz"), archive, description


def file_node(name, path):
    return f"driver=file,node-name={name},cache.no-flush=on,filename={path.replace(',', ',,')}"


def node_words(number, disk):
    """A killed machine leaves what it had written: the file's pages are this machine's."""
    if not disk.log:
        return ["-blockdev", file_node(f"disk{number}", disk.path)]
    with open(disk.log, "wb"):
        pass  # an empty one
    return ["-blockdev", file_node(f"image{number}", disk.path), "-blockdev", file_node(f"log{number}", disk.log),
            "-blockdev", f"driver=blklogwrites,node-name=disk{number},file=image{number},log=log{number}"]


def disk_words(disks):
    words = []
    for number, disk in enumerate(disks):
        words += [*node_words(number, disk), "-device", f"virtio-blk-pci,drive=disk{number},serial={disk.serial}"]
    return words


def boot(kernel, archive, work, disks, folder, until=None, limit_s=LIMIT_S):
    """Runs `work` to its end, or kills the machine when `until(results)` is true. `until` gets the text that came
    on the second serial port."""
    def enough(_console):
        return until(qemu.text_of(os.path.join(folder, "results")))

    words = qemu.command(kernel, archive, append=f'{APPEND} work="{work}"', memory=MEMORY, icount=False,
                         extra=disk_words(disks))
    return qemu.run(words, folder, limit_s, enough if until else None)
