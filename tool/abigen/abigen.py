#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turns the contract in abi/ into kernel headers, user headers and manual pages.

abigen.py --arch ARCH --out DIR kernel              DIR/abi/*.h, the kernel's constants
abigen.py --arch ARCH --profile P --out DIR user    DIR/sel4/*.h, the C API of one build
abigen.py --arch ARCH --out DIR docs                DIR/abi-*-ARCH.md, tables for the manual
abigen.py --arch ARCH --out DIR names               DIR/names-ARCH.json, words for trace decoders

This file reads the data, answers questions about it and writes the kernel's
headers; user_headers.py writes those for user level. abi/README.md explains the
data. A generated file is small, plain and the same for the same data.
"""
import argparse
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # nothing generated beside the sources

ARCHS = ('x86_64', 'aarch64', 'riscv64')
DATA = pathlib.Path(__file__).resolve().parent.parent.parent / 'abi'

# What shifts labels, types and values, and the bit by which the kernel's tables name it.
NEEDS = {
    'HARDWARE_DEBUG_API': 'NEED_HWDEBUG',
    'IOMMU': 'NEED_IOMMU',
    'VTX': 'NEED_VTX',
    'X86_64_VTX_64BIT_GUESTS': 'NEED_VTX64',
    'ARM_HYPERVISOR_SUPPORT': 'NEED_HYP',
    'ENABLE_SMP_SUPPORT': 'NEED_SMP',
    '!ENABLE_SMP_SUPPORT': 'NEED_UP',
}

# Options that the kernel has at run time: a constant that varies with one gets a second name.
VARIANTS = {
    'DEBUG_BUILD': 'DEBUG',
    'HARDWARE_DEBUG_API': 'HWDEBUG',
    'ARM_HYPERVISOR_SUPPORT': 'HYP',
    'ENABLE_SMP_SUPPORT': 'SMP',
}


# ---- the data ------------------------------------------------------------------------------------

def load(name):
    """One file of abi/ as plain data."""
    with open(DATA / (name + '.json'), encoding='utf-8') as file:
        return json.load(file)


def holds(condition, options):
    """A condition is alternatives (||) of conjunctions (&&) of options and !options."""
    def term(word):
        word = word.strip()
        return not options.get(word[1:]) if word.startswith('!') else bool(options.get(word))
    return not condition or any(all(term(word) for word in part.split('&&'))
                                for part in condition.split('||'))


def all_of(arch, options):
    """The names a condition may use: this architecture and the options that are on."""
    result = {name: name == arch for name in ARCHS}
    result.update(options)
    result['ENABLE_SMP_SUPPORT'] = options.get('MAX_NUM_NODES', 1) > 1
    return result


def configurations(arch):
    """Name -> options of every named build, in the order of the file."""
    data = load('configurations')[arch]
    result = {}
    for record in data['configurations']:
        result[record['name']] = {**data['options'],
                                  **{k: v for k, v in record.items() if k != 'name'}}
    return result


def profile_options(arch, profile):
    """Options of a named build or of one of the short aliases."""
    known = configurations(arch)
    if profile in known:
        return known[profile]
    aliases = {record['name']: record for record in load('configurations')[arch]['aliases']}
    if profile not in aliases:
        raise SystemExit(f'abigen: no profile {profile!r} for {arch}; there are: '
                         + ' '.join([*known, *(a for a in aliases if a not in known)]))
    record = aliases[profile]
    return {**known[record['like']],
            **{k: v for k, v in record.items() if k not in ('name', 'like')}}


def is_for(record, arch):
    """Whether a record belongs to this architecture; without "arch" it belongs to all."""
    where = record.get('arch', ARCHS)
    return arch in ([where] if isinstance(where, str) else where)


def value_of(record, options):
    """A constant's value under these options; None where it is not defined."""
    if not holds(record.get('if', ''), options):
        return None
    if 'value' in record:
        return record['value']
    return next((value for condition, value in record['cases'] if holds(condition, options)), None)


def constants(arch):
    """Theme -> records of this architecture."""
    return {theme: [record for record in records if is_for(record, arch)]
            for theme, records in load('constants').items() if theme != 'about'}


def invocations(arch):
    """All invocations of an architecture in label order, whatever they need."""
    return [record for part in ('common', arch)
            for record in load('invocations-' + part)['invocations']]


def labels(arch, options):
    """Invocation id -> label: consecutive from 1 over those whose condition holds."""
    present = [record['id'] for record in invocations(arch)
               if holds(record.get('if', ''), options)]
    return {name: number for number, name in enumerate(present, 1)}


def object_types(arch, options):
    """(record, number) in order; the number is None where the type is absent."""
    result, number = [], 0
    for record in load('objects')['types']:
        if not is_for(record, arch):
            continue
        present = holds(record.get('if', ''), options)
        result.append((record, number if present else None))
        number += present
    return result


def label_class(arch, options):
    """The name of the numbering of labels that these options give."""
    words = []
    if options.get('X86_64_VTX_64BIT_GUESTS'):
        words.append('vtx64')
    elif options.get('VTX'):
        words.append('vtx')
    if arch == 'x86_64' and not options.get('IOMMU'):
        words.append('noiommu')
    if arch == 'aarch64' and options['MAX_NUM_NODES'] > 1:
        words.append('smp')
    if options.get('ARM_HYPERVISOR_SUPPORT'):
        words.append('hyp')
    if options.get('HARDWARE_DEBUG_API'):
        words.append('hwdebug')
    return '+'.join(words) or 'base'


def fault_messages(arch):
    """Fault -> its message record on this architecture."""
    data = load('faults')
    return {record['fault']: record
            for record in data['messages'] + data['register_messages'] if is_for(record, arch)}


def user_context(arch):
    """The record of the register order."""
    return next(r for r in load('faults')['user_context'] if r['arch'] == arch)


def struct_size(record, options):
    """Bytes of a structure, which may depend on options."""
    size = record['size']
    return size if isinstance(size, int) else value_of({'cases': size}, options)


# ---- writing C -----------------------------------------------------------------------------------

def snake(name):
    """TCBSetTLSBase -> TCB_SET_TLS_BASE; a leading architecture counts as a word."""
    match = re.match(r'(X86|ARM|RISCV)(?=[A-Z])(.*)', name)
    if match:
        return match[1] + '_' + snake(match[2])
    name = name.replace('CNode', 'Cnode').replace('VSpace', 'Vspace')
    name = re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name)
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name).upper()


def number(value, as_hex=False):
    """A C literal: small ones in decimal, large ones in hexadecimal."""
    if not as_hex and -0x80000000 <= value < 0x10000:
        return str(value)
    return f'0x{value:x}' + ('' if value < 0x80000000 else 'ull')


class Header:
    """A header in the making."""

    def __init__(self, path, about, includes=()):
        self.path = path
        self.parts = ['// SPDX-License-Identifier: BSD-2-Clause',
                      '// Generated from abi/ by tool/abigen: do not edit.',
                      f'// {about}', '#pragma once']
        if includes:
            self.parts += ['', *(f'#include <{name}>' for name in includes)]

    def add(self, *lines):
        """A paragraph."""
        self.parts += ['', *lines]

    def enum(self, name, pairs, comment=None):
        """An enumeration with every value spelled out."""
        head = f'enum {name} {{' if name else 'enum {'
        self.add(*([f'/* {comment} */'] if comment else []), head,
                 *(f'    {key} = {number(value)},' for key, value in pairs), '};')

    def defines(self, pairs, comment=None):
        """Aligned macros."""
        if pairs:
            width = max(len(key) for key, _ in pairs)
            self.add(*([f'/* {comment} */'] if comment else []),
                     *(f'#define {key:<{width}} {value}' for key, value in pairs))

    def table(self, name, rows, comment=None):
        """An X-macro: NAME(X) X(row) X(row) ..."""
        lines = [f'#define {name}(X)'] + [f'    X({row})' for row in rows]
        width = max(len(line) for line in lines) + 1
        body = [f'{line:<{width}}\\' for line in lines[:-1]] + [lines[-1]]
        self.add(*([f'/* {comment} */'] if comment else []), *body)

    def write(self):
        """Puts the file where it belongs."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text('\n'.join(self.parts) + '\n', encoding='utf-8')


# ---- the kernel's headers ------------------------------------------------------------------------

def kernel_value(record, arch):
    """[(suffix, value)]: one entry, or the base value and those of the options it varies with."""
    known = [all_of(arch, options) for options in configurations(arch).values()]
    values = {value for value in (value_of(record, options) for options in known)
              if value is not None}
    if len(values) <= 1:
        return [('', value) for value in values]
    base = {**all_of(arch, configurations(arch)['release'])}
    result = [('', value_of(record, base))]
    for option, suffix in VARIANTS.items():
        value = value_of(record, {**base, option: True})
        if value != result[0][1]:
            result.append(('_' + suffix, value))
    return result


def kernel_pairs(records, arch):
    """(name, value) of those records that the kernel has a name for."""
    return [(record['kernel'] + suffix, value) for record in records if 'kernel' in record
            for suffix, value in kernel_value(record, arch)]


def kernel_defines(header, arch, *themes):
    """The themes of constants.json as macros."""
    for theme in themes:
        header.defines([(key, number(value, 'hex' in record))
                        for record in constants(arch)[theme]
                        for key, value in kernel_pairs([record], arch)])


def method_name(record):
    """METHOD_TCB_SUSPEND for TCBSuspend."""
    return 'METHOD_' + snake(record['id'])


def need_bits(condition):
    """The C expression for what a label or type needs."""
    return NEEDS[condition] if condition else '0'


def kernel_syscalls(arch, out):
    """abi/syscalls.h"""
    header = Header(out / 'syscalls.h', 'System call numbers, as signed words.')
    header.enum('abi_syscall', [('SYS_' + snake(record['name']), record['number'])
                                for record in load('syscalls')['syscalls']])
    header.table('ABI_SYSCALL_NAMES', [f'SYS_{snake(r["name"])}, "{r["name"]}"'
                                       for r in load('syscalls')['syscalls']])
    header.write()


def kernel_errors(arch, out):
    """abi/errors.h"""
    header = Header(out / 'errors.h', 'Error codes of replies, and why a lookup led nowhere.')
    header.enum('abi_error', kernel_pairs(constants(arch)['errors'], arch))
    header.enum('abi_lookup_failure', kernel_pairs(constants(arch)['lookup_failures'], arch))
    header.table('ABI_ERROR_NAMES', [f'{r["kernel"]}, "{r["name"][len("seL4_"):]}"'
                                     for r in constants(arch)['errors'][:-1]])
    header.write()


def kernel_methods(arch, out):
    """abi/methods.h"""
    header = Header(out / 'methods.h', f'Invocations of {arch}: our numbers, and the label order.',
                    ['stdint.h'])
    records = invocations(arch)
    header.add('/* Numbers of our own: labels shift with the profile, these do not. */',
               'enum abi_method {', '    METHOD_NONE = 0,',
               *(f'    {method_name(record)},' for record in records),
               '    METHOD_COUNT,', '};')
    header.enum('abi_need', [(name, 1 << bit) for bit, name in enumerate(NEEDS.values())],
                'What a profile must have for a label or an object type to exist.')
    header.add('/*', ' * Labels count from 1 over this list, leaving out what the profile lacks.',
               ' */', 'struct abi_label {', '    uint8_t method;', '    uint16_t needs;', '};')
    header.table('ABI_LABEL_LIST', [f'{method_name(r)}, {need_bits(r.get("if", ""))}'
                                    for r in records], 'X(method, needs)')
    header.table('ABI_METHOD_NAMES', [f'{method_name(r)}, "{r["id"]}"' for r in records],
                 'X(method, name)')
    header.write()


def kernel_objects(arch, out):
    """abi/objects.h"""
    header = Header(out / 'objects.h', f'Object types, sizes, capability tags and rights: {arch}.',
                    ['abi/methods.h'])
    everything = {**all_of(arch, configurations(arch)['debug']),
                  **{option: True for option in NEEDS if not option.startswith('!')}}
    types = object_types(arch, everything)
    header.enum('abi_object_type',
                [(record['kernel'], count) for record, count in types]
                + [('TYPE_COUNT_GENERIC', sum(r['scope'] == 'generic' for r, _ in types)),
                   ('TYPE_COUNT_ALL', len(types))],
                'Numbers with every option on; leaving one out shifts those behind it.')
    header.table('ABI_OBJECT_TYPES', [f'{r["kernel"]}, {object_need(r)}' for r, _ in types],
                 'X(type, needs), in number order')
    kernel_defines(header, arch, 'object_sizes', 'paging')
    header.enum('abi_cap_tag', [(r['kernel'], value_of(r, everything))
                                for r in load('objects')['cap_tags'] if is_for(r, arch)
                                and value_of(r, everything) is not None],
                'What DebugCapIdentify answers.')
    kernel_rights(header)
    kernel_words(header, arch, 'seL4_CNode_CapData', 'seL4_X86_IOSpace_CapData')
    kernel_defines(header, arch, 'tcb_flags', 'sched_context_flags')
    header.write()


def object_need(record):
    """Like need_bits; options that are never off in a profile count as nothing."""
    return NEEDS.get(record.get('if', ''), '0')


def kernel_words(header, arch, *names):
    """Shift and width of the parts of packed words."""
    for record in load('structs')['words']:
        if is_for(record, arch) and record['name'] in names:
            header.defines([(f'{record["kernel"]}_{name}_{what}', str(value))
                            for _, name, shift, bits in record['fields']
                            for what, value in (('SHIFT', shift), ('BITS', bits))])


def kernel_rights(header):
    """The rights word: one macro per right."""
    record = next(r for r in load('structs')['words'] if r['name'] == 'seL4_CapRights')
    header.defines([(f'RIGHT_{name}', str(1 << shift)) for _, name, shift, _ in record['fields']]
                   + [('RIGHT_ALL', str((1 << len(record['fields'])) - 1))])


def kernel_field(field, structs):
    """(declaration, name, offset) of one structure member in the kernel's spelling."""
    _, name, kind, offset, *rest = field
    plain = {'word': 'uint64_t', 'info': 'uint64_t', 'ipc_buffer': 'uint64_t', 'u64': 'uint64_t',
             'u32': 'uint32_t', 'u16': 'uint16_t', 'u8': 'uint8_t', 'char': 'char'}
    kind = plain.get(kind) or 'struct ' + structs[kind]['kernel']
    count = f'[{rest[0]}]' if rest and rest[0] else ''
    return f'    {kind} {name}{count};', name, offset


