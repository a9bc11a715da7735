# SPDX-License-Identifier: BSD-2-Clause
# needs: build/x86_64_generic/release/system/hello_world/hello_world.img
"""./sofa metrics from outside: Sofa's side for real with few iterations, and what goes wrong around it."""
import contextlib
import errno
import glob
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import made_up
import metrics
import names
import parts
import plot_python
import sofa_side

PROGRAM = os.path.join(HERE, "metrics.py")
ITERATIONS = 20
LIMIT_S = 100


def command_lines():
    """Of all processes; one that ends meanwhile has none."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            yield file.read()


class Placed(unittest.TestCase):
    """With folders of its own and an earlier result, which only a complete run may replace."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="metrics-")
        self.addCleanup(holder.cleanup)
        self.work, self.out = os.path.join(holder.name, "work"), os.path.join(holder.name, "out")
        os.mkdir(self.work)
        os.makedirs(os.path.join(self.out, "19990101-0000"))
        os.symlink("19990101-0000", os.path.join(self.out, "latest"))
        self.environment = {**os.environ, "SOFA_METRICS_WORK": self.work, "SOFA_METRICS_OUT": self.out}
        for name in ("SOFA_METRICS_WORK", "SOFA_METRICS_OUT"):
            patched = unittest.mock.patch.dict(os.environ, {name: self.environment[name]})
            patched.start()
            self.addCleanup(patched.stop)

    def untouched(self):
        self.assertEqual(os.readlink(os.path.join(self.out, "latest")), "19990101-0000")
        self.assertEqual(sorted(os.listdir(self.out)), ["19990101-0000", "latest"])

    def ends(self, status, *words):
        """Run inside this process, so that what it stands on can be replaced."""
        with contextlib.redirect_stderr(io.StringIO()) as errors, contextlib.redirect_stdout(io.StringIO()) as said:
            ended = metrics.main(list(words))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        self.assertEqual(ended, status, errors.getvalue() + said.getvalue())
        return errors.getvalue() + said.getvalue()


class Sofa(Placed):
    def test_two_runs_are_the_same(self):
        said = self.ends(metrics.DONE, "run", "sofa", str(ITERATIONS))
        self.assertIn("metrics: sofa, guest instructions, 8 of 8: memory of each component\n", said)
        first = parts.records(self.work)["sofa"]
        self.assertEqual([part["failed"] for part in first["parts"]], [None] * 8)
        self.assertTrue(first["again"]["same"])
        self.assertEqual(os.listdir(os.path.join(self.work, "icount/sofa/again")).count("console"), 1)
        self.ends(metrics.DONE, "run", "sofa", str(ITERATIONS))
        again = parts.records(self.work)["sofa"]
        self.assertEqual([part["sha256"] for part in first["parts"]], [part["sha256"] for part in again["parts"]])
        self.assertEqual([part["binaries"] for part in first["parts"]], [part["binaries"] for part in again["parts"]])
        self.compared()

    def compared(self):
        """What must be measured, and lie where it can: instruction counts, but no exact ones."""
        said = self.ends(metrics.DONE, "compare")
        summary = parts.read_json(os.path.join(self.work, "summary.json"))
        self.assertEqual(summary["missing"], ["linux", "wall"])
        call, notify, small, page, large = (row["sofa"] for row in summary["latency"])
        self.assertEqual(call["n"], ITERATIONS)
        self.assertTrue(200 < call["median"] < 1480, call)
        self.assertTrue(call["median"] < notify["median"] < 5000, notify)
        self.assertTrue(call["median"] < small["median"] < page["median"] < large["median"])
        self.assertTrue(0 < summary["throughput"][0]["sofa"]["value"] <= call["median"])
        for row in (row for row in summary["faults"] if row["policy"] in dict(names.POLICIES)):
            self.assertEqual(row["sofa"]["back"]["value"] > 0, row["policy"] == "restart", row)
        self.assertEqual([target["met"] for target in summary["targets"]], [None] * 2 + [True] * 6, said)
        memory = {figure["metric"]: figure["value"] for figure in summary["memory"]["sofa"]}
        for component in names.COMPONENTS:
            given = [memory[f"memory.{component}.{kind}"] for kind in ("private", "shared", "measuring")]
            self.assertEqual(memory[f"memory.{component}.mapped"], sum(given), "the builder and the machine differ")
        self.assertRegex(self.ends(metrics.FAILED, "archive"), "the picture is missing")

    def test_image_with_another_number_of_plans(self):
        for text in (b"none", 2 * b"ipc plan: iterations=00001000 victim=nobody  \n"):
            self.assertRaisesRegex(sofa_side.Failed, "plans in it, not one", sofa_side.planned, text, 5, "client")

    def test_machine_that_says_nothing(self):
        """One part fails, with what is known of it; the others go on."""
        with unittest.mock.patch.object(sofa_side, "limit_s", lambda _: 0.1), \
                unittest.mock.patch.object(sofa_side, "VICTIMS", []):
            self.ends(metrics.FAILED, "run", "sofa", str(ITERATIONS))
        record = parts.records(self.work)["sofa"]
        self.assertIn("did not say `done`: the time limit of 0.1 s", record["parts"][0]["failed"])
        self.assertIsNone(record["parts"][0]["log"])
        self.assertIn("FAILED: sofa: ipc: the machine did not say `done`", self.ends(metrics.FAILED, "compare"))


