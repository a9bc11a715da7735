# SPDX-License-Identifier: BSD-2-Clause
# needs: build/host/gcc/tool/sysgen/sysgen
"""Functions and lines in images are those that addr2line tells, and frames those that readelf tells, for every
DWARF version and both compilers."""
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "test"))
import elves  # noqa: E402
from image import Image  # noqa: E402

TOOL = os.path.abspath(os.path.join(HERE, "../../build/host/gcc/tool/sysgen/sysgen"))
UNKNOWN, KEPT = 0xffffffff, -2**31
REGISTERS = {"rsp": 7, "rbp": 6, "r10": 10}
FLAGS = ["-O1", "-nostdlib", "-static", "-ffreestanding", "-fno-pic", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", "-Wl,--build-id=none", "-Wl,-Ttext=0x401000"]


def read_code(image, component):
    """A function that looks an address up as proto/system_code.h says."""
    block = image.block[component.code:component.code + component.code_bytes]
    base, function_count, line_count, frame_count, text_bytes = struct.unpack_from("<QIIII", block)
    functions = [struct.unpack_from("<III", block, 24 + 12 * i) for i in range(function_count)]
    lines = [struct.unpack_from("<III", block, 24 + 12 * (function_count + i)) for i in range(line_count)]
    texts = block[len(block) - text_bytes:]
    frames = [struct.unpack_from("<IIiii", block, 24 + 12 * (function_count + line_count) + 20 * i)
              for i in range(frame_count)]
    assert functions == sorted(functions) and lines == sorted(lines) and frames == sorted(frames)

    def text(offset):
        return texts[offset:texts.index(b"\0", offset)].decode()

    def look_up(address):
        at = address - base
        function = [f for f in functions if f[0] <= at < f[0] + f[1]]
        line = [one for one in lines if one[0] <= at][-1:]
        return (text(function[0][2]) if function else None,
                (text(line[0][1]), line[0][2]) if line and line[0][2] else None)
    def frame(address):
        row = [one for one in frames if one[0] <= address - base][-1:]
        return row[0][1:] if row and row[0][1] != UNKNOWN else None
    look_up.frame = frame
    return look_up


def told_frames(program):
    """address -> (register, offset, return address, rbp) as readelf tells; and the ends of functions."""
    text = subprocess.run(["readelf", "-wF", program], capture_output=True, text=True, check=True).stdout
    rows, ends, names, common, shared = {}, set(), [], None, False
    for line in text.splitlines():
        function = re.search(r"FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)$", line)
        if function:
            rows[int(function.group(1), 16)] = common  # unless rows of its own follow
            ends.add(int(function.group(2), 16))
            shared = False
        elif " CIE " in line:
            shared = True
        elif line.strip().startswith("LOC"):
            names = line.split()[2:]
        elif re.match(r"[0-9a-f]{16} ", line):
            words = line.split()
            register, offset = re.match(r"(\w+)\+(\d+)", words[1]).groups()
            places = {name: int(word[1:]) for name, word in zip(names, words[2:]) if word.startswith("c")}
            row = (REGISTERS[register], int(offset), places.get("ra", KEPT), places.get("rbp", KEPT))
            if shared:
                common = row
            else:
                rows[int(words[0], 16)] = row
    return rows, ends


class Lines(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="sysgen-code-")
        self.folder = self.scratch.name
        elf = os.path.join(self.folder, "sdk/board/x86_64_generic/debug/elf")
        os.makedirs(elf)
        for name, data in [("sel4.elf", elves.kernel()), ("sel4_32.elf", elves.kernel()),
                           ("initialiser.elf", elves.own(0x400000)), ("monitor.elf", elves.own(0x200000))]:
            with open(os.path.join(elf, name), "wb") as file:
                file.write(data.bytes())

    def tearDown(self):
        self.scratch.cleanup()

    def build(self, body):
        with open(os.path.join(self.folder, "a.system"), "w", encoding="utf-8") as file:
            file.write(f"<system>{body}</system>")
        ended = subprocess.run([TOOL, "build", "a.system", "--board", "x86_64_generic", "--config", "debug"],
                               cwd=self.folder, env=dict(os.environ, MICROKIT_SDK="sdk"), capture_output=True,
                               text=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        with open(os.path.join(self.folder, "loader.img"), "rb") as file:
            return Image(list(elves.read_segments(file.read()))[-1][2])

    def compiled(self, compiler, *debug):
        """How to look addresses up, and those of all instructions that are no padding."""
        program = os.path.join(self.folder, "a.elf")
        subprocess.run([compiler, *FLAGS, *debug, os.path.join(HERE, "test/lines.c"), "-o", program], check=True)
        image = self.build('<protection_domain name="a"><program_image path="a.elf"/></protection_domain>')
        listing = subprocess.run(["objdump", "-d", program], capture_output=True, text=True, check=True).stdout
        rows = re.findall(r"^ +([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", listing, re.M)
        return read_code(image, image.components[0]), [row[0] for row in rows if not re.search("nop|xchg", row[1])]

    def compare(self, compiler, *debug):
        program = os.path.join(self.folder, "a.elf")
        look_up, addresses = self.compiled(compiler, *debug)
        told = subprocess.run(["addr2line", "-f", "-e", program, *addresses], capture_output=True, text=True,
                              check=True).stdout.splitlines()
        self.assertGreater(len(addresses), 20)
        for address, function, line in zip(addresses, told[::2], told[1::2]):
            found = look_up(int(address, 16))
            file, number = re.match(r"(.*):(\d+|\?)", line).groups()
            wanted = (os.path.basename(file), int(number)) if number not in ("?", "0") else None
            self.assertEqual(found[1], wanted, f"{compiler} {debug} {address}")
            if not debug:
                self.assertEqual(found[0], function)
            else:
                # addr2line names inlined ones, too
                self.assertIn(found[0], ("sum", "store", "tree", "_start"), f"{compiler} {debug} {address}")

    def test_versions(self):
        for compiler in ("gcc", "clang"):
            for version in (2, 3, 4, 5):
                self.compare(compiler, "-g", f"-gdwarf-{version}")

    def test_frames(self):
        for compiler in ("gcc", "clang"):
            for flags in (["-fasynchronous-unwind-tables"], ["-g"], ["-g", "-gdwarf-3"],
                          ["-fasynchronous-unwind-tables", "-fno-omit-frame-pointer"]):
                look_up, _ = self.compiled(compiler, *flags)
                rows, ends = told_frames(os.path.join(self.folder, "a.elf"))
                self.assertGreater(len(rows), 5)
                for address, wanted in rows.items():
                    self.assertEqual(look_up.frame(address), wanted, f"{compiler} {flags} {address:x}")
                for address in ends - set(rows):
                    self.assertIsNone(look_up.frame(address), f"{compiler} {flags} {address:x}")

    def test_64_bit_dwarf(self):
        """addr2line of Debian 12 does not read this form; the code is the same as with the other."""
        short, addresses = self.compiled("gcc", "-g", "-gdwarf-5")
        long, same = self.compiled("gcc", "-g", "-gdwarf-5", "-gdwarf64")
        self.assertEqual(addresses, same)
        for address in addresses:
            self.assertEqual(long(int(address, 16)), short(int(address, 16)))

    def test_functions_only(self):
        self.compare("gcc")

    def test_compressed_is_left_out(self):
        program = os.path.join(self.folder, "a.elf")
        subprocess.run(["gcc", *FLAGS, "-g", "-gz", os.path.join(HERE, "test/lines.c"), "-o", program], check=True)
        image = self.build('<protection_domain name="a"><program_image path="a.elf"/></protection_domain>')
        self.assertEqual(read_code(image, image.components[0])(0x401000)[1], None)

    def test_kept_once_for_many(self):
        program = os.path.join(self.folder, "a.elf")
        subprocess.run(["gcc", *FLAGS, "-g", os.path.join(HERE, "test/lines.c"), "-o", program], check=True)
        image = self.build("".join(f'<protection_domain name="a{i}"><program_image path="a.elf"/></protection_domain>'
                                   for i in range(5)))
        self.assertEqual(len({one.code for one in image.components[:5]}), 1)


if __name__ == "__main__":
    unittest.main()