def kernel_struct(header, record, structs):
    """A structure and the proof that it has the layout of the contract."""
    fields = [kernel_field(field, structs) for field in record['fields']]
    name = 'struct ' + record['kernel']
    tail = '} __attribute__((packed));' if record.get('packed') else '};'
    header.add(f'{name} {{', *(declaration for declaration, _, _ in fields), tail)
    header.add(f'_Static_assert(sizeof({name}) == {record["size"]}, "layout");',
               *(f'_Static_assert(offsetof({name}, {field}) == {offset}, "layout");'
                 for _, field, offset in fields))


def kernel_message(arch, out):
    """abi/message.h"""
    header = Header(out / 'message.h', 'The message info word and the IPC buffer.',
                    ['stddef.h', 'stdint.h'])
    kernel_words(header, arch, 'seL4_MessageInfo')
    kernel_defines(header, arch, 'message')
    structs = {record['name']: record for record in load('structs')['structs']}
    kernel_struct(header, structs['seL4_IPCBuffer'], structs)
    header.write()


def kernel_bootinfo(arch, out):
    """abi/bootinfo.h"""
    header = Header(out / 'bootinfo.h', 'What the initial thread finds: slots and boot information.',
                    ['stddef.h', 'stdint.h'])
    header.enum('abi_initial_slot', kernel_pairs(constants(arch)['initial_slots'], arch))
    header.enum('abi_bootinfo_id', kernel_pairs(constants(arch)['bootinfo_ids'], arch))
    kernel_defines(header, arch, 'bootinfo', 'extensions')
    structs = {record['name']: record for record in load('structs')['structs']}
    for record in structs.values():
        if 'kernel' in record and is_for(record, arch) and record['kernel'] != 'ipc_buffer':
            kernel_struct(header, record, structs)
    header.write()


