// SPDX-License-Identifier: BSD-2-Clause
#include "object/vspace.h"

#include "core/core.h"
#include "core/derivation.h"
#include "core/invocation.h"
#include "lib/string.h"
#include "object/asid.h"
#include <abi/limits.h>
#include <arch/kernel_map.h>
#include <arch/object.h>
#include <arch/pte.h>
#include <arch/vspace.h>

/* ---- types ---- */

static const struct vspace_frame_size *frame_size_of_type(word_t type)
{
    for (unsigned i = 0; i < ARCH_FRAME_SIZES; i++) {
        if (arch_frame_sizes[i].object_type == type) {
            return &arch_frame_sizes[i];
        }
    }
    return NULL;
}

/* The level whose entries map frames of this size. */
static unsigned level_of_frame(unsigned bits)
{
    const struct vspace_frame_size *size = arch_frame_sizes;

    while (size->bits != bits) {
        size++;
        assert(size < arch_frame_sizes + ARCH_FRAME_SIZES);
    }
    return size->level;
}

/* -1: not a table type. */
static int level_of_type(word_t type)
{
    for (int level = 0; level < ARCH_VSPACE_LEVELS; level++) {
        if (arch_vspace_levels[level].object_type == type) {
            return level;
        }
    }
    return -1;
}

bool vspace_type_exists(word_t type)
{
    return type < TYPE_COUNT_GENERIC || frame_size_of_type(type) != NULL ||
           level_of_type(type) >= 0 || arch_extra_object_bits(type) != 0;
}

bool vspace_type_may_be_device(word_t type)
{
    return type == TYPE_UNTYPED || frame_size_of_type(type) != NULL;
}

unsigned vspace_object_bits(word_t type)
{
    const struct vspace_frame_size *frame_size = frame_size_of_type(type);
    int level = level_of_type(type);

    if (frame_size != NULL) {
        return frame_size->bits;
    }
    return level >= 0 ? arch_vspace_levels[level].table_bits : arch_extra_object_bits(type);
}

struct cap vspace_cap_to_object(word_t type, paddr_t base, bool device)
{
    const struct vspace_frame_size *frame_size = frame_size_of_type(type);
    int level = level_of_type(type);

    if (frame_size != NULL) {
        return cap_frame(base, frame_size->bits, device);
    }
    return level < 0 ? arch_make_extra_object(type, base)
                     : cap_table(phys_to_virt(base), (unsigned)level);
}

void vspace_init_table(struct cap table)
{
    if (table.bits == 0) {
        arch_init_root(cap_object(table));
    }
}

unsigned vspace_table_bits(unsigned level)
{
    return arch_vspace_levels[level].table_bits;
}

unsigned vspace_table_tag(unsigned level)
{
    return arch_vspace_levels[level].tag;
}

unsigned vspace_mask_rights(unsigned rights, word_t mask)
{
    rights &= mask;
    return rights & RIGHT_READ ? rights & (RIGHT_READ | RIGHT_WRITE) : 0;
}

/* ---- walking ---- */

static struct pte *entry_in(void *table, unsigned level, vaddr_t vaddr)
{
    const struct vspace_level *l = &arch_vspace_levels[level];

    return (struct pte *)table + (vaddr >> l->entry_bits & l->last_index);
}

/* The entry for vaddr in the table of `level`. NULL: a table above is missing; *missing_bits is
 * the log2 span of what would be mapped there. */
static struct pte *find_entry(void *root, vaddr_t vaddr, unsigned level, unsigned *missing_bits)
{
    void *table = root;

#pragma GCC unroll 4
    for (unsigned at = 0; at < ARCH_VSPACE_LEVELS - 1 && at < level; at++) {
        const struct pte *entry = entry_in(table, at, vaddr);

        if (!pte_is_table(*entry, at)) {
            *missing_bits = arch_vspace_levels[at].entry_bits;
            return NULL;
        }
        table = phys_to_virt(pte_table_paddr(*entry));
    }
    return entry_in(table, level, vaddr);
}

/* ---- unmapping ---- */

void vspace_unmap_frame(struct cap *frame)
{
    void *root = cap_is_mapped(*frame) ? asid_root(cap_asid(*frame)) : NULL;

    if (root != NULL) {
        const vaddr_t vaddr = cap_vaddr(*frame);
        const unsigned level = level_of_frame(frame->bits);
        unsigned missing_bits;
        struct pte *entry = find_entry(root, vaddr, level, &missing_bits);

        if (entry != NULL && pte_is_frame(*entry, level) &&
            pte_frame_paddr(*entry, level) == cap_paddr(*frame)) {
            *entry = pte_none();
            tlb_forget_page(root, vaddr);
        }
    }
    cap_clear_mapping(frame);
}

