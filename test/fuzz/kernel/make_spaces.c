// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces. */
#include <abi/bootinfo.h>

#include "choose.h"
#include "make.h"

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

void make_space(struct build *b)
{
    switch (rng_below(b->rng, 12)) {
    case 0: make_pool(b); break;
    case 1:
    case 2:
    case 3:
    case 4: make_table(b); break;
    default: make_frame(b); break;
    }
}
