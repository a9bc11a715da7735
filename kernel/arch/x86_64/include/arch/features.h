// SPDX-License-Identifier: BSD-2-Clause
/*
 * What this processor can do. Read once at boot; a processor without the
 * necessary part is refused there, so nobody else asks for it.
 */
#pragma once

#include "core/options.h"
#include "lib/base.h"

struct cpu_features {
    bool huge_pages; /* 1 GiB pages */
    bool no_execute;
    bool fsgsbase;
    bool smep;
    bool smap;
    bool umip;
    bool xsave;
    bool xsaveopt;
    uint32_t family; /* display family and model, as the manuals count */
    uint32_t model;
    uint8_t physical_bits;
};

extern struct cpu_features cpu_features;

/* Fills cpu_features; halts with a message when a necessary feature is missing. */
void features_probe(void);

/* Sets the control registers, EFER, PAT and XCR0 of this core accordingly. */
void features_init_core(const struct abi_profile *profile);
