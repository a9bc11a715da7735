// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the architecture's boot code found, as one struct handed to the generic
 * kernel. Everything in it lives in boot-only memory: kernel_boot() copies what
 * must last and never keeps a pointer.
 */
#pragma once

#include "core/options.h"
#include "lib/base.h"

enum { PLATFORM_RAM_MAX = 16, PLATFORM_USED_MAX = 8, PLATFORM_HOLES_MAX = 8 };

struct phys_range {
    paddr_t start;
    paddr_t end; /* exclusive */
};

/* The initial task, already loaded: paddr_start + (v - vaddr_start) holds the byte of address v. */
struct task_image {
    paddr_t paddr_start; /* page aligned, directly behind the kernel image */
    paddr_t paddr_end;
    vaddr_t vaddr_start; /* page aligned */
    vaddr_t vaddr_end;   /* rounded up to a page */
    vaddr_t entry;
};

/* Copies of firmware tables that go into the extra boot information; the architecture's business.
 */
struct platform_extra;

struct platform {
    /* RAM at or above 1 MiB, rounded inwards to pages, ascending, not overlapping. */
    struct phys_range ram[PLATFORM_RAM_MAX];
    unsigned ram_count;
    struct phys_range kernel;      /* the whole image */
    struct phys_range kernel_boot; /* its start that nobody needs after boot: reusable */
    /* More RAM that stays the kernel's (tables that map RAM); ascending, page aligned. */
    struct phys_range used[PLATFORM_USED_MAX];
    unsigned used_count;
    /* Device memory that nobody gets: kernel devices, message-interrupt window; ascending. */
    struct phys_range device_holes[PLATFORM_HOLES_MAX];
    unsigned device_hole_count;
    struct task_image task;
    unsigned cpu_count;   /* processors the firmware tells of, at least 1 */
    unsigned ioapic_pins; /* 0: no such controller */
    uint32_t tsc_mhz;     /* ticks of the kernel clock in a microsecond */
    ticks_t entry_ticks;  /* the clock at the kernel's first instruction */
    const struct options *options;
    const struct platform_extra *extra;
};

/* Length and content of the extra boot information chunks; `to` has platform_extra_bytes() bytes.
 */
size_t platform_extra_bytes(const struct platform *platform);
void platform_extra_write(const struct platform *platform, void *to);

/* The generic kernel takes over: objects for the initial task, then the task. */
NORETURN void kernel_boot(const struct platform *platform);

/*
 * Stops a machine that cannot be booted. The text (what, where, why, what would
 * do) goes to the console in every config. Only before the first user instruction.
 */
NORETURN void boot_halt(const char *format, ...) PRINTF_LIKE(1, 2);
