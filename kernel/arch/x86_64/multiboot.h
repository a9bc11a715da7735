// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a multiboot loader tells, version 1 or 2 (Multiboot Specification 0.6.96
 * section 3.3, Multiboot2 Specification 2.0 section 3.6), copied to where it is safe.
 */
#pragma once

#include "core/platform.h"
#include "extra.h"
#include "lib/base.h"

enum { COMMAND_LINE_BYTES = 2048 };

struct boot_loader_info {
    char command_line[COMMAND_LINE_BYTES];
    struct phys_range module; /* the first one: the initial task's ELF file */
    unsigned module_count;
};

/*
 * Reads the information at `info_paddr` into `info`, the RAM ranges of
 * `platform` and the tables of `extra`. `magic` is what the loader left in EAX.
 * Nothing is read from the loader's memory afterwards but the module. Returns
 * null, or a line saying what is wrong: halting is left to the caller, who
 * knows the console only after the command line was read.
 */
MUST_USE const char *multiboot_read(uint32_t magic, paddr_t info_paddr,
                                    struct boot_loader_info *info, struct platform *platform,
                                    struct platform_extra *extra);
