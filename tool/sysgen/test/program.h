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
                                           "vcpu_id"};

/* Symbol i is at 0x201000 + i * SYMBOL_BYTES. */
enum { SYMBOL_A = 7, SYMBOL_PADDR = 8, SYMBOL_BYTES = 80 };
enum { SYMBOLS = sizeof(symbol_names) / sizeof(symbol_names[0]) };

struct program_file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[SYMBOLS + 1];
    char names[320];
    char data[64];
};

static inline unsigned symbol_size(const char *name)
{
    if (strcmp(name, "microkit_name") == 0) {
        return 64;
    }
    return strcmp(name, "system_image_place") == 0 ? 16 : 8;
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
    file->header.e_shnum = 3;
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
    file->sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                     .sh_offset = offsetof(struct program_file, symbols),
                                     .sh_size = sizeof(file->symbols),
                                     .sh_link = 2,
                                     .sh_entsize = sizeof(Elf64_Sym)};
    file->sections[2] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                     .sh_offset = offsetof(struct program_file, names),
                                     .sh_size = sizeof(file->names)};
}
