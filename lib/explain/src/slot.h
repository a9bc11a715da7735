// SPDX-License-Identifier: BSD-2-Clause
/* What the slots of a component are for, as Microkit lays them out. Private to the library. */
#pragma once

#include <explain/explain.h>

/* Slots first .. first + count - 1, one for each id; or a single one. */
struct slot_kind {
    uint32_t first, count;
    const char *noun; /* "the notification of channel": an id follows where there are several */
    const char
        *grant; /* what the system file would have to say; or null. @ the component, # the id */
};

/* No channel, interrupt, child or I/O port has a larger one. */
enum { SLOT_ID_MAX = 61 };

/* A capability address taken apart. */
struct slot {
    const struct slot_kind *kind;     /* null: no slot of Microkit's */
    uint32_t id;                      /* or the slot of <cspace> */
    bool user;                        /* one of those that <cspace> fills */
    const struct system_cap *cap;     /* what the description has there, or null */
    const struct system_cap *sibling; /* the same channel's other capability, or null */
    bool good;                        /* the address leads to a slot at all */
};

struct slot slot_find(const struct system_image *image, uint32_t component, uint64_t address);