def kernel_faults(arch, out):
    """abi/faults.h"""
    header = Header(out / 'faults.h', f'Fault labels, message words and register orders: {arch}.')
    faults = [record for record in load('faults')['labels'] if is_for(record, arch)]
    messages = fault_messages(arch)
    header.enum('abi_fault', [('FAULT_' + record['kernel'], record['label'])
                              for record in faults])
    for record in faults:
        message = messages.get(record['name'])
        if message:
            header.defines(fault_words('FAULT_' + record['kernel'], message))
    context = user_context(arch)
    header.table('ABI_USER_CONTEXT', [f'{index}, {register}' for index, register
                                      in enumerate(context['registers'])],
                 'X(index, register): the order of ReadRegisters and WriteRegisters')
    header.defines([('USER_CONTEXT_COUNT', str(len(context['registers']))),
                    ('USER_CONTEXT_FRAME_COUNT', str(context['frame']))],
                   'All of them, and how many of those CopyRegisters calls frame registers')
    for fault in ('UnknownSyscall', 'UserException', 'TimeoutReply'):
        name = snake(fault)
        rows = [f'{index}, {word[1]}' for index, word in enumerate(messages[fault]['words'])
                if word[1]]
        header.table(f'ABI_{name}_MRS', rows, 'X(message register, register)')
        header.defines([(f'{name.removesuffix("_REPLY")}_REPLY_COUNT', str(messages[fault]['reply']))],
                       'Words of the answer that are written back')
    header.write()


