// SPDX-License-Identifier: BSD-2-Clause
/* What the initial task of a static system does: it places everything itself, by physical
 * address. */
#include <harness/ipc.h>
#include <harness/suite.h>

static seL4_Word address_of(seL4_CPtr frame)
{
    const struct reply reply = INVOKE(frame, X86PageGetAddress, WORDS());

    CHECK_EQUAL(reply.label, seL4_NoError);
    return reply.mr[0];
}

static seL4_CPtr make(seL4_CPtr untyped, seL4_Word type, seL4_Word bits)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_Untyped_Retype(untyped, type, bits, OWN_CNODE, 0, 0, slot, 1));
    return slot;
}

/* Fills the untyped that starts at `at` with smaller ones up to `target`: each as large as its
 * alignment and the rest of the way allow. */
static void fill_up_to(seL4_CPtr untyped, seL4_Word at, seL4_Word target)
{
    while (at < target) {
        const unsigned aligned = (unsigned)__builtin_ctzl(at);
        const unsigned room = 63 - (unsigned)__builtin_clzl(target - at);
        const unsigned bits = aligned < room ? aligned : room;

        make(untyped, seL4_UntypedObject, bits);
        at += 1ull << bits;
    }
}

enum { REGION_BITS = 22, PLACE = 0x235000, LARGE_PLACE = 0x200000 };

static void check_fixed_places(seL4_CPtr untyped)
{
    const seL4_CPtr first = make(untyped, seL4_X86_4K, 0);
    const seL4_Word base = address_of(first);

    cap_delete(first); /* nothing is left, so it all begins anew */
    fill_up_to(untyped, base, base + PLACE);
    CHECK_EQUAL(address_of(make(untyped, seL4_X86_4K, 0)), base + PLACE);
    cap_revoke(untyped);
    fill_up_to(untyped, base, base + LARGE_PLACE);
    CHECK_EQUAL(address_of(make(untyped, seL4_X86_LargePageObject, 0)), base + LARGE_PLACE);
}

TEST("kernel.initialiser.fixed_places_in_ram")
{
    check_fixed_places(untyped_new(REGION_BITS));
}

/* Device memory, the last of which begins far above RAM. */
TEST("kernel.initialiser.fixed_places_in_device_memory")
{
    check_fixed_places(device_untyped_new(REGION_BITS));
}

/* A page of its own image serves to fill another space's page, and comes back. */
TEST("kernel.initialiser.image_page_is_lent")
{
    static _Alignas(4096) volatile uint64_t page[512];
    const seL4_CPtr frame = image_frame(page), vspace = vspace_new(), content = frame_new();

    page[3] = 33;
    tables_map(vspace, FREE_ADDRESS);
    CHECK_REPLY(INVOKE(frame, X86PageUnmap, WORDS()), SUCCESS());
    CHECK_REPLY(INVOKE(content, X86PageMap, WORDS((uintptr_t)page, 3, 0), CAPS(OWN_VSPACE)),
                SUCCESS());
    CHECK_EQUAL(page[3], 0);
    page[3] = 44;
    CHECK_REPLY(INVOKE(content, X86PageUnmap, WORDS()), SUCCESS());
    CHECK_REPLY(INVOKE(content, X86PageMap, WORDS(FREE_ADDRESS, 2, 0), CAPS(vspace)), SUCCESS());
    CHECK_REPLY(INVOKE(frame, X86PageMap, WORDS(FREE_ADDRESS + PAGE_BYTES, 3, 0), CAPS(vspace)),
                SUCCESS());
    CHECK_REPLY(INVOKE(frame, X86PageUnmap, WORDS()), SUCCESS());
    CHECK_REPLY(INVOKE(frame, X86PageMap, WORDS((uintptr_t)page, 3, 0), CAPS(OWN_VSPACE)),
                SUCCESS());
    CHECK_EQUAL(page[3], 33);
    CHECK_REPLY(INVOKE(content, X86PageUnmap, WORDS()), SUCCESS());
    tables_map(OWN_VSPACE, FREE_ADDRESS);
    CHECK_REPLY(INVOKE(content, X86PageMap, WORDS(FREE_ADDRESS, 3, 0), CAPS(OWN_VSPACE)),
                SUCCESS());
    CHECK_EQUAL(((volatile uint64_t *)FREE_ADDRESS)[3], 44);
}

/* ---- the CSpace of a component: 6 bits without guard, then 49 zeros and 9 bits ---- */

enum { ROOT_BITS = 6, OWN_BITS = 9, GUARD_BITS = 64 - ROOT_BITS - OWN_BITS, INPUT = 1, LAST = 511 };

static seL4_CPtr component_cspace(seL4_CPtr notification)
{
    const seL4_CPtr root = cnode_new(ROOT_BITS), own = cnode_new(OWN_BITS);

    OK(seL4_CNode_Copy(own, LAST, OWN_BITS, OWN_CNODE, notification, DEPTH, seL4_AllRights));
    OK(seL4_CNode_Mint(root, 0, ROOT_BITS, OWN_CNODE, own, DEPTH, seL4_AllRights,
                       seL4_CNode_CapData_new(0, GUARD_BITS).words[0]));
    return root;
}

static struct reply poll_there(seL4_CPtr cspace, struct ipc *poll)
{
    const seL4_CPtr faults = endpoint_new();
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .faults = faults, .cspace = cspace});

    thread_start_at(thread, ipc_once, poll);
    return receive((seL4_Word)seL4_SysRecv, faults, reply_new());
}

TEST("kernel.initialiser.cspace_of_a_component")
{
    const seL4_CPtr notification = notification_new(), root = component_cspace(notification);
    struct ipc poll = {.number = seL4_SysNBWait, .cap = LAST};
    struct ipc empty = {.number = seL4_SysNBWait, .cap = INPUT};
    struct ipc outside = {.number = seL4_SysNBWait, .cap = LAST + 1};
    struct ipc other = {.number = seL4_SysNBWait, .cap = 1ull << 58};
    struct reply m;

    seL4_Signal(badged(notification, 5));
    CHECK_EQUAL(poll_there(root, &poll).label, seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(poll.result.badge, 5);
    m = poll_there(root, &empty);
    CHECK_EQUAL(m.mr[3], seL4_MissingCapability);
    m = poll_there(root, &outside);
    CHECK_EQUAL(m.mr[3], seL4_GuardMismatch);
    CHECK_EQUAL(m.mr[4], GUARD_BITS + OWN_BITS);
    CHECK_EQUAL(m.mr[6], GUARD_BITS);
    m = poll_there(root, &other); /* an empty slot of the root */
    CHECK_EQUAL(m.mr[3], seL4_MissingCapability);
}
