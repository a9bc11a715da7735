# SPDX-License-Identifier: BSD-2-Clause
"""Writes what Linux unpacks as its first file system: a cpio archive in the format "newc".

An entry is a header of 14 numbers in hexadecimal, its name, its bytes, each filled up to four. The same
entries make the same bytes: all belong to user 0 and to no point in time.
"""
import stat

TRAILER = "TRAILER!!!"


def folder(name):
    return name, stat.S_IFDIR | 0o755, b"", (0, 0)


def file(name, data, mode=0o755):
    return name, stat.S_IFREG | mode, data, (0, 0)


def device(name, major, minor):
    """A character device."""
    return name, stat.S_IFCHR | 0o600, b"", (major, minor)


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def entry(number, name, mode, data, numbers):
    spelled = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = [number, mode, 0, 0, links, 0, len(data), 0, 0, *numbers, len(spelled), 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(header + spelled) + padded(data)


def archive(entries):
    """The bytes of an archive of `entries`, folders before what is in them."""
    names = [name for name, *_ in entries]
    for name in names:
        if name.startswith("/") or not name:
            raise ValueError(f"names in an archive are relative: {name!r}")
        parent = name.rpartition("/")[0]
        if parent and parent not in names[:names.index(name)]:
            raise ValueError(f"the archive has {name!r} before its folder")
    body = b"".join(entry(number, *given) for number, given in enumerate(entries, 1))
    return body + entry(0, TRAILER, 0, b"", (0, 0))