def fault_words(prefix, message):
    """(macro, index) of the words of a message that are not plain registers, and its length."""
    pairs = []
    for index, word in enumerate(message['words']):
        if isinstance(word, str):
            pairs.append((f'{prefix}_{snake(word)}', str(index)))
        elif word[1] is None:
            pairs.append((f'{prefix}_{snake(word[0])}', str(index)))
    pairs += [(f'{prefix}_{snake(word)}', str(index))
              for word, index in message.get('more', {}).items()]
    if message['fault'] != 'CapFault':
        pairs.append((prefix + '_LENGTH', str(len(message['words']))))
    return pairs


def kernel_profiles(arch, out):
    """abi/profiles.h"""
    header = Header(out / 'profiles.h', f'The named builds of the interface on {arch}.')
    columns = ('HARDWARE_DEBUG_API', 'IOMMU', 'VTX', 'X86_64_VTX_64BIT_GUESTS',
               'SET_TLS_BASE_SELF', 'NUM_DOMAINS', 'NUM_DOMAIN_SCHEDULES',
               'KERNEL_X86_DANGEROUS_MSR', ('EXPORT_PMC_USER', 'EXPORT_PMU_USER'),
               'MAX_NUM_NODES', 'ROOT_CNODE_SIZE_BITS')

    def cell(options, column):
        names = (column,) if isinstance(column, str) else column
        return str(int(max(options.get(name, 0) for name in names)))

    def rows(columns):
        return [', '.join([f'"{name}"', *(cell(options, column) for column in columns)])
                for name, options in configurations(arch).items()]

    header.table('ABI_PROFILES', rows(columns),
                 'X(name, hwdebug, iommu, vtx, vtx64, tls, domains, schedules, msr, pmc, nodes, '
                 'root_cnode_bits)')
    if arch == 'aarch64':
        header.table('ABI_PROFILES_ARM', rows(('ARM_HYPERVISOR_SUPPORT', 'ALLOW_SMC_CALLS')),
                     'X(name, hyp, smc)')
    header.write()


