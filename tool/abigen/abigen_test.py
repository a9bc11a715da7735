#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tool.abigen: the data is consistent, known values come out, stubs pack what the data says.

Run: python3 tool/abigen/abigen_test.py [NAME...]     needs a C compiler ($CC, else gcc)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import abigen as abi  # pylint: disable=wrong-import-position
import user_headers  # pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CC = os.environ.get('CC', 'gcc')
FLAGS = ['-std=gnu11', '-O1', '-ffreestanding', '-Wall', '-Wextra', '-Werror', '-Wshadow',
         '-Wstrict-prototypes', '-Wmissing-prototypes', '-Wundef', '-Wvla', '-Wcast-align',
         '-Wwrite-strings', '-Wold-style-definition', '-Wformat=2']

# Class: (how many labels, that of CNodeRevoke, some of the architecture's).
LABELS = {
    ('x86_64', 'base'): (61, 18, {'X86PDPTMap': 39, 'X86PageMap': 47, 'X86PageGetAddress': 50}),
    ('x86_64', 'hwdebug'): (65, 22, {'X86PDPTMap': 43, 'X86PageMap': 51, 'X86PageGetAddress': 54}),
    ('x86_64', 'vtx64+hwdebug'): (81, 22, {'X86PDPTMap': 43, 'X86PageMap': 53, 'X86PageGetAddress': 56}),
    ('x86_64', 'vtx64'): (77, 18, {'X86PDPTMap': 39, 'X86PageMap': 49, 'X86PageGetAddress': 52}),
    ('x86_64', 'noiommu'): (58, 18, {'X86PDPTMap': 39, 'X86PageMap': 45, 'X86PageGetAddress': 47}),
    ('x86_64', 'vtx'): (75, 18, {'X86PDPTMap': 39, 'X86PageMap': 47, 'X86PageGetAddress': 50}),
    ('aarch64', 'base'): (56, 18, {'ARMVSpaceClean_Data': 39, 'ARMPageMap': 46}),
    ('aarch64', 'hwdebug'): (60, 22, {'ARMVSpaceClean_Data': 43, 'ARMPageMap': 50}),
    ('aarch64', 'hyp'): (61, 18, {'ARMVSpaceClean_Data': 39, 'ARMPageMap': 46}),
    ('aarch64', 'hyp+hwdebug'): (65, 22, {'ARMVSpaceClean_Data': 43, 'ARMPageMap': 50}),
    ('aarch64', 'smp'): (56, 18, {'ARMVSpaceClean_Data': 39, 'ARMPageMap': 46}),
    ('aarch64', 'smp+hyp+hwdebug'): (65, 22, {'ARMVSpaceClean_Data': 43, 'ARMPageMap': 50}),
    ('aarch64', 'smp+hyp'): (61, 18, {'ARMVSpaceClean_Data': 39, 'ARMPageMap': 46}),
    ('riscv64', 'base'): (46, 18, {'RISCVPageTableMap': 39, 'RISCVPageGetAddress': 43}),
}

SIZES = {'seL4_IPCBuffer': 1024, 'seL4_BootInfo': 3864, 'seL4_UserContext': 160,
         'seL4_X86_BootInfo_mmap_t': 1220, 'seL4_X86_BootInfo_VBE': 800, 'seL4_UntypedDesc': 16}


def compile_text(text, folders, target=None):
    """Compiles C text; returns the compiler's complaints."""
    command = [CC, *FLAGS, *(f'-I{folder}' for folder in folders), '-x', 'c', '-']
    command += ['-o', str(target)] if target else ['-fsyntax-only']
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stderr