void vspace_unmap_table(struct cap *table)
{
    void *root = cap_is_mapped(*table) ? asid_root(cap_asid(*table)) : NULL;

    if (root != NULL) {
        const unsigned parent_level = table->bits - 1u;
        unsigned missing_bits;
        struct pte *entry = find_entry(root, cap_vaddr(*table), parent_level, &missing_bits);

        if (entry != NULL && pte_is_table(*entry, parent_level) &&
            phys_to_virt(pte_table_paddr(*entry)) == cap_object(*table)) {
            *entry = pte_none();
            tlb_forget_space(root);
        }
    }
    cap_clear_mapping(table);
}

void vspace_finalise_table(struct cap table)
{
    if (table.bits == 0) {
        asid_release(cap_asid(table), cap_object(table));
    } else {
        vspace_unmap_table(&table);
    }
}

/* ---- decoding ---- */

/* The address space of extra capability 0, checked in two steps because the interface puts other
 * checks in between. */
static inline enum status check_root_cap(struct invocation *inv, struct cap *root)
{
    *root = inv_extra(inv, 0);
    return vspace_is_usable_root(*root) ? STATUS_OK : refuse_capability(inv, 1);
}

static inline enum status find_root(struct invocation *inv, struct cap root)
{
    void *table = asid_root(cap_asid(root));

    if (table == NULL) {
        return refuse_lookup(inv, false, (struct lookup_failure){.type = LOOKUP_INVALID_ROOT});
    }
    return table == cap_object(root) ? STATUS_OK : refuse_capability(inv, 1);
}

static enum status refuse_missing_table(struct invocation *inv, unsigned missing_bits)
{
    return refuse_lookup(
        inv, false,
        (struct lookup_failure){.type = LOOKUP_MISSING_CAPABILITY, .bits_left = missing_bits});
}

static enum status decode_map_table(struct invocation *inv)
{
    const unsigned parent_level = inv->cap.bits - 1u;
    const unsigned span_bits = arch_vspace_levels[parent_level].entry_bits;
    const vaddr_t vaddr = ALIGN_DOWN(inv_argument(inv, 0), span_bits);
    unsigned missing_bits = 0;
    struct cap root;
    enum status status;

