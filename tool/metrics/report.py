# SPDX-License-Identifier: BSD-2-Clause
"""report.html: one page with everything in it, for a screen and a phone. Every figure on it is from the
summary, and stands as `not measured` where there is none."""
import base64
import html
import os
import re

import names

HERE = os.path.dirname(os.path.abspath(__file__))
NOTHING = '<span class="none">not measured</span>'
NEVER = "never"


def number(figure, column="value"):
    """A figure for people. -1 is never."""
    if figure is None:
        return NOTHING
    value = figure[column]
    return NEVER if value == -1 else plain(value)


def plain(value):
    text = f"{value:,.1f}" if isinstance(value, float) and value % 1 else f"{int(value):,}"
    return text.replace(",", "\u202f")


def times(ratio):
    return "" if ratio is None else f"{plain(round(ratio, 1))}\u00d7"


def text(words):
    return html.escape(str(words))


def table(head, rows):
    """Cells are HTML; the first of each row is its heading, and one that is alone that of the rows below."""
    lines = ["<div class=wide><table><thead><tr>", *(f"<th>{text(cell)}</th>" for cell in head), "</tr></thead><tbody>"]
    for row in rows:
        if len(row) == 1:
            lines.append(f"<tr class=group><th scope=rowgroup colspan={len(head)}>{row[0]}</th></tr>")
            continue
        lines += [f"<tr><th scope=row>{row[0]}</th>", *(f"<td>{cell}</td>" for cell in row[1:]), "</tr>"]
    return "".join(lines) + "</tbody></table></div>"


def targets(summary):
    marks = {True: '<b class="good">met</b>', False: '<b class="bad">missed</b>', None: NOTHING}
    rows = [(text(target["what"]), NOTHING if target["found"] is None else f"{plain(target['found'])} "
             f"{text(target['unit'])}", marks[target["met"]]) for target in summary["targets"]]
    return table(["target", "found", ""], rows)


def beside(rows):
    """Of a comparison: a heading, and under it Sofa and each way that Linux has."""
    for row in rows:
        yield row["what"], [("Sofa", row["sofa"], None)] + \
            [(f"Linux, {other['mechanism']}", other["figure"], other["ratio"]) for other in row["linux"]]


def latency_rows(summary):
    for what, sides in beside(summary["latency"]):
        yield (text(what),)
        for name, figure, ratio in sides:
            yield (text(name), *(number(figure, column) for column in ("median", "p99", "max")), times(ratio))


