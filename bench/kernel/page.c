// SPDX-License-Identifier: BSD-2-Clause
/* Mapping one page, and making and mapping many, as calls of the library's functions. */
#include "bench.h"

#define PAGE_BYTES  4096ull
#define PAGES       512
#define FAN_OUT     256
#define WHERE       0x10000000000ull
#define REPETITIONS 10

static void make_tables(void)
{
    check(seL4_X86_PDPT_Map(object_new(seL4_X86_PDPTObject, 0), seL4_CapInitThreadVSpace, WHERE,
                            0) == seL4_NoError,
          "map a PDPT");
    check(seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0),
                                     seL4_CapInitThreadVSpace, WHERE, 0) == seL4_NoError,
          "map a directory");
    check(seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), seL4_CapInitThreadVSpace,
                                 WHERE, 0) == seL4_NoError,
          "map a table");
}

static void map(seL4_CPtr frame, uint64_t vaddr)
{
    check(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, seL4_AllRights,
                            seL4_X86_Default_VMAttributes) == seL4_NoError,
          "map a page");
}

static void measure_map(void)
{
    static uint64_t values[ROUNDS];
    seL4_CPtr frame = object_new(seL4_X86_4K, 0);

    for (unsigned i = 0; i < WARM_UP + rounds; i++) {
        uint64_t start = timestamp();
        seL4_Error error = seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, WHERE, seL4_AllRights,
                                             seL4_X86_Default_VMAttributes);
        uint64_t end = timestamp();

        check(error == seL4_NoError, "map a page");
        if (i >= WARM_UP) {
            values[i - WARM_UP] = end - start - sample_overhead();
        }
        seL4_X86_Page_Unmap(frame);
    }
    report_value("page.map", values, rounds);
}

static void measure_retype_map(void)
{
    static uint64_t values[REPETITIONS];
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 21);
    seL4_CPtr first = slot_new();

    for (unsigned i = 1; i < PAGES; i++) {
        slot_new();
    }
    const unsigned repetitions = rounds < REPETITIONS ? rounds : REPETITIONS;

    for (unsigned n = 0; n < repetitions; n++) {
        uint64_t start = timestamp();

        for (unsigned i = 0; i < PAGES; i += FAN_OUT) {
            check(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0,
                                      first + i, FAN_OUT) == seL4_NoError,
                  "retype pages");
        }
        for (unsigned i = 0; i < PAGES; i++) {
            map(first + i, WHERE + i * PAGE_BYTES);
        }
        values[n] = (timestamp() - start) / PAGES;
        seL4_CNode_Revoke(seL4_CapInitThreadCNode, untyped, seL4_WordBits);
    }
    report_value("page.retype_map", values, repetitions);
}

void bench_page(void)
{
    make_tables();
    measure_map();
    measure_retype_map();
}
