// SPDX-License-Identifier: BSD-2-Clause
/* A program in memory, for tests and fuzzers of the build stage: two segments, and every symbol
 * that the system files of the corpus name. */
#pragma once
#include <elf.h>
#include <stddef.h>
#include <string.h>

static const char *const symbol_names[] = {"microkit_name",
                                           "microkit_passive",
                                           "microkit_irqs",
                                           "microkit_notifications",
                                           "microkit_pps",
                                           "microkit_ioports",
                                           "system_image_place",
                                           "a",
                                           "paddr",
                                           "size",
                                           "same",
                                           "i",
                                           "me",
                                           "restarted",
                                           "uart",
                                           "peer",
                                           "vcpu_id",
                                           "_start"};

/* The last is a function; any other symbol i is at 0x201000 + i * SYMBOL_BYTES. */
enum { SYMBOL_A = 7, SYMBOL_PADDR = 8, SYMBOL_BYTES = 80 };
enum { SYMBOLS = sizeof(symbol_names) / sizeof(symbol_names[0]) };

struct program_file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Shdr sections[6];
    Elf64_Sym symbols[SYMBOLS + 1];
    char names[320];
    char section_names[32];
    unsigned char lines[96]; /* a line program of DWARF 4 */
    unsigned char frames[80];
    char data[64];
};

static inline unsigned symbol_size(const char *name)
{
    if (strcmp(name, "microkit_name") == 0) {
        return 64;
    }
    return strcmp(name, "system_image_place") == 0 ? 16 : 8;
}

/* One unit: header, one file, and rows made by each kind of operation. */
static inline void make_lines(struct program_file *file)
{
    static const unsigned char unit[] = {
        4,   0,                        /* version */
        27,  0,    0,    0,            /* length of the rest of the header */
        1,   1,    1,    0xfb, 14, 13, /* steps, line base -5, line range, opcode base */
        0,   1,    1,    1,    1,  0,    0, 0, 1, 0, 0, 1, /* operands of the standard codes */
        0,                                                 /* no folders */
        'a', '.',  'c',  0,    0,  0,    0, 0,             /* one file, and the end of the table */
        0,   9,    2,    0,    0,  0x20, 0, 0, 0, 0, 0,    /* set address 0x200000 */
        3,   9,    1,    2,    4,  1,    5, 7, 6, 8, 9, 2,
        0,   0x4b, 0x85, 10,   1,  2,    2, 0, 1, 1, /* end of the sequence */
    };

    file->lines[0] = sizeof(unit);
    memcpy(file->lines + 4, unit, sizeof(unit));
    file->sections[4] = (Elf64_Shdr){.sh_name = 1,
                                     .sh_type = SHT_PROGBITS,
                                     .sh_offset = offsetof(struct program_file, lines),
                                     .sh_size = sizeof(unit) + 4};
}

/* What functions share, and one function, with operations of each kind. */
static inline void make_frames(struct program_file *file)
{
    static const unsigned char entries[] = {
        16,   0, 0,    0,    0xff, 0xff, 0xff, 0xff, 1,    0,    1,    0x78, 16, 0x0c, 7, 8, 0x90,
        1,    0, 0,    40,   0,    0,    0,    0,    0,    0,    0,    0,    0,  0x20, 0, 0, 0,
        0,    0, 0x40, 0,    0,    0,    0,    0,    0,    0,    0x41, 0x0e, 16, 0x86, 2, 2, 3,
        0x0d, 6, 0x0a, 0x43, 0x0c, 7,    8,    0xc6, 0x44, 0x0b, 0x42, 0x12, 6,  0x7e, 0};

    memcpy(file->frames, entries, sizeof(entries));
    file->sections[5] = (Elf64_Shdr){.sh_name = 13,
                                     .sh_type = SHT_PROGBITS,
                                     .sh_offset = offsetof(struct program_file, frames),
                                     .sh_size = 64};
}

static inline void make_program(struct program_file *file)
{
    size_t used = 1;

    memset(file, 0, sizeof(*file));
    memcpy(file->header.e_ident, ELFMAG "\2\1\1", 7);
    file->header.e_type = ET_EXEC;
    file->header.e_entry = 0x200000;
    file->header.e_phoff = offsetof(struct program_file, segments);
    file->header.e_phentsize = sizeof(Elf64_Phdr);
    file->header.e_phnum = 2;
    file->header.e_shoff = offsetof(struct program_file, sections);
    file->header.e_shentsize = sizeof(Elf64_Shdr);
    file->header.e_shnum = 6;
    file->header.e_shstrndx = 3;
    for (unsigned i = 0; i < 2; i++) {
        file->segments[i] = (Elf64_Phdr){.p_type = PT_LOAD,
                                         .p_flags = i ? PF_R | PF_W : PF_R | PF_X,
                                         .p_offset = offsetof(struct program_file, data),
                                         .p_vaddr = 0x200000 + 0x1000 * i,
                                         .p_paddr = 0x200000 + 0x1000 * i,
                                         .p_filesz = sizeof(file->data),
                                         .p_memsz = 0x800};
    }
    for (unsigned i = 0; i < SYMBOLS; i++) {
        file->symbols[i + 1] = (Elf64_Sym){.st_name = (Elf64_Word)used,
                                           .st_value = 0x201000 + SYMBOL_BYTES * i,
                                           .st_size = symbol_size(symbol_names[i])};
        used += strlen(strcpy(file->names + used, symbol_names[i])) + 1;
    }
    file->symbols[SYMBOLS].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    file->symbols[SYMBOLS].st_shndx = 1;
    file->symbols[SYMBOLS].st_value = 0x200000;
    file->symbols[SYMBOLS].st_size = 0x40;
    file->sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                     .sh_offset = offsetof(struct program_file, symbols),
                                     .sh_size = sizeof(file->symbols),
                                     .sh_link = 2,
                                     .sh_entsize = sizeof(Elf64_Sym)};
    memcpy(file->section_names, "\0.debug_line\0.debug_frame", 26);
    file->sections[3] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                     .sh_offset = offsetof(struct program_file, section_names),
                                     .sh_size = sizeof(file->section_names)};
    make_lines(file);
    make_frames(file);
    file->sections[2] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                     .sh_offset = offsetof(struct program_file, names),
                                     .sh_size = sizeof(file->names)};
}
