// SPDX-License-Identifier: BSD-2-Clause
/*
 * Programs in ELF files: static executables of 64 bits, for the processor this is compiled for.
 * Pure: reads bytes, trusts none of them, calls nothing.
 *
 * Choices: a segment is never writable and executable at once; two segments never share a page,
 * so that each page has the rights of one segment; addresses are used as they are (no
 * position-independent executables); what only a dynamic linker could do is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_SEGMENTS_MAX = 16, ELF_TLS_BYTES_MAX = 1 << 20 };

enum elf_status {
    ELF_OK,
    ELF_TOO_SHORT, /* no room for the header */
    ELF_NO_MAGIC,  /* does not begin with 7f E L F */
    ELF_NOT_64_BIT,
    ELF_NOT_LITTLE_ENDIAN,
    ELF_UNKNOWN_VERSION,
    ELF_OTHER_PROCESSOR,
    ELF_NOT_EXECUTABLE, /* an object file, a library, a core dump */
    ELF_POSITION_INDEPENDENT,
    ELF_BAD_HEADER_SIZE, /* of the header or of a program header */
    ELF_NO_SEGMENTS,
    ELF_HEADERS_OUTSIDE, /* the program headers are not in the file */
    ELF_TOO_MANY_SEGMENTS,
    ELF_NEEDS_INTERPRETER,
    ELF_SEGMENT_OUTSIDE,    /* its bytes are not in the file */
    ELF_SEGMENT_SHRINKS,    /* more bytes in the file than in memory */
    ELF_SEGMENT_MISALIGNED, /* address and offset disagree about the place in a page */
    ELF_SEGMENT_ADDRESS,    /* not where programs may be: null page, kernel, wrap-around */
    ELF_SEGMENTS_OVERLAP,
    ELF_SEGMENTS_SHARE_PAGE,
    ELF_WRITABLE_CODE,
    ELF_ENTRY_OUTSIDE, /* not in a segment with code */
    ELF_TWO_TLS,
    ELF_BAD_TLS, /* in no segment, too large, alignment no power of two up to a page */
    ELF_STATUS_COUNT
};

/* What the target wants. */
struct elf_target {
    uint16_t machine;
    unsigned page_bits;
    uint64_t start, end; /* addresses that programs may use */
};

struct elf_segment {
    uint64_t address, memory_bytes;
    uint64_t file_offset, file_bytes;
    bool can_write, can_execute;
};

/* Thread-local variables: their initial values are in one of the segments. */
struct elf_tls {
    uint64_t address, file_bytes;
    uint64_t memory_bytes; /* 0: there are none */
    uint64_t align;
};

struct elf_program {
    uint64_t entry;
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* none is empty */
    struct elf_tls tls;
    uint64_t headers_address; /* of the program headers in memory; 0: not loaded */
    unsigned header_count, header_bytes;
    uint64_t end; /* of the highest segment, rounded up to a page */
};

/* Borrows the bytes for the call. If it does not answer ELF_OK, *program means nothing. */
enum elf_status elf_parse(const void *file, size_t file_bytes, const struct elf_target *target,
                          struct elf_program *program) __attribute__((warn_unused_result));

/* The defect in words; never null. */
const char *elf_status_text(enum elf_status status);