def throughput_rows(summary):
    for what, sides in beside(summary["throughput"]):
        yield (text(what),)
        for name, figure, ratio in sides:
            rate = plain(10 ** 9 // figure["value"]) if figure and figure["value"] > 0 else NOTHING
            yield (text(name), number(figure), rate, times(ratio))


def fault_rows(summary):
    for row in summary["faults"]:
        sides = [(name, row[side]) for name, side in (("Sofa", "sofa"), ("Linux", "linux"))
                 if row["policy"] not in dict(names.MORE_POLICIES) or any(row[side].values())]
        if sides:
            yield (f"The {text(row['component'])} crashes, {text(row['words'])}",)
        for name, side in sides:
            yield (name, *(number(side[what]) for what in names.IMPACT))


def kib(figure):
    if figure is None:
        return NOTHING
    if figure["unit"] not in names.BYTES:
        return f"{plain(figure['value'])} {text(figure['unit'])}"
    return plain(round(figure["value"] * names.BYTES[figure["unit"]] / 1024, 1))


def memory_table(figures):
    """A row for each component or time, a column for each kind; those of the same kinds stand together."""
    rows, tables = {}, {}
    for figure in figures:
        name, kind = (figure["metric"].split(".", 2)[1:] + [""])[:2]
        rows.setdefault(name, {})[kind] = kib(figure)
    for name, kinds in rows.items():
        tables.setdefault(tuple(kinds), []).append((f"<code>{text(name)}</code>", *kinds.values()))
    return "".join(table(["KiB", *kinds], listed) for kinds, listed in tables.items()) or f"<p>{NOTHING}</p>"


def wall_rows(summary):
    for row in summary["wall"]:
        if not row["rounds"]:
            yield (text(row["what"]), NOTHING, "")
        elif row["refused"]:
            yield (text(row["what"]), f'<span class="none">refused: {text(row["refused"])}</span>', "")
        else:
            yield (text(row["what"]), times(row["ratio"]), f"{plain(round(row['low'], 2))} to "
                   f"{plain(round(row['high'], 2))}")


def wall(summary):
    if not summary["wall"]:
        return f"<p>{NOTHING}</p>"
    return table(["Linux / Sofa", "ratio", "95 % interval"], wall_rows(summary))


def failures(summary):
    rows = [(text(f"{failure['side']}: {failure['part']}"), f"<pre>{text(failure['why'])}</pre>",
             f"<code>{text(failure['log'])}</code>") for failure in summary["failed"]]
    rows += [(text(name), "was not run", "") for name in summary["missing"]]
    if not rows:
        return ""
    return '<section class="failed"><h2>What failed</h2><p>This run is not complete: <code>latest</code> does not ' \
        "point to it.</p>" + table(["part", "why", "log"], rows) + "</section>"


def repeated(summary):
    """Whether the first run of each side was done twice, and what came of it."""
    said = {True: "twice, and both logs are the same, byte by byte", False: "twice, and the logs differ"}
    return "; ".join(f"{text(side.capitalize())} was run {said[again['same']]}"
                     for side, again in summary["repeated"].items() if again) or "nothing was run twice"


def runs(summary):
    rows = []
    for part in summary["parts"]:
        name = f"{part['side']}, {part['clock']}" + (f", round {part['round']}" if part["round"] else "")
        rows.append((f"{text(name)}<br><small>{text(part['what'])}</small>",
                     f"<code>{text(part['log'] or part['folder'])}</code>", f"<code>{text(part['command'])}</code>"))
    return table(["run", "raw log", "command"], rows)


def binaries(summary):
    rows = [(f"<code>{text(name)}</code>", f"<code>{digest}</code>") for name, digest in
            sorted(summary["binaries"].items())]
    rows += [(f"<code>{text(part['folder'])}/{name}</code>", f"<code>{digest}</code>") for part in summary["parts"]
             for name, digest in sorted((part["binaries"] or {}).items())]
    return table(["file", "SHA-256"], rows)


def picture(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def page(summary, image, stamp):
    with open(os.path.join(HERE, "report.template.html"), encoding="utf-8") as file:
        whole = file.read()
    whole = whole[whole.index("<!doctype"):]
    pieces = {
        "STAMP": text(stamp), "FAILURES": failures(summary), "TARGETS": targets(summary),
        "ITERATIONS": text(", ".join(f"{name}: {count}" for name, count in summary["iterations"].items())),
        "LATENCY": table(["", "median", "p99", "max", "times Sofa's"], latency_rows(summary)),
        "THROUGHPUT": table(["", "instructions a message", "messages a second of the guest's clock",
                             "times Sofa's"], throughput_rows(summary)),
        "FAULTS": table(["", "answered", "lost", "longest gap of the others", "ready after", "has served after"],
                        fault_rows(summary)),
        "MEMORY": table(["KiB", "Sofa", "Linux"], [(text(row["what"]), kib(row["sofa"]), kib(row["linux"]))
                                                  for row in summary["memory"]["beside"]]),
        "MEMORY_SOFA": memory_table(summary["memory"]["sofa"]),
        "MEMORY_LINUX": memory_table(summary["memory"]["linux"]),
        "WALL": wall(summary), "REPEATED": repeated(summary),
        "RUNS": runs(summary), "BINARIES": binaries(summary), "PICTURE": image,
    }
    return re.sub("@([A-Z_]+)@", lambda found: pieces[found[1]], whole)


def write(path, summary, image, stamp):
    with open(path, "w", encoding="utf-8") as file:
        file.write(page(summary, picture(image), stamp))