def kernel_limits(arch, out):
    """abi/limits.h"""
    header = Header(out / 'limits.h', f'Numbers that bound things, and attribute words: {arch}.')
    kernel_defines(header, arch, 'priorities', 'limits', 'interrupts', 'vm_attributes',
                   'breakpoints', 'benchmark_words')
    header.write()


def write_kernel(arch, out):
    """All headers of the kernel."""
    for write in (kernel_syscalls, kernel_errors, kernel_methods, kernel_objects, kernel_message,
                  kernel_bootinfo, kernel_faults, kernel_profiles, kernel_limits):
        write(arch, out / 'abi')


# ---- manual pages --------------------------------------------------------------------------------

def table(columns, rows):
    """A Markdown table."""
    return ['| ' + ' | '.join(columns) + ' |', '|' + '---|' * len(columns),
            *('| ' + ' | '.join(str(cell).replace('|', '\\|') for cell in row) + ' |'
              for row in rows), '']


def page(out, name, title, *paragraphs):
    """One file of the manual."""
    text = [f'# {title}', '', 'Generated from `abi/` by `tool/abigen`; change the data, not this page.',
            '']
    for paragraph in paragraphs:
        text += paragraph
    out.mkdir(parents=True, exist_ok=True)
    (out / (name + '.md')).write_text('\n'.join(text).rstrip() + '\n', encoding='utf-8')


