# SPDX-License-Identifier: BSD-2-Clause
"""Lays out an SDK folder from what make has built; README.md says what is in it.

The folder is made beside its place and moved there when it is whole.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / 'tool/abigen'))
import abigen as abi  # noqa: E402

VERSION = '2.3.0+sofa'
# Options that the interface's description does not have, because they are the same in every profile of a processor.
FIXED = {'x86_64': {'ARCH_X86': True, 'ARCH_X86_64': True, 'PLAT_PC99': True}}
PARTS = {'initialiser': 'server/initialiser', 'monitor': 'server/monitor'}


class Config:
    """One config of the board: where its pieces are and where they go."""

    def __init__(self, arch, words, folder):
        self.name, self.profile, kernel, library, headers, initialiser, monitor = words
        self.arch, self.folder = arch, folder / self.name
        self.kernel, self.library, self.headers = map(pathlib.Path, (kernel, library, headers))
        self.parts = {'initialiser': initialiser, 'monitor': monitor}
        self.options = abi.profile_options(arch, self.profile)
        self.conditions = abi.all_of(arch, self.options)

    def theme(self, name):
        """{public name: value} of a theme of constants.json."""
        values = {record['name']: abi.value_of(record, self.conditions)
                  for record in abi.constants(self.arch)[name] if 'name' in record}
        return {name: value for name, value in values.items() if value is not None}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')


def write_json(path, value):
    write(path, json.dumps(value, indent=4) + '\n')


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def header(about, *lines):
    return '\n'.join(['#pragma once', '// SPDX-License-Identifier: BSD-2-Clause', f'// {about}', '', *lines, ''])


# ---- headers -------------------------------------------------------------------------------------

def kernel_options(config):
    """What gen_config.h and gen_config.json say, without CONFIG_."""
    return {'SEL4_ARCH': config.arch, **FIXED[config.arch], 'KERNEL_MCS': True, 'WORD_SIZE': 64,
            'ENABLE_SMP_SUPPORT': config.conditions['ENABLE_SMP_SUPPORT'], **config.options}


def option_line(name, value):
    """Projects search these lines with patterns: two blanks before a value."""
    if value is False:
        return f'/* disabled: CONFIG_{name} */'
    return f'#define CONFIG_{name}  {1 if value is True else value}'


def write_configuration(config):
    options = kernel_options(config)
    include = config.folder / 'include'
    write(include / 'kernel/gen_config.h',
          header('Options of the kernel.', *(option_line(*item) for item in options.items())))
    write_json(include / 'kernel/gen_config.json',
               {name: value if isinstance(value, bool) else str(value) for name, value in options.items()})
    by_call = int(options['SET_TLS_BASE_SELF'])
    write(include / 'sel4/gen_config.h',
          header('Options of the C API.', '#include <kernel/gen_config.h>', '',
                 '/* The IPC buffer is found through a plain variable, not a thread-local one. */',
                 '#define SEL4_IPC_BUFFER_GLOBAL  1',
                 '/* 1 if the thread pointer is set by a system call. */',
                 f'#define SEL4_TLS_BY_SYSCALL  {by_call}'))
    write(include / 'autoconf.h',
          header('All options.', '#include <kernel/gen_config.h>', '#include <sel4/gen_config.h>'))


def headers_in(folder, *leave_out):
    """(path within the folder, file) of its headers."""
    for path in sorted(folder.rglob('*.h')):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(leave_out):
            yield name, path


def write_headers(config):
    """Plain copies under the public names, of one architecture."""
    others = tuple(f'sel4/arch/{arch}/' for arch in abi.ARCHS if arch != config.arch)
    for name, path in [*headers_in(ROOT / 'lib/sel4/include', *others),
                       *headers_in(config.headers, 'sel4/gen_config.h'),
                       *headers_in(ROOT / 'lib/microkit/include')]:
        copy(path, config.folder / 'include' / name)
    write_configuration(config)


# ---- facts for the builder -----------------------------------------------------------------------

def object_sizes(config):
    """{kind: log2 of its bytes} of the objects that have one size."""
    named = {record['kernel']: abi.value_of(record, config.conditions)
             for theme in ('object_sizes', 'paging') for record in abi.constants(config.arch)[theme]
             if 'kernel' in record}
    sizes = {'Slot': named['SLOT_BITS']}
    for record, number in abi.object_types(config.arch, config.conditions):
        bits = str(record['bits'])
        if number is not None and (bits.isdigit() or bits in named):
            sizes[record['name'].removeprefix('seL4_')] = int(bits) if bits.isdigit() else named[bits]
    return sizes


def write_facts(config):
    write_json(config.folder / 'invocations_all.json', abi.labels(config.arch, config.conditions))
    write_json(config.folder / 'object_sizes.json', object_sizes(config))
    spaces = config.theme('paging')
    write_json(config.folder / 'address_space_constants.json',
               {name: spaces[f'seL4_{name}'] for name in ('PageTableIndexBits', 'IOPageTableIndexBits', 'UserTop',
                                                          'UserVSpaceTop') if f'seL4_{name}' in spaces})


# ---- binaries ------------------------------------------------------------------------------------

def write_library(config):
    """libmicrokit.a with the members' usual names, and the link script."""
    target = config.folder / 'lib/libmicrokit.a'
    target.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        members = []
        for name, source in (('main.o', 'src/main.c.o'), ('crt0.o', f'arch/{config.arch}/crt0.S.o'),
                             ('dbg.o', 'src/dbg.c.o')):
            members.append(os.path.join(folder, name))
            shutil.copyfile(config.library / source, members[-1])
        subprocess.run(['ar', 'rcsD', str(target), *members], check=True)
    copy(ROOT / 'lib/microkit/microkit.ld', config.folder / 'lib/microkit.ld')


