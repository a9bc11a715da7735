# SPDX-License-Identifier: BSD-2-Clause
"""The user level's headers: the C API of one profile, under its public names.

What depends on the architecture or the profile is written here; what does not
is in lib/sel4/include, where sel4/sel4.h includes both.
"""
import abigen as abi
from abigen import Header, number

# How themes of constants.json are spelled in C: typedefs of enumerations, or plain ones.
ENUMS = {
    'errors': ('errors', 'seL4_Error'),
    'lookup_failures': ('errors', 'seL4_LookupFailureType'),
    'tcb_flags': ('constants', 'seL4_TCBFlag'),
    'sched_context_flags': ('constants', 'seL4_SchedContextFlag'),
    'vm_attributes': ('constants', None),
    'initial_slots': ('bootinfo_types', 'seL4_InitialCap'),
    'bootinfo_ids': ('bootinfo_types', 'seL4_BootInfoID'),
    'breakpoints': ('constants', None),
    'vcpu_registers': ('constants', 'seL4_VCPUReg'),
    'benchmark_words': ('constants', None),
    'vmenter': ('constants', None),
}
MACROS = ('message', 'priorities', 'object_sizes', 'paging', 'bootinfo', 'interrupts',
          'fault_aliases', 'object_aliases', 'extensions')

# Types of arguments that are not capabilities.
PLAIN_TYPES = ('seL4_Word', 'seL4_Bool', 'seL4_Uint8', 'seL4_Uint16', 'seL4_Uint32', 'seL4_Uint64',
               'seL4_CPtr', 'seL4_CapRights_t', 'seL4_UserContext', 'seL4_Time', 'seL4_VCPUReg',
               'seL4_VCPUContext', 'seL4_ARM_SMCContext')


class Profile:
    """One build of the interface, and where its headers go."""

    def __init__(self, arch, name, out):
        self.arch = arch
        self.name = name
        self.options = abi.profile_options(arch, name)
        self.conditions = abi.all_of(arch, self.options)
        self.out = out / 'sel4'

    def header(self, name, about, *includes):
        """A header of this profile."""
        return Header(self.out / (name + '.h'), f'{about} ({self.arch}, {self.name})', includes)

    def theme(self, name):
        """[(public name, value)] of a theme of constants.json."""
        return [(record['name'], abi.value_of(record, self.conditions))
                for record in abi.constants(self.arch).get(name, []) if 'name' in record
                and abi.value_of(record, self.conditions) is not None]

    def invocations(self):
        """(record, label) of those that exist."""
        numbers = abi.labels(self.arch, self.conditions)
        return [(record, numbers[record['id']]) for record in abi.invocations(self.arch)
                if record['id'] in numbers]

    def has(self, record):
        """Whether a record is for this architecture and profile."""
        return (abi.is_for(record, self.arch)
                and abi.holds(record.get('if', ''), self.conditions))


def wrapped(head, items, tail, indent=None):
    """head + items joined by commas + tail, broken so that lines stay within 100 columns."""
    column = len(head) if indent is None else indent
    lines, line = [], head
    for index, item in enumerate(items):
        text = item + (tail if index == len(items) - 1 else ',')
        space = '' if line in (head, ' ' * column) else ' '
        if len(line + space + text) > 100 and line.strip() and index:
            lines.append(line)
            line, space = ' ' * column, ''
        line += space + text
    return lines + [line if items else head + tail]


def function_head(declaration, declared):
    """The first lines of a function definition."""
    head = f'LIBSEL4_INLINE_FUNC {declaration}('
    return wrapped(head, declared or ['void'], ')') + ['{']


def typedef_enum(header, name, pairs):
    """An enumeration, with a type name if it has one; nothing if it is empty."""
    if pairs:
        header.add('typedef enum {' if name else 'enum {',
                   *(f'    {key} = {number(value)},' for key, value in pairs),
                   f'}} {name};' if name else '};')


def add_themes(profile, header, where):
    """The enumerations that belong into a header."""
    for theme, (place, name) in ENUMS.items():
        if place == where:
            typedef_enum(header, name, profile.theme(theme))


