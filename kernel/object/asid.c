// SPDX-License-Identifier: BSD-2-Clause
#include "object/asid.h"

#include "core/core.h"
#include "core/derivation.h"
#include "core/invocation.h"
#include "lib/string.h"
#include "object/untyped.h"
#include "object/vspace.h"
#include <arch/kernel_map.h>
#include <arch/vspace.h>

#define WORK_PER_POOL 3500 /* instructions, for the next preemption point */

struct asid_pool *asid_pools[ASID_POOL_COUNT];

static void forget_root(struct asid_pool *pool, unsigned index)
{
    void *root = pool->roots[index];

    if (root != NULL) {
        pool->roots[index] = NULL;
        arch_leave_root(root);
    }
}

void asid_release(unsigned asid, const void *root)
{
    if (asid != 0 && asid_root(asid) == root) {
        forget_root(asid_pools[asid >> ASID_POOL_INDEX_BITS], asid & MASK(ASID_POOL_INDEX_BITS));
    }
}

void asid_finalise_pool(struct cap cap)
{
    struct asid_pool *pool = cap_object(cap);

    if (asid_pools[cap.data] != pool) {
        return;
    }
    for (unsigned i = 0; i < ASID_POOL_ENTRIES; i++) {
        forget_root(pool, i);
    }
    asid_pools[cap.data] = NULL;
    this_core()->work += WORK_PER_POOL;
}

void asid_boot(struct asid_pool *pool, void *initial_root)
{
    pool->roots[1] = initial_root;
    asid_pools[0] = pool;
}

static enum status check_untyped(struct invocation *inv)
{
    const struct cap untyped = inv_extra(inv, 0);

    if (untyped.type != CAP_UNTYPED || untyped.bits != ASID_POOL_BITS || untyped.flag) {
        return refuse_capability(inv, 1);
    }
    return slot_has_children(inv->extra[0]) ? refuse(inv, ERR_REVOKE_FIRST) : STATUS_OK;
}

enum status decode_asid_control(struct invocation *inv)
{
    unsigned free_pool = 0;
    struct slot *destination;
    enum status status;

    if (inv->method != METHOD_ASID_CONTROL_MAKE_POOL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 2, 2)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    while (free_pool < ASID_POOL_COUNT && asid_pools[free_pool] != NULL) {
        free_pool++;
    }
    if (free_pool == ASID_POOL_COUNT) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    if ((status = check_untyped(inv)) != STATUS_OK ||
        (status = inv_find_empty_slot(inv, inv_extra(inv, 1), inv_argument(inv, 0),
                                      inv_argument(inv, 1), &destination)) != STATUS_OK) {
        return status;
    }
    struct slot *untyped = inv->extra[0];
    struct asid_pool *pool = phys_to_virt(cap_paddr(untyped->cap));
    struct cap cap = cap_of_object(CAP_ASID_POOL, pool);

    cap.data = free_pool;
    memset(pool, 0, sizeof(*pool));
    untyped_mark_full(&untyped->cap);
    slot_insert_original(destination, untyped, cap);
    asid_pools[free_pool] = pool;
    return STATUS_OK;
}

/* ASID 0 means "none", so the first place of the first pool stays empty. */
static unsigned find_free_index(const struct asid_pool *pool, unsigned pool_number)
{
    unsigned index = pool_number == 0 ? 1 : 0;

    while (index < ASID_POOL_ENTRIES && pool->roots[index] != NULL) {
        index++;
    }
    return index;
}

enum status decode_asid_pool(struct invocation *inv)
{
    struct asid_pool *pool = cap_object(inv->cap);
    const unsigned number = (unsigned)inv->cap.data;

    if (inv->method != METHOD_ASID_POOL_ASSIGN) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    struct cap *root = &inv->extra[0]->cap;

    if (root->type != CAP_TABLE || root->bits != 0 || cap_is_mapped(*root)) {
        return refuse_capability(inv, 1);
    }
    if (asid_pools[number] == NULL) {
        return refuse_lookup(inv, false, (struct lookup_failure){.type = LOOKUP_INVALID_ROOT});
    }
    if (asid_pools[number] != pool) {
        return refuse_capability(inv, 0);
    }
    unsigned index = find_free_index(pool, number);

    if (index == ASID_POOL_ENTRIES) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    pool->roots[index] = cap_object(*root);
    cap_set_mapping(root, number << ASID_POOL_INDEX_BITS | index, 0);
    return STATUS_OK;
}
