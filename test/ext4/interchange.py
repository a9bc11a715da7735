# SPDX-License-Identifier: BSD-2-Clause
"""Images go back and forth between lib/ext4 and a Linux kernel in QEMU, several of different formats at a time.

A turn is ours or Linux's. Both do the same kinds of work (test/ext4/worker) and both list what they find: the lists
must be the same, to the last time stamp and attribute. A turn ends in order or in the middle: ours when the power goes,
Linux's when QEMU is killed; then more images are made of what the disk may have lost that no flush covered. The other
side replays the journal, and every promise must hold that was made before. After each turn e2fsck looks, and after a
cut also repairs a copy by itself, which must hold the same promises.
"""
import collections
import os
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tool", "linux"))
import machine
import write_log

# The same program does our work here and Linux's in the machine. Ours can be the one under sanitizers, too.
WORKER = "build/linux/test/ext4/worker/worker"
SANITIZED = "build/host/gcc/test/ext4/worker/worker"
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")
IMAGE_MIB, PART_BYTES, PARTS = 64, 4 << 20, 3
OUR_STEPS, THEIR_STEPS, MOST_EVENTS, PROMISES_BEFORE_KILL = 1000, 500, 3000, (10, 60)
# What e2fsck cannot do without where there is no second one.
SUPERBLOCK_END = 4096
IMAGES_OF_A_CUT = 2
SHOWN = 12
COMPLAINT = re.compile(r"EXT4-fs (error|warning)|EXT4-fs.*corrupt|JBD2: (?!.*recovery)|WARNING:|BUG:|Call Trace|"
                       r"I/O error|^worker: ", re.M)
# What each side chooses by itself, also when they do the same: where things are, how much room they take, and when.
CHOSEN = re.compile(r" (inode|sectors|accessed|modified|changed|created|runs)=\S*|(?<= mode=4)(.*) size=\d+")
PROMISE = re.compile(r" (kept|log|replaced) \d+ \d+$", re.M)

# Options of mkfs.ext4 and tune2fs. Without a journal nothing is promised after a cut, so those formats are handed
# over in order only.
Format = collections.namedtuple("Format", "name options journal tune", defaults=[True, ""])
FORMATS = [
    Format("default", "-b 4096"),
    Format("1k", "-b 1024"),
    Format("ext3", "-t ext3 -b 1024"),
    Format("2k", "-b 2048"),
    Format("ext2", "-t ext2 -b 1024", False),
    Format("no_journal", "-O ^has_journal", False),
    Format("no_checksums", "-b 1024 -O ^metadata_csum"),
    Format("uninit_bg", "-b 1024 -O ^metadata_csum,uninit_bg"),
    Format("seed", "-b 4096 -O metadata_csum_seed"),
    Format("large_dir", "-b 1024 -O large_dir"),
    Format("meta_bg", "-b 1024 -O meta_bg,^resize_inode"),
    Format("no_64bit", "-b 4096 -O ^64bit"),
    Format("small_inodes", "-b 2048 -I 128"),
    Format("small_journal", "-b 1024 -J size=1"),
    Format("orphan_file", "-b 4096 -O orphan_file"),
    Format("inline_data", "-b 1024 -O inline_data,orphan_file"),
    Format("large_inodes", "-b 4096 -O inline_data -I 1024"),
    Format("data_journal", "-b 1024", tune="-o journal_data"),
]
ORDINARY = ("default", "1k", "ext3")


class Trouble(Exception):
    """Something is not as it must be; the text shows what."""


def run(*words, ok=(0,), given=None):
    ran = subprocess.run(words, input=given, capture_output=True, text=True, errors="replace",
                         env={**os.environ, "PATH": PATH})
    if ran.returncode not in ok:
        raise Trouble(f"{subprocess.list2cmdline(words)}: status {ran.returncode}\n{(ran.stdout + ran.stderr)[-3000:]}")
    return ran.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def sound(image):
    run("e2fsck", "-fn", image)


