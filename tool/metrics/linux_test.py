# SPDX-License-Identifier: BSD-2-Clause
"""The programs of the Linux side on this machine: do they say all that is promised, in the promised form?
No figure is judged; the virtual machine is not started.
"""
# needs: bench/linux_init bench/linux_baseline bench/programs
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import linux

PROGRAMS = {name: f"build/linux/{module}/{os.path.basename(module)}"
            for name, module in linux.PROGRAMS.items()}
ITERATIONS = 5


def parse(text):
    """(series, values, failures), each by name. Any line that is not in the format is an error."""
    lines = text.splitlines()
    assert lines[0] == "metrics 1 linux" and lines[-1] == "done", (lines[0], lines[-1])
    series, values, failures, current = {}, {}, {}, None
    for line in lines[1:-1]:
        if found := re.fullmatch(r"begin (\S+) (ticks|ns) (\d+)", line):
            assert current is None, line
            current, count, rows = found.group(1), int(found.group(3)), []
        elif found := re.fullmatch(r"end (\S+)", line):
            assert found.group(1) == current and len(rows) == count, line
            series[current], current = rows, None
        elif found := re.fullmatch(r"(\d+) (\d+) (\d+)", line):
            rows.append(tuple(map(int, found.groups())))
            assert rows[-1][0] == len(rows) - 1, line
        elif found := re.fullmatch(r"value (\S+) (-?\d+) (\S+)", line):
            values[found.group(1)] = int(found.group(2))
        else:
            found = re.fullmatch(r"failed (\S+) (.+)", line)
            assert found, line
            failures[found.group(1)] = found.group(2)
    return series, values, failures


