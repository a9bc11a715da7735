// SPDX-License-Identifier: BSD-2-Clause
/* Mapping: what is seen where, rights, remapping, and tables that go away under frames. */
#include <harness/fault.h>
#include <harness/suite.h>

#define AT FREE_ADDRESS

enum { READ = 2, WRITE = 1, READ_WRITE = 3 };

static struct reply map_page(seL4_CPtr frame, seL4_CPtr vspace, uintptr_t address, seL4_Word rights)
{
    return INVOKE(frame, X86PageMap, WORDS(address, rights, 0), CAPS(vspace));
}

static struct reply unmap_page(seL4_CPtr frame)
{
    return INVOKE(frame, X86PageUnmap, WORDS());
}

static volatile uint64_t *words_at(uintptr_t address)
{
    return (volatile uint64_t *)address;
}

static void load(void *argument)
{
    (void)*(const volatile char *)argument;
}

static void store(void *argument)
{
    *(volatile char *)argument = 1;
}

/* The status with which a thread of the driver's VSpace fails at this address; 0 if it does not. */
static seL4_Word status_of(void (*run)(void *), uintptr_t address)
{
    struct faulter f = faulter_new();
    struct reply m;

    f.argument = (void *)address;
    m = faulter_run(&f, run);
    if (m.label == seL4_Fault_UnknownSyscall) {
        return 0; /* it finished */
    }
    CHECK_EQUAL(m.label, seL4_Fault_VMFault);
    return m.mr[seL4_VMFault_FSR];
}

/* ---- pages ---- */

TEST("kernel.frame.map.seen_by_the_owner")
{
    COVERS("X86PageMap.0");
    COVERS("X86PageUnmap.0");
    const seL4_CPtr frame = page_map(OWN_VSPACE, AT);

    *words_at(AT) = 0x1234;
    CHECK_EQUAL(status_of(load, AT), 0);
    CHECK_REPLY(unmap_page(frame), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 4);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT + PAGE_BYTES, READ_WRITE), SUCCESS());
    CHECK_EQUAL(*words_at(AT + PAGE_BYTES), 0x1234);
}

TEST("kernel.frame.map.two_addresses_one_frame")
{
    const seL4_CPtr copy = copy_of(page_map(OWN_VSPACE, AT));

    CHECK_REPLY(map_page(copy, OWN_VSPACE, AT + PAGE_BYTES, READ_WRITE), SUCCESS());
    *words_at(AT) = 0x55;
    CHECK_EQUAL(*words_at(AT + PAGE_BYTES), 0x55);
}

TEST("kernel.frame.map.rights")
{
    const seL4_CPtr frame = frame_new();

    tables_map(OWN_VSPACE, AT);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 0);
    CHECK_EQUAL(status_of(store, AT), 7);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_EQUAL(status_of(store, AT), 0);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, WRITE), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 5);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, 0), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 5);
}

/* The mapping gets no more than the capability has. */
TEST("kernel.frame.map.rights_of_the_capability")
{
    const seL4_CPtr read_only = with_rights(frame_new(), seL4_CanRead);
    const seL4_CPtr none = with_rights(frame_new(), seL4_CanWrite);

    tables_map(OWN_VSPACE, AT);
    CHECK_REPLY(map_page(read_only, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_EQUAL(status_of(store, AT), 7);
    CHECK_REPLY(map_page(none, OWN_VSPACE, AT + PAGE_BYTES, READ_WRITE), SUCCESS());
    CHECK_EQUAL(status_of(load, AT + PAGE_BYTES), 5);
}

TEST("kernel.frame.map.readable_is_executable")
{
    const seL4_CPtr frame = page_map(OWN_VSPACE, AT);

    *(volatile uint8_t *)AT = 0xc3; /* ret */
    ((void (*)(void))AT)();
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ), SUCCESS());
    ((void (*)(void))AT)();
}

TEST("kernel.frame.map.attributes")
{
    const seL4_CPtr frame = frame_new();

    tables_map(OWN_VSPACE, AT);
    for (seL4_Word attributes = 0; attributes < 16; attributes++) {
        CHECK_REPLY(INVOKE(frame, X86PageMap, WORDS(AT, READ_WRITE, attributes), CAPS(OWN_VSPACE)),
                    SUCCESS());
        *words_at(AT) = attributes;
        CHECK_EQUAL(*words_at(AT), attributes);
    }
}

