// SPDX-License-Identifier: BSD-2-Clause
/*
 * What user code may not do with descriptor tables. After a reset the processor has a local one
 * at address 0, which user code could fill if the kernel left it in force: a gate into the kernel
 * would do for everything.
 */
#include <harness/fault.h>
#include <harness/suite.h>

enum { PROTECTION = 13, SELECTOR_OF_LOCAL_TABLE = 4 };

/* Intel SDM 3A 3.4.5: a present data segment that user code may load. */
#define USER_DATA_SEGMENT 0x0000f30000000000ull

static void load_segment(void *argument)
{
    seL4_Word selector = (seL4_Word)argument;

    __asm__ volatile("movw %w0, %%es" : : "r"(selector));
}

TEST("kernel.descriptors.no_local_table")
{
    const seL4_CPtr frame = page_map(OWN_VSPACE, FREE_ADDRESS);
    struct faulter f = faulter_new();
    struct reply m;

    *(volatile uint64_t *)FREE_ADDRESS = USER_DATA_SEGMENT;
    tables_map(OWN_VSPACE, 0);
    OK(seL4_X86_Page_Map(copy_of(frame), OWN_VSPACE, 0, seL4_AllRights,
                         seL4_X86_Default_VMAttributes));
    f.argument = (void *)(uintptr_t)(SELECTOR_OF_LOCAL_TABLE | 3);
    m = faulter_run(&f, load_segment);
    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], PROTECTION);
    CHECK_EQUAL(m.mr[seL4_UserException_Code], SELECTOR_OF_LOCAL_TABLE);
}
