# SPDX-License-Identifier: BSD-2-Clause
"""Debian's own Linux kernel, out of its package and into build/cache/linux, as an ordinary user.

    python3 tool/linux/kernel_package.py    fetches it, unless it is there

Fetched once; whoever has the folder needs no network. Only what is booted is kept: the kernel and a few
of its modules. `package.json` there says which package it was.
"""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

CACHE = os.path.join("build", "cache")
META_PACKAGE = "linux-image-amd64"
# What a disk with ext4 needs; what these need is found in the modules themselves, but for the checksum
# that ext4 asks for by name.
WANTED_MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"]

MODULE_PATH = re.compile(r"/kernel/(crypto|lib|fs|drivers/(block|virtio))/.*\.ko$")


class PackageError(Exception):
    """The kernel cannot be had; the text says why and what can be done."""


def said_by(words, why, **more):
    try:
        ran = subprocess.run(words, capture_output=True, text=True, **more)
    except FileNotFoundError as error:
        raise PackageError(f"{why}: there is no {words[0]} here; this needs a Debian system") from error
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PackageError(f"{why}: {' '.join(words)}: {last}")
    return ran.stdout


def package_name():
    """The package that the one called linux-image-amd64 stands for today."""
    text = said_by(["apt-cache", "depends", META_PACKAGE], "cannot find out which kernel is current")
    names = re.findall(r"Depends: (linux-image-\d\S*)", text)
    if not names:
        raise PackageError(f"apt knows no kernel behind {META_PACKAGE}; `apt-get update` may help")
    return names[0]


def download(folder, say):
    """The path of the package in `folder`; one that is there already is taken."""
    here = sorted(glob.glob(os.path.join(folder, "linux-image-[0-9]*_amd64.deb")))
    if here:
        return here[-1]
    name = package_name()
    say(f"fetching {name} with apt-get download (about 70 MB, once)")
    os.makedirs(folder, exist_ok=True)
    said_by(["apt-get", "download", name], f"cannot fetch {name} (a file {name}_*_amd64.deb put into "
            f"{folder} by hand does as well)", cwd=folder)
    found = glob.glob(os.path.join(folder, f"{name}_*.deb"))
    if not found:
        raise PackageError(f"apt-get download left no {name}_*.deb in {folder}")
    return found[0]


def needed_by(module):
    """Names of the modules that the bytes of a module say it depends on."""
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [name.replace("-", "_") for name in found.group(1).decode().split(",") if name] if found else []


def in_order(wanted, modules):
    """`wanted` and what they need, those that are needed first. `modules`: bytes by name."""
    order = []

    def add(name):
        if name not in modules:
            raise PackageError(f"the kernel's package has no module {name}")
        for other in needed_by(modules[name]):
            add(other)
        if name not in order:
            order.append(name)

    for name in wanted:
        add(name)
    return order


def read_package(package):
    """(name, bytes) of the kernel or None, and the bytes of modules by name."""
    modules, kernel = {}, None
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as unpacking:
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as files:
            for member in files:
                name = os.path.basename(member.name)
                if name.startswith("vmlinuz-"):
                    kernel = name, files.extractfile(member).read()
                elif MODULE_PATH.search(member.name):
                    modules[name[:-3].replace("-", "_")] = files.extractfile(member).read()
    return kernel, modules


def unpack(package, folder):
    """Kernel and needed modules from the package into the new `folder`; gives the kernel's release and the
    modules in the order to load them in."""
    try:
        kernel, modules = read_package(package)
    except (tarfile.TarError, EOFError) as error:
        raise PackageError(f"{package} is no kernel package, or only a part of one; delete it") from error
    if kernel is None:
        raise PackageError(f"there is no kernel in {package}; delete it")
    order = in_order(WANTED_MODULES, modules)
    files = {name + ".ko": modules[name] for name in order} | {"vmlinuz": kernel[1]}
    os.makedirs(folder)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    return kernel[0].removeprefix("vmlinuz-"), order


def describe(package, release, modules):
    with open(package, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    name, version = os.path.basename(package).split("_")[:2]
    return {"package": name, "version": version.replace("%3a", ":"), "sha256": digest, "release": release,
            "modules": modules}


def present(cache=CACHE):
    """(folder, description) of the kernel in the folder `cache`, or None."""
    folder = os.path.join(cache, "linux")
    try:
        with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
            return folder, json.load(file)
    except FileNotFoundError:
        return None


def fetch(cache=CACHE, say=print):
    """The same; the cache is filled when it is empty."""
    folder = os.path.join(cache, "linux")
    if not present(cache):
        package = download(cache, say)
        say(f"unpacking {os.path.basename(package)}")
        half = folder + ".new"
        shutil.rmtree(half, ignore_errors=True)
        release, modules = unpack(package, half)
        with open(os.path.join(half, "package.json"), "w", encoding="utf-8") as file:
            json.dump(describe(package, release, modules), file, indent=1)
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(half, folder)
        os.remove(package)
    return present(cache)


def main():
    try:
        _, about = fetch()
    except PackageError as error:
        sys.exit(f"linux: {error}")
    print(f"Linux to test beside: {about['package']} {about['version']}")


if __name__ == "__main__":
    main()
