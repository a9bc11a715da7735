# SPDX-License-Identifier: BSD-2-Clause
# needs: test/ext4/worker bench/linux_init
# optional: interchange\..*
"""Do Linux and lib/ext4 agree? Images go back and forth, with cuts on both sides: interchange.py says how.

    linux_test.py [--all | --format NAME]... [--rounds N] [--seed N] [--sanitized] [--keep FOLDER]

Debian's kernel runs in QEMU; without it in build/cache this is skipped.
"""
import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interchange
from interchange import machine


def travel(formats, given, folder):
    worker = interchange.SANITIZED if given.sanitized else interchange.WORKER
    journey = interchange.Journey(formats, folder, given.seed, worker,
                                  lambda text: print(text, file=sys.stderr, flush=True))
    for _ in range(given.rounds):
        journey.linux_turn()
        journey.our_turn_cut()
        journey.linux_turn_killed()
        journey.our_turn()
    journey.linux_turn()
    return journey


def report(traveller):
    """Lines of the test protocol; the whole trouble goes to standard error."""
    name = f"interchange.{traveller.format.name}"
    print(f"run {name}")
    if traveller.trouble:
        print(f"{name}: {traveller.trouble}", file=sys.stderr)
        print(f"fail {name} {traveller.trouble.splitlines()[0]}")
    else:
        print(f"{name}: {traveller.judged} promises kept, {traveller.cut_writes} writes cut", file=sys.stderr)
        print(f"pass {name}")


def main():
    parser = argparse.ArgumentParser(description="Images go back and forth between Linux and lib/ext4.")
    parser.add_argument("--all", action="store_true", help="all formats")
    parser.add_argument("--format", action="append", help="only these")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sanitized", action="store_true", help="our side under sanitizers, built by hand:"
                        f" make {interchange.SANITIZED}")
    parser.add_argument("--keep", help="a folder for images and consoles, which stay there")
    given = parser.parse_args()
    formats = [one for one in interchange.FORMATS if given.all or one.name in (given.format or interchange.ORDINARY)]
    machine.qemu.clean_up_on_signals()
    print("suite ext4.linux")
    travellers = []
    with tempfile.TemporaryDirectory() as folder:
        if given.keep:
            folder = given.keep
            os.makedirs(folder, exist_ok=True)
        try:
            travellers = travel(formats, given, folder).travellers
        except machine.Missing as why:
            for one in formats:
                print(f"run interchange.{one.name}\nskip interchange.{one.name} {why}")
    for traveller in travellers:
        report(traveller)
    print("done")
    return 1 if any(traveller.trouble for traveller in travellers) else 0


if __name__ == "__main__":
    sys.exit(main())