# ---- configuration and constants -----------------------------------------------------------------

def write_config(profile):
    """sel4/gen_config.h"""
    header = profile.header('gen_config', 'Kernel options as macros.')
    fixed = {'x86_64': ('ARCH_X86', 'ARCH_X86_64', 'PLAT_PC99'),
             'aarch64': ('ARCH_ARM', 'ARCH_AARCH64', 'PLAT_QEMU_ARM_VIRT'),
             'riscv64': ('ARCH_RISCV', 'ARCH_RISCV64', 'PLAT_QEMU_RISCV_VIRT')}[profile.arch]
    header.defines([(f'CONFIG_{name}', '1') for name in (*fixed, 'KERNEL_MCS')]
                   + [('CONFIG_WORD_SIZE', '64')]
                   + ([('CONFIG_ENABLE_SMP_SUPPORT', '1')]
                      if profile.conditions['ENABLE_SMP_SUPPORT'] else []),
                   'The same in every profile, or derived')
    by_call = int(profile.options.get('SET_TLS_BASE_SELF', 0))
    header.defines([('SEL4_TLS_BY_SYSCALL', str(by_call))],
                   'For code that chooses: 1 if the thread pointer is set by a system call')
    header.defines([(f'CONFIG_{name}', number(int(value)))
                    for name, value in profile.options.items() if value is not False],
                   'Options that are off have no macro')
    header.write()


def write_constants(profile):
    """sel4/constants.h"""
    header = profile.header('constants', 'Single numbers.')
    for theme in MACROS:
        header.defines([(name, number(value) if value >= 0 else f'({value})')
                        for name, value in profile.theme(theme)])
    add_themes(profile, header, 'constants')
    header.write()


def write_errors(profile):
    """sel4/errors.h"""
    header = profile.header('errors', 'Errors and lookup failures.')
    add_themes(profile, header, 'errors')
    header.write()


def write_objects(profile):
    """sel4/objecttype.h"""
    header = profile.header('objecttype', 'Object types for Retype.')
    types = abi.object_types(profile.arch, profile.conditions)
    pairs = [(record['name'], value) for record, value in types if value is not None]

    def count(*scopes):
        return sum(record['scope'] in scopes for record, value in types if value is not None)

    typedef_enum(header, 'seL4_ObjectType',
                 pairs + [('seL4_NonArchObjectTypeCount', count('generic')),
                          ('seL4_ModeObjectTypeCount', count('generic', 'mode')),
                          ('seL4_ObjectTypeCount', len(pairs))])
    absent = [record for record, value in types if value is None]
    absent += [record for record in abi.load('objects')['never']
               if abi.is_for(record, profile.arch)]
    header.defines([(record['name'], number(record['placeholder'])) for record in absent
                    if 'placeholder' in record],
                   'Types this profile lacks, as numbers that no kernel accepts')
    header.write()


def write_syscall_numbers(profile):
    """sel4/syscall_numbers.h"""
    header = profile.header('syscall_numbers', 'System calls that exist.')
    typedef_enum(header, 'seL4_Syscall_ID',
                 [('seL4_Sys' + record['name'], record['number'])
                  for record in abi.load('syscalls')['syscalls'] if profile.has(record)])
    number_of = {record['name']: record['number'] for record in abi.load('syscalls')['syscalls']}
    header.defines([('SEL4_SYS_SET_TLS_BASE', f'({number_of["SetTLSBase"]})')],
                   'Its number, whether it exists or not')
    header.write()


# ---- types ---------------------------------------------------------------------------------------

def capability_types(profile):
    """Names of capability types in the order in which invocations mention them."""
    names = {}
    for record in abi.invocations(profile.arch):
        names['seL4_' + record['object']] = None
        for _, kind in record['caps']:
            names[kind] = None
    return [name for name in names if name not in PLAIN_TYPES]