/* A second frame at the same place replaces the first, whose unmapping then touches nothing. */
TEST("kernel.frame.map.replaces_silently")
{
    const seL4_CPtr first = page_map(OWN_VSPACE, AT), second = frame_new();

    *words_at(AT) = 1;
    CHECK_REPLY(map_page(second, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_EQUAL(*words_at(AT), 0);
    *words_at(AT) = 2;
    CHECK_REPLY(unmap_page(first), SUCCESS());
    CHECK_EQUAL(*words_at(AT), 2);
    CHECK_REPLY(unmap_page(second), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 4);
}

TEST("kernel.frame.unmap.not_mapped")
{
    CHECK_REPLY(unmap_page(frame_new()), SUCCESS());
}

TEST("kernel.frame.delete.mapped_capability_removes_the_mapping")
{
    const seL4_CPtr frame = page_map(OWN_VSPACE, AT), copy = copy_of(frame);

    cap_delete(frame); /* not the last one */
    CHECK_EQUAL(status_of(load, AT), 4);
    CHECK_REPLY(map_page(copy, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
}

TEST("kernel.frame.delete.other_capability_leaves_the_mapping")
{
    const seL4_CPtr frame = page_map(OWN_VSPACE, AT), copy = copy_of(frame);

    cap_delete(copy);
    CHECK_EQUAL(status_of(load, AT), 0);
    (void)frame;
}

TEST("kernel.frame.get_address")
{
    COVERS("X86PageGetAddress.0");
    const seL4_CPtr untyped = untyped_new(13), frames = slots_new(2);
    struct reply first, second;

    OK(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, OWN_CNODE, 0, 0, frames, 2));
    first = INVOKE(frames, X86PageGetAddress, WORDS());
    second = INVOKE(frames + 1, X86PageGetAddress, WORDS());
    CHECK_REPLY(second, SUCCESS(first.mr[0] + PAGE_BYTES));
}

TEST("kernel.frame.large_page")
{
    const seL4_CPtr page = object_new(seL4_X86_LargePageObject, 0), vspace = OWN_VSPACE;
    const seL4_CPtr pdpt = object_new(seL4_X86_PDPTObject, 0);
    const seL4_CPtr directory = object_new(seL4_X86_PageDirectoryObject, 0);

    OK(seL4_X86_PDPT_Map(pdpt, vspace, AT, 0));
    OK(seL4_X86_PageDirectory_Map(directory, vspace, AT, 0));
    CHECK_REPLY(map_page(page, vspace, AT + LARGE_BYTES, READ_WRITE), SUCCESS());
    *words_at(AT + LARGE_BYTES) = 1;
    *words_at(AT + 2 * LARGE_BYTES - 8) = 2;
    CHECK_EQUAL(status_of(load, AT + 2 * LARGE_BYTES), 4);
    CHECK_REPLY(unmap_page(page), SUCCESS());
    CHECK_EQUAL(status_of(load, AT + LARGE_BYTES), 4);
}

TEST("kernel.frame.huge_page")
{
    const seL4_CPtr vspace = vspace_new(), pdpt = object_new(seL4_X86_PDPTObject, 0);
    seL4_CPtr frame;

    OK(seL4_X86_PDPT_Map(pdpt, vspace, AT, 0));
    frame = map_device_frame(seL4_X64_HugePageObject, seL4_HugePageBits, vspace, AT);
    CHECK_REPLY(unmap_page(frame), SUCCESS());
    CHECK_REPLY(map_page(frame, vspace, AT + HUGE_BYTES, READ_WRITE), SUCCESS());
}

/* ---- structures ---- */

static const struct structure {
    seL4_Word type, map, unmap, span_bits;
} structures[] = {{seL4_X86_PDPTObject, X86PDPTMap, X86PDPTUnmap, 39},
                  {seL4_X86_PageDirectoryObject, X86PageDirectoryMap, X86PageDirectoryUnmap, 30},
                  {seL4_X86_PageTableObject, X86PageTableMap, X86PageTableUnmap, 21}};

/* All three above AT in an address space. */
static void map_structures(seL4_CPtr vspace, seL4_CPtr caps[3])
{
    for (unsigned i = 0; i < 3; i++) {
        caps[i] = object_new(structures[i].type, 0);
        CHECK_REPLY(INVOKE(caps[i], structures[i].map, WORDS(AT, 0), CAPS(vspace)), SUCCESS());
    }
}

TEST("kernel.vspace.structure.address_is_rounded_down")
{
    COVERS("X86PDPTMap.0");
    COVERS("X86PageDirectoryMap.0");
    COVERS("X86PageTableMap.0");
    const seL4_CPtr vspace = vspace_new(), frame = frame_new();

    for (unsigned i = 0; i < 3; i++) {
        CHECK_REPLY(INVOKE(object_new(structures[i].type, 0), structures[i].map,
                           WORDS(AT + (1ull << structures[i].span_bits) - 1, 7), CAPS(vspace)),
                    SUCCESS());
        CHECK_REPLY(INVOKE(object_new(structures[i].type, 0), structures[i].map, WORDS(AT, 0),
                           CAPS(vspace)),
                    DELETE_FIRST);
    }
    CHECK_REPLY(map_page(frame, vspace, AT, READ_WRITE), SUCCESS());
}

TEST("kernel.vspace.structure.unmap_unmapped")
{
    COVERS("X86PDPTUnmap.0");
    COVERS("X86PageDirectoryUnmap.0");
    COVERS("X86PageTableUnmap.0");

    for (unsigned i = 0; i < 3; i++) {
        CHECK_REPLY(INVOKE(object_new(structures[i].type, 0), structures[i].unmap, WORDS()),
                    SUCCESS());
    }
}

/*
 * Under each structure a page is mapped; then the structure is unmapped or
 * deleted. The page is gone, its capability is stale: unmapping is no error, and
 * the same capability maps again at the same place once the structure is back.
 */
static void check_pulled_out(unsigned which, bool by_delete)
{
    const seL4_CPtr frame = frame_new();
    seL4_CPtr caps[3];

    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    *words_at(AT) = 0x4711;
    if (by_delete) {
        cap_delete(caps[which]);
    } else {
        CHECK_REPLY(INVOKE(caps[which], structures[which].unmap, WORDS()), SUCCESS());
    }
    CHECK_EQUAL(status_of(load, AT), 4);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE),
                MISSING(0, structures[which].span_bits));
    for (unsigned i = which; i < 3; i++) {
        const seL4_CPtr fresh = object_new(structures[i].type, 0);

        CHECK_REPLY(INVOKE(fresh, structures[i].map, WORDS(AT, 0), CAPS(OWN_VSPACE)), SUCCESS());
    }
    CHECK_EQUAL(status_of(load, AT), 4);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_EQUAL(*words_at(AT), 0x4711);
    CHECK_REPLY(unmap_page(frame), SUCCESS());
}

TEST("kernel.dynamic.table_unmapped_under_a_frame")
{
    check_pulled_out(2, false);
}

TEST("kernel.dynamic.table_deleted_under_a_frame")
{
    check_pulled_out(2, true);
}

TEST("kernel.dynamic.directory_unmapped_under_a_frame")
{
    check_pulled_out(1, false);
}

TEST("kernel.dynamic.directory_deleted_under_a_frame")
{
    check_pulled_out(1, true);
}

TEST("kernel.dynamic.pdpt_unmapped_under_a_frame")
{
    check_pulled_out(0, false);
}

TEST("kernel.dynamic.pdpt_deleted_under_a_frame")
{
    check_pulled_out(0, true);
}

/* A stale capability must not take another frame's mapping away. */
TEST("kernel.dynamic.stale_capability_harms_nobody")
{
    const seL4_CPtr stale = frame_new(), other = frame_new();
    seL4_CPtr caps[3], fresh;

    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(stale, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_REPLY(INVOKE(caps[2], X86PageTableUnmap, WORDS()), SUCCESS());
    fresh = object_new(seL4_X86_PageTableObject, 0);
    CHECK_REPLY(INVOKE(fresh, X86PageTableMap, WORDS(AT, 0), CAPS(OWN_VSPACE)), SUCCESS());
    CHECK_REPLY(map_page(other, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_REPLY(unmap_page(stale), SUCCESS());
    CHECK_EQUAL(status_of(load, AT), 0);
    cap_delete(stale);
    CHECK_EQUAL(status_of(load, AT), 0);
}

/* The same table mapped again elsewhere is empty. */
TEST("kernel.dynamic.unmapped_table_is_empty")
{
    const seL4_CPtr frame = frame_new();
    seL4_CPtr caps[3];

    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    CHECK_REPLY(INVOKE(caps[2], X86PageTableUnmap, WORDS()), SUCCESS());
    CHECK_REPLY(INVOKE(caps[2], X86PageTableMap, WORDS(AT + LARGE_BYTES, 0), CAPS(OWN_VSPACE)),
                SUCCESS());
    CHECK_EQUAL(status_of(load, AT + LARGE_BYTES), 4);
    CHECK_EQUAL(status_of(load, AT), 4);
}

/* Copies of a table's capability know the mapping; the last one to go takes it along. */
TEST("kernel.dynamic.copied_table_capability")
{
    const seL4_CPtr frame = frame_new();
    seL4_CPtr caps[3], copy;

    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    copy = copy_of(caps[2]);
    cap_delete(caps[2]);
    CHECK_EQUAL(status_of(load, AT), 0);
    cap_delete(copy);
    CHECK_EQUAL(status_of(load, AT), 4);
}

/* Directory gone first, then the stale table capability below it. */
TEST("kernel.dynamic.structures_deleted_top_down")
{
    const seL4_CPtr frame = frame_new();
    seL4_CPtr caps[3];

    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    for (unsigned i = 0; i < 3; i++) {
        cap_delete(caps[i]);
        CHECK_EQUAL(status_of(load, AT), 4);
    }
    CHECK_REPLY(unmap_page(frame), SUCCESS());
    map_structures(OWN_VSPACE, caps);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT + PAGE_BYTES, READ_WRITE), SUCCESS());
}

/* A table that is stale can be unmapped and mapped again itself. */
TEST("kernel.dynamic.stale_table_maps_again")
{
    seL4_CPtr caps[3];

    map_structures(OWN_VSPACE, caps);
    cap_delete(caps[1]);
    CHECK_REPLY(INVOKE(caps[2], X86PageTableUnmap, WORDS()), SUCCESS());
    caps[1] = object_new(seL4_X86_PageDirectoryObject, 0);
    CHECK_REPLY(INVOKE(caps[1], X86PageDirectoryMap, WORDS(AT, 0), CAPS(OWN_VSPACE)), SUCCESS());
    CHECK_REPLY(INVOKE(caps[2], X86PageTableMap, WORDS(AT, 0), CAPS(OWN_VSPACE)), SUCCESS());
    CHECK_REPLY(map_page(frame_new(), OWN_VSPACE, AT, READ_WRITE), SUCCESS());
}

/* ---- address spaces ---- */

TEST("kernel.vspace.delete.leaves_frames_stale")
{
    const seL4_CPtr vspace = vspace_new(), frame = page_map(vspace, AT);

    cap_delete(vspace);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), INVALID_CAPABILITY(1));
    CHECK_REPLY(unmap_page(frame), SUCCESS());
    tables_map(OWN_VSPACE, AT);
    CHECK_REPLY(map_page(frame, OWN_VSPACE, AT, READ_WRITE), SUCCESS());
}

