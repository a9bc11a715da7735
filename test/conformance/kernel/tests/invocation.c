// SPDX-License-Identifier: BSD-2-Clause
/* What comes before every object's own checks. */
#include <harness/ipc.h>
#include <harness/suite.h>

TEST("kernel.invocation.null_capability")
{
    CHECK_REPLY(INVOKE(slot_new(), TCBSuspend, WORDS()), INVALID_CAPABILITY(0));
    CHECK_REPLY(INVOKE(NOTHING, 0, WORDS()), INVALID_CAPABILITY(0));
}

TEST("kernel.invocation.label_zero")
{
    const seL4_CPtr caps[] = {OWN_TCB,
                              OWN_CNODE,
                              OWN_VSPACE,
                              seL4_CapIRQControl,
                              seL4_CapASIDControl,
                              OWN_POOL,
                              seL4_CapIOPortControl,
                              seL4_CapBootInfoFrame,
                              seL4_CapDomain,
                              seL4_CapInitThreadSC,
                              boot->schedcontrol.start,
                              untyped_new(12)};

    for (unsigned i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        CHECK_REPLY(INVOKE(caps[i], InvalidInvocation, WORDS()), ILLEGAL_OPERATION);
        CHECK_REPLY(INVOKE(caps[i], nInvocationLabels, WORDS()), ILLEGAL_OPERATION);
        CHECK_REPLY(INVOKE(caps[i], 1ull << 40, WORDS()), ILLEGAL_OPERATION);
    }
}

TEST("kernel.invocation.longer_messages_are_good")
{
    CHECK_REPLY(INVOKE(tcb_new(), TCBSetFlags, WORDS(0, 1, 2, 3, 4, 5)), SUCCESS(1));
}

/* By a plain send the work is done and nothing comes back. */
TEST("kernel.invocation.by_send")
{
    const seL4_CPtr tcb = tcb_new();

    invoke_by_send((seL4_Word)seL4_SysSend, tcb, TCBSetFlags, (struct message){WORDS(0, 1)});
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(0, 0)), SUCCESS(1));
    invoke_by_send((seL4_Word)seL4_SysNBSend, tcb, TCBSetFlags, (struct message){WORDS(1, 0)});
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(0, 0)), SUCCESS(0));
}

/* ---- lookups ---- */

/* A CSpace of two levels: 4 bits, 6 bits, with guards; the driver's TCB at path 5, 9. */
struct space {
    seL4_CPtr top, lower;
};

enum { TOP_BITS = 4, LOWER_BITS = 6, TOP_GUARD_BITS = 50, LOWER_GUARD_BITS = 4 };
enum { TOP_GUARD = 0x2a, LOWER_GUARD = 0xb, TOP_SLOT = 5, LOWER_SLOT = 9 };

static seL4_Word guard(seL4_Word value, seL4_Word bits)
{
    return seL4_CNode_CapData_new(value, bits).words[0];
}

static seL4_Word path(seL4_Word top_guard, seL4_Word top, seL4_Word lower_guard, seL4_Word lower)
{
    return top_guard << 14 | top << 10 | lower_guard << 6 | lower;
}

static struct space space_new(void)
{
    struct space space = {.top = cnode_new(TOP_BITS), .lower = cnode_new(LOWER_BITS)};

    OK(seL4_CNode_Copy(space.lower, LOWER_SLOT, LOWER_BITS, OWN_CNODE, notification_new(), DEPTH,
                       seL4_AllRights));
    OK(seL4_CNode_Mint(space.top, TOP_SLOT, TOP_BITS, OWN_CNODE, space.lower, DEPTH, seL4_AllRights,
                       guard(LOWER_GUARD, LOWER_GUARD_BITS)));
    return space;
}

/* What a thread in that space meets when it polls this address. */
static struct reply poll_in(struct space space, seL4_Word address, struct ipc *poll)
{
    const seL4_CPtr faults = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY,
                                           .faults = faults,
                                           .cspace = space.top,
                                           .cspace_data = guard(TOP_GUARD, TOP_GUARD_BITS)});

    *poll = (struct ipc){.number = seL4_SysNBWait, .cap = address};
    thread_start_at(thread, ipc_once, poll);
    return receive((seL4_Word)seL4_SysRecv, faults, reply_new());
}