class Killed(Placed):
    def begin(self):
        """A whole run, until its first part has begun."""
        run = subprocess.Popen([sys.executable, PROGRAM, "50000"], env=self.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.kill)
        console = os.path.join(self.work, "icount/sofa/ipc/console")
        ends_at = time.monotonic() + LIMIT_S
        while not os.path.exists(console) and time.monotonic() < ends_at and run.poll() is None:
            time.sleep(0.02)
        self.assertTrue(os.path.exists(console), "the run did not begin")
        return run

    def machine_is_gone(self):
        """The machine has the console open under its whole path."""
        for _ in range(100):
            if not any(b"qemu-system" in line and self.work.encode() in line for line in command_lines()):
                return
            time.sleep(0.05)
        self.fail("QEMU was left behind")

    def test_terminated(self):
        run = self.begin()
        run.send_signal(signal.SIGTERM)
        said = run.communicate(timeout=LIMIT_S)[0]
        self.assertEqual(run.returncode, 128 + signal.SIGTERM, said)
        self.assertIn("sofa: interrupted: nothing was archived, latest is what it was\n", said)
        self.untouched()
        self.machine_is_gone()
        self.assertIn("nothing was measured yet", self.ends(metrics.FAILED, "compare"))

    def test_killed(self):
        run = self.begin()
        self.assertIn("another ./sofa metrics is running", self.ends(metrics.FAILED, "compare"))
        run.kill()
        run.wait()
        self.untouched()
        self.machine_is_gone()
        self.assertIn("nothing was measured yet", self.ends(metrics.FAILED, "compare"))
        self.assertIn("nothing is compared yet", self.ends(metrics.FAILED, "archive"))


class Made:
    """A side whose runs are numbers; what it does is up to the test."""

    def __init__(self, side, run=None, build=None):
        self.side, self.count = side, 0
        self.build = build or (lambda root: {})
        self.run = run or (lambda number: made_up.log(side, {"call": [100] * 5}, {}))

    def parts(self, _paths, _icount, _iterations, folder):
        def run():
            self.count += 1
            place = os.path.join(folder, "ipc")
            os.makedirs(place)
            with open(os.path.join(place, "log"), "w", encoding="utf-8") as file:
                file.write(self.run(self.count))
            return file.name
        yield "ipc", "numbers", run


def no_compiler(_root):
    raise sofa_side.Failed("no compiler")