def attribute_types(profile):
    """Argument types that are neither known numbers nor capabilities: attribute words."""
    names = {}
    for record in abi.invocations(profile.arch):
        for _, kind, _ in record['args']:
            if kind not in PLAIN_TYPES:
                names[kind] = None
    return list(names)


def add_word(header, record):
    """A packed word as a structure of its own, with constructor and accessors."""
    name, fields = record['name'], record['fields']
    header.add('typedef struct {', '    seL4_Uint64 words[1];', f'}} {name}_t;')
    terms = [f'((seL4_Uint64)({field} & {mask(bits)}) << {shift})' if shift
             else f'(seL4_Uint64)({field} & {mask(bits)})' for field, _, shift, bits in fields]
    header.add(*function_head(f'{name}_t {name}_new',
                              [f'seL4_Uint64 {field}' for field, *_ in fields]),
               f'    return ({name}_t){{{{', '        ' + ' |\n        '.join(terms), '    }};', '}')
    for field, _, shift, bits in fields:
        header.add(*function_head(f'seL4_Uint64 {name}_get_{field}', [f'{name}_t word']),
                   f'    return (word.words[0] >> {shift}) & {mask(bits)};', '}')
        header.add(*function_head(f'{name}_t {name}_set_{field}',
                                  [f'{name}_t word', 'seL4_Uint64 value']),
                   f'    word.words[0] &= ~({mask(bits)} << {shift});',
                   f'    word.words[0] |= (value & {mask(bits)}) << {shift};',
                   '    return word;', '}')


def mask(bits):
    """All ones, as a C literal."""
    return f'0x{(1 << bits) - 1:x}ull'


def add_struct(profile, header, record):
    """A structure of memory and the proof of its layout."""
    plain = {'word': 'seL4_Word', 'info': 'seL4_MessageInfo_t', 'ipc_buffer': 'seL4_IPCBuffer *',
             'u64': 'seL4_Uint64', 'u32': 'seL4_Uint32', 'u16': 'seL4_Uint16', 'u8': 'seL4_Uint8',
             'char': 'char'}
    name = record['name']
    fields = []
    for field, _, kind, offset, *rest in record['fields']:
        count, condition = (*rest, 0, '')[:2] if rest else (0, '')
        if abi.holds(condition or '', profile.conditions):
            kind = plain.get(kind, kind)
            space = '' if kind.endswith('*') else ' '
            fields.append((f'    {kind}{space}{field}{f"[{count}]" if count else ""};',
                           field, offset))
    tail = '} SEL4_PACKED ' if record.get('packed') else '} '
    header.add(f'typedef struct {name}_ {{', *(text for text, *_ in fields), f'{tail}{name};')
    header.add(f'_Static_assert(sizeof({name}) == '
               f'{abi.struct_size(record, profile.conditions)}, "layout");',
               *(f'_Static_assert(offsetof({name}, {field}) == {offset}, "layout");'
                 for _, field, offset in fields))


def is_boot_struct(record):
    """Structures of the boot information have a header of their own."""
    return not record['name'].endswith('Context') and record['name'] != 'seL4_IPCBuffer'


def write_types(profile):
    """sel4/types.h"""
    header = profile.header('types', 'Capability types, packed words, register sets.',
                            'sel4/macros.h', 'sel4/simple_types.h', 'sel4/constants.h',
                            'sel4/errors.h', 'sel4/objecttype.h')
    header.add(*(f'typedef seL4_CPtr {name};' for name in capability_types(profile)))
    header.add(*(f'typedef seL4_Word {name};' for name in attribute_types(profile)))
    header.add('typedef void (*seL4_DebugFunction)(void *argument);')
    data = abi.load('structs')
    for record in data['words']:
        if profile.has(record):
            add_word(header, record)
    header.defines([('seL4_AllRights', 'seL4_CapRights_new(1, 1, 1, 1)'),
                    ('seL4_CanRead', 'seL4_CapRights_new(0, 0, 1, 0)'),
                    ('seL4_CanWrite', 'seL4_CapRights_new(0, 0, 0, 1)'),
                    ('seL4_CanGrant', 'seL4_CapRights_new(0, 1, 0, 0)'),
                    ('seL4_CanGrantReply', 'seL4_CapRights_new(1, 0, 0, 0)'),
                    ('seL4_ReadWrite', 'seL4_CapRights_new(0, 0, 1, 1)'),
                    ('seL4_NoWrite', 'seL4_CapRights_new(1, 1, 1, 0)'),
                    ('seL4_NoRead', 'seL4_CapRights_new(1, 1, 0, 1)'),
                    ('seL4_NoRights', 'seL4_CapRights_new(0, 0, 0, 0)')])
    registers = abi.user_context(profile.arch)['registers']
    header.add('typedef struct seL4_UserContext_ {',
               *(f'    seL4_Word {name};' for name in registers), '} seL4_UserContext;')
    for record in data['structs']:
        if profile.has(record) and not is_boot_struct(record):
            add_struct(profile, header, record)
    header.write()