TEST("kernel.cspace.two_levels_with_guards")
{
    struct ipc poll;
    const struct reply m =
        poll_in(space_new(), path(TOP_GUARD, TOP_SLOT, LOWER_GUARD, LOWER_SLOT), &poll);

    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall); /* its end */
    CHECK_EQUAL(poll.done, 1);
    CHECK_EQUAL(poll.result.badge, 0);
}

TEST("kernel.cspace.guard_mismatch_at_the_top")
{
    struct ipc poll;
    const struct reply m =
        poll_in(space_new(), path(TOP_GUARD + 1, TOP_SLOT, LOWER_GUARD, LOWER_SLOT), &poll);

    CHECK_EQUAL(m.label, seL4_Fault_CapFault);
    CHECK_EQUAL(m.mr[3], seL4_GuardMismatch);
    CHECK_EQUAL(m.mr[4], 64);
    CHECK_EQUAL(m.mr[5], TOP_GUARD);
    CHECK_EQUAL(m.mr[6], TOP_GUARD_BITS);
}

TEST("kernel.cspace.guard_mismatch_below")
{
    struct ipc poll;
    const struct reply m =
        poll_in(space_new(), path(TOP_GUARD, TOP_SLOT, LOWER_GUARD + 1, LOWER_SLOT), &poll);

    CHECK_EQUAL(m.mr[3], seL4_GuardMismatch);
    CHECK_EQUAL(m.mr[4], LOWER_GUARD_BITS + LOWER_BITS);
    CHECK_EQUAL(m.mr[5], LOWER_GUARD);
    CHECK_EQUAL(m.mr[6], LOWER_GUARD_BITS);
}

/* An empty slot on the way is found: there is a capability missing, with bits to spare. */
TEST("kernel.cspace.empty_slot_on_the_way")
{
    struct ipc poll;
    const struct reply m =
        poll_in(space_new(), path(TOP_GUARD, TOP_SLOT + 1, LOWER_GUARD, LOWER_SLOT), &poll);

    CHECK_EQUAL(m.label, seL4_Fault_CapFault);
    CHECK_EQUAL(m.mr[3], seL4_MissingCapability);
    CHECK_EQUAL(m.mr[4], 0);
}

/* Bits behind a capability that is no CNode do not matter for system calls. */
TEST("kernel.cspace.bits_behind_an_object")
{
    const struct space space = space_new();
    struct ipc poll;

    OK(seL4_CNode_Copy(space.top, TOP_SLOT + 1, TOP_BITS, OWN_CNODE, notification_new(), DEPTH,
                       seL4_AllRights));
    CHECK_EQUAL(poll_in(space, path(TOP_GUARD, TOP_SLOT + 1, 3, 33), &poll).label,
                seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(poll.done, 1);
}

/* A second level that wants more bits than there are. */
TEST("kernel.cspace.too_few_bits_left")
{
    const struct space space = space_new();
    struct ipc poll;
    struct reply m;

    OK(seL4_CNode_Mint(space.top, TOP_SLOT + 1, TOP_BITS, OWN_CNODE, space.lower, DEPTH,
                       seL4_AllRights, guard(0, LOWER_GUARD_BITS + 1)));
    m = poll_in(space, path(TOP_GUARD, TOP_SLOT + 1, 0, LOWER_SLOT), &poll);
    CHECK_EQUAL(m.mr[3], seL4_DepthMismatch);
    CHECK_EQUAL(m.mr[4], 10);
    CHECK_EQUAL(m.mr[5], LOWER_GUARD_BITS + 1 + LOWER_BITS);
}

TEST("kernel.cspace.guard_longer_than_what_is_left")
{
    const struct space space = space_new();
    struct ipc poll;
    struct reply m;

    OK(seL4_CNode_Mint(space.top, TOP_SLOT + 1, TOP_BITS, OWN_CNODE, space.lower, DEPTH,
                       seL4_AllRights, guard(0, 12)));
    m = poll_in(space, path(TOP_GUARD, TOP_SLOT + 1, 0, 0), &poll);
    CHECK_EQUAL(m.mr[3], seL4_GuardMismatch);
    CHECK_EQUAL(m.mr[4], 10);
    CHECK_EQUAL(m.mr[6], 12);
}

TEST("kernel.cspace.without_any")
{
    struct ipc poll = {.number = seL4_SysNBWait, .cap = 5};
    const seL4_CPtr faults = endpoint_new(), cnode = cnode_new(4);
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .faults = faults, .cspace = cnode});
    struct reply m;

    cap_revoke(cnode); /* empties the thread's slot */
    thread_start_at(thread, ipc_once, &poll);
    m = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(m.label, seL4_Fault_CapFault);
    CHECK_EQUAL(m.length, 4);
    CHECK_EQUAL(m.mr[3], seL4_InvalidRoot);
}

