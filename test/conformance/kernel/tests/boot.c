// SPDX-License-Identifier: BSD-2-Clause
/* What the initial thread finds. */
#include <harness/suite.h>
#include <tiny/string.h>

static const char *extra(void)
{
    return (const char *)boot + seL4_BootInfoFrameSize;
}

/* The chunk with this id, or null. */
static const seL4_BootInfoHeader *chunk(seL4_Word id)
{
    for (seL4_Word at = 0; at < boot->extraLen;) {
        const seL4_BootInfoHeader *header = (const void *)(extra() + at);

        CHECK(header->len >= sizeof(*header));
        if (header->id == id) {
            return header;
        }
        at += header->len;
    }
    return NULL;
}

static seL4_Word slots_in(seL4_SlotRegion region)
{
    return region.end - region.start;
}

TEST("kernel.boot.fixed_fields")
{
    CHECK_EQUAL(boot->nodeID, 0);
    CHECK_EQUAL(boot->numNodes, 1);
    CHECK_EQUAL(boot->initThreadDomain, 0);
    CHECK_EQUAL(boot->initThreadCNodeSizeBits, CONFIG_ROOT_CNODE_SIZE_BITS);
    CHECK_EQUAL(slots_in(boot->sharedFrames), 0);
    CHECK_EQUAL(slots_in(boot->ioSpaceCaps), 0);
#ifdef CONFIG_IOMMU
    CHECK_EQUAL(boot->numIOPTLevels, 0); /* this machine has none */
#else
    CHECK_EQUAL(boot->numIOPTLevels, ~0ull);
#endif
}

TEST("kernel.boot.addresses")
{
    CHECK_EQUAL((uintptr_t)boot, (uintptr_t)boot->ipcBuffer + PAGE_BYTES);
    CHECK_EQUAL((uintptr_t)boot->ipcBuffer % PAGE_BYTES, 0);
    CHECK((uintptr_t)boot->ipcBuffer > (uintptr_t)&boot);
}

/* The regions follow each other without gaps. */
TEST("kernel.boot.slot_regions")
{
    CHECK_EQUAL(boot->schedcontrol.start, seL4_NumInitialCaps);
    CHECK_EQUAL(slots_in(boot->schedcontrol), CONFIG_MAX_NUM_NODES);
    CHECK_EQUAL(boot->userImagePaging.start, boot->schedcontrol.end);
    CHECK_EQUAL(boot->extraBIPages.start, boot->userImagePaging.end);
    CHECK_EQUAL(boot->userImageFrames.start, boot->extraBIPages.end);
    CHECK_EQUAL(boot->untyped.start, boot->userImageFrames.end);
    CHECK_EQUAL(boot->empty.start, boot->untyped.end);
    CHECK_EQUAL(boot->empty.end, 1ull << CONFIG_ROOT_CNODE_SIZE_BITS);
}

TEST("kernel.boot.extra_pages")
{
    seL4_Word pages = (boot->extraLen + PAGE_BYTES - 1) / PAGE_BYTES;

    while ((pages & (pages - 1)) != 0) {
        pages++;
    }
    CHECK_EQUAL(slots_in(boot->extraBIPages), pages);
}

/* Tables for the image and what lies behind it: per level, as many as spans are touched. */
TEST("kernel.boot.paging_structures")
{
    const uintptr_t start =
        (uintptr_t)boot->ipcBuffer - slots_in(boot->userImageFrames) * PAGE_BYTES;
    const uintptr_t end = (uintptr_t)boot + PAGE_BYTES + slots_in(boot->extraBIPages) * PAGE_BYTES;
    seL4_Word expected = 0;

    for (unsigned bits = 21; bits <= 39; bits += 9) {
        expected += ((end - 1) >> bits) - (start >> bits) + 1;
    }
    CHECK_EQUAL(slots_in(boot->userImagePaging), expected);
}

TEST("kernel.boot.empty_slots")
{
    CHECK(slot_is_empty(seL4_CapNull));
    CHECK(slot_is_empty(seL4_CapIOSpace));
    CHECK(slot_is_empty(12));
    CHECK(slot_is_empty(13));
    CHECK(slot_is_empty(seL4_CapSMC));
}

