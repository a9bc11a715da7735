# SPDX-License-Identifier: BSD-2-Clause
"""plot.py WORK PICTURE: draws what summary.json of WORK compares. A program of its own, because the
library that draws may be there for another Python than the one that measures."""
import csv
import json
import os
import sys

MISSING = 3
COLOURS = {"Sofa": "#0b5cad", "Linux, UNIX socket": "#c8452f", "Linux, futex": "#d98c1d", "Linux, eventfd": "#6a8f2f"}
OTHER_COLOUR = "#7a5195"
WIDE = 40  # from here on there is room for powers of ten only
AXIS = "guest instructions (1 = 1 ns of the guest's clock)"

try:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker
except ImportError as problem:
    print(f"the plot library is missing: {problem}", file=sys.stderr)
    sys.exit(MISSING)


def column(work, side, metric):
    """The column latency_ns, or None if that was not measured."""
    path = os.path.join(work, "results", side, metric, "results.csv")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8", newline="") as file:
        return [int(row["latency_ns"]) for row in csv.DictReader(file)]


def curves(work, row):
    """(label, latencies) of everything in a row that was measured."""
    wanted = [("Sofa", "sofa", row["sofa"]["metric"])] if row["sofa"] else []
    wanted += [(f"Linux, {other['mechanism']}", "linux", other["metric"]) for other in row["linux"] if other["figure"]]
    return [(label, column(work, side, metric)) for label, side, metric in wanted]


def wide(axis, set_limits, drawn):
    """Room on both sides, so that numbers that are all the same do not look wild; plain numbers at the ticks."""
    numbers = [number for _, latencies in drawn for number in latencies]
    set_limits(min(numbers) / 1.6, max(numbers) * 1.6)
    axis.set_major_locator(ticker.LogLocator(subs=(1,) if max(numbers) > WIDE * min(numbers) else (1, 2, 5)))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def draw_distribution(axes, drawn):
    for label, numbers in drawn:
        ordered = sorted(numbers)
        shares = [100 * (i + 1) / len(ordered) for i in range(len(ordered))]
        axes.step([ordered[0], *ordered], [0, *shares], where="post", label=label, linewidth=2,
                  color=COLOURS.get(label, OTHER_COLOUR))
    axes.set_xlabel(AXIS)
    axes.set_ylabel("share of iterations\nat or below (%)")
    axes.set_xscale("log")
    axes.set_ylim(-3, 103)
    wide(axes.xaxis, axes.set_xlim, drawn)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.24), ncol=4, fontsize=9, frameon=False)


def draw_series(axes, drawn):
    for label, numbers in drawn:
        axes.plot(range(len(numbers)), numbers, ".", markersize=4, color=COLOURS.get(label, OTHER_COLOUR), label=label)
    axes.set_xlabel("iteration")
    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    axes.set_ylabel(AXIS.replace(" (", "\n("))
    axes.set_yscale("log")
    wide(axes.yaxis, axes.set_ylim, drawn)


def draw(work, picture):
    with open(os.path.join(work, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    rows = [(row["what"], drawn) for row in summary["latency"] if (drawn := curves(work, row))]
    if not rows:
        print("nothing was measured that could be drawn", file=sys.stderr)
        return 1
    figure, grid = pyplot.subplots(len(rows), 2, figsize=(13, 3.6 * len(rows)), squeeze=False)
    for (what, drawn), (left, right) in zip(rows, grid):
        draw_distribution(left, drawn)
        draw_series(right, drawn)
        left.set_title(f"{what}: distribution", loc="left", fontweight="bold")
        right.set_title(f"{what}: one after the other", loc="left", fontweight="bold")
        for axes in (left, right):
            axes.grid(True, which="both", color="#dddddd", linewidth=0.6)
            axes.set_axisbelow(True)
    figure.tight_layout(h_pad=2)
    figure.savefig(picture, dpi=110, format="png", metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(draw(*sys.argv[1:]))