    if (inv_lacks(inv, 2, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (cap_is_mapped(inv->cap)) {
        return refuse_capability(inv, 0);
    }
    if ((status = check_root_cap(inv, &root)) != STATUS_OK) {
        return status;
    }
    if (vaddr > USER_MAP_LIMIT) {
        return refuse_argument(inv, 0);
    }
    if ((status = find_root(inv, root)) != STATUS_OK) {
        return status;
    }
    struct pte *entry = find_entry(cap_object(root), vaddr, parent_level, &missing_bits);

    if (entry == NULL) {
        return refuse_missing_table(inv, missing_bits);
    }
    if (pte_is_present(*entry)) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    *entry = pte_of_table(virt_to_phys(cap_object(inv->cap)), inv_argument(inv, 1));
    cap_set_mapping(&inv->slot->cap, cap_asid(root), vaddr);
    return STATUS_OK;
}

static enum status decode_unmap_table(struct invocation *inv)
{
    if (!slot_is_last(inv->slot)) {
        return refuse(inv, ERR_REVOKE_FIRST);
    }
    if (cap_is_mapped(inv->cap)) {
        vspace_unmap_table(&inv->slot->cap);
        memset(cap_object(inv->cap), 0, BIT(vspace_table_bits(inv->cap.bits)));
    }
    return STATUS_OK;
}

enum status decode_table(struct invocation *inv)
{
    const struct vspace_level *level = &arch_vspace_levels[inv->cap.bits];

    if (level->map != METHOD_NONE && inv->method == level->map) {
        return decode_map_table(inv);
    }
    if (level->unmap != METHOD_NONE && inv->method == level->unmap) {
        return decode_unmap_table(inv);
    }
    return refuse(inv, ERR_ILLEGAL_OPERATION);
}

/* Where a frame may go: for one that is mapped already only where it is, for others below the end
 * of user space. */
static inline enum status check_frame_place(struct invocation *inv, struct cap root, vaddr_t vaddr)
{
    const word_t size_bytes = BIT(inv->cap.bits);

    if (cap_is_mapped(inv->cap)) {
        if (cap_asid(inv->cap) != cap_asid(root)) {
            return refuse_capability(inv, 1);
        }
        return cap_vaddr(inv->cap) == vaddr ? STATUS_OK : refuse_argument(inv, 0);
    }
    if (vaddr > USER_MAP_LIMIT || vaddr + size_bytes > USER_MAP_LIMIT) {
        return refuse_argument(inv, 0);
    }
    return STATUS_OK;
}

static enum status decode_map_frame(struct invocation *inv)
{
    const struct cap frame = inv->cap;
    const vaddr_t vaddr = inv_argument(inv, 0);
    const unsigned level = level_of_frame(frame.bits);
    unsigned missing_bits = 0;
    struct cap root;
    enum status status;

    if (inv_lacks(inv, 3, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (!arch_can_map_frame(frame.bits)) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if ((status = check_root_cap(inv, &root)) != STATUS_OK ||
        (status = check_frame_place(inv, root, vaddr)) != STATUS_OK ||
        (status = find_root(inv, root)) != STATUS_OK) {
        return status;
    }
    if ((vaddr & MASK63(frame.bits)) != 0) {
        return refuse(inv, ERR_ALIGNMENT);
    }
    struct pte *entry = find_entry(cap_object(root), vaddr, level, &missing_bits);

    if (entry == NULL) {
        return refuse_missing_table(inv, missing_bits);
    }
    if (pte_is_table(*entry, level)) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    const bool was_present = pte_is_present(*entry);

    *entry =
        pte_of_frame(cap_paddr(frame), level,
                     vspace_mask_rights(frame.rights, inv_argument(inv, 1)), inv_argument(inv, 2));
    cap_set_mapping(&inv->slot->cap, cap_asid(root), vaddr);
    if (was_present) {
        tlb_forget_page(cap_object(root), vaddr);
    }
    return STATUS_OK;
}

enum status decode_frame(struct invocation *inv)
{
    if (likely(inv->method == METHOD_PAGE_MAP)) {
        return decode_map_frame(inv);
    }
    switch (inv->method) {
    case METHOD_PAGE_UNMAP: vspace_unmap_frame(&inv->slot->cap); return STATUS_OK;
    case METHOD_PAGE_GET_ADDRESS: inv_return(inv, 0, cap_paddr(inv->cap)); return STATUS_OK;
    default: return arch_decode_frame(inv);
    }
}

/* ---- looking on ---- */

static bool is_ram(paddr_t paddr)
{
    for (unsigned i = 0; i < sys.ram_count; i++) {
        if (paddr >= sys.ram[i].start && paddr < sys.ram[i].end) {
            return true;
        }
    }
    return false;
}

bool vspace_read_word(struct cap root, vaddr_t vaddr, word_t *word)
{
    const void *table = vspace_root_table(root);

    for (unsigned level = 0; table != NULL && vaddr <= USER_MAP_LIMIT; level++) {
        const struct pte entry = *entry_in((void *)(uintptr_t)table, level, vaddr);

        if (pte_is_frame(entry, level)) {
            const paddr_t paddr = pte_frame_paddr(entry, level) +
                                  (vaddr & MASK(arch_vspace_levels[level].entry_bits));

            if (!IS_ALIGNED(vaddr, 3) || !is_ram(paddr)) {
                return false;
            }
            *word = *(const word_t *)phys_to_virt(paddr);
            return true;
        }
        table = pte_is_table(entry, level) ? phys_to_virt(pte_table_paddr(entry)) : NULL;
    }
    return false;
}

/* ---- boot ---- */

void vspace_boot_map(struct cap root, struct cap *cap, vaddr_t vaddr)
{
    const bool is_frame = cap->type == CAP_FRAME;
    const unsigned level = is_frame ? level_of_frame(cap->bits) : cap->bits - 1u;
    unsigned missing_bits;
    struct pte *entry = find_entry(cap_object(root), vaddr, level, &missing_bits);

    assert(entry != NULL && !pte_is_present(*entry));
    *entry = is_frame ? pte_of_frame(cap_paddr(*cap), level, cap->rights, 0)
                      : pte_of_table(virt_to_phys(cap_object(*cap)), 0);
    cap_set_mapping(cap, cap_asid(root), vaddr);
}
