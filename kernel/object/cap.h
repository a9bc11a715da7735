// SPDX-License-Identifier: BSD-2-Clause
/*
 * Capabilities: the only names user level has for kernel objects.
 *
 * A capability is two words with one layout for all types, so that reading a
 * field needs no switch. `object` sits in the top bits and is sign-extended:
 * one shift gives back a kernel pointer. What the other fields mean:
 *
 *   type            object             bits         rights   flag    data
 *   untyped         physical address   log2 bytes   -        device  see untyped.h
 *   endpoint        object             -            WRGP     -       badge
 *   notification    object             -            WR       -       badge
 *   reply           object             -            G        -       -
 *   cnode           slots              log2 slots   kind     -       guard << 6 | guard size
 *   tcb             object             -            -        -       -
 *   sched_context   object             log2 bytes   -        -       -
 *   sched_control   -                  -            -        -       core
 *   irq_handler     -                  -            -        -       interrupt number
 *   zombie          slots              log2 slots   -        tcb     slots still to be emptied
 *   frame           physical address   log2 bytes   WR       device  mapping
 *   table           object             level        -        -       mapping (root: ASID only)
 *   asid_pool       object             -            -        -       pool number
 *   io_port         -                  -            -        -       first | last << 16
 *
 * kind = CNODE_WHOLE: the guard is zeros and with the index takes all the bits of an
 * address, so that a lookup that starts here ends here, at the slot of that number;
 * CNODE_PLAIN: there is no guard. Both only say what the other fields say.
 * mapping = ASID << 48 | virtual address; ASID 0 means not mapped.
 */
#pragma once

#include <abi/message.h>
#include <abi/objects.h>

#include "lib/base.h"

enum cap_type {
    CAP_NULL,
    CAP_UNTYPED,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_REPLY,
    CAP_CNODE,
    CAP_TCB,
    CAP_SCHED_CONTEXT,
    CAP_SCHED_CONTROL,
    CAP_IRQ_CONTROL,
    CAP_IRQ_HANDLER,
    CAP_DOMAIN,
    CAP_ZOMBIE,
    CAP_FRAME,
    CAP_TABLE,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_IO_PORT_CONTROL,
    CAP_IO_PORT,
    CAP_IO_TABLE,
    CAP_TYPE_COUNT
};

struct cap {
    union {
        struct {
            uint64_t bits : 6; /* lowest, so that the word itself can be the count of a shift */
            uint64_t type : 5;
            uint64_t rights : 4;
            uint64_t flag : 1;
            int64_t object : 48;
        };
        word_t word; /* to look at several fields at once */
    };
    word_t data;
};

#define CAP_TYPE(type)   ((word_t)(type) << 6)
#define CAP_TYPE_MASK    CAP_TYPE(MASK(5))
#define CAP_RIGHTS_SHIFT 11
#define CAP_FLAG         BIT(15)

static_assert(sizeof(struct cap) == 16, "two capabilities' worth of words make a slot");
static_assert(CAP_TYPE_COUNT <= 32, "the type field has five bits");

#define MAPPING_ASID_SHIFT 48

/* ---- making capabilities ---- */

static inline struct cap cap_null(void)
{
    return (struct cap){.type = CAP_NULL};
}

static inline struct cap cap_of_object(enum cap_type type, const void *object)
{
    return (struct cap){.type = type, .object = (intptr_t)object};
}

static inline struct cap cap_untyped(paddr_t base, unsigned bits, bool device)
{
    return (struct cap){.type = CAP_UNTYPED, .object = (int64_t)base, .bits = bits, .flag = device};
}

static inline struct cap cap_endpoint(const void *endpoint, unsigned rights, word_t badge)
{
    return (struct cap){.type = CAP_ENDPOINT,
                        .object = (intptr_t)endpoint,
                        .rights = rights & RIGHT_ALL,
                        .data = badge};
}