TEST("kernel.vspace.copy_is_the_same_space")
{
    const seL4_CPtr vspace = vspace_new(), copy = copy_of(vspace), frame = page_map(vspace, AT);

    CHECK_REPLY(map_page(frame, copy, AT, READ), SUCCESS());
    cap_delete(vspace);
    CHECK_REPLY(map_page(frame, copy, AT, READ_WRITE), SUCCESS());
}

TEST("kernel.vspace.separate_spaces_share_a_frame")
{
    const seL4_CPtr vspace = vspace_with_image(), frame = page_map(vspace, AT);
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .vspace = vspace});

    tables_map(OWN_VSPACE, AT);
    CHECK_REPLY(map_page(copy_of(frame), OWN_VSPACE, AT, READ_WRITE), SUCCESS());
    *words_at(AT) = 0;
    thread_start_at(thread, store, (void *)AT);
    thread_wait(thread);
    CHECK_EQUAL(*words_at(AT), 1);
}

/* Threads of an address space whose pool is deleted cannot run on. */
TEST("kernel.asid.delete_pool_stops_its_threads")
{
    const seL4_CPtr pool = asid_pool_new(), vspace = object_new(seL4_X64_PML4Object, 0);
    const seL4_CPtr faults = endpoint_new();
    struct thread *thread;

    OK(seL4_X86_ASIDPool_Assign(pool, vspace));
    image_map(vspace);
    thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .vspace = vspace, .faults = faults});
    thread_prepare(thread, load, &tables_map);
    cap_delete(pool);
    OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, faults, reply_new()).label, seL4_Fault_VMFault);
}