class Data(unittest.TestCase):
    """What abi/ says makes sense."""

    def test_conditions(self):
        """Conditions only use options that exist."""
        for arch in abi.ARCHS:
            known = set(abi.all_of(arch, next(iter(abi.configurations(arch).values()))))
            known |= {'DANGEROUS_CODE_INJECTION'}
            for other in abi.ARCHS:
                known |= set(abi.load('configurations')[other]['options'])
            records = abi.invocations(arch) + abi.load('syscalls')['syscalls']
            records += [r for rs in abi.constants(arch).values() for r in rs]
            for record in records:
                conditions = [record.get('if', '')] + [c for c, _ in record.get('cases', [])]
                for word in re.findall(r'\w+', ' '.join(conditions)):
                    self.assertIn(word, known, record)

    def test_condition_operators(self):
        """! binds before && before ||."""
        self.assertTrue(abi.holds('A && !B || C', {'A': True, 'B': False}))
        self.assertTrue(abi.holds('A && !B || C', {'C': True}))
        self.assertFalse(abi.holds('A && !B', {'A': True, 'B': True}))
        self.assertTrue(abi.holds('', {}))

    def test_invocations(self):
        """Ids are unique, errors have a name, an own number and words, orders are complete,
        narrow values start at multiples of their width."""
        errors = {r['name'].removeprefix('seL4_') for r in abi.load('constants')['errors']}
        errors.add('derive')
        for arch in abi.ARCHS:
            records = abi.invocations(arch)
            self.assertEqual(len({r['id'] for r in records}), len(records))
            for record in records:
                numbers = [error[0] for error in record['errors']]
                self.assertEqual(len(set(numbers)), len(numbers), record['id'])
                for _, names, _, words in record['errors']:
                    self.assertLessEqual(set(names.split('|')), errors, record['id'])
                    self.assertTrue(words, record['id'])
                for name, _, location in record['args'] + record['results']:
                    _, first, bits = bits_of(location)
                    self.assertEqual(first % bits, 0, (record['id'], name))
                if 'order' in record:
                    self.assertEqual(sorted(record['order']),
                                     sorted(a[0] for a in record['args'] + record['caps']))

    def test_structures(self):
        """Members follow each other without overlap and fill the structure."""
        bytes_of = {'word': 8, 'info': 8, 'ipc_buffer': 8, 'u64': 8, 'u32': 4, 'u16': 2, 'u8': 1,
                    'char': 1}
        for record in abi.load('structs')['structs']:
            end = 0
            for field in record['fields']:
                _, _, kind, offset, *rest = field
                self.assertEqual(offset, end, (record['name'], field[0]))
                end = offset + bytes_of[kind] * ((rest[0] if rest else 0) or 1)
            size = record['size']
            bytes_of[record['name']] = size
            self.assertIn(end, [size] if isinstance(size, int) else [n for _, n in size])


class Known(unittest.TestCase):
    """Values that programs out there were compiled with."""

    def test_labels(self):
        """Labels of every class, and no class that is not listed."""
        seen = set()
        for arch in abi.ARCHS:
            for options in abi.configurations(arch).values():
                key = (arch, abi.label_class(arch, options))
                labels = abi.labels(arch, abi.all_of(arch, options))
                count, revoke, some = LABELS[key]
                seen.add(key)
                self.assertEqual((len(labels), labels['CNodeRevoke']), (count, revoke), key)
                self.assertEqual({name: labels[name] for name in some}, some, key)
        self.assertEqual(set(LABELS), seen)

    def test_syscalls(self):
        """33 calls, counted down from -1."""
        numbers = [record['number'] for record in abi.load('syscalls')['syscalls']]
        self.assertEqual(numbers, list(range(-1, -34, -1)))

    def test_types(self):
        """How many object types, and where optional ones go."""
        for profile, count in (('debug', 15), ('sim-debug', 14), ('debug+vtx', 20)):
            options = abi.profile_options('x86_64', profile)
            numbers = {record['kernel']: number for record, number
                       in abi.object_types('x86_64', abi.all_of('x86_64', options))}
            self.assertEqual(sum(n is not None for n in numbers.values()), count)
            self.assertEqual(numbers['TYPE_PAGE_4K'], 10)

    def test_names(self):
        """Spelling of the kernel's names."""
        for name, expected in (('TCBSetTLSBase', 'TCB_SET_TLS_BASE'),
                               ('X86ASIDControlMakePool', 'X86_ASID_CONTROL_MAKE_POOL'),
                               ('X86IRQIssueIRQHandlerIOAPIC', 'X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC'),
                               ('X86IOPortIn8', 'X86_IO_PORT_IN8'),
                               ('ARMVSpaceClean_Data', 'ARM_VSPACE_CLEAN_DATA'),
                               ('NBSendRecv', 'NB_SEND_RECV')):
            self.assertEqual(abi.snake(name), expected)


