// SPDX-License-Identifier: BSD-2-Clause
/*
 * ELF files: what a loader needs, and symbols. The bytes come from outside and are trusted with
 * nothing: every offset is checked against the file before it is used.
 *
 * A file is read once (struct elf). Each component that runs it has its own struct program, whose
 * bytes can be patched.
 */
#pragma once
#include "file.h"
#include "job.h"
#include "names.h"

enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4, SEGMENTS_MAX = 64 };

struct elf_segment {
    uint64_t vaddr, paddr;
    uint64_t file_size, memory_size;
    uint32_t flags;
    const unsigned char *bytes;
};

struct elf_symbol {
    uint64_t address, size;
    unsigned times; /* how often the name occurs */
};

/* A section's bytes; null if there is no such section. */
struct elf_section {
    const unsigned char *bytes;
    uint64_t length, address;
};

/* A function among the symbols. */
struct elf_function {
    const char *name;
    uint64_t address, size;
};

struct elf {
    const char *path;
    struct place place; /* of the attribute that names the file, for messages */
    uint64_t entry;
    uint16_t machine;
    struct elf_segment segments[SEGMENTS_MAX]; /* loadable, not empty, ascending */
    unsigned segment_count;
    bool has_symbols;
    struct names symbols;                                         /* of struct elf_symbol */
    struct list functions;                                        /* of struct elf_function */
    struct elf_section line_program, line_strings, debug_strings; /* of DWARF */
    struct elf_section frames, debug_frames;                      /* .eh_frame, .debug_frame */
    struct elf_section code; /* proto/system_code.h, when code_table() has made it */
};

/* `at` is where the file was asked for; `machine` is the processor it must be for. */
struct elf *elf_parse(struct job *job, const struct file *file, const struct place *at,
                      uint16_t machine);

const struct elf_symbol *elf_symbol(const struct elf *elf, const char *name);

/* A segment's contents: the first `filled` bytes, then zeros. */
struct program_segment {
    const struct elf_segment *segment;
    unsigned char *bytes;
    uint64_t filled;
};

struct program {
    const struct elf *elf, *symbols; /* symbols may come from another file */
    struct program_segment segments[SEGMENTS_MAX];
};

struct program *program_new(struct job *job, const struct elf *elf, const struct elf *symbols);

/* The symbol's address; refuses if there is not exactly one. `owner` names the component. */
const struct elf_symbol *program_symbol(struct job *job, const struct program *program,
                                        const char *owner, const char *name,
                                        const struct place *at);
/* Writes bytes where the symbol is. */
void program_patch(struct job *job, struct program *program, const char *owner, const char *name,
                   const struct elf_symbol *symbol, const void *bytes, size_t length,
                   const struct place *at);
