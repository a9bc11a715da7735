// SPDX-License-Identifier: BSD-2-Clause
#include "slot.h"

enum {
    IDS = 64,
    FIRST_NOTIFY = 10,
    FIRST_CALL = 74,
    OWN_SLOTS = 512,
    ROOT_SHIFT = 58, /* the 64 slots of the root CNode are the address's top bits */
};

static const struct slot_kind kinds[] = {
    {1, 1, "its input", 0},
    {2, 1, "its fault endpoint", 0},
    {3, 1, "its address space", 0},
    {4, 1, "its reply object", 0},
    {5, 1, "the monitor's endpoint", "passive=\"true\" for '@'"},
    {6, 1, "its own thread", "config benchmark, and nothing else,"},
    {7, 1, "secure monitor calls", "smc=\"true\" for '@'"},
    {FIRST_NOTIFY, IDS, "the notification of channel",
     "a <channel> with <end pd=\"@\" id=\"#\" />"},
    {FIRST_CALL, IDS, "the endpoint of channel",
     "a <channel> with <end pd=\"@\" id=\"#\" pp=\"true\" />"},
    {138, IDS, "interrupt", "an <irq> with id=\"#\" in '@'"},
    {202, IDS, "the thread of child", "a <protection_domain> with id=\"#\" inside of '@'"},
    {266, IDS, "the thread of virtual CPU", "a <vcpu> with id=\"#\" in '@'"},
    {330, IDS, "virtual CPU", "a <vcpu> with id=\"#\" in '@'"},
    {394, IDS, "I/O ports", "an <ioport> with id=\"#\" in '@'"},
};

/* Of the 64 slots of the root CNode, the system file fills all but the first. */
static const struct slot_kind user_kind = {1, IDS - 1, "slot",
                                           "in the <cspace> of '@' a <cap_...> with slot=\"#\""};

static const struct slot_kind *kind_of(uint64_t slot)
{
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (slot >= kinds[i].first && slot - kinds[i].first < kinds[i].count) {
            return &kinds[i];
        }
    }
    return 0;
}

static const struct system_cap *cap_in(const struct system_image *image, uint32_t cnode,
                                       uint64_t slot)
{
    const struct system_cap *caps = system_table(image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (caps[i].cnode == cnode && slot >= caps[i].slot && slot - caps[i].slot < caps[i].count) {
            return &caps[i];
        }
    }
    return 0;
}

/* A channel that may be called but not notified, or the other way round. */
static const struct system_cap *sibling_of(const struct system_image *image, uint32_t cnode,
                                           const struct slot *slot)
{
    if (!slot->kind || (slot->kind->first != FIRST_NOTIFY && slot->kind->first != FIRST_CALL)) {
        return 0;
    }
    return cap_in(image, cnode,
                  slot->id + (slot->kind->first == FIRST_NOTIFY ? FIRST_CALL : FIRST_NOTIFY));
}

struct slot slot_find(const struct system_image *image, uint32_t component, uint64_t address)
{
    const struct system_component *own =
        (const struct system_component *)system_table(image, SYSTEM_TABLE_COMPONENTS) + component;
    struct slot slot = {.good = true};

    if (address < OWN_SLOTS) {
        slot.kind = kind_of(address);
        slot.id = slot.kind ? (uint32_t)address - slot.kind->first : 0;
        slot.cap = cap_in(image, own->cnode, address);
        slot.sibling = sibling_of(image, own->cnode, &slot);
    } else if (address << (64 - ROOT_SHIFT) == 0 && own->cnode_root != SYSTEM_NONE) {
        slot.kind = &user_kind;
        slot.user = true;
        slot.id = (uint32_t)(address >> ROOT_SHIFT);
        slot.cap = cap_in(image, own->cnode_root, slot.id);
    } else {
        slot.good = false;
    }
    return slot;
}
