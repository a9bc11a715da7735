// SPDX-License-Identifier: BSD-2-Clause
/* Processes that do what they should not, and programs that are none. */
#include <tiny/string.h>

#include "world.h"

static struct process child;

/* The kernel says where; below the stack is a page that nobody has. */
static void test_stack_overflow(void)
{
    seL4_Word badge, address;
    seL4_MessageInfo_t info;

    EXPECT(child_new(&child, "overflow") == PROCESS_OK);
    info = world_receive(&badge);
    EXPECT(badge == FAULT_BADGE && seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault);
    address = seL4_GetMR(seL4_VMFault_Addr);
    EXPECT(address < region_start(child.first.stack));
    EXPECT(address >= child.first.stack->range.start);
    EXPECT(space_find(&child.space, address) == child.first.stack);
    process_free(&child);
}

static void test_write_to_code(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info;

    EXPECT(child_new(&child, "write") == PROCESS_OK);
    info = world_receive(&badge);
    EXPECT(badge == FAULT_BADGE && seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault);
    EXPECT(seL4_GetMR(seL4_VMFault_Addr) == child.program.entry);
    process_free(&child);
}

/* Freed while it waits to be received, waits for an answer, or has not begun. */
static void test_free_at_any_time(void)
{
    seL4_Word badge;

    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    process_free(&child);
    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    (void)world_receive(&badge);
    process_free(&child);
    EXPECT(child_new(&child, "greet") == PROCESS_OK);
    process_suspend(&child);
    process_resume(&child);
    process_suspend(&child);
    process_free(&child);
}

static void test_bad_programs(void)
{
    static char copy[1 << 16];
    enum elf_status why;

    EXPECT(child_file.size_bytes <= sizeof(copy));
    EXPECT(process_new(&child, &home, 4) == PROCESS_OK);
    tiny_memcpy(copy, child_file.bytes, child_file.size_bytes);
    EXPECT(process_load(&child, copy, 63, &why) == PROCESS_BAD_PROGRAM && why == ELF_TOO_SHORT);
    copy[18] = 0;
    EXPECT(process_load(&child, copy, child_file.size_bytes, &why) == PROCESS_BAD_PROGRAM);
    EXPECT(why == ELF_OTHER_PROCESSOR);
    EXPECT(child.space.regions.root == NULL);
    copy[18] = 62;
    EXPECT(process_load(&child, copy, child_file.size_bytes, &why) == PROCESS_OK);
    EXPECT(process_load(&child, copy, 63, NULL) == PROCESS_BAD_ARGUMENT); /* it has one */
    EXPECT(child.program.segment_count != 0);
    process_free(&child);
}

/* Until there is no room, and then all of it again. */
static void test_exhaustion(void)
{
    struct region_want want = {
        .address = SPACE_ANYWHERE, .size_bytes = home.pool.free_bytes, .can_write = true};
    const struct pool_figures before = pool_figures(&home.pool);
    struct region *region;

    want.size_bytes = (want.size_bytes + 4095) & ~4095ull;
    EXPECT(process_new(&child, &home, 4) == PROCESS_OK);
    EXPECT(space_reserve(&child.space, &want, &region) == PROCESS_OK);
    EXPECT(region_map(region, 0, want.size_bytes) != PROCESS_OK);
    space_release(region);
    process_free(&child);
    EXPECT(pool_figures(&home.pool).free_bytes == before.free_bytes);
}

const struct test trouble_tests[] = {
    {"process.stack_overflow", "a stack that overflows meets its guard page", test_stack_overflow},
    {"process.write_to_code", "code is not writable", test_write_to_code},
    {"process.free_at_any_time", "a process can be freed in whatever state", test_free_at_any_time},
    {"process.bad_programs", "a bad program is refused with its defect", test_bad_programs},
    {"process.exhaustion", "what does not fit is undone wholly", test_exhaustion},
    {0},
};