class Headers(unittest.TestCase):
    """Generated files compile and mean what the data says."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.out = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_kernel(self):
        """Each kernel header compiles alone, twice."""
        for arch in abi.ARCHS:
            abi.write_kernel(arch, self.out / arch)
            for header in sorted((self.out / arch / 'abi').iterdir()):
                line = f'#include <abi/{header.name}>\n'
                self.assertEqual(compile_text(line * 2, [self.out / arch]), '', header)

    def test_user(self):
        """Sizes, and that the whole API of each profile of this machine compiles."""
        asserts = ''.join(f'_Static_assert(sizeof({name}) == {size}, "{name}");\n'
                          for name, size in SIZES.items())
        for profile in abi.configurations('x86_64'):
            user_headers.write_user('x86_64', profile, self.out / profile)
            text = '#include <sel4/sel4.h>\n' + asserts
            self.assertEqual(
                compile_text(text, [ROOT / 'lib/sel4/include', self.out / profile]), '', profile)

    def test_user_alone(self):
        """Each user header compiles alone."""
        user_headers.write_user('x86_64', 'debug+hwdebug', self.out)
        own = ROOT / 'lib/sel4/include'
        for folder in (own, self.out):
            for header in sorted(folder.glob('sel4/*.h')):
                line = f'#include <sel4/{header.name}>\n'
                self.assertEqual(compile_text(line, [own, self.out]), '', header.name)

    def test_stubs(self):
        """Stubs put every argument where the data says and take every result from there."""
        for arch, profile in (('x86_64', 'debug'), ('x86_64', 'microkit-vtx-debug'),
                              ('aarch64', 'hyp-debug'), ('aarch64', 'debug+smp4'),
                              ('riscv64', 'debug')):
            with self.subTest(arch=arch, profile=profile):
                self.check_stubs(arch, profile)

    def check_stubs(self, arch, profile):
        """Runs all stubs of a profile against a recorder in the kernel's place."""
        out = self.out / f'{arch}-{profile}'
        user_headers.write_user(arch, profile, out)
        (out / 'sel4/arch/syscall.h').write_text(RECORDER, encoding='utf-8')
        labels = abi.labels(arch, abi.all_of(arch, abi.profile_options(arch, profile)))
        records = [record for record in abi.invocations(arch) if record['id'] in labels]
        program = out / 'stubs'
        text = STUBS_HEAD + ''.join(call_text(record) for record in records) + 'return 0;\n}\n'
        self.assertEqual(compile_text(text, [out, ROOT / 'lib/sel4/include'], program), '')
        lines = subprocess.run([program], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        self.assertEqual(len(lines), 2 * len(records))
        options = abi.all_of(arch, abi.profile_options(arch, profile))
        for record, call, result in zip(records, lines[::2], lines[1::2]):
            self.assertEqual(call.split(),
                             expected_call(arch, options, record, labels[record['id']]),
                             record['id'])
            self.assertEqual(result.split(), expected_result(arch, options, record), record['id'])


# ---- the recorder --------------------------------------------------------------------------------
# It prints label, length, capabilities and the first 48 words; answers word i with 0x1000...00i.

RECORDER = '''
#pragma once
#include <sel4/macros.h>
#include <sel4/simple_types.h>
void recorder_call(seL4_Word cap, seL4_Word info, const seL4_Word mr[4]);
LIBSEL4_INLINE_FUNC void sel4_sys_null(seL4_Word number) { (void)number; }
LIBSEL4_INLINE_FUNC void sel4_sys_notify(seL4_Word number, seL4_Word cap, seL4_Word info)
{ (void)number; (void)cap; (void)info; }
LIBSEL4_INLINE_FUNC void sel4_sys_send(seL4_Word number, seL4_Word cap, seL4_Word info,
    seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)
{ (void)number; (void)cap; (void)info; (void)mr0; (void)mr1; (void)mr2; (void)mr3; }
LIBSEL4_INLINE_FUNC void sel4_sys_call(seL4_Word number, seL4_Word *cap, seL4_Word *info,
    seL4_Word mr[4])
{
    (void)number;
    recorder_call(*cap, *info, mr);
    *info = 0;
    for (seL4_Word i = 0; i < 4; i++) {
        mr[i] = 0x123456789abcde00 + i;
    }
}
LIBSEL4_INLINE_FUNC void sel4_sys_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
    seL4_Word mr[4], seL4_Word reply)
{ (void)number; (void)cap; (void)info; (void)mr; (void)reply; }
LIBSEL4_INLINE_FUNC void sel4_sys_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
    seL4_Word mr[4], seL4_Word reply, seL4_Word dest)
{ (void)number; (void)cap; (void)info; (void)mr; (void)reply; (void)dest; }
'''

STUBS_HEAD = '''
#include <sel4/sel4.h>
int printf(const char *, ...);
__thread seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_IPCBuffer buffer;
void recorder_call(seL4_Word cap, seL4_Word info, const seL4_Word mr[4])
{
    seL4_Word words = info & 0x7f, caps = (info >> 7) & 3;

    printf("%lx %lx %lx %lx ", cap, info >> 12, caps, words);
    for (seL4_Word i = 0; i < caps; i++) {
        printf("%lx ", buffer.caps_or_badges[i]);
    }
    for (seL4_Word i = 0; i < words; i++) {
        printf("%lx ", i < 4 ? mr[i] : buffer.msg[i]);
    }
    printf("\\n");
    for (seL4_Word i = 4; i < 60; i++) {
        buffer.msg[i] = 0x123456789abcde00 + i;
    }
}
int main(void)
{
    __sel4_ipc_buffer = &buffer;
'''

WIDTH = {'seL4_Bool': 1, 'seL4_Uint8': 8, 'seL4_Uint16': 16, 'seL4_Uint32': 32, 'seL4_VCPUReg': 8}
SETS = ('seL4_UserContext', 'seL4_VCPUContext', 'seL4_ARM_SMCContext')
SERVICE = 0x77


def argument_value(record, name, kind):
    """A value of its own for each argument, with every bit of a narrow one used somewhere."""
    names = [a[0] for a in record['args']] + [c[0] for c in record['caps']]
    value = 0x5a0000000000a501 + 0x10101 * names.index(name)
    return value & ((1 << WIDTH.get(kind, 64)) - 1)


def set_words(arch, options, kind):
    """Words of a set of registers."""
    if kind == 'seL4_UserContext':
        return len(abi.user_context(arch)['registers'])
    record = next(r for r in abi.load('structs')['structs'] if r['name'] == kind)
    return abi.struct_size(record, options) // 8


def call_text(record):
    """C that calls a stub and prints its results."""
    kinds = {a[0]: a[1] for a in record['args']}
    kinds.update({name: kind for name, kind in record['caps']})
    order = record.get('order', [c[0] for c in record['caps']] + [a[0] for a in record['args']])
    pointers = [r for r in record['results'] if r[1] in SETS]
    lines, values = ['{'], [hex(SERVICE)]
    for name in order:
        value = f'{argument_value(record, name, kinds[name]):#x}ull'
        if record['id'] == 'TCBReadRegisters' and name == 'count':
            value = '64'
        if kinds[name] in SETS:
            lines += [f'{kinds[name]} {name};',
                      f'for (seL4_Word i = 0; i < sizeof({name}) / 8; i++) '
                      f'((seL4_Word *)&{name})[i] = 0xabc000 + i;']
            values.append('&' + name)
        elif kinds[name] == 'seL4_CapRights_t':
            values.append(f'((seL4_CapRights_t){{{{{value}}}}})')
        else:
            values.append(f'({kinds[name]}){value}')
    for name, kind, _ in pointers:
        lines.append(f'{kind} {name};')
        values.append('&' + name)
    call = f'{record["call"]}({", ".join(values)})'
    plain = [r for r in record['results'] if r[1] not in SETS]
    if plain:
        lines.append(f'{record["call"]}_t result = {call};')
        lines += [f'printf("%lx ", (seL4_Word)result.{name}'
                  + (' & 0xff' if kind == 'seL4_Bool' else '') + ');' for name, kind, _ in plain]
    else:
        lines.append(f'(void){call};')
    for name, _, _ in pointers:
        lines.append(f'for (seL4_Word i = 0; i < sizeof({name}) / 8; i++) '
                     f'printf("%lx ", ((seL4_Word *)&{name})[i]);')
    return '\n'.join([*lines, 'printf("\\n");', '}']) + '\n'


def bits_of(location):
    """MR0[8..15] -> (0, 8, 8)."""
    match = re.fullmatch(r'MR(\d+)(?:\.\.(?:MR\d+)?)?(?:\[(\d+)(?:\.\.(\d+))?\])?', location)
    first = int(match[2] or 0)
    last = int(match[3] or first) if match[2] else 63
    return int(match[1]), first, last - first + 1


def expected_call(arch, options, record, label):
    """What the recorder prints for a stub."""
    words = {}
    for name, kind, location in record['args']:
        word, shift, bits = bits_of(location)
        if kind in SETS:
            for i in range(set_words(arch, options, kind)):
                words[word + i] = 0xabc000 + i
        else:
            value = argument_value(record, name, kind) & ((1 << bits) - 1)
            if record['id'] == 'TCBReadRegisters' and name == 'count':
                value = 64
            words[word] = words.get(word, 0) | value << shift
    length = max(words, default=-1) + 1
    if record['length'] != 'all':
        assert length == record['length'], record['id']
    caps = [argument_value(record, name, kind) for name, kind in record['caps']]
    return [f'{value:x}' for value in (SERVICE, label, len(caps), length, *caps,
                                       *(words.get(i, 0) for i in range(length)))]


def expected_result(arch, options, record):
    """What main prints for a stub: the answers, cut to the results' bits."""
    values = []
    for _, kind, location in record['results']:
        word, shift, bits = bits_of(location)
        count = set_words(arch, options, kind) if kind in SETS else 1
        values += [((0x123456789abcde00 + word + i) >> shift) & ((1 << bits) - 1)
                   for i in range(count)]
    return [f'{value:x}' for value in values]


if __name__ == '__main__':
    unittest.main()