def docs_syscalls(arch, out):
    """System calls."""
    rows = [(record['number'], record['name'], record.get('if', '') or 'always')
            for record in load('syscalls')['syscalls']]
    page(out, f'abi-{arch}-syscalls', f'System calls ({arch})',
         ['A call whose options are off is an unknown system call: the thread faults.', ''],
         table(('Number', 'Call', 'Needs'), rows))


def docs_invocation(record):
    """The paragraph of one invocation."""
    needs = f' Needs {record["if"]}.' if 'if' in record else ''
    text = [f'### {record["call"]}', '', f'`{record["id"]}`: {record["what"]}.{needs}', '']
    words = [(where, name, kind) for name, kind, where in record['args']]
    words += [(f'capability {index}', name, kind)
              for index, (name, kind) in enumerate(record['caps'])]
    words += [(f'result {where}', name, kind) for name, kind, where in record['results']]
    if words:
        text += table(('Where', 'Name', 'Type'), words)
    if record['errors']:
        text += table(('Condition', 'Error', 'Words', 'When'),
                      [(f'`{record["id"]}.{number_}`', error, words_ or '-', when)
                       for number_, error, words_, when in record['errors']])
    return text


def docs_invocations(arch, out):
    """Labels and invocations."""
    classes = {}
    for options in configurations(arch).values():
        classes.setdefault(label_class(arch, options), labels(arch, all_of(arch, options)))
    rows = [(record['id'], *(numbers.get(record['id'], '-') for numbers in classes.values()))
            for record in invocations(arch)]
    text = ['## Labels', '', 'Labels count over this list and leave out what a profile lacks.', '',
            *table(('Invocation', *classes), rows), '## Invocations', '',
            'Conditions are checked in the order given; the first that holds is the answer. '
            '`derive` stands for whatever copying the capability would answer.', '']
    for record in invocations(arch):
        text += docs_invocation(record)
    page(out, f'abi-{arch}-invocations', f'Invocations ({arch})', text)


def docs_objects(arch, out):
    """Object types and capability tags."""
    everything = {**all_of(arch, configurations(arch)['debug']),
                  **{option: True for option in NEEDS if not option.startswith('!')}}
    types = [(value, record['name'], record['bits'], record.get('if', '') or 'always')
             for record, value in object_types(arch, everything)]
    tags = [(value_of(record, everything), record['name']) for record in load('objects')['cap_tags']
            if is_for(record, arch) and value_of(record, everything) is not None]
    page(out, f'abi-{arch}-objects', f'Objects ({arch})',
         ['## Types', '', 'Numbers with every option on; a missing type moves those behind it.', ''],
         table(('Number', 'Type', 'log2 bytes', 'Needs'), types),
         ['## Capability tags', ''], table(('Tag', 'Capability'), sorted(tags)))


