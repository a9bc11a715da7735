// SPDX-License-Identifier: BSD-2-Clause
/*
 * The initial thread of the simulated machine is this program: a system call of lib/process enters
 * the kernel here. While the kernel lets others run, they are played.
 */
#pragma once

#include "lib/base.h"

struct user {
    uint64_t calls;     /* made by the initial thread */
    uint64_t refusable; /* those of them that a kernel may refuse */
    uint64_t refuse_at; /* this one of those is refused without asking the kernel; 0: none */
    uint64_t refused;
    unsigned refuse_one_in; /* besides, one in so many, by chance; 0: none */
    uint64_t seed;
};

extern struct user user;

/* Boots; *bootinfo and *ipc_buffer are where this program can read them. */
void user_boot(uint64_t ram_bytes, void **bootinfo, void **ipc_buffer);