#ifdef CONFIG_DEBUG_BUILD
/* Kinds of capabilities as the debug call tells them. */
TEST("kernel.boot.kinds_of_capabilities")
{
    static const struct {
        seL4_CPtr cap;
        seL4_Word kind;
    } fixed[] = {{seL4_CapNull, 0},
                 {seL4_CapInitThreadTCB, 12},
                 {seL4_CapInitThreadCNode, 10},
                 {seL4_CapInitThreadVSpace, 9},
                 {seL4_CapIRQControl, 14},
                 {seL4_CapASIDControl, 11},
                 {seL4_CapInitThreadASIDPool, 13},
                 {seL4_CapIOPortControl, 31},
                 {seL4_CapBootInfoFrame, 1},
                 {seL4_CapInitThreadIPCBuffer, 1},
                 {seL4_CapDomain, 20},
                 {seL4_CapInitThreadSC, 22}};

    for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        CHECK_EQUAL(seL4_DebugCapIdentify(fixed[i].cap), fixed[i].kind);
    }
    CHECK_EQUAL(seL4_DebugCapIdentify(boot->schedcontrol.start), 24);
    for (seL4_CPtr cap = boot->userImageFrames.start; cap < boot->userImageFrames.end; cap++) {
        CHECK_EQUAL(seL4_DebugCapIdentify(cap), 1);
    }
    for (seL4_CPtr cap = boot->extraBIPages.start; cap < boot->extraBIPages.end; cap++) {
        CHECK_EQUAL(seL4_DebugCapIdentify(cap), 1);
    }
    for (seL4_CPtr cap = boot->untyped.start; cap < boot->untyped.end; cap++) {
        CHECK_EQUAL(seL4_DebugCapIdentify(cap), 2);
    }
    CHECK_EQUAL(seL4_DebugCapIdentify(boot->userImagePaging.start), 7);
    CHECK_EQUAL(seL4_DebugCapIdentify(boot->userImagePaging.end - 1), 3);
}
#endif

/* ---- untypeds ---- */

TEST("kernel.boot.untyped_list")
{
    const seL4_Word count = slots_in(boot->untyped);
    bool seen_ram = false;
    seL4_Word last_end = 0;

    CHECK(count > 0 && count <= CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS);
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[i];

        CHECK(desc->sizeBits >= seL4_MinUntypedBits && desc->sizeBits <= seL4_MaxUntypedBits);
        CHECK(desc->isDevice <= 1);
        CHECK(desc->isDevice == 0 || !seen_ram); /* device memory comes first */
        CHECK(desc->isDevice == 0 || desc->paddr >= last_end);
        if (desc->paddr < 1ull << 38) {
            CHECK_EQUAL(desc->paddr & ((1ull << desc->sizeBits) - 1), 0);
        }
        seen_ram = seen_ram || desc->isDevice == 0;
        last_end = desc->paddr + (1ull << desc->sizeBits);
    }
    for (seL4_Word i = count; i < CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS; i++) {
        CHECK_EQUAL(boot->untypedList[i].sizeBits, 0);
    }
}

TEST("kernel.boot.untypeds_do_not_overlap")
{
    const seL4_Word count = slots_in(boot->untyped);

    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *a = &boot->untypedList[i];

        for (seL4_Word j = 0; j < i; j++) {
            const seL4_UntypedDesc *b = &boot->untypedList[j];

            CHECK(a->paddr >= b->paddr + (1ull << b->sizeBits) ||
                  b->paddr >= a->paddr + (1ull << a->sizeBits));
        }
    }
}

/* Device memory reaches to 2^47; the pieces are cut as the rule says. */
TEST("kernel.boot.device_untypeds_are_cut_by_the_rule")
{
    const seL4_Word count = slots_in(boot->untyped), bias = 0xffffff8000000000;
    const seL4_UntypedDesc *last = NULL;

    for (seL4_Word i = 0; i < count && boot->untypedList[i].isDevice; i++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[i];
        const seL4_Word aligned = desc->paddr + bias;

        CHECK(aligned == 0 || (aligned & ((1ull << desc->sizeBits) - 1)) == 0);
        last = desc;
    }
    CHECK(last != NULL);
    CHECK_EQUAL(last->paddr + (1ull << last->sizeBits), 1ull << 47);
}

static seL4_Word end_of(const seL4_UntypedDesc *desc)
{
    return desc->paddr + (1ull << desc->sizeBits);
}