static inline struct cap cap_notification(const void *notification, unsigned rights, word_t badge)
{
    return (struct cap){.type = CAP_NOTIFICATION,
                        .object = (intptr_t)notification,
                        .rights = rights & (RIGHT_READ | RIGHT_WRITE),
                        .data = badge};
}

enum { CNODE_WHOLE = 1, CNODE_PLAIN = 2 };

static inline unsigned cnode_kind(unsigned radix, word_t guard, unsigned guard_size)
{
    return (guard == 0 && guard_size + radix == WORD_BITS ? CNODE_WHOLE : 0) |
           (guard == 0 && guard_size == 0 ? CNODE_PLAIN : 0);
}

static inline struct cap cap_cnode(const void *slots, unsigned radix, word_t guard,
                                   unsigned guard_size)
{
    return (struct cap){.type = CAP_CNODE,
                        .object = (intptr_t)slots,
                        .bits = radix,
                        .rights = cnode_kind(radix, guard, guard_size),
                        .data = guard << GUARD_SIZE_BITS | guard_size};
}

static inline struct cap cap_frame(paddr_t base, unsigned bits, bool device)
{
    return (struct cap){.type = CAP_FRAME,
                        .object = (int64_t)base,
                        .bits = bits,
                        .flag = device,
                        .rights = RIGHT_READ | RIGHT_WRITE};
}

static inline struct cap cap_table(const void *table, unsigned level)
{
    return (struct cap){.type = CAP_TABLE, .object = (intptr_t)table, .bits = level};
}

/* ---- reading them ---- */

static inline void *cap_object(struct cap cap)
{
    return (void *)(intptr_t)cap.object;
}

static inline paddr_t cap_paddr(struct cap cap)
{
    return (paddr_t)cap.object;
}

static inline bool cap_can(struct cap cap, unsigned right)
{
    return (cap.rights & right) == right;
}

static inline unsigned cap_guard_size(struct cap cnode)
{
    return cnode.data & MASK(GUARD_SIZE_BITS);
}

static inline word_t cap_guard(struct cap cnode)
{
    return cnode.data >> GUARD_SIZE_BITS;
}

/* Is it a CNode of (at least) this kind? */
static inline bool cap_is_cnode_of(struct cap cap, unsigned kind)
{
    const word_t wanted = (word_t)kind << CAP_RIGHTS_SHIFT;

    return (cap.word & (CAP_TYPE_MASK | wanted)) == (CAP_TYPE(CAP_CNODE) | wanted);
}

static inline unsigned cap_asid(struct cap mapped)
{
    return mapped.data >> MAPPING_ASID_SHIFT;
}

static inline vaddr_t cap_vaddr(struct cap mapped)
{
    return mapped.data & MASK(MAPPING_ASID_SHIFT);
}

static inline bool cap_is_mapped(struct cap cap)
{
    return cap_asid(cap) != 0;
}

static inline void cap_set_mapping(struct cap *cap, unsigned asid, vaddr_t vaddr)
{
    cap->data = (word_t)asid << MAPPING_ASID_SHIFT | vaddr;
}

static inline void cap_clear_mapping(struct cap *cap)
{
    cap->data = 0;
}

/* ---- rules of copying: docs/kernel/capabilities.md (cap.c) ---- */

/* The memory a capability stands for; false for those that stand for none. */
bool cap_region(struct cap cap, paddr_t *base, word_t *size_bytes);

/* Do both name the same object (so that deleting one leaves it alive)? */
bool cap_same_object(struct cap a, struct cap b);

/* Could `child` have been made from `parent`, judging by what they name? */
bool cap_covers(struct cap parent, struct cap child);

/* The capability with only the rights of the mask left. */
struct cap cap_mask_rights(struct cap cap, word_t rights);

/* The capability with a user-given data word applied; null when the word may not be applied.
 * preserve: the Mutate and Rotate flavour, which never touches a badge. */
struct cap cap_update_data(struct cap cap, bool preserve, word_t data);

/* Number DebugCapIdentify shows, and a name for reports. */
unsigned cap_tag(struct cap cap);
const char *cap_name(struct cap cap);
