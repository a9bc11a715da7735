# SPDX-License-Identifier: BSD-2-Clause
"""The source tree as the checks see it: its files, their text and what they include."""
import os
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
PROGRAM = re.compile(r"_(test|fuzz|bench)\.c$")
ROOMS = ["abi", "kernel", "proto", "lib", "driver", "server", "program", "system", "guest", "tool",
         "test", "bench"]


class Tree:
    """Borrows the folder `root`; every path is relative to it."""

    def __init__(self, root="."):
        self.root = root
        self.files = sorted(self._walk())
        self._texts = {}

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            here = os.path.relpath(folder, self.root)
            folders[:] = [name for name in folders if name not in (".git", "__pycache__")
                          and not (here == "." and name in ("build", "out"))]
            for name in names:
                path = os.path.normpath(os.path.join(here, name))
                if os.path.isfile(os.path.join(self.root, path)) and path != "compile_commands.json":
                    yield path

    def named(self, *endings, under=""):
        return [path for path in self.files if path.endswith(endings) and path.startswith(under)]

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)

    def includes(self, path):
        """(line, quoted, name) of every #include."""
        text = self.text(path)
        for found in INCLUDE.finditer(text):
            yield text.count("\n", 0, found.start(2)) + 1, found.group(1) == '"', found.group(2)

    def resolve(self, path, quoted, name):
        """The files an #include may mean, over all architectures; generated and system headers: none."""
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if quoted and beside in self._known():
            return [beside]
        folders = ["."]
        if room(path) == "kernel":
            folders += ["kernel"] + [folder for folder in self._include_folders()
                                     if folder.startswith("kernel/")]
        else:
            folders += [folder for folder in self._include_folders() if not folder.startswith("kernel/")]
        hits = [os.path.normpath(os.path.join(folder, name)) for folder in folders]
        return [hit for hit in hits if hit in self._known()]

    def _known(self):
        if not hasattr(self, "_file_set"):
            self._file_set = set(self.files)
        return self._file_set

    def _include_folders(self):
        """Every include/ folder, and each architecture's own."""
        if not hasattr(self, "_folders"):
            found = set()
            for path in self.named(".h"):
                parts = path.split("/")
                if "include" in parts[:-1]:
                    found.add("/".join(parts[:parts.index("include") + 1]))
                if parts[:2] == ["kernel", "arch"] and len(parts) > 3:
                    found.add("/".join(parts[:3]))
            self._folders = sorted(found)
        return self._folders


def room(path):
    """The kernel's fuzzers look into the kernel: for what they may include they are part of it."""
    return "kernel" if path.startswith("test/fuzz/") else path.split("/")[0]


def module(path):
    """Two levels name a component: lib/tiny, driver/block/virtio counts as driver/block."""
    return "/".join(path.split("/")[:2])