def write_programs(config):
    """Kernel, initialiser, monitor. Says what is missing."""
    for name in ('sel4.elf', 'sel4_32.elf'):
        copy(config.kernel / name, config.folder / 'elf' / name)
    for name, path in config.parts.items():
        if path != '-':
            copy(path, config.folder / f'elf/{name}.elf')
        else:
            yield f'{name}.elf: there is no {PARTS[name]} in the tree; without it bin/microkit makes no image'


# ---- the whole -----------------------------------------------------------------------------------

def set_modes(folder):
    """Nothing but bin/ is executable, whatever the files were copied from."""
    for path in folder.rglob('*'):
        if path.is_file():
            path.chmod(0o755 if path.parent.name == 'bin' else 0o644)


def make(args, folder):
    missing = {}
    write(folder / 'VERSION', VERSION + '\n')
    copy(ROOT / 'LICENSE', folder / 'LICENSE.md')
    copy(args.builder, folder / 'bin/microkit')
    for words in args.config:
        config = Config(args.arch, words, folder / 'board' / args.board)
        write_headers(config)
        write_facts(config)
        write_library(config)
        missing.update(dict.fromkeys(write_programs(config)))
    if missing:
        write(folder / 'MISSING', '\n'.join(missing) + '\n')
    set_modes(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--out', type=pathlib.Path, required=True)
    parser.add_argument('--board', required=True)
    parser.add_argument('--arch', choices=sorted(FIXED), required=True)
    parser.add_argument('--builder', required=True, help='the program that becomes bin/microkit')
    parser.add_argument('--config', nargs=7, action='append', required=True,
                        metavar=('NAME', 'PROFILE', 'KERNEL', 'LIBRARY', 'HEADERS', 'INITIALISER', 'MONITOR'),
                        help='folders and files of one config; - for a program that there is not')
    args = parser.parse_args()
    new = args.out.with_name(args.out.name + '.new')
    shutil.rmtree(new, ignore_errors=True)
    try:
        make(args, new)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f'sdk: {args.out} was not made: {problem}')
    shutil.rmtree(args.out, ignore_errors=True)
    new.rename(args.out)


if __name__ == '__main__':
    main()