TEST("kernel.asid.make_pool_and_assign")
{
    COVERS("X86ASIDControlMakePool.0");
    COVERS("X86ASIDPoolAssign.0");
    const seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);

    CHECK_REPLY(INVOKE(asid_pool_new(), X86ASIDPoolAssign, WORDS(), CAPS(vspace)), SUCCESS());
    CHECK_REPLY(INVOKE(asid_pool_new(), X86ASIDPoolAssign, WORDS(), CAPS(vspace)),
                INVALID_CAPABILITY(1));
    page_map(vspace, AT);
}

/* The pool takes the whole untyped, as its child. */
TEST("kernel.asid.pool_is_a_child_of_its_untyped")
{
    const seL4_CPtr untyped = untyped_new(seL4_ASIDPoolBits), slot = slot_new();

    CHECK_REPLY(INVOKE(seL4_CapASIDControl, X86ASIDControlMakePool, WORDS(slot, DEPTH),
                       CAPS(untyped, OWN_CNODE)),
                SUCCESS());
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                NOT_ENOUGH(0));
    cap_revoke(untyped);
    CHECK(slot_is_empty(slot));
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, slot, 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.asid.deleted_vspace_frees_its_number")
{
    const seL4_CPtr pool = asid_pool_new();

    for (unsigned i = 0; i < 600; i++) { /* more than a pool has */
        const seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);

        OK(seL4_X86_ASIDPool_Assign(pool, vspace));
        cap_delete(vspace);
    }
}

