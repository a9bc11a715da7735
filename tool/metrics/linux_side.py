# SPDX-License-Identifier: BSD-2-Clause
"""Linux's side, as the steps want it: tool/metrics/linux.py does the work."""
import os

MOST_ITERATIONS = 50000


class Missing(Exception):
    """This tree has no Linux side."""


def module():
    try:
        import linux
    except ImportError as problem:
        raise Missing(f"there is no Linux side: {problem}") from problem
    return linux


def build(root):
    return module().build(root)


def parts(paths, icount, iterations, folder):
    yield "baseline", "the same three components as processes", \
        lambda: module().run(paths, icount, iterations, os.path.join(folder, "baseline"))
