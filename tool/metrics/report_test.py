# SPDX-License-Identifier: BSD-2-Clause
"""From made-up logs to summary, report and archive: what is there was measured, and only whole runs count."""
import errno
import html.parser
import os
import re
import sys
import tempfile
import unittest
import unittest.mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import archive
import compare
import figures
import made_up
import names
import parts
import rawlog
import report


def figures_of(thing):
    """Every figure of a summary, wherever it stands."""
    if isinstance(thing, dict):
        if "log" in thing and "metric" in thing:
            yield thing
        for inner in thing.values():
            yield from figures_of(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from figures_of(inner)


class Page(html.parser.HTMLParser):
    """What is in the cells, and what the page wants from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.wanted, self.in_cell, self.seen = [], [], False, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.in_cell = tag == "td" or self.in_cell and tag not in ("th", "tr")
        if tag == "td":
            self.cells.append("")
        self.wanted += [value for name, value in attributes if name in ("src", "href", "action", "srcset", "data")]

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag != "td"

    def handle_data(self, data):
        if self.in_cell:
            self.cells[-1] += data


class Made(unittest.TestCase):
    def setUp(self):
        resamples = unittest.mock.patch.object(figures, "RESAMPLES", 100)
        resamples.start()
        self.addCleanup(resamples.stop)
        holder = tempfile.TemporaryDirectory(prefix="metrics-")
        self.addCleanup(holder.cleanup)
        self.work, self.out = os.path.join(holder.name, "work"), os.path.join(holder.name, "out")
        os.mkdir(self.work)

    def log_file(self, place="icount/sofa/all"):
        return os.path.join(self.work, place, "log")

    def compared(self):
        """As `compare` and `plot` leave it; the picture need not be one."""
        summary = compare.summarize(self.work)
        compare.write_series(self.work, summary)
        path, picture = (os.path.join(self.work, name) for name in ("summary.json", "metrics_plot.png"))
        parts.write_json(path, summary)
        with open(picture, "wb") as file:
            file.write(b"picture")
        parts.write_json(os.path.join(self.work, "plot.json"),
                         {"summary": parts.sha256(path), "picture": parts.sha256(picture)})
        return parts.read_json(path)

    def page(self):
        with open(os.path.join(self.work, "page"), "wb") as file:
            file.write(b"picture")
        return report.page(self.compared(), report.picture(os.path.join(self.work, "page")), "20260101-0000")


class Summary(Made):
    def test_every_figure_is_in_a_raw_log(self):
        made_up.run(self.work)
        found = list(figures_of(self.compared()))
        self.assertGreater(len(found), 40)
        for figure in found:
            with open(os.path.join(self.work, figure["log"]), encoding="utf-8") as file:
                text = file.read()
            if "value" in figure:
                self.assertIn(f"value {figure['metric']} {figure['value']} {figure['unit']}\n", text)
                continue
            lines = text.split(f"begin {figure['metric']} ")[1].split("end ")[0].splitlines()[1:]
            latencies = sorted(int(line.split()[1]) for line in lines)
            self.assertEqual([figure[column] for column in ("n", "min", "median", "max")],
                             [len(latencies), latencies[0], latencies[len(latencies) // 2], latencies[-1]])

    def test_ratios(self):
        made_up.run(self.work)
        summary = self.compared()
        self.assertEqual(summary["latency"][0]["linux"][0]["ratio"], round(12002 / 1002, 2))
        self.assertEqual([target["met"] for target in summary["targets"]], [True] * 8)
        self.assertEqual(summary["wall"][0]["refused"], None)
        self.assertAlmostEqual(summary["wall"][0]["ratio"], 12002 / 1002, 2)

    def test_memory_is_added_up(self):
        made_up.run(self.work)
        rows = self.compared()["memory"]["beside"]
        self.assertEqual([(row["sofa"]["value"], row["linux"]["value"]) for row in rows],
                         [(20480, 120 * 1024)] * 3 + [(30720, 120 * 1024)])
        for row in rows:
            for side in parts.SIDES:
                self.assertTrue(row[side]["sum_of"])

    def test_missed_targets(self):
        slow = made_up.sofa_log(2).replace("restart.lost 0", "restart.lost 1").replace("restart.back 80000",
                                                                                     "restart.back 1000001")
        made_up.run(self.work, sofa=[made_up.part(self.work, "sofa", "icount/sofa/all", slow)])
        self.assertEqual([target["met"] for target in self.compared()["targets"]], [False, True] + [False] * 6)

    def test_never_is_no_time(self):
        gone = made_up.sofa_log().replace("restart.back 80000", "restart.back -1")
        made_up.run(self.work, sofa=[made_up.part(self.work, "sofa", "icount/sofa/all", gone)])
        self.assertEqual([target["met"] for target in self.compared()["targets"]][3::2], [False] * 3)

    def test_noise(self):
        made_up.run(self.work, wall_factors=(1, 1, 1.5, 1))
        for row in self.compared()["wall"]:
            self.assertIsNone(row["ratio"])
            self.assertIn("too noisy", row["refused"])

    def test_log_that_was_changed_or_is_gone(self):
        made_up.run(self.work)
        with open(self.log_file(), "a", encoding="utf-8") as file:
            file.write("\n")
        self.assertRaisesRegex(compare.Changed, "icount/sofa/all/log is not the log that was recorded",
                               compare.summarize, self.work)
        os.unlink(self.log_file())
        self.assertRaises(compare.Changed, compare.summarize, self.work)

    def test_one_metric_from_two_parts(self):
        both = [made_up.part(self.work, "sofa", f"icount/sofa/{name}", made_up.sofa_log()) for name in "ab"]
        made_up.run(self.work, sofa=both)
        self.assertRaisesRegex(rawlog.Bad, "call is in two logs", compare.summarize, self.work)

    def test_part_that_failed(self):
        made_up.run(self.work, linux=[made_up.failed_part("linux", "no such <kernel>")])
        summary = self.compared()
        self.assertEqual(summary["failed"], [{"side": "linux", "part": "all", "why": "no such <kernel>",
                                              "log": "icount/linux/all"}])
        self.assertEqual([figure for figure in figures_of(summary) if "linux" in figure["log"]], [])
        self.assertIsNone(summary["targets"][0]["met"])

    def test_run_that_is_not_repeated(self):
        made_up.run(self.work)
        other = {**made_up.AGAIN, "same": False}
        made_up.record(self.work, "icount/sofa", parts.records(self.work)["sofa"]["parts"], other)
        self.assertEqual(self.compared()["failed"],
                         [{"side": "sofa", "part": "once more", "log": "icount/again",
                           "why": "two runs of the same binaries were not the same run"}])

    def test_metric_that_a_log_calls_failed(self):
        text = made_up.linux_log().replace("done\n", "failed fault.priority not permitted\ndone\n")
        made_up.run(self.work, linux=[made_up.part(self.work, "linux", "icount/linux/all", text)])
        self.assertEqual(self.compared()["failed"][0]["part"], "all: fault.priority")

    def test_series_as_a_table(self):
        made_up.run(self.work)
        self.compared()
        for side, metric, first in (("sofa", "call", 1000), ("linux", "call.unix", 12000)):
            with open(os.path.join(self.work, "results", side, metric, "results.csv"), encoding="utf-8") as file:
                self.assertEqual(file.read().splitlines()[:2], ["iteration,latency_ns,timestamp", f"0,{first},1000"])


class Report(Made):
    def test_nothing_from_elsewhere(self):
        made_up.run(self.work)
        page = self.page()
        self.assertEqual([value for value in Page(page).wanted if not value.startswith("data:")], [])
        self.assertNotRegex(page, r"https?://|//cdn|@import|url\(")
        self.assertNotRegex(page, r"@[A-Z_]+@")
        self.assertTrue(page.startswith("<!doctype html>"))
        self.assertNotIn("script", Page(page).seen)

    def test_texts_are_not_markup(self):
        made_up.run(self.work, linux=[made_up.failed_part("linux", "no such <kernel>")])
        page = self.page()
        self.assertIn("no such &lt;kernel&gt;", page)
        self.assertIn("qemu &lt;&amp;&gt;", page)
        self.assertNotIn("kernel", Page(page).seen)

    def test_figures_of_the_summary(self):
        made_up.run(self.work)
        cells = Page(self.page()).cells
        for expected in ("1\u202f002", "12\u202f002", "12\u00d7", "never", "90\u202f000", "met", "20", "120"):
            self.assertIn(expected, cells)
        self.assertNotIn("not measured", cells)

    def test_no_figure_where_nothing_was_measured(self):
        failed = [[made_up.failed_part(side, "no machine")] for side in parts.SIDES]
        made_up.run(self.work, *failed, wall_factors=())
        page = self.page()
        tables = Page(page[:page.index("<details>")]).cells
        self.assertIn("no machine", tables)
        self.assertEqual([cell for cell in tables if re.search(r"\d", cell)], [])
        self.assertGreater(tables.count("not measured"), 40)


class Archive(Made):
    def latest(self):
        link = os.path.join(self.out, "latest")
        return os.readlink(link) if os.path.lexists(link) else None

    def earlier(self):
        os.makedirs(os.path.join(self.out, "19990101-0000"))
        os.symlink("19990101-0000", os.path.join(self.out, "latest"))

    def untouched(self):
        self.assertEqual(self.latest(), "19990101-0000")
        self.assertEqual(sorted(os.listdir(self.out)), ["19990101-0000", "latest"])

    def test_complete(self):
        made_up.run(self.work)
        self.compared()
        self.earlier()
        with open(os.path.join(self.work, "icount/sofa/all/kernel"), "w", encoding="utf-8"):
            pass
        final, complete = archive.archive(self.work, self.out)
        self.assertTrue(complete)
        self.assertEqual(self.latest(), os.path.basename(final))
        self.assertRegex(os.path.basename(final), r"^\d{8}-\d{4}$")
        self.assertEqual(sorted(os.listdir(final)),
                         ["icount", "metrics_plot.png", "report.html", "results", "summary.json", "wall"])
        self.assertEqual(os.listdir(os.path.join(final, "icount/sofa/all")), ["log"])
        again, _ = archive.archive(self.work, self.out)
        self.assertRegex(os.path.basename(again), r"^\d{8}-\d{4}(-2)?$")
        self.assertNotEqual(again, final)

    def test_failed_part_leaves_latest(self):
        made_up.run(self.work, linux=[made_up.failed_part("linux", "no kernel")])
        self.compared()
        self.earlier()
        final, complete = archive.archive(self.work, self.out)
        self.assertFalse(complete)
        self.assertEqual(self.latest(), "19990101-0000")
        with open(os.path.join(final, "report.html"), encoding="utf-8") as file:
            self.assertIn("What failed", file.read())

    def test_what_is_not_ready(self):
        self.assertRaisesRegex(archive.NotReady, "nothing is compared", archive.archive, self.work, self.out)
        made_up.run(self.work)
        self.compared()
        made_up.record(self.work, "icount/linux", [made_up.failed_part("linux", "no kernel")])
        self.assertRaisesRegex(archive.NotReady, "measured since the comparison", archive.archive, self.work, self.out)
        parts.write_json(os.path.join(self.work, "summary.json"), compare.summarize(self.work))
        self.assertRaisesRegex(archive.NotReady, "of another comparison", archive.archive, self.work, self.out)

    def test_figure_put_in_by_hand(self):
        made_up.run(self.work)
        summary = self.compared()
        summary["latency"][0]["sofa"]["median"] = 1
        parts.write_json(os.path.join(self.work, "summary.json"), summary)
        self.assertRaises(archive.NotReady, archive.archive, self.work, self.out)

    def test_full_disk_anywhere(self):
        """Whichever file does not fit any more, out is what it was."""
        made_up.run(self.work)
        self.compared()
        self.earlier()
        full = OSError(errno.ENOSPC, "No space left on device")
        for where, fitting in (("shutil.copy", 0), ("shutil.copy", 5), ("archive.report.write", 0),
                               ("archive.settle", 0)):
            with unittest.mock.patch(where, side_effect=[None] * fitting + [full]):
                with self.assertRaises(OSError) as raised:
                    archive.archive(self.work, self.out)
            self.assertEqual(raised.exception.errno, errno.ENOSPC)
            self.untouched()

    def test_remains_of_a_killed_run(self):
        made_up.run(self.work)
        self.compared()
        os.makedirs(os.path.join(self.out, archive.PARTIAL + "1/wall"))
        os.symlink("nowhere", os.path.join(self.out, archive.PARTIAL + "latest-1"))
        archive.archive(self.work, self.out)
        self.assertEqual([name for name in os.listdir(self.out) if name.startswith(archive.PARTIAL)], [])


class Names(unittest.TestCase):
    def test_no_name_twice(self):
        sofa = [metric for _, metric, _ in names.LATENCY + names.THROUGHPUT]
        linux = [metric for _, _, others in names.LATENCY + names.THROUGHPUT for _, metric in others]
        self.assertEqual((len(set(sofa)), len(set(linux))), (len(sofa), len(linux)))


if __name__ == "__main__":
    unittest.main()