/* Slot operations walk the same way but must end exactly. */
TEST("kernel.cspace.operations_through_two_levels")
{
    const struct space space = space_new();
    const seL4_Word bits = TOP_BITS + LOWER_GUARD_BITS + LOWER_BITS;

    CHECK_REPLY(
        INVOKE(space.top, CNodeDelete, WORDS(path(0, TOP_SLOT, LOWER_GUARD, LOWER_SLOT), bits)),
        SUCCESS());
    CHECK_REPLY(
        INVOKE(space.top, CNodeDelete, WORDS(path(0, TOP_SLOT, LOWER_GUARD + 1, LOWER_SLOT), bits)),
        BAD_GUARD(0, LOWER_GUARD_BITS + LOWER_BITS, LOWER_GUARD, LOWER_GUARD_BITS));
    CHECK_REPLY(INVOKE(space.top, CNodeDelete, WORDS(TOP_SLOT, TOP_BITS)), SUCCESS());
    CHECK_REPLY(
        INVOKE(space.top, CNodeDelete, WORDS(path(0, TOP_SLOT, LOWER_GUARD, LOWER_SLOT), bits)),
        TOO_DEEP(0, LOWER_GUARD_BITS + LOWER_BITS, 0));
}

/* Bits of the index above the depth are ignored. */
TEST("kernel.cspace.index_above_depth")
{
    const seL4_CPtr cnode = cnode_new(4);

    OK(seL4_CNode_Copy(cnode, 0xabc3, 4, OWN_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
    CHECK_REPLY(INVOKE(cnode, CNodeMove, WORDS(7, 4, 3, 4), CAPS(cnode)), SUCCESS());
}

/* ---- as deep as it gets: 64 CNodes of two slots ---- */

enum { LEVELS = 64, DEEP_PATH_LOW = 0x5 };

#define DEEP_PATH (0xaaaaaaaaaaaaaaa0ull | DEEP_PATH_LOW)

/* Every CNode holds the next at the bit of the path that is its own; the last one the object. */
static seL4_CPtr deep_new(seL4_CPtr object)
{
    seL4_CPtr below = object;

    for (unsigned level = LEVELS; level-- > 0;) {
        const seL4_CPtr cnode = cnode_new(1);

        OK(seL4_CNode_Move(cnode, DEEP_PATH >> (LEVELS - 1 - level) & 1, 1, OWN_CNODE, below,
                           DEPTH));
        below = cnode;
    }
    return below;
}

TEST("kernel.cspace.sixty_four_levels")
{
    const seL4_CPtr notification = notification_new(), faults = endpoint_new();
    const seL4_CPtr signal = badged(notification, 9), top = deep_new(notification);
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults, .cspace = top});
    struct ipc poll = {.number = seL4_SysNBWait, .cap = DEEP_PATH};

    seL4_Signal(signal);
    thread_start_at(thread, ipc_once, &poll);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, faults, reply_new()).label,
                seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(poll.result.badge, 9);
}

TEST("kernel.cspace.operations_sixty_four_levels_down")
{
    const seL4_CPtr untyped = untyped_new(seL4_PageBits), object = slot_new();

    OK(seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, OWN_CNODE, 0, 0, object, 1));
    const seL4_CPtr top = deep_new(object);

    CHECK_REPLY(INVOKE(top, CNodeMove, WORDS(DEEP_PATH ^ 1, LEVELS, DEEP_PATH, LEVELS), CAPS(top)),
                SUCCESS());
    CHECK_REPLY(
        INVOKE(top, CNodeCopy, WORDS(DEEP_PATH, LEVELS, DEEP_PATH ^ 1, LEVELS, 0xf), CAPS(top)),
        SUCCESS());
    CHECK_REPLY(INVOKE(top, CNodeDelete, WORDS(DEEP_PATH ^ 2, LEVELS)), TOO_DEEP(0, 1, 0));
    cap_delete(top); /* and with it, one after the other, all below */
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, seL4_PageBits, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}
