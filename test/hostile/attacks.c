// SPDX-License-Identifier: BSD-2-Clause
#include "attacks.h"

#include "helper.h"
#include "layout.h"
#include "report.h"
#include "supply.h"
#include "world.h"

enum {
    UNTYPED_BITS = 24,
    SLOT_BITS_OF_LARGE = 18, /* a CNode of 8 MiB takes longer than a tick to clear */
    ATTEMPTS = 8,
    PLACE = WINDOW_PAGES - 1,
};

#define ROOT seL4_CapInitThreadCNode

static seL4_CPtr memory, large;

static void retype_run(void *unused)
{
    (void)unused;
    (void)seL4_Untyped_Retype(memory, seL4_CapTableObject, SLOT_BITS_OF_LARGE, ROOT, 0, 0, large,
                              1);
}

/* What an interrupted Retype might find at the start of its region: a place to stop, and where it
 * got to. Either order, for it is not our business which it is. */
static void write_notes(uint64_t *page, uint64_t start, uint64_t end, unsigned attempt)
{
    for (unsigned i = 0; i < PAGE_BYTES / sizeof(uint64_t); i++) {
        page[i] = (i + attempt) % 2 == 0 ? end : start;
    }
}

static seL4_CPtr frame_new(seL4_CPtr slot)
{
    supply_check(seL4_Untyped_Retype(memory, seL4_X86_4K, 0, ROOT, 0, 0, slot, 1) == seL4_NoError,
                 "make a frame to attack with");
    return slot;
}

static void slot_empty(seL4_CPtr slot)
{
    supply_check(seL4_CNode_Delete(ROOT, slot, seL4_WordBits) == seL4_NoError,
                 "delete what the attack used");
}

static void expect_zero(const uint64_t *page, unsigned attempt)
{
    for (unsigned i = 0; i < PAGE_BYTES / sizeof(uint64_t); i++) {
        if (page[i] != 0) {
            promise_broken(PROMISE_MEMORY,
                           "attempt %u to forge the notes of an interrupted Retype: word %u of a "
                           "new frame is 0x%lx",
                           attempt, i, (unsigned long)page[i]);
            return;
        }
    }
}

void attack_clearing(seL4_CPtr wake)
{
    const seL4_CPtr slot = supply_slot();

    memory = supply_object(seL4_UntypedObject, UNTYPED_BITS);
    large = supply_slot();
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t *page = window_map(frame_new(slot), PLACE);
        const uint64_t start = seL4_X86_Page_GetAddress(slot).paddr;

        write_notes(page, start, start + PAGE_BYTES, attempt);
        const struct helper helper = helper_start(&(struct helper_options){
            .entry = retype_run, .priority = 2, .budget_us = 10000, .period_us = 10000});

        seL4_Wait(wake, NULL);
        (void)seL4_TCB_Suspend(helper.tcb);
        slot_empty(large);
        slot_empty(slot);
        expect_zero(window_map(frame_new(slot), PLACE), attempt);
        slot_empty(slot);
        helper_end(helper);
    }
}