def write_bootinfo(profile):
    """sel4/bootinfo_types.h"""
    header = profile.header('bootinfo_types', 'What the initial thread finds.', 'sel4/types.h')
    add_themes(profile, header, 'bootinfo_types')
    for record in abi.load('structs')['structs']:
        if profile.has(record) and is_boot_struct(record):
            add_struct(profile, header, record)
    header.write()


# ---- faults --------------------------------------------------------------------------------------

def message_words(message):
    """(public word name, index) of a fault message."""
    words = [word if isinstance(word, str) else word[0] for word in message['words']]
    return [*((word, index) for index, word in enumerate(words)),
            *message.get('more', {}).items()]


def add_getters(header, fault, message):
    """One function per word; the record's first word is the label."""
    words = dict(message_words(message))
    if fault == 'CapFault':
        words = {**{word: words[word] for word in message['words'][:4]},
                 'MR4': 4, 'MR5': 5, 'MR6': 6}
    if fault == 'Timeout':
        words.update({'data': words['Data'], 'consumed': words['Consumed']})
    for word, index in words.items():
        header.add(*function_head(f'seL4_Word seL4_Fault_{fault}_get_{word}',
                                  ['seL4_Fault_t fault']), f'    return fault.words[{index + 1}];', '}')


def add_timeout_reply(profile, header, message):
    """Puts registers into the message that answers a timeout fault."""
    header.add('/* The answer to a timeout fault: new registers, and whether the thread goes on. */',
               *function_head('seL4_MessageInfo_t seL4_TimeoutReply_new',
                              ['seL4_Bool resume', 'seL4_UserContext regs', 'seL4_Word length']),
               *(f'    seL4_SetMR({index}, regs.{register});'
                 for index, (_, register) in enumerate(message['words'])),
               '    return seL4_MessageInfo_new(!resume, 0, 0, length);', '}')


def write_faults(profile):
    """sel4/faults.h"""
    header = profile.header('faults', 'Fault messages.', 'sel4/functions.h', 'sel4/types.h')
    faults = [record for record in abi.load('faults')['labels'] if profile.has(record)]
    messages = abi.fault_messages(profile.arch)
    typedef_enum(header, 'seL4_FaultType',
                 [('seL4_Fault_' + record['name'], record['label']) for record in faults])
    for fault, message in messages.items():
        if profile.has(message):
            pairs = [(f'seL4_{fault}_{word}', index) for word, index in message_words(message)]
            if fault != 'CapFault':
                pairs.append((f'seL4_{fault}_Length', len(message['words'])))
            typedef_enum(header, f'seL4_{fault}_Msg', pairs)
    longest = max(len(message['words']) for message in messages.values())
    header.add('/* A fault taken out of a message: the label, then the words. */',
               'typedef struct {', f'    seL4_Word words[{longest + 1}];', '} seL4_Fault_t;')
    header.add('LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)', '{',
               '    seL4_Fault_t fault = {{seL4_MessageInfo_get_label(tag)}};',
               '    seL4_Word length = seL4_MessageInfo_get_length(tag);', '',
               f'    for (seL4_Word i = 0; i < length && i < {longest}; i++) {{',
               '        fault.words[i + 1] = seL4_GetMR((int)i);', '    }',
               '    return fault;', '}')
    header.add('LIBSEL4_INLINE_FUNC seL4_Word seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault)', '{',
               '    return fault.words[0];', '}')
    for record in faults:
        name = {'Timeout': 'TimeoutFault'}.get(record['name'], record['name'])
        header.add(f'LIBSEL4_INLINE_FUNC seL4_Bool seL4_is{name}_tag(seL4_MessageInfo_t tag)', '{',
                   f'    return seL4_MessageInfo_get_label(tag) == {record["label"]};', '}')
        if record['name'] in messages:
            add_getters(header, record['name'], messages[record['name']])
    add_timeout_reply(profile, header, messages['TimeoutReply'])
    header.write()


