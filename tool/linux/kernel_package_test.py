# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's package, with packages made here and without a network."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kernel_package
from kernel_package import PackageError


def module(needs):
    return b"\x7fELF\0license=GPL\0depends=" + needs.encode() + b"\0name=x\0"


MODULES = {"virtio_pci": module("virtio-ring,virtio"), "virtio_ring": module(""),
           "virtio": module("virtio_ring"), "virtio_blk": module("virtio_ring,virtio"),
           "crc32c_generic": module(""), "ext4": module("")}


class Order(unittest.TestCase):
    def test_needed_first_and_once(self):
        self.assertEqual(kernel_package.in_order(["virtio_pci", "virtio_blk"], MODULES),
                         ["virtio_ring", "virtio", "virtio_pci", "virtio_blk"])

    def test_missing(self):
        with self.assertRaisesRegex(PackageError, "no module jbd2"):
            kernel_package.in_order(["a"], {"a": module("jbd2")})

    def test_says_nothing(self):
        self.assertEqual(kernel_package.needed_by(b"\x7fELF"), [])


class Package(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.said = []

    def package(self, modules, kernel="vmlinuz-6.1.0-99-amd64"):
        """A kernel package of our own in the cache."""
        tree = os.path.join(self.root, "tree")
        files = {f"boot/{kernel}": b"kernel", "DEBIAN/control":
                 b"Package: linux-image-6.1.0-99-amd64\nVersion: 6.1.7-1\nArchitecture: amd64\n"
                 b"Maintainer: Nobody <nobody@example.org>\nDescription: none\n"}
        files |= {f"lib/modules/6/kernel/fs/{name}.ko": data for name, data in modules.items()}
        for name, data in files.items():
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        path = os.path.join(self.root, "linux-image-6.1.0-99-amd64_6.1.7-1_amd64.deb")
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, path], check=True,
                       stdout=subprocess.DEVNULL)

    def fetch(self):
        return kernel_package.fetch(self.root, self.said.append)

    def test_once_and_then_offline(self):
        self.package(MODULES)
        folder, about = self.fetch()
        self.assertEqual((about["package"], about["version"], about["release"]),
                         ("linux-image-6.1.0-99-amd64", "6.1.7-1", "6.1.0-99-amd64"))
        self.assertEqual(about["modules"][0], "virtio_ring")
        with open(os.path.join(folder, "vmlinuz"), "rb") as file:
            self.assertEqual(file.read(), b"kernel")
        said = list(self.said)
        self.assertEqual(self.fetch(), (folder, about))
        self.assertEqual(self.said, said)

    def test_not_whole(self):
        with open(os.path.join(self.root, "linux-image-6.1.0-99-amd64_6.1.7-1_amd64.deb"), "w") as file:
            file.write("!<arch>\n")
        with self.assertRaisesRegex(PackageError, "no kernel package, or only a part of one"):
            self.fetch()
        self.assertFalse(os.path.exists(os.path.join(self.root, "linux")))

    def test_no_kernel_in_it(self):
        self.package(MODULES, kernel="nothing")
        with self.assertRaisesRegex(PackageError, "there is no kernel in"):
            self.fetch()

    def only_commands_of(self, folder):
        self.addCleanup(os.environ.__setitem__, "PATH", os.environ["PATH"])
        os.environ["PATH"] = folder

    def test_no_network(self):
        scripts = {"apt-cache": "echo '  Depends: linux-image-6.1.0-99-amd64'",
                   "apt-get": "echo 'E: no route to host' >&2; exit 100"}
        for name, text in scripts.items():
            with open(os.path.join(self.root, name), "w") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(file.name, 0o755)
        self.only_commands_of(self.root)
        with self.assertRaisesRegex(PackageError, "cannot fetch linux-image-6.1.0-99-amd64 .*by hand.*: E: no route"):
            self.fetch()
        self.assertRegex(self.said[0], "^fetching linux-image-6.1.0-99-amd64")

    def test_no_debian(self):
        self.only_commands_of(self.root)
        with self.assertRaisesRegex(PackageError, "there is no apt-cache here; this needs a Debian"):
            self.fetch()


if __name__ == "__main__":
    unittest.main()
