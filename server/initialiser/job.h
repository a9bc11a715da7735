// SPDX-License-Identifier: BSD-2-Clause
/*
 * What every step works on: the description, what the kernel gave, and which slot holds what.
 *
 * Object n of the description has slot `base` + n of the initialiser's own CNode, and so have the
 * copies that second mappings need. Behind them are slots for whatever else is wanted; none is
 * given back, since the initialiser stops when it is done.
 */
#pragma once
#include <proto/system_image_check.h>
#include <sel4/sel4.h>

struct job {
    const seL4_BootInfo *boot;
    const struct system_image *image;
    const struct system_object *objects;
    const struct system_component *components;
    seL4_CPtr base;
    seL4_CPtr next_slot;
};

/* Stops with a message if the description is not to be trusted or there are not enough slots. */
void job_init(struct job *job, const seL4_BootInfo *boot, struct system_image_place place);

/* A slot that is empty. */
seL4_CPtr job_slot(struct job *job);

/* Where the capability to an object of a run is: with the initialiser's own, if it is one of those
 * that are lent. */
seL4_CPtr job_cap(const struct job *job, uint32_t object, uint32_t index);

/* A copy with a badge in a slot of its own. */
seL4_CPtr job_mint(struct job *job, uint32_t object, seL4_CapRights_t rights, seL4_Word badge);

/* The boot information of one kind, with its header, or null. */
const seL4_BootInfoHeader *job_boot_record(const struct job *job, seL4_Word id);

/* Rights of the description as the kernel wants them. */
static inline seL4_CapRights_t job_rights(unsigned rights)
{
    const seL4_Word grant = (rights & SYSTEM_GRANT) != 0;

    return seL4_CapRights_new(grant, grant, (rights & SYSTEM_READ) != 0,
                              (rights & SYSTEM_WRITE) != 0);
}