# ---- invocations ---------------------------------------------------------------------------------

def place(location):
    """MR3 -> (3, 0, 64); MR0[8..15] -> (0, 8, 8); MR2.. -> (2, None, None)."""
    word, _, bits = location.removeprefix('MR').partition('[')
    if '..' in word:
        return int(word.partition('..')[0]), None, None
    if not bits:
        return int(word), 0, 64
    first, _, last = bits.rstrip(']').partition('..')
    return int(word), int(first), int(last or first) - int(first) + 1


def registers_of(kind, profile):
    """Words in an argument that is a set of registers."""
    if kind == 'seL4_UserContext':
        return len(abi.user_context(profile.arch)['registers'])
    record = next(r for r in abi.load('structs')['structs'] if r['name'] == kind)
    return abi.struct_size(record, profile.conditions) // 8


def is_set(argument):
    """Whether an argument or result is a set of registers, passed by pointer."""
    return place(argument[2])[1] is None


def parameters(record):
    """Declarations in the order of the public API: capabilities first unless "order" says else."""
    caps = {name: f'{kind} {name}' for name, kind in record['caps']}
    args = {}
    for argument in record['args']:
        name, kind, _ = argument
        args[name] = f'{kind} *{name}' if is_set(argument) else f'{kind} {name}'
    declared = {**caps, **args}
    for result in record['results']:
        if is_set(result):
            declared[result[0]] = f'{result[1]} *{result[0]}'
    order = record.get('order', list(declared))
    return [f'seL4_{record["object"]} _service'] + [declared[name] for name in order]


def word_terms(record):
    """Word index -> C expressions of the arguments packed into it."""
    words = {}
    for argument in record['args']:
        name, kind, location = argument
        if is_set(argument):
            continue
        word, shift, bits = place(location)
        term = f'{name}.words[0]' if kind == 'seL4_CapRights_t' else name
        if bits < 64:
            term = f'((seL4_Word){term} & {mask(bits)})'
        words.setdefault(word, []).append(f'{term} << {shift}' if shift else term)
    return words


def index_of(first):
    """Where word i of a set that starts at word `first` is."""
    return f'i + {first}' if first else 'i'


def set_lines(record, profile):
    """Statements that put a set of registers into the message."""
    lines = []
    for argument in record['args']:
        if is_set(argument):
            first = place(argument[2])[0]
            count = registers_of(argument[1], profile)
            lines += [f'    for (int i = 0; i < {count}; i++) {{',
                      f'        sel4_put_word(mr, i + {first}, '
                      f'((const seL4_Word *){argument[0]})[i]);', '    }']
    return lines


def message_length(record, profile):
    """What the stub announces."""
    if record['length'] != 'all':
        return record['length']
    return max(place(a[2])[0] + (registers_of(a[1], profile) if is_set(a) else 1)
               for a in record['args'])