class Sides(Placed):
    """What becomes of sides that do not do as they should."""

    def run_made(self, status, sofa):
        with unittest.mock.patch.object(parts, "SIDES", {"sofa": sofa, "linux": Made("linux")}):
            said = self.ends(status, "run", "sofa")
            return said + self.ends(status, "compare")

    def test_same(self):
        self.run_made(metrics.DONE, Made("sofa"))
        self.assertEqual(os.listdir(os.path.join(self.work, "icount/sofa/again")), ["log"])

    def test_not_the_same(self):
        other = Made("sofa", lambda number: made_up.log("sofa", {"call": [100 + number]}, {}))
        self.assertIn("two runs of the same binaries were not the same run", self.run_made(metrics.FAILED, other))
        summary = parts.read_json(os.path.join(self.work, "summary.json"))
        self.assertEqual(summary["latency"][0]["sofa"]["max"], 101, "the first run is the one that counts")

    def test_torn_log(self):
        said = self.run_made(metrics.FAILED, Made("sofa", lambda _: "metrics 1 sofa\nbegin call ti"))
        self.assertIn("FAILED: sofa: ipc: ", said)
        self.assertIn("the last line is torn", said)

    def test_log_of_the_other(self):
        said = self.run_made(metrics.FAILED, Made("sofa", lambda _: made_up.linux_log()))
        self.assertIn("it is of linux, not of sofa", said)

    def test_not_built(self):
        self.assertIn("FAILED: sofa: build: sofa could not be built: no compiler",
                      self.run_made(metrics.FAILED, Made("sofa", build=no_compiler)))

    def test_wall_needs_both(self):
        made = {"sofa": Made("sofa"), "linux": Made("linux", build=no_compiler)}
        with unittest.mock.patch.object(parts, "SIDES", made):
            self.ends(metrics.FAILED, "run", "wall")
            self.assertEqual(made["sofa"].count, 0)
            made["linux"] = Made("linux")
            self.ends(metrics.DONE, "run", "wall")
        self.assertEqual([(part["round"], part["side"]) for part in parts.records(self.work)["wall"]["parts"]],
                         [(turn, side) for turn in range(1, metrics.ROUNDS + 1) for side in ("sofa", "linux")])


class Surroundings(Placed):
    def test_no_qemu(self):
        with unittest.mock.patch("shutil.which", return_value=None):
            self.assertIn("there is no qemu-system-x86_64; ./sofa setup", self.ends(metrics.FAILED))
            self.assertIn("there is no qemu-system-x86_64", self.ends(metrics.FAILED, "run", "sofa"))
        self.untouched()

    def test_little_disk(self):
        with unittest.mock.patch.dict(os.environ, {"SOFA_METRICS_FREE": str(1 << 62)}):
            self.assertRegex(self.ends(metrics.FAILED), "only [0-9]+ MiB are free for .*; 2048 MiB are needed")
        self.untouched()

    def test_full_disk(self):
        """In the middle of it: no part's failure, but the end."""
        full = OSError(errno.ENOSPC, "No space left on device", "the log")
        with unittest.mock.patch.object(parts, "write_json", side_effect=full), \
                unittest.mock.patch.object(parts, "build_side", side_effect=parts.Stop("no compiler")):
            self.assertIn("sofa: the disk is full (the log): nothing was archived", self.ends(metrics.FAILED))
        self.untouched()

    def test_no_plot_library(self):
        made_up.run(self.work)
        self.ends(metrics.DONE, "compare")
        begun = AssertionError("it was begun, though it cannot be ended")
        with unittest.mock.patch.object(plot_python, "CANDIDATES", ["/nonexistent/python3"]), \
                unittest.mock.patch.object(parts, "fresh", side_effect=begun):
            for words in (["plot"], []):
                self.assertIn("./sofa setup installs the Debian package python3-matplotlib",
                              self.ends(metrics.MISSING, *words))
        self.assertIn("the picture is missing", self.ends(metrics.FAILED, "archive"))
        self.untouched()

    def test_library_missing_in_the_plotter(self):
        broken = os.path.join(self.work, "matplotlib.py")
        with open(broken, "w", encoding="utf-8") as file:
            file.write("raise ImportError('no such thing')\n")
        ended = subprocess.run([sys.executable, os.path.join(HERE, "plot.py"), self.work, "x"], capture_output=True,
                               text=True, env={**os.environ, "PYTHONPATH": self.work})
        self.assertEqual(ended.returncode, metrics.MISSING)
        self.assertIn("the plot library is missing: no such thing", ended.stderr)

    def test_usage(self):
        for words in (["0"], ["50001"], ["-1"], ["a"], ["5", "5"], ["run"], ["run", "plan9"], ["run", "sofa", "0"],
                      ["plot", "5"]):
            self.assertIn("usage: ./sofa metrics [ITERATIONS]", self.ends(metrics.USAGE, *words), words)

    def test_made_up_run_to_the_end(self):
        """compare, plot and archive, with a real picture where a library draws it."""
        made_up.run(self.work)
        said = self.ends(metrics.DONE, "compare")
        self.assertIn("UNIX socket: 12002, 11.98 times\n", said)
        self.ends(metrics.DONE, "plot")
        with open(os.path.join(self.work, "metrics_plot.png"), "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        self.assertIn("/report.html\n", self.ends(metrics.DONE, "archive"))
        self.assertNotEqual(os.readlink(os.path.join(self.out, "latest")), "19990101-0000")


if __name__ == "__main__":
    unittest.main()