def differences(ours, theirs):
    """Lines that are not in both, the two versions of one name side by side; None if there are none."""
    if ours == theirs:
        return None
    left, right = (dict(line.partition(" ")[::2] for line in text.splitlines()) for text in (ours, theirs))
    wrong = []
    for name in sorted(set(left) | set(right)):
        one, two = left.get(name, "not there"), right.get(name, "not there")
        if one != two:
            pairs = set(one.split()) ^ set(two.split())
            wrong.append(f"{name}\n   ours:   {' '.join(w for w in one.split() if w in pairs)}"
                         f"\n   theirs: {' '.join(w for w in two.split() if w in pairs)}")
    return "\n".join(wrong[:SHOWN] + ([f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []))


def without_choices(listed):
    return CHOSEN.sub(lambda found: found.group(2) or "", listed)


class Traveller:
    """One image on its way. `trouble`: what went wrong first; it then stays at home."""

    def __init__(self, kind, folder, worker=WORKER):
        self.format, self.path, self.worker = kind, os.path.join(folder, kind.name + ".img"), worker
        self.copy, self.base, self.log = (f"{self.path}.{what}" for what in ("copy", "base", "log"))
        self.promises, self.listed, self.twin, self.trouble = "", "", "", None
        self.judged = self.cut_writes = 0

    def make(self):
        run("mkfs.ext4", "-qF", *self.format.options.split(), self.path, f"{IMAGE_MIB}M")
        if self.format.tune:
            run("tune2fs", *self.format.tune.split(), self.path)

    def list(self, path=None):
        return run(self.worker, "list", path or self.path)

    def judge(self, path, whose):
        said = run(self.worker, "judge", path, whose, given=self.promises)
        self.judged += int(re.search(r"judged (\d+)", said).group(1))

    def same(self, ours, theirs, where):
        wrong = differences(ours, theirs)
        if wrong:
            raise Trouble(f"{where}:\n{wrong}")

    # ---- our turn ----

    def work(self, seed):
        run(self.worker, "work", self.path, str(seed), str(OUR_STEPS))
        sound(self.path)
        self.promises, self.listed = "", self.list()

    def work_until_cut(self, seed, events):
        said = run(self.worker, "promise", self.path, str(seed), str(MOST_EVENTS), str(events))
        if not said.endswith("cut\n"):
            raise Trouble(f"the work was over before event {events}")
        self.promises = said.removesuffix("cut\n")
        self.repair_copy("ours")
        shutil.copyfile(self.path, self.copy)
        self.judge(self.copy, "ours")
        sound(self.copy)
        self.listed = self.list(self.copy)

    def repair_copy(self, whose):
        """What e2fsck makes of it by itself."""
        shutil.copyfile(self.path, self.copy)
        run("e2fsck", "-fy", self.copy, ok=(0, 1))
        sound(self.copy)
        self.judge(self.copy, whose)

    # ---- Linux's turn ----

    def work_like_linux(self, seed, steps):
        """The same work by us, on a copy of what Linux gets."""
        shutil.copyfile(self.path, self.copy)
        run(self.worker, "work", self.copy, str(seed), str(steps))
        self.twin = self.list(self.copy)

    def came_back(self, before, after):
        self.same(self.listed, before, "Linux finds something else than we left")
        sound(self.path)
        self.same(self.list(), after, "we find something else than Linux left")
        self.same(without_choices(self.twin), without_choices(after), "the same work came out differently")

    def came_back_cut(self, before, promises):
        self.same(self.listed, before, "Linux finds something else than we left")
        self.promises = promises
        self.repair_copy("theirs")
        self.judge(self.path, "theirs")
        sound(self.path)

    def lose_power(self, end, promises, numbers):
        """What the disk may have had when so much of the log was written; these promises were made by then."""
        cut = write_log.Cut(read(self.base), read(self.log)[:end])
        write(self.path, cut.image(numbers, SUPERBLOCK_END))
        self.promises = promises
        self.repair_copy("theirs")
        self.judge(self.path, "theirs")
        sound(self.path)
        self.cut_writes += len(cut.loose)


def said_of(traveller, results):
    """The lines of this disk; the last may have been cut off."""
    prefix = traveller.format.name + " "
    whole = results[:results.rfind("\n") + 1]
    return [line.removeprefix(prefix) for line in whole.splitlines() if line.startswith(prefix)]


def promises_in(lines):
    return "".join(line + "\n" for line in lines if PROMISE.search(" " + line))


class Journey:
    """All images, and the machine that takes them along."""

    def __init__(self, formats, folder, seed, worker=WORKER, say=lambda text: None):
        self.folder, self.random, self.say = folder, random.Random(seed), say
        self.travellers = [Traveller(kind, folder, worker) for kind in formats]
        self.notes = os.path.join(folder, "notes.img")
        self.kernel, self.archive, about = machine.prepare(WORKER, os.path.join(folder, "initrd.cpio"))
        self.say(f"Linux: {about['package']} {about['version']}")
        self.boots = 0
        self.each(self.travellers, lambda traveller: (traveller.make(), traveller.work(seed)))

    def each(self, travellers, step):
        for traveller in travellers:
            try:
                step(traveller)
            except Trouble as trouble:
                traveller.trouble = traveller.trouble or str(trouble)

    def well(self, journal=False):
        return [one for one in self.travellers if not one.trouble and (one.format.journal or not journal)]

    def number(self, *limits):
        return self.random.randrange(*limits)

    # ---- turns ----

    def our_turn(self):
        self.each(self.well(), lambda traveller: traveller.work(self.number(1 << 30)))

    def our_turn_cut(self):
        def step(traveller):
            if traveller.format.journal:
                traveller.work_until_cut(self.number(1 << 30), self.number(20, MOST_EVENTS))
            else:
                traveller.work(self.number(1 << 30))
        self.each(self.well(), step)

    def linux_turn(self):
        seed = self.number(1 << 30)
        for index, traveller in enumerate(self.well()):
            self.each([traveller], lambda one, i=index: one.work_like_linux(seed + i, THEIR_STEPS))
        travellers = self.well()
        ended = self.boot("work", travellers, seed)

        def step(traveller):
            said = self.said(ended, traveller)
            if said[-1:] != ["ended"]:
                raise Trouble(f"Linux did not finish: {said[-3:]}\n{self.console_end(ended)}")
            traveller.came_back(self.part(travellers, traveller, 1), self.part(travellers, traveller, 2))
        self.each(travellers, step)

    def linux_turn_killed(self):
        travellers = self.well(journal=True)
        wanted = len(travellers) * self.number(*PROMISES_BEFORE_KILL)
        heard = []  # (how much was said, sizes of the logs) at some moments: what was said was logged before

        def enough(results):
            heard.append((len(results), [os.path.getsize(one.log) for one in travellers]))
            return results.count(" begins\n") == len(travellers) and len(PROMISE.findall(results)) >= wanted

        for traveller in travellers:
            shutil.copyfile(traveller.path, traveller.base)
        ended = self.boot("promise", travellers, self.number(1 << 30), enough)

        def step(traveller):
            said = self.said(ended, traveller)
            if "begins" not in said:
                raise Trouble(f"Linux did not begin: {said[-3:]}\n{self.console_end(ended)}")
            traveller.came_back_cut(self.part(travellers, traveller, 1), promises_in(said))
            index = travellers.index(traveller)
            for _ in range(IMAGES_OF_A_CUT):
                end = self.number(os.path.getsize(traveller.log))
                length = max((length for length, sizes in heard if sizes[index] <= end), default=0)
                by_then = said_of(traveller, ended.results[:length])
                traveller.lose_power(end, promises_in(by_then), self.random)
        self.each(travellers, step)

    # ---- the machine ----

    def boot(self, verb, travellers, seed, until=None):
        if not travellers:
            return None
        self.write_notes(travellers)
        disks = [machine.Disk(one.path, one.format.name, one.log if until else None) for one in travellers]
        disks.append(machine.Disk(self.notes, "notes"))
        self.boots += 1
        folder = os.path.join(self.folder, f"boot{self.boots}")
        work = f"/bin/worker guest {verb} {seed} {0 if until else THEIR_STEPS}"
        ended = machine.boot(self.kernel, self.archive, work, disks, folder, until)
        self.say(f"Linux: {verb}, {len(travellers)} disks, {ended.seconds:.0f} s: {ended.why}")
        if COMPLAINT.search(ended.console):
            lines = [line for line in ended.console.splitlines() if COMPLAINT.search(line)]
            for traveller in travellers:
                traveller.trouble = "Linux complains:\n" + "\n".join(lines[:SHOWN])
        return ended

    def write_notes(self, travellers):
        with open(self.notes, "wb") as file:
            for index, traveller in enumerate(travellers):
                file.seek(index * PARTS * PART_BYTES)
                file.write(traveller.promises.encode())
            file.truncate(len(travellers) * PARTS * PART_BYTES)

    def part(self, travellers, traveller, part):
        with open(self.notes, "rb") as file:
            file.seek((travellers.index(traveller) * PARTS + part) * PART_BYTES)
            return file.read(PART_BYTES).partition(b"\0")[0].decode()

    def said(self, ended, traveller):
        """What the guest said of this disk; that a promise is broken is trouble."""
        lines = said_of(traveller, ended.results)
        broken = [line for line in lines if line.startswith(("broken", "refused"))]
        if broken:
            raise Trouble("on Linux: " + "\n".join(broken[:SHOWN]))
        traveller.judged += sum(int(line.split()[1]) for line in lines if line.startswith("judged "))
        return lines

    def console_end(self, ended):
        return "\n".join(ended.console.splitlines()[-SHOWN:])
