# SPDX-License-Identifier: BSD-2-Clause
"""Which Python can draw. Debian's package is for Debian's Python, which need not be the first in PATH."""
import subprocess
import sys

CANDIDATES = [sys.executable, "/usr/bin/python3"]


class Missing(Exception):
    pass


def can_draw(python):
    try:
        return subprocess.run([python, "-c", "import matplotlib"], capture_output=True).returncode == 0
    except OSError:
        return False


def find():
    for python in CANDIDATES:
        if can_draw(python):
            return python
    raise Missing("no Python here has the plot library matplotlib; ./sofa setup installs the Debian package "
                  "python3-matplotlib")
