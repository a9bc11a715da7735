// SPDX-License-Identifier: BSD-2-Clause
/*
 * Starts a component again as it was at first, and undoes what it has done.
 *
 *   stop ──> answer its caller ──> take back its objects ──> capabilities ──> memory
 *        ──> time, thread ──> interrupts ──> signal itself and neighbours ──> let go
 *
 * The first thing that the kernel refuses ends it, and the component stays stopped.
 */
#pragma once

#include <proto/system_image.h>
#include <sel4/sel4.h>
#include <stdbool.h>

/* A restart on its way. */
struct restart {
    const struct system_image *image;
    uint32_t component;
    const struct system_component *own;
    const struct system_thread *thread;
    seL4_Word depth;   /* bits of addresses in the monitor's CNode */
    seL4_Error error;  /* of the first step that failed */
    const char *doing; /* that step, or null */
};

/* `restart->doing` says afterwards whether it worked. */
void restart_component(struct restart *restart, const struct system_image *image,
                       uint32_t component);

/* A record of the description. For the parts in restore.c, too, as the next ones. */
const struct system_object *restart_object(const struct restart *restart, uint32_t object);

/* Notes what failed; true if nothing has. */
bool restart_step(struct restart *restart, seL4_Error error, const char *doing);

/* Fills SLOT_MOMENT with a badged copy of a capability; the slot is emptied by the other one. */
bool restart_mint(struct restart *restart, uint32_t slot, uint64_t badge, const char *doing);
void restart_unmint(const struct restart *restart);

/* Its capability spaces, as the description has them, after its objects were taken away. */
void restore_caps(struct restart *restart);

/* The contents of its memory. */
void restore_memory(struct restart *restart);
