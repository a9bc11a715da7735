// SPDX-License-Identifier: BSD-2-Clause
/* What one processor decides, as data: arch/PROCESSOR/arch.c has the one that is compiled in. */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARCH_LEVELS_MAX = 3, ARCH_FRAME_SIZES_MAX = 3 };

/* Tables below the root of an address space. */
struct arch_level {
    uint8_t span_bits; /* log2 of the bytes one table maps; what a refused Map says is missing */
    uint8_t type;
    seL4_Error (*map)(seL4_CPtr table, seL4_CPtr space, seL4_Word address);
};

struct arch_frame {
    uint8_t bits; /* log2 bytes */
    uint8_t type;
    uint8_t level; /* index of the level whose entries map it */
};

/* Thread-local storage as the processor's convention wants it, as offsets in a block. */
struct arch_tls {
    size_t block_bytes;
    size_t image_offset;   /* where the initial values go */
    size_t pointer_offset; /* where the thread pointer points */
    bool pointer_is_word;  /* the word there has to be its own address */
};

struct process_arch {
    uint8_t object_bits[seL4_ObjectTypeCount]; /* of types with one size; 0: the caller says */
    uint8_t root_type;
    uint8_t level_count; /* from the leaves up */
    struct arch_level levels[ARCH_LEVELS_MAX];
    uint8_t frame_size_count; /* from the smallest up */
    struct arch_frame frames[ARCH_FRAME_SIZES_MAX];
    seL4_Error (*map_frame)(seL4_CPtr frame, seL4_CPtr space, seL4_Word address,
                            seL4_CapRights_t rights);
    seL4_Error (*unmap_frame)(seL4_CPtr frame);
    seL4_Error (*assign_asid)(seL4_CPtr pool, seL4_CPtr space);

    /* Addresses a program may use, and those where the library looks for room by itself. */
    seL4_Word user_start, user_end, search_start;
    uint16_t elf_machine;
    unsigned stack_align;

    void (*tls_layout)(size_t image_bytes, size_t align, struct arch_tls *layout);
    /* Registers of a thread that begins; everything else is 0. */
    void (*set_registers)(seL4_UserContext *registers, seL4_Word entry, seL4_Word stack,
                          seL4_Word argument, seL4_Word thread_pointer);
};

extern const struct process_arch process_arch;