/* Where the range ends that the piece belongs to: pieces that touch are of one range. */
static seL4_Word range_end(seL4_Word i)
{
    const seL4_UntypedDesc *list = boot->untypedList;

    while (i + 1 < slots_in(boot->untyped) && list[i + 1].paddr == end_of(&list[i]) &&
           list[i + 1].isDevice == list[i].isDevice) {
        i++;
    }
    return end_of(&list[i]);
}

/* A range is cut from its start, each piece as large as the rest and its alignment allow. */
TEST("kernel.boot.untypeds_are_as_large_as_can_be")
{
    const seL4_Word bias = 0xffffff8000000000;

    for (seL4_Word i = 0; i < slots_in(boot->untyped); i++) {
        const seL4_Word start = boot->untypedList[i].paddr;
        unsigned bits = 63 - (unsigned)__builtin_clzl(range_end(i) - start);

        if (start + bias != 0 && (unsigned)__builtin_ctzl(start + bias) < bits) {
            bits = (unsigned)__builtin_ctzl(start + bias);
        }
        CHECK_EQUAL(boot->untypedList[i].sizeBits, bits);
    }
}

TEST("kernel.boot.untyped_address_is_that_of_its_first_frame")
{
    for (seL4_CPtr cap = boot->untyped.end - 1; cap >= boot->untyped.start; cap--) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];
        const seL4_CPtr slot = slot_new();

        if (desc->isDevice && desc->sizeBits >= seL4_PageBits) {
            OK(seL4_Untyped_Retype(cap, seL4_X86_4K, 0, OWN_CNODE, 0, 0, slot, 1));
            CHECK_REPLY(INVOKE(slot, X86PageGetAddress, WORDS()), SUCCESS(desc->paddr));
            return;
        }
    }
}

static void spin_a_while(void *argument)
{
    (void)argument;
    spin_us(20000);
}

/* The part of the kernel that only booted is given away: nothing it still needs is there. */
TEST("kernel.boot.boot_part_is_free_memory")
{
    const seL4_Word image = INVOKE(boot->userImageFrames.start, X86PageGetAddress, WORDS()).mr[0];
    seL4_Word pages = 0;

    tables_map(OWN_VSPACE, FREE_ADDRESS);
    for (seL4_CPtr cap = boot->untyped.start; cap < boot->untyped.end; cap++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[cap - boot->untyped.start];

        if (desc->isDevice || desc->paddr >= image) {
            continue;
        }
        for (seL4_Word at = desc->paddr; at < end_of(desc); at += PAGE_BYTES, pages++) {
            const seL4_CPtr slot = slot_new();
            const uintptr_t address = FREE_ADDRESS + pages * PAGE_BYTES;

            OK(seL4_Untyped_Retype(cap, seL4_X86_4K, 0, OWN_CNODE, 0, 0, slot, 1));
            OK(seL4_X86_Page_Map(slot, OWN_VSPACE, address, seL4_AllRights, 0));
            for (unsigned i = 0; i < PAGE_BYTES; i++) {
                CHECK_EQUAL(((volatile unsigned char *)address)[i], 0);
                ((volatile unsigned char *)address)[i] = 0xcc;
            }
        }
    }
    CHECK(pages > 0);
    sleep_us(2000); /* calls, faults, interrupts and switches */
    thread_wait(thread_run(PRIORITY, spin_a_while, NULL));
}

/* The LAPIC page belongs to the kernel. */
TEST("kernel.boot.lapic_is_in_no_untyped")
{
    for (seL4_Word i = 0; i < slots_in(boot->untyped); i++) {
        const seL4_UntypedDesc *desc = &boot->untypedList[i];

        CHECK(desc->paddr > 0xfee00000 || desc->paddr + (1ull << desc->sizeBits) <= 0xfee00000);
        CHECK(desc->paddr > 0xfec00000 || desc->paddr + (1ull << desc->sizeBits) <= 0xfec00000);
    }
}

/* ---- the image ---- */

TEST("kernel.boot.image_frames_are_in_order")
{
    seL4_Word last = 0;

    for (seL4_CPtr cap = boot->userImageFrames.start; cap < boot->userImageFrames.end; cap++) {
        const struct reply reply = INVOKE(cap, X86PageGetAddress, WORDS());

        CHECK_EQUAL(reply.label, seL4_NoError);
        CHECK(last == 0 || reply.mr[0] == last + PAGE_BYTES);
        last = reply.mr[0];
    }
}

