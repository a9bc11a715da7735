// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces. */
#include <abi/bootinfo.h>

#include "choose.h"
#include "make.h"
#include "object/asid.h"

/* ---- address spaces ---- */

static void make_table(struct build *b)
{
    static const uint8_t methods[4][2] = {
        {METHOD_X86_PDPT_MAP, METHOD_X86_PDPT_UNMAP},
        {METHOD_X86_PDPT_MAP, METHOD_X86_PDPT_UNMAP},
        {METHOD_X86_PAGE_DIRECTORY_MAP, METHOD_X86_PAGE_DIRECTORY_UNMAP},
        {METHOD_X86_PAGE_TABLE_MAP, METHOD_X86_PAGE_TABLE_UNMAP}};
    word_t address = 0;
    struct slot *slot = NULL;
    const bool is_found = build_pick(b, CAP_TABLE, &address, &slot);
    const unsigned level = is_found ? slot->cap.bits & 3 : rng_below(b->rng, 4);

    if (level == 0 && is_found && rng_one_in(b->rng, 2)) {
        build_extra(b, address);
        build_finish(b, build_pick_or_any(b, CAP_ASID_POOL), METHOD_X86_ASID_POOL_ASSIGN);
        return;
    }
    if (rng_one_in(b->rng, 5)) {
        build_finish(b, address, (enum abi_method)methods[level][1]);
        return;
    }
    build_argument(b, 0, choose_vaddr(b));
    build_argument(b, 1, rng_below(b->rng, 8));
    build_extra(b, choose_root(b));
    build_finish(b, address, (enum abi_method)methods[level][0]);
}

static void make_frame(struct build *b)
{
    word_t address = 0;
    struct slot *slot = NULL;
    vaddr_t vaddr = choose_vaddr(b);
    const bool is_found = build_pick(b, CAP_FRAME, &address, &slot);

    switch (rng_below(b->rng, 10)) {
    case 0: build_finish(b, address, METHOD_X86_PAGE_UNMAP); return;
    case 1: build_finish(b, address, METHOD_X86_PAGE_GET_ADDRESS); return;
    case 2:
        build_argument(b, 0, 0);
        build_argument(b, 1, 0);
        build_extra(b, choose_root(b));
        build_finish(b, address, METHOD_X86_PAGE_MAP_IO);
        return;
    default: break;
    }
    if (is_found && cap_is_mapped(slot->cap) && rng_one_in(b->rng, 2)) {
        vaddr = cap_vaddr(slot->cap);
    } else if (is_found && slot->cap.bits == LARGE_PAGE_BITS && !rng_one_in(b->rng, 4)) {
        vaddr = ((vaddr_t)rng_below(b->rng, 3) << 30) + ((4 + (vaddr_t)rng_below(b->rng, 8)) << 21);
    } else if (is_found && !rng_one_in(b->rng, 8)) {
        vaddr = ALIGN_DOWN(vaddr, slot->cap.bits);
    }
    build_argument(b, 0, vaddr);
    build_argument(b, 1, rng_below(b->rng, 4));
    build_argument(b, 2, rng_below(b->rng, 8));
    build_extra(b, choose_root(b));
    build_finish(b, address, METHOD_X86_PAGE_MAP);
}

static void make_pool(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};
    word_t untyped = 0;
    struct slot *slot;

    for (unsigned try = 0; try < 12; try++) {
        if (build_pick(b, CAP_UNTYPED, &untyped, &slot) && slot->cap.bits == ASID_POOL_BITS) {
            break;
        }
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_extra(b, untyped);
    build_extra(b, to.cnode);
    build_finish(b, SLOT_ASID_CONTROL, METHOD_X86_ASID_CONTROL_MAKE_POOL);
}

/* A root or a pool is deleted. */
static void make_end_of_space(struct build *b)
{
    const struct node_list list = model_list(rng_one_in(b->rng, 2) ? CAP_TABLE : CAP_ASID_POOL);
    struct place place = {SLOT_INIT_CNODE, 200, 64};

    for (unsigned try = 0; list.count > 0 && try < 12; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, list.count)]->slot;

        if (!choose_is_precious(slot) &&
            cap_is_mapped(slot->cap) == (slot->cap.type == CAP_TABLE) && slot->cap.bits == 0 &&
            build_place(b, slot, &place)) {
            break;
        }
    }
    build_argument(b, 0, place.index);
    build_argument(b, 1, place.depth);
    build_finish(b, place.cnode, METHOD_CNODE_DELETE);
}

/* Remembers a place in an address space that is gone. */
static bool is_stale(struct build *b, struct cap cap)
{
    (void)b;
    return cap_is_mapped(cap) && asid_root(cap_asid(cap)) == NULL;
}

static void make_stale(struct build *b)
{
    const enum cap_type type = rng_one_in(b->rng, 3) ? CAP_TABLE : CAP_FRAME;
    word_t address;

    if (!choose_that(b, type, is_stale, &address)) {
        make_end_of_space(b);
    } else if (type == CAP_FRAME && rng_one_in(b->rng, 2)) {
        build_argument(b, 0, choose_vaddr(b));
        build_argument(b, 1, 3);
        build_argument(b, 2, 0);
        build_extra(b, choose_root(b));
        build_finish(b, address, METHOD_X86_PAGE_MAP);
    } else {
        build_finish(b, address,
                     type == CAP_FRAME ? METHOD_X86_PAGE_UNMAP : METHOD_X86_PAGE_TABLE_UNMAP);
    }
}

void make_space(struct build *b)
{
    switch (rng_below(b->rng, 13)) {
    case 12: make_stale(b); break;
    case 0: make_pool(b); break;
    case 1:
    case 2:
    case 3:
    case 4: make_table(b); break;
    default: make_frame(b); break;
    }
}