def ran(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return parse(done.stdout)


class Baseline(unittest.TestCase):
    def test_all_that_is_promised(self):
        series, values, failures = ran(PROGRAMS["baseline"], str(ITERATIONS))
        names = ["empty", *(f"{kind}.{way}" for kind in ("call", "demo") for way in ("unix", "futex", "eventfd")),
                 "notify.futex", "notify.eventfd", "shm.64", "shm.4096", "shm.65536"]
        self.assertEqual(sorted(series), sorted(names + [name + ".raw" for name in names]))
        self.assertTrue(all(len(rows) == ITERATIONS for rows in series.values()))
        for name in ("throughput.unix", "throughput.stream.unix.ticks", "memory.server.pss", "memory.set.all",
                     "clock.rate"):
            self.assertIn(name, values)
        self.assertLessEqual(set(failures), {"fault.priority"})
        self.faults(values)

    def faults(self, values):
        for victim in ("client", "server", "logger"):
            for figure in ("requests", "answered", "lost", "lost.records", "gap", "gap.client", "gap.server",
                           "gap.logger", "ready", "back"):
                self.assertIn(f"fault.{victim}.none.{figure}", values)
                self.assertIn(f"fault.{victim}.restart.{figure}", values)
            self.assertEqual(values[f"fault.{victim}.none.back"], -1)
            self.assertGreater(values[f"fault.{victim}.restart.ready"], 0)
        self.assertGreaterEqual(values["fault.server.restart.lost"], 1)
        # A busy host makes the client impatient; it may give up more than it would in the virtual machine.
        self.assertLessEqual(values["fault.server.none.answered"], 250)

    def test_wrong_usage(self):
        for words in ([], ["0"], ["x"], ["-server=smoke"], ["1", "2"]):
            done = subprocess.run([PROGRAMS["baseline"], *words], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("Usage:", done.stderr)


def listed():
    return subprocess.run([PROGRAMS["programs"], "list"], capture_output=True, text=True, check=True).stdout.split()


class Programs(unittest.TestCase):
    def test_all_but_disk(self):
        with tempfile.TemporaryDirectory() as folder:
            series, values, failures = ran(PROGRAMS["programs"], str(ITERATIONS), f"scratch={folder}")
            self.assertEqual(os.listdir(folder), [])
        names = [name for name in listed() if not name.startswith("disk.")]
        self.assertEqual(failures, {})
        self.assertEqual(sorted(series), sorted(names + [name + ".raw" for name in names]))
        self.assertEqual(list(values), ["clock.rate"])

    def test_disk(self):
        with tempfile.TemporaryDirectory(dir="build") as folder:
            series, values, failures = ran(PROGRAMS["programs"], str(ITERATIONS), "disk.create", f"disk={folder}")
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual((set(series), failures), ({"disk.create.unlink", "disk.create.unlink.raw"}, {}))
        self.assertIn("disk.create.unlink.cpu", values)

    def test_refused_and_the_next_one_begins(self):
        series, _, failures = ran(PROGRAMS["programs"], "2", "disk.create.unlink", "file.stat", "file.open",
                                  "call.null", "scratch=/nowhere")
        self.assertEqual(failures, {"disk.create.unlink": "No such device", "file.stat": "No such file or directory",
                                    "file.open.close": "No such file or directory"})
        self.assertEqual(set(series), {"call.null", "call.null.raw"})

    def test_some(self):
        series, _, _ = ran(PROGRAMS["programs"], "3", "pipe.1", "switch.")
        self.assertEqual({name for name in series if not name.endswith(".raw")},
                         {"pipe.1", "switch.2", "switch.8", "switch.32"})

    def test_wrong_usage(self):
        for words in ([], ["0"], ["1", "no.such"], ["1", "place=/tmp"]):
            done = subprocess.run([PROGRAMS["programs"], *words], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)


class Machine(unittest.TestCase):
    def test_archive_is_the_same_each_time(self):
        modules = [("virtio", b"1"), ("ext4", b"2")]
        one = linux.archive(PROGRAMS, "programs", modules)
        self.assertTrue(one == linux.archive(PROGRAMS, "programs", modules))
        self.assertTrue(b"/modules/virtio.ko\n/modules/ext4.ko\n" in one)
        self.assertFalse(b"modules/virtio.ko" in linux.archive(PROGRAMS, "baseline"))

    def test_no_place_for_the_log(self):
        with tempfile.NamedTemporaryFile() as file:
            with self.assertRaisesRegex(linux.LinuxError, "File exists"):
                linux.run(self.paths(), True, 1, file.name)

    def test_command(self):
        words = {part: " ".join(linux.command(self.paths(), True, 7, "x", part)) for part in ("baseline", "programs")}
        self.assertIn('work="/bin/baseline 7"', words["baseline"])
        self.assertIn('work="/bin/programs 7"', words["programs"])
        for text in words.values():
            self.assertRegex(text, r"^taskset -c \d+ qemu-system-x86_64 .*-machine pc -cpu max,-erms -m 512M .*"
                                   r"-icount shift=0,sleep=off,align=off -seed 42")
        wall = linux.command(self.paths(), False, 7, "x", "baseline")
        self.assertEqual((wall[0], "-icount" in wall), ("qemu-system-x86_64", False))

    def test_disk_is_a_copy(self):
        with tempfile.TemporaryDirectory() as folder:
            disk = os.path.join(folder, "original")
            with open(disk, "w") as file:
                file.write("ext4")
            words = linux.command(self.paths()._replace(disk=disk), True, 7, folder, "disk")
            self.assertIn("shift=0,sleep=on,align=off", words)
            self.assertIn(" disk=/dev/vda", words[words.index("-append") + 1])
            self.assertIn(f"if=none,id=disk,format=raw,cache=unsafe,file={folder}/disk", words)
            with open(os.path.join(folder, "disk")) as file:
                self.assertEqual(file.read(), "ext4")

    def paths(self):
        return linux.Paths("vmlinuz", dict.fromkeys(linux.PARTS, "initrd"), "disk", PROGRAMS, {})

    def test_no_qemu(self):
        path = os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        with tempfile.TemporaryDirectory() as folder:
            os.environ["PATH"] = folder
            with self.assertRaisesRegex(linux.LinuxError, "there is no qemu-system-x86_64"):
                linux.run(self.paths(), True, 1, folder)
            with self.assertRaisesRegex(linux.LinuxError, "there is no make"):
                linux.build(".")


if __name__ == "__main__":
    unittest.main()
