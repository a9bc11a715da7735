# SPDX-License-Identifier: BSD-2-Clause
"""Bars, baselines and the table of benchmarks."""
import contextlib
import io
import json
import os
import tempfile
import types
import unittest

import bench
import protocol


def figure(name="v", median=100, config="release", unit="instructions", low=90, high=200):
    return {"name": name, "config": config, "unit": unit, "n": 9, "min": low, "median": median, "max": high}


def by_name(*figures):
    return {(one["name"], one["config"]): one for one in figures}


def quiet(function, *arguments):
    """(result, what was printed)."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        return function(*arguments), out.getvalue()


class Bars(unittest.TestCase):
    def test_a_number(self):
        self.assertEqual(bench.bar_value({"bar": 7}, []), 7)
        self.assertIsNone(bench.bar_value({"reference": 7}, []))

    def test_a_multiple_of_another_figure(self):
        bar = {"bar": {"times": 1.5, "figure": "other"}}
        self.assertEqual(bench.bar_value(bar, [figure("other", 10)]), 15)
        self.assertIsNone(bench.bar_value(bar, []))

    def test_of_another_column(self):
        self.assertEqual(quiet(bench.show, [figure()], {"v": {"bar": 150}}, None)[0], 0)
        bad, said = quiet(bench.show, [figure()], {"v": {"bar": 150, "of": "max"}}, None)
        self.assertEqual(bad, 1)
        self.assertIn("OVER THE BAR", said)

    def test_of_a_program(self):
        """Beside it, for a program that is found anywhere in the tree."""
        with tempfile.TemporaryDirectory() as folder:
            here = os.getcwd()
            self.addCleanup(os.chdir, here)
            os.chdir(folder)
            os.makedirs("lib/a/test")
            open("lib/a/test/b_bench.py", "w").close()
            self.assertEqual(bench.bars_of("lib.a.b"), {})
            with open("lib/a/test/b_bars.json", "w") as file:
                json.dump({"v": {"bar": 7}}, file)
            self.assertEqual(bench.bars_of("lib.a.b"), {"v": {"bar": 7}})
            os.chdir(here)


class Baselines(unittest.TestCase):
    def test_verdicts(self):
        self.assertEqual(bench.verdict(figure(), None), ("new", False))
        self.assertEqual(bench.verdict(figure(), figure()), ("same", False))
        self.assertEqual(bench.verdict(figure(median=103), figure()), ("+3.0 %", False))
        self.assertEqual(bench.verdict(figure(median=104), figure()), ("+4.0 % SLOWER", True))
        self.assertEqual(bench.verdict(figure(median=50), figure()), ("-50.0 %", False))
        self.assertEqual(bench.verdict(figure(high=300), figure(), "max"), ("+50.0 % SLOWER", True))
        self.assertEqual(bench.verdict(figure(), figure(median=0)), ("same", False))

    def test_what_is_compared(self):
        """Counts; of a benchmark with bars those that have one."""
        self.assertTrue(bench.compared(figure(), {}))
        self.assertTrue(bench.compared(figure(unit="requests"), {}))
        self.assertFalse(bench.compared(figure(unit="us"), {}))
        self.assertFalse(bench.compared(figure(), {"w": {}}))
        slow = by_name(figure("v", 10), figure("w", 10))
        self.assertEqual(quiet(bench.show, [figure("v"), figure("w")], {"w": {}}, slow)[0], 1)
        self.assertEqual(quiet(bench.show, [figure("v", unit="us")], {}, slow)[0], 0)

    def test_lost(self):
        before = by_name(figure("v"), figure("w"), figure("v", config="debug"))
        self.assertEqual(bench.lost_figures([figure("v")], before, {}), ["v", "w"])
        self.assertEqual(bench.lost_figures([figure("v")], before, {"w": {}}), ["w"])

    def test_written_and_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "new/figures.json")
            bench.write_figures(path, [dict(figure(), more=1), figure("w")])
            self.assertEqual(bench.read_figures(path), by_name(figure(), figure("w")))
            self.assertEqual(os.listdir(os.path.dirname(path)), ["figures.json"])

    def test_broken_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "figures.json")
            for text in ("", "{", "7", "[7]", '[{"name": "v"}, 7]'):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                with self.assertRaisesRegex(bench.Bad, "no figures as --json writes them"):
                    bench.read_figures(path)
            with self.assertRaises(bench.Bad):
                bench.read_figures(os.path.join(folder, "missing"))


class Whole(unittest.TestCase):
    """The verb, with a benchmark that measures what it is told."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.kept = {name: getattr(bench, name) for name in ("BASELINES", "find_cases", "names")}
        self.addCleanup(lambda: [setattr(bench, name, value) for name, value in self.kept.items()])
        bench.BASELINES = self.folder.name
        bench.names = lambda: ["one"]
        bench.find_cases = lambda name, kernel: [name] if name == "one" else []

    def run_bench(self, median, names=("one",), failed=0, **more):
        def run_group(_name, _chosen, totals):
            totals[1] += failed
            return [figure(median=median)]
        options = types.SimpleNamespace(**{"names": list(names), "kernel": None, "json": None, "compare": None,
                                           "save": None, **more})
        return quiet(bench.main, options, run_group)

    def test_save_and_compare(self):
        self.assertEqual(self.run_bench(100, save="one")[0], 0)
        self.assertEqual(self.run_bench(102)[0], 0)
        status, said = self.run_bench(110)
        self.assertEqual(status, 1)
        self.assertIn("+10.0 % SLOWER", said)
        self.assertEqual(self.run_bench(110, kernel="other.elf")[0], 0)

    def test_compare_with_a_file(self):
        path = os.path.join(self.folder.name, "other.json")
        self.assertEqual(self.run_bench(50, json=path)[0], 0)
        self.assertEqual(self.run_bench(100, compare=path)[0], 1)
        self.assertEqual(self.run_bench(100, compare=path + "x")[0], 2)

    def test_failures_and_unknown_names(self):
        self.assertEqual(self.run_bench(100, failed=1)[0], 1)
        status, said = self.run_bench(100, names=["two"])
        self.assertEqual(status, 2)
        self.assertIn("there is no benchmark 'two'; there are: one", said)

    def test_all_by_default(self):
        path = os.path.join(self.folder.name, "all.json")
        self.assertEqual(self.run_bench(100, names=[], json=path)[0], 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual([one["name"] for one in json.load(file)], ["v"])


class Tree(unittest.TestCase):
    """What there is, and that each baseline is one of it."""

    def test_baselines_have_benchmarks(self):
        names = bench.names()
        self.assertIn("kernel", names)
        self.assertNotIn("boot", names)  # runs along with it
        for name in os.listdir("bench/baselines"):
            self.assertIn(name.removesuffix(".json"), names)
            self.assertTrue(bench.read_figures(os.path.join("bench/baselines", name)))


class Values(unittest.TestCase):
    def test_from_the_protocol(self):
        outcome = protocol.parse("value v instructions 3 1 2 9\ndone\n", "case")
        self.assertEqual([(one["name"], one["median"]) for one in outcome.values], [("v", 2)])


if __name__ == "__main__":
    unittest.main()