/*
 * A pool goes while an address space of it has tables and pages. All of it can be
 * taken apart afterwards, and none of that touches who got the same numbers since.
 */
TEST("kernel.asid.pool_deleted_under_mappings")
{
    const seL4_CPtr pool = asid_pool_new(), old = object_new(seL4_X64_PML4Object, 0);
    const seL4_CPtr frame = frame_new();
    seL4_CPtr tables[3];

    OK(seL4_X86_ASIDPool_Assign(pool, old));
    map_structures(old, tables);
    CHECK_REPLY(map_page(frame, old, AT, READ_WRITE), SUCCESS());
    cap_delete(pool);

    const seL4_CPtr new_pool = asid_pool_new(), vspace = object_new(seL4_X64_PML4Object, 0);

    OK(seL4_X86_ASIDPool_Assign(new_pool, vspace));
    image_map(vspace);
    const seL4_CPtr page = page_map(vspace, AT);

    CHECK_REPLY(map_page(frame, vspace, AT, READ_WRITE), SUCCESS()); /* stale, but the same name */
    CHECK_REPLY(map_page(page, vspace, AT, READ_WRITE), SUCCESS());
    CHECK_REPLY(unmap_page(frame), SUCCESS());
    for (unsigned i = 3; i-- > 0;) {
        CHECK_REPLY(INVOKE(tables[i], structures[i].unmap, WORDS()), SUCCESS());
    }
    cap_delete(old);

    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .vspace = vspace});

    thread_start_at(thread, load, (void *)AT);
    thread_wait(thread);
    CHECK_REPLY(map_page(page, vspace, AT, READ), SUCCESS());
}
