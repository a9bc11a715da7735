# SPDX-License-Identifier: BSD-2-Clause
"""The archive that a Linux machine of ours is booted with: bench/linux_init, a program, modules of the kernel."""
import os

import cpio


def read(path):
    with open(path, "rb") as file:
        return file.read()


def modules_of(folder, description):
    """(name, bytes) of the modules that kernel_package.fetch() left in `folder`, in the order to load them in."""
    return [(name, read(os.path.join(folder, name + ".ko"))) for name in description["modules"]]


def initrd(init, program, modules=()):
    """The bytes of the archive; `init` and `program` are paths, the program's name is kept."""
    entries = [cpio.folder("dev"), cpio.device("dev/console", 5, 1), cpio.folder("bin"),
               cpio.file("init", read(init)), cpio.file("bin/" + os.path.basename(program), read(program))]
    if modules:
        listed = "".join(f"/modules/{name}.ko\n" for name, _ in modules).encode()
        entries += [cpio.folder("modules"), cpio.file("modules/list", listed, 0o644)]
        entries += [cpio.file(f"modules/{name}.ko", data, 0o644) for name, data in modules]
    return cpio.archive(entries)