def docs_faults(arch, out):
    """Fault messages and register orders."""
    text = table(('Label', 'Fault', 'Needs'),
                 [(r['label'], r['name'], r.get('if', '') or 'always')
                  for r in load('faults')['labels'] if is_for(r, arch)])
    for fault, message in fault_messages(arch).items():
        words = [(index, word if isinstance(word, str) else word[0],
                  '-' if isinstance(word, str) or not word[1] else word[1])
                 for index, word in enumerate(message['words'])]
        words += [(index, name, '-') for name, index in message.get('more', {}).items()]
        text += [f'## {fault}', '']
        if 'reply' in message:
            text += [f'The first {message["reply"]} words of the answer are written back.', '']
        text += table(('Word', 'Name', 'Register'), words)
    registers = user_context(arch)['registers']
    text += ['## Register order', '', 'Of ReadRegisters and WriteRegisters. The first '
             f'{user_context(arch)["frame"]} are the frame registers of CopyRegisters.', '',
             *table(('Index', 'Register'), list(enumerate(registers)))]
    page(out, f'abi-{arch}-faults', f'Faults and registers ({arch})', text)


def docs_bootinfo(arch, out):
    """Slots, structures, identifiers."""
    text = ['## Initial slots', '']
    themes = constants(arch)
    text += table(('Slot', 'Name'), [(r['value'], r['name']) for r in themes['initial_slots']])
    text += ['## Extra boot information', '',
             *table(('Id', 'Name'), [(r['value'], r['name']) for r in themes['bootinfo_ids']]),
             '## Layouts', '']
    for record in load('structs')['structs']:
        if is_for(record, arch):
            size = record['size'] if isinstance(record['size'], int) else record['size'][-1][1]
            text += [f'### {record["name"]}', '', f'{size} bytes.', '',
                     *table(('Offset', 'Member', 'Type'),
                            [(field[3], field[0],
                              field[2] + (f'[{field[4]}]' if len(field) > 4 and field[4] else ''))
                             for field in record['fields']])]
    page(out, f'abi-{arch}-bootinfo', f'Boot information and layouts ({arch})', text)


def docs_profiles(arch, out):
    """Every configuration and how it differs."""
    known = configurations(arch)
    varying = [option for option in next(iter(known.values()))
               if len({options[option] for options in known.values()}) > 1]
    rows = [(name, label_class(arch, options),
             ', '.join(f'{option} {int(options[option])}' for option in varying
                       if options[option]))
            for name, options in known.items()]
    page(out, f'abi-{arch}-profiles', f'Profiles ({arch})',
         table(('Profile', 'Label class', 'Options that differ between profiles'), rows))


def write_docs(arch, out):
    """All pages of an architecture."""
    for write in (docs_syscalls, docs_invocations, docs_objects, docs_faults, docs_bootinfo,
                  docs_profiles):
        write(arch, out)


def write_names(arch, out):
    """Words for whoever prints traces: names-ARCH.json."""
    classes = {}
    for options in configurations(arch).values():
        classes[label_class(arch, options)] = labels(arch, all_of(arch, options))
    names = {
        'syscalls': {r['number']: r['name'] for r in load('syscalls')['syscalls']},
        'errors': {r['value']: r['name'].removeprefix('seL4_')
                   for r in constants(arch)['errors'][:-1]},
        'faults': {r['label']: r['name'] for r in load('faults')['labels'] if is_for(r, arch)},
        'methods': ['none', *(r['id'] for r in invocations(arch))],
        'labels': {name: {label: id_ for id_, label in numbers.items()}
                   for name, numbers in classes.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / f'names-{arch}.json').write_text(json.dumps(names, indent=1) + '\n', encoding='utf-8')


# ---- command line --------------------------------------------------------------------------------

def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--arch', choices=ARCHS, required=True)
    parser.add_argument('--profile', help='a configuration name or alias (user)')
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('what', choices=('kernel', 'user', 'docs', 'names'))
    args = parser.parse_args()
    if args.what == 'kernel':
        write_kernel(args.arch, args.out)
    elif args.what == 'user':
        if args.profile is None:
            parser.error('user headers need --profile')
        import user_headers  # pylint: disable=import-outside-toplevel
        user_headers.write_user(args.arch, args.profile, args.out)
    elif args.what == 'docs':
        write_docs(args.arch, args.out)
    else:
        write_names(args.arch, args.out)
    return 0


if __name__ == '__main__':
    sys.exit(main())