def result_lines(record, profile):
    """Statements that take the results apart; those by value go to `result`."""
    lines = []
    for result in record['results']:
        word, shift, bits = place(result[2])
        if is_set(result):
            count = registers_of(result[1], profile)
            limit = f' && i < (int){record["reply"]}' if 'reply' in record else ''
            lines += [f'    for (int i = 0; i < {count}{limit}; i++) {{',
                      f'        ((seL4_Word *){result[0]})[i] = sel4_get_word(mr, {index_of(word)});',
                      '    }']
        else:
            value = f'sel4_get_word(mr, {word})' if word > 3 else f'mr[{word}]'
            if bits < 64:
                value = f'({result[1]})(({value} >> {shift}) & {mask(bits)})'
            lines.append(f'    result.{result[0]} = {value};')
    return lines


def add_stub(header, record, profile):
    """One client function."""
    call = record['call']
    by_value = [result for result in record['results'] if not is_set(result)]
    kind = f'{call}_t' if by_value else 'seL4_Error'
    header.add(f'/* {record["what"]} */')
    if by_value:
        header.parts += [f'typedef struct {call}_ {{', '    int error;',
                         *(f'    {kind_} {name};' for name, kind_, _ in by_value),
                         f'}} {call}_t;', '']
    lines = function_head(f'{kind} {call}', parameters(record))
    words = word_terms(record)
    firsts = [words.get(index, ['0'])[0] for index in range(4)]
    lines += wrapped('    seL4_Word mr[4] = {', firsts, '};')
    if by_value:
        lines.append(f'    {kind} result;')
    lines.append('')
    lines += [f'    seL4_SetCap({index}, {name});' for index, (name, _) in enumerate(record['caps'])]
    for word, terms in words.items():
        lines += ([f'    seL4_SetMR({word}, {" | ".join(terms)});'] if word > 3 else
                  [f'    mr[{word}] |= {term};' for term in terms[1:]])
    lines += set_lines(record, profile)
    invoke = (f'sel4_invoke(_service, {call_label(record)}, {len(record["caps"])}, '
              f'{message_length(record, profile)}, mr)')
    takers = result_lines(record, profile)
    if by_value:
        lines += [f'    result.error = (int){invoke};', *takers, '    return result;']
    elif takers:
        lines += [f'    seL4_Error error = {invoke};', '', '    if (error == seL4_NoError) {',
                  *('    ' + line for line in takers), '    }', '    return error;']
    else:
        lines.append(f'    return {invoke};')
    header.parts += [*lines, '}']


def call_label(record):
    """The enumerator of a label: the id as it is."""
    return record['id']


INVOKE = '''
/* Words behind the fourth live in the IPC buffer. */
LIBSEL4_INLINE_FUNC void sel4_put_word(seL4_Word mr[4], int index, seL4_Word value)
{
    if (index < 4) {
        mr[index] = value;
    } else {
        seL4_SetMR(index, value);
    }
}

LIBSEL4_INLINE_FUNC seL4_Word sel4_get_word(const seL4_Word mr[4], int index)
{
    return index < 4 ? mr[index] : seL4_GetMR(index);
}

/* Calls a kernel object. On an error msg[0..3] of the buffer get the details. */
LIBSEL4_INLINE_FUNC seL4_Error sel4_invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps,
                                           seL4_Word length, seL4_Word mr[4])
{
    seL4_Word info = seL4_MessageInfo_new(label, 0, caps, length).words[0];

    sel4_sys_call(seL4_SysCall, &service, &info, mr);
    info = seL4_MessageInfo_get_label((seL4_MessageInfo_t){{info}});
    if (info != seL4_NoError) {
        sel4_store_mrs(mr);
    }
    return (seL4_Error)info;
}'''

CONFIGURE = '''
/* without flags: sporadic replenishment off */
LIBSEL4_INLINE_FUNC seL4_Error seL4_SchedControl_Configure(seL4_SchedControl _service,
                                                           seL4_SchedContext schedcontext,
                                                           seL4_Time budget, seL4_Time period,
                                                           seL4_Word extra_refills,
                                                           seL4_Word badge)
{
    return seL4_SchedControl_ConfigureFlags(_service, schedcontext, budget, period, extra_refills,
                                            badge, seL4_SchedContext_NoFlag);
}'''


