// SPDX-License-Identifier: BSD-2-Clause
/*
 * Will it fit? Follows what kernel and initialiser will do with the machine's memory: what the
 * kernel keeps, fixed addresses first, then the rest from the largest object to the smallest.
 * Regions whose physical address a program asks for get one here where the processor's memory map
 * is known (not on x86_64).
 */
#pragma once
#include "plan.h"

enum { MEMORY_RANGES_MAX = 256 };

/* Physical memory besides the objects of the plan. */
struct machine {
    struct range ram[RAM_RANGES_MAX];
    struct range kernel; /* the kernel's image */
    uint64_t task_bytes; /* the initial task with the block in it */
};

struct memory_use {
    uint64_t ram_bytes;    /* all there is */
    uint64_t kernel_bytes; /* kernel, initial task and what is made for it at boot */
    uint64_t fixed_bytes;  /* objects at fixed addresses in RAM */
    uint64_t object_bytes; /* all others */
    uint64_t left_bytes;
    uint64_t device_bytes; /* fixed addresses outside of RAM */
};

/* RAM of a board; `ram_bytes` counts where the board's table does not say. */
void machine_set_ram(struct machine *machine, const struct target *target, uint64_t ram_bytes);

/* Chooses addresses, then checks; refuses what cannot boot. */
struct memory_use memory_place(struct plan *plan, const struct machine *machine);