/* Each frame is the page that the image has there: what is written here is seen through it. */
TEST("kernel.boot.image_frame_is_the_mapped_one")
{
    static _Alignas(4096) volatile uint64_t page[512];
    const seL4_CPtr copy = copy_of(image_frame(page));

    page[7] = 0x1234567;
    tables_map(OWN_VSPACE, FREE_ADDRESS);
    OK(seL4_X86_Page_Map(copy, OWN_VSPACE, FREE_ADDRESS, seL4_AllRights, 0));
    CHECK_EQUAL(((volatile uint64_t *)FREE_ADDRESS)[7], 0x1234567);
}

/* ---- extra information ---- */

TEST("kernel.boot.extra.chunks")
{
    seL4_Word total = 0;

    while (total < boot->extraLen) {
        total += ((const seL4_BootInfoHeader *)(const void *)(extra() + total))->len;
    }
    CHECK_EQUAL(total, boot->extraLen);
    CHECK(chunk(SEL4_BOOTINFO_HEADER_PADDING) == NULL);
    for (seL4_Word at = total; at % PAGE_BYTES != 0; at++) {
        CHECK_EQUAL(extra()[at], 0);
    }
}

TEST("kernel.boot.extra.tsc_frequency")
{
    const seL4_BootInfoHeader *header = chunk(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ);

    CHECK(header != NULL);
    CHECK_EQUAL(header->len, 20);
    CHECK(ticks_per_us() >= 1);
}

TEST("kernel.boot.extra.rsdp")
{
    const seL4_BootInfoHeader *header = chunk(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP);

    CHECK(header != NULL);
    CHECK_EQUAL(header->len, 52);
    CHECK(memcmp(header + 1, "RSD PTR ", 8) == 0);
}

TEST("kernel.boot.extra.memory_map")
{
    const seL4_BootInfoHeader *header = chunk(SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    uint32_t bytes, type;
    bool ram = false;

    CHECK(header != NULL);
    CHECK_EQUAL(header->len, 1220);
    memcpy(&bytes, (const char *)header + 16, sizeof(bytes));
    CHECK(bytes > 0 && bytes <= 1200 && bytes % 24 == 0);
    for (unsigned at = 0; at < bytes; at += 24) {
        memcpy(&type, (const char *)header + 20 + at + 20, sizeof(type));
        ram = ram || type == SEL4_MULTIBOOT_RAM_REGION_TYPE;
    }
    CHECK(ram);
}

/* ---- the initial thread ---- */

TEST("kernel.boot.priority_and_mcp")
{
    CHECK_REPLY(INVOKE(tcb_new(), TCBSetPriority, WORDS(255), CAPS(OWN_TCB)), SUCCESS());
    CHECK_REPLY(INVOKE(tcb_new(), TCBSetPriority, WORDS(256), CAPS(OWN_TCB)), RANGE_ERROR(0, 255));
}

TEST("kernel.boot.scheduling_context_is_small")
{
    CHECK_REPLY(INVOKE(boot->schedcontrol.start, SchedControlConfigureFlags,
                       WORDS(5000, 10000, 1, 0, 0), CAPS(seL4_CapInitThreadSC)),
                RANGE_ERROR(0, 0));
}

TEST("kernel.boot.guard_of_the_root_cnode")
{
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeDelete, WORDS(slot_new(), DEPTH)), SUCCESS());
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeDelete, WORDS(0, 64 - CONFIG_ROOT_CNODE_SIZE_BITS)),
                TOO_DEEP(0, 64 - CONFIG_ROOT_CNODE_SIZE_BITS, 64));
}

TEST("kernel.boot.bootinfo_frame_is_mapped_there")
{
    const seL4_CPtr copy = copy_of(seL4_CapBootInfoFrame);

    tables_map(OWN_VSPACE, FREE_ADDRESS);
    OK(seL4_X86_Page_Map(copy, OWN_VSPACE, FREE_ADDRESS, seL4_AllRights, 0));
    CHECK(memcmp((const void *)FREE_ADDRESS, boot, sizeof(*boot)) == 0);
}