def write_invocations(profile):
    """sel4/invocation.h and sel4/client.h"""
    numbering = abi.label_class(profile.arch, profile.options)
    header = profile.header('invocation', f'Labels, class {numbering}.')
    pairs = [(call_label(record), label) for record, label in profile.invocations()]
    typedef_enum(header, 'seL4_InvocationLabel',
                 [('InvalidInvocation', 0), *pairs, ('nInvocationLabels', len(pairs) + 1)])
    header.write()
    header = profile.header('client', 'One function per invocation.', 'sel4/functions.h',
                            'sel4/invocation.h', 'sel4/syscalls.h', 'sel4/types.h')
    header.parts += INVOKE.split('\n')
    for record, _ in profile.invocations():
        add_stub(header, record, profile)
    header.parts += CONFIGURE.split('\n')
    header.write()


# ---- debug and benchmark calls -------------------------------------------------------------------

def debug_stub(record):
    """The lines of one call that is not one of the eleven."""
    fields = {kind: f'(seL4_Word){name}' for name, _, kind in record['in'] if kind != 'text'}
    declared = [f'{kind}{"" if kind.endswith("*") else " "}{name}'
                for name, kind, _ in record['in']]
    out = record.get('out')
    name = 'seL4_Sys' + record['name']
    lines = function_head(f'{out[0] if out else "void"} seL4_{record["name"]}', declared)
    if not fields and not out:
        return lines + [f'    sel4_sys_null({name});', '}']
    lines += [f'    seL4_Word cap = {fields.get("cap", "0")};'.replace('cap = (seL4_Word)cap',
                                                                       'word = (seL4_Word)cap'),
              f'    seL4_Word info = {fields.get("info", "0")};',
              f'    seL4_Word mr[4] = {{{fields.get("mr0", "0")}, 0, 0, 0}};', '']
    word = 'word' if any(argument[0] == 'cap' for argument in record['in']) else 'cap'
    lines += [f'    sel4_put_text({text});' for text, _, kind in record['in'] if kind == 'text']
    lines.append(f'    sel4_sys_call({name}, &{word}, &info, mr);')
    if out:
        lines.append(f'    return ({out[0]}){"mr[0]" if out[1] == "mr0" else word};')
    return lines + ['}']


TEXT = '''
/* Texts go into the message part of the IPC buffer, cut to what fits. */
LIBSEL4_INLINE_FUNC void sel4_put_text(const char *text)
{
    char *to = (char *)__sel4_ipc_buffer->msg;
    char *last = to + sizeof(__sel4_ipc_buffer->msg) - 1;

    while (to < last && *text != '\\0') {
        *to++ = *text++;
    }
    *to = '\\0';
}'''

PUT_STRING = '''
LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *text)
{
    while (*text != '\\0') {
        seL4_DebugPutChar(*text++);
    }
}'''


def write_debug(profile):
    """sel4/debug.h"""
    header = profile.header('debug', 'Debug and benchmark calls that exist.',
                            'sel4/arch/syscall.h', 'sel4/functions.h', 'sel4/syscall_numbers.h',
                            'sel4/types.h')
    present = [record for record in abi.load('syscalls')['syscalls']
               if profile.has(record) and 'in' in record]
    if any(argument[2] == 'text' for record in present for argument in record['in']):
        header.parts += TEXT.split('\n')
    for record in present:
        header.add(*debug_stub(record))
    if any(record['name'] == 'DebugPutChar' for record in present):
        header.parts += PUT_STRING.split('\n')
    header.write()


def write_arch(profile):
    """sel4/arch/syscall.h"""
    header = profile.header('arch/syscall', 'Which processor.',
                            f'sel4/arch/{profile.arch}/syscall.h')
    header.write()


def write_user(arch, name, out):
    """All headers of a profile."""
    profile = Profile(arch, name, out)
    for write in (write_config, write_constants, write_errors, write_objects,
                  write_syscall_numbers, write_types, write_bootinfo, write_faults,
                  write_invocations, write_debug, write_arch):
        write(profile)
