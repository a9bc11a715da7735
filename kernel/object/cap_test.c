// SPDX-License-Identifier: BSD-2-Clause
/* kernel.object.cap: what capabilities name, and what may be done to a copy. */
#include "object/cap.h"

#include "arch/host/unit_test.h"
#include "object/derive.h"

static const word_t memory[64] __attribute__((aligned(512)));

static void test_fields(void)
{
    const struct cap cnode = cap_cnode(memory, 5, 3, 4);
    const struct cap frame = cap_frame(0x7fffffe00000, LARGE_PAGE_BITS, true);

    CHECK(cap_object(cnode) == memory && cnode.bits == 5);
    CHECK(cap_guard(cnode) == 3 && cap_guard_size(cnode) == 4);
    CHECK(!cap_is_cnode_of(cnode, CNODE_WHOLE) && !cap_is_cnode_of(cnode, CNODE_PLAIN));
    CHECK(cap_is_cnode_of(cap_cnode(memory, 5, 0, WORD_BITS - 5), CNODE_WHOLE));
    CHECK(!cap_is_cnode_of(cap_cnode(memory, 5, 1, WORD_BITS - 5), CNODE_WHOLE));
    CHECK(cap_is_cnode_of(cap_cnode(memory, 5, 0, 0), CNODE_PLAIN));
    CHECK(!cap_is_cnode_of(cap_cnode(memory, 5, 0, 1), CNODE_PLAIN));
    CHECK(!cap_is_cnode_of(frame, CNODE_PLAIN) && !cap_is_cnode_of(cap_null(), CNODE_PLAIN));
    CHECK(cap_paddr(frame) == 0x7fffffe00000 && frame.flag && frame.bits == LARGE_PAGE_BITS);
}

static void test_covers(void)
{
    const struct cap untyped = cap_untyped(0x100000, 16, false);

    CHECK(cap_covers(untyped, cap_frame(0x100000, PAGE_BITS, false)));
    CHECK(cap_covers(untyped, cap_frame(0x10f000, PAGE_BITS, false)));
    CHECK(!cap_covers(untyped, cap_frame(0x110000, PAGE_BITS, false)));
    CHECK(!cap_covers(untyped, cap_frame(0xff000, PAGE_BITS, false)));
    CHECK(!cap_covers(untyped, cap_untyped(0x100000, 17, false)));
    CHECK(!cap_covers(untyped, (struct cap){.type = CAP_IRQ_HANDLER}));
    CHECK(cap_covers((struct cap){.type = CAP_IRQ_CONTROL},
                     (struct cap){.type = CAP_IRQ_HANDLER, .data = 7}));
}

static void test_top_of_memory(void)
{
    const struct cap highest = cap_untyped(0x7ffffffff000, PAGE_BITS, true);

    CHECK(cap_covers(cap_untyped(0x400000000000, 46, true), highest));
    CHECK(cap_covers(highest, cap_frame(0x7ffffffff000, PAGE_BITS, true)));
}

static void test_same_object(void)
{
    const struct cap endpoint = cap_endpoint(memory, RIGHT_ALL, 0);

    CHECK(cap_same_object(endpoint, cap_endpoint(memory, RIGHT_READ, 5)));
    CHECK(!cap_same_object(endpoint, cap_endpoint(memory + 2, RIGHT_ALL, 0)));
    CHECK(!cap_same_object(endpoint, cap_notification(memory, RIGHT_ALL, 0)));
    CHECK(!cap_same_object(cap_null(), cap_null()));
    CHECK(!cap_same_object((struct cap){.type = CAP_IO_PORT, .data = 1},
                           (struct cap){.type = CAP_IO_PORT, .data = 2}));
}

static void test_rights(void)
{
    const struct cap frame = cap_frame(0, PAGE_BITS, false);
    const struct cap reply = {.type = CAP_REPLY, .rights = RIGHT_GRANT};

    CHECK(cap_mask_rights(cap_endpoint(memory, RIGHT_ALL, 0), 5).rights == 5);
    CHECK(cap_mask_rights(cap_notification(memory, RIGHT_ALL, 0), RIGHT_ALL).rights ==
          (RIGHT_READ | RIGHT_WRITE));
    CHECK(cap_mask_rights(frame, RIGHT_READ).rights == RIGHT_READ);
    CHECK(cap_mask_rights(frame, RIGHT_WRITE).rights == 0);
    CHECK(cap_mask_rights(reply, RIGHT_READ | RIGHT_WRITE).rights == 0);
}

static void test_badge_and_guard(void)
{
    const struct cap badged = cap_endpoint(memory, RIGHT_ALL, 4);
    const struct cap cnode = cap_cnode(memory, 10, 0, 0);

    CHECK(cap_update_data(cap_endpoint(memory, RIGHT_ALL, 0), false, 9).data == 9);
    CHECK(cap_update_data(badged, false, 9).type == CAP_NULL);
    CHECK(cap_update_data(cap_endpoint(memory, RIGHT_ALL, 0), true, 9).type == CAP_NULL);
    CHECK(cap_update_data(cnode, false, 54).type == CAP_CNODE);
    CHECK(cap_update_data(cnode, false, 55).type == CAP_NULL);
    CHECK(cap_guard(cap_update_data(cnode, true, 0xff << GUARD_SIZE_BITS | 3)) == 7);
}

static void test_derive(void)
{
    struct slot source = {.cap = cap_frame(0x1000, PAGE_BITS, false)};
    struct cap copy;

    cap_set_mapping(&source.cap, 3, 0x5000);
    CHECK(derive_cap(&source, source.cap, &copy) == ERR_NONE && !cap_is_mapped(copy));
    source.cap = cap_table(memory, 2);
    CHECK(derive_cap(&source, source.cap, &copy) == ERR_ILLEGAL_OPERATION);
    source.cap = (struct cap){.type = CAP_IRQ_CONTROL};
    CHECK(derive_cap(&source, source.cap, &copy) == ERR_NONE && copy.type == CAP_NULL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        {"cap.fields", "what is put in comes out", test_fields},
        {"cap.covers", "an untyped capability covers what lies inside it, to the byte",
         test_covers},
        {"cap.top_of_memory", "the last page of the address space is no special case",
         test_top_of_memory},
        {"cap.same_object", "copies name one object, whatever their rights and badges",
         test_same_object},
        {"cap.rights", "a mask only takes rights away", test_rights},
        {"cap.badge_and_guard", "a badge is given once; a guard fits or is refused",
         test_badge_and_guard},
        {"cap.derive", "copies of frames are unmapped; some things cannot be copied", test_derive},
    };

    return unit_run("kernel.object.cap", tests, ARRAY_SIZE(tests));
}
