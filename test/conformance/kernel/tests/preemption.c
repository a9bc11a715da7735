// SPDX-License-Identifier: BSD-2-Clause
/* Long operations: others run in between, and in the end all is as if nobody had. */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/timer.h>

enum { MANY_BITS = 14, MANY = 1 << MANY_BITS, FAN_OUT = 256, LONGEST_US = 200 };

/* Notes the longest stretch without the processor, and how often it had it. */
struct beat {
    seL4_CPtr notification, handler;
    volatile unsigned count;
    volatile uint64_t longest_us;
};

static void beat(void *argument)
{
    struct beat *b = argument;
    uint64_t last_us = now_us();

    for (;;) {
        uint64_t at_us;

        seL4_Wait(b->notification, NULL);
        at_us = now_us();
        b->longest_us = at_us - last_us > b->longest_us ? at_us - last_us : b->longest_us;
        last_us = at_us;
        b->count++;
        (void)seL4_IRQHandler_Ack(b->handler);
    }
}

/* A thread above the one that works is woken by the timer chip all the time. */
static void beat_start(struct beat *b)
{
    *b = (struct beat){.notification = notification_new(), .handler = timer_interrupt(5)};
    OK(seL4_IRQHandler_SetNotification(b->handler, b->notification));
    thread_run(PRIORITY + 50, beat, b);
    timer_start_us(100);
    OK(seL4_IRQHandler_Ack(b->handler));
    sleep_us(1000);
    b->count = 0;
    b->longest_us = 0;
}

/* The driver would keep everybody out, so a thread does the work. */
static void work(struct ipc *ipc, struct beat *b)
{
    struct thread *thread = ipc_thread(PRIORITY, ipc);

    thread_wait(thread);
    timer_stop();
    CHECK_REPLY(ipc->result, SUCCESS());
    CHECK(b->count > 0);
    if (b->longest_us > LONGEST_US) {
        fail(__FILE__, __LINE__, "expected to be woken every %u us got %lu us", LONGEST_US,
             b->longest_us);
    }
}

/* A CNode full of endpoints made from an untyped. */
static seL4_CPtr full_cnode(seL4_CPtr *untyped)
{
    const seL4_CPtr cnode = cnode_new(MANY_BITS);

    *untyped = untyped_new(MANY_BITS + 4);
    for (unsigned at = 0; at < MANY; at += FAN_OUT) {
        OK(seL4_Untyped_Retype(*untyped, seL4_EndpointObject, 0, cnode, 0, 0, at, FAN_OUT));
    }
    return cnode;
}

TEST("kernel.preemption.revoke_many_objects")
{
    struct beat b;
    seL4_CPtr untyped;
    struct ipc revoke = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeRevoke};

    (void)full_cnode(&untyped);
    revoke.message = (struct message){WORDS(untyped, DEPTH)};
    beat_start(&b);
    work(&revoke, &b);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.preemption.revoke_many_copies")
{
    struct beat b;
    const seL4_CPtr cnode = cnode_new(MANY_BITS), endpoint = endpoint_new();
    struct ipc revoke = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeRevoke};

    for (seL4_Word i = 0; i < MANY / 4; i++) {
        OK(seL4_CNode_Mint(cnode, i, MANY_BITS, OWN_CNODE, endpoint, DEPTH, seL4_AllRights, i));
    }
    revoke.message = (struct message){WORDS(endpoint, DEPTH)};
    beat_start(&b);
    work(&revoke, &b);
    CHECK_REPLY(INVOKE(cnode, CNodeMove, WORDS(0, MANY_BITS, 1, MANY_BITS), CAPS(cnode)),
                MISSING(1, MANY_BITS));
}

TEST("kernel.preemption.delete_large_cnode")
{
    struct beat b;
    seL4_CPtr untyped, cnode = full_cnode(&untyped);
    struct ipc delete = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeDelete};

    delete.message = (struct message){WORDS(cnode, DEPTH)};
    beat_start(&b);
    work(&delete, &b);
    CHECK(slot_is_empty(cnode));
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.preemption.clear_large_untyped")
{
    enum { BITS = 22 };
    struct beat b;
    const seL4_CPtr untyped = untyped_new(BITS), slots = slots_new(2);
    struct ipc retype = {.number = seL4_SysCall, .cap = untyped, .label = UntypedRetype};

    retype.message =
        (struct message){WORDS(seL4_X86_LargePageObject, 0, 0, 0, slots, 2), CAPS(OWN_CNODE)};
    OK(seL4_Untyped_Retype(untyped, seL4_X86_LargePageObject, 0, OWN_CNODE, 0, 0, slots, 2));
    cap_revoke(untyped);
    beat_start(&b);
    work(&retype, &b);
    CHECK(!slot_is_empty(slots + 1));
}

/* ---- interrupted half way ---- */

/* Starts the call in a thread and comes back while it is still at it. */
static struct thread *half_done(struct ipc *ipc)
{
    struct thread *thread = thread_at(PRIORITY);

    thread_prepare(thread, ipc_once, ipc);
    OK(seL4_TCB_Resume(thread->tcb));
    sleep_us(150);
    CHECK_EQUAL(ipc->done, 0);
    return thread;
}

/* The slot shows that a deletion is going on. */
TEST("kernel.preemption.half_deleted_cnode_is_a_zombie")
{
    seL4_CPtr untyped, cnode = full_cnode(&untyped);
    struct ipc delete = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeDelete};
    struct thread *thread;

    delete.message = (struct message){WORDS(cnode, DEPTH)};
    thread = half_done(&delete);
    CHECK_REPLY(INVOKE(cnode, CNodeDelete, WORDS(0, MANY_BITS)), INVALID_CAPABILITY(0));
    CHECK_REPLY(
        INVOKE(OWN_CNODE, CNodeCopy, WORDS(slot_new(), DEPTH, cnode, DEPTH, 0xf), CAPS(OWN_CNODE)),
        ILLEGAL_OPERATION);
#ifdef CONFIG_DEBUG_BUILD
    CHECK_EQUAL(seL4_DebugCapIdentify(cnode), 18);
#endif
    thread_wait(thread);
    CHECK(slot_is_empty(cnode));
}

/* Somebody else finishes what was begun. */
TEST("kernel.preemption.half_deleted_cnode_finished_by_another")
{
    seL4_CPtr untyped, cnode = full_cnode(&untyped);
    struct ipc delete = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeDelete};
    struct thread *thread;

    delete.message = (struct message){WORDS(cnode, DEPTH)};
    thread = half_done(&delete);
    cap_delete(cnode);
    CHECK(slot_is_empty(cnode));
    thread_wait(thread);
    CHECK_REPLY(delete.result, SUCCESS());
}

/* What is left of it can be moved like any capability; whoever deletes it there goes on. */
TEST("kernel.preemption.half_deleted_cnode_is_moved")
{
    seL4_CPtr untyped, cnode = full_cnode(&untyped), slot = slot_new(), other = tcb_new();
    struct ipc delete = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeDelete};
    struct thread *thread;

    delete.message = (struct message){WORDS(cnode, DEPTH)};
    thread = half_done(&delete);
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeMove, WORDS(slot, DEPTH, cnode, DEPTH), CAPS(OWN_CNODE)),
                SUCCESS());
    thread_wait(thread); /* finds its slot empty */
    CHECK_REPLY(delete.result, SUCCESS());
    CHECK_REPLY(INVOKE(OWN_CNODE, CNodeRotate, WORDS(slot, DEPTH, 0, other, DEPTH, 0, slot, DEPTH),
                       CAPS(OWN_CNODE, OWN_CNODE)),
                SUCCESS());
    OK(seL4_TCB_Suspend(slot));
    CHECK_REPLY(INVOKE(other, CNodeDelete, WORDS(0, MANY_BITS)), INVALID_CAPABILITY(0));
    CHECK_REPLY(INVOKE(untyped, UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, cnode, 1),
                       CAPS(OWN_CNODE)),
                NOT_ENOUGH(0));
    cap_delete(other);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, cnode, 1), CAPS(OWN_CNODE)),
                SUCCESS());
}

/* The untyped below the half-deleted CNode is revoked meanwhile: that finishes it, too. */
TEST("kernel.preemption.half_deleted_cnode_is_revoked")
{
    const seL4_CPtr home = untyped_new(MANY_BITS + seL4_SlotBits), cnode = slot_new();
    struct ipc delete = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeDelete};
    const seL4_CPtr untyped = untyped_new(MANY_BITS + 4);
    struct thread *thread;

    OK(seL4_Untyped_Retype(home, seL4_CapTableObject, MANY_BITS, OWN_CNODE, 0, 0, cnode, 1));
    for (unsigned at = 0; at < MANY; at += FAN_OUT) {
        OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, cnode, 0, 0, at, FAN_OUT));
    }
    delete.message = (struct message){WORDS(cnode, DEPTH)};
    thread = half_done(&delete);
    cap_revoke(home);
    CHECK(slot_is_empty(cnode));
    CHECK_REPLY(INVOKE(home, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + seL4_SlotBits, 0, 0, cnode, 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
    thread_wait(thread); /* which deleted what is there now */
    CHECK_REPLY(delete.result, SUCCESS());
    CHECK(slot_is_empty(cnode));
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, cnode, 1), CAPS(OWN_CNODE)),
                SUCCESS());
}

TEST("kernel.preemption.half_revoked_by_a_suspended_thread")
{
    seL4_CPtr untyped;
    struct ipc revoke = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeRevoke};
    struct thread *thread;

    (void)full_cnode(&untyped);
    revoke.message = (struct message){WORDS(untyped, DEPTH)};
    thread = half_done(&revoke);
    OK(seL4_TCB_Suspend(thread->tcb));
    settle();
    CHECK_EQUAL(revoke.done, 0);
    OK(seL4_TCB_Resume(thread->tcb)); /* begins again and finds the rest */
    thread_wait(thread);
    CHECK_REPLY(revoke.result, SUCCESS());
}

/*
 * A thread whose old CSpace is being deleted cannot be given another one. The
 * table says so without exception, so the call that began it may meet its own
 * zombie when it is repeated (docs/kernel/abi-doubts.md).
 */
TEST("kernel.preemption.spaces_of_a_thread_in_deletion")
{
    COVERS("TCBConfigure.6");
    COVERS("TCBSetSpace.2");
    seL4_CPtr untyped, cnode = full_cnode(&untyped);
    const seL4_CPtr tcb = tcb_new(), small = cnode_new(2);
    struct ipc set = {.number = seL4_SysCall, .cap = tcb, .label = TCBSetSpace};
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_SetSpace(tcb, NOTHING, cnode, 0, OWN_VSPACE, 0));
    cap_delete(cnode); /* the thread has the last one */
    set.message = (struct message){WORDS(0, 0), CAPS(NOTHING, small, OWN_VSPACE)};
    thread_start_at(thread, ipc_once, &set);
    sleep_us(150);
    CHECK_REPLY(INVOKE(tcb, TCBSetSpace, WORDS(0, 0), CAPS(tcb, untyped_with_child(), NOTHING)),
                ILLEGAL_OPERATION);
    CHECK_REPLY(
        INVOKE(tcb, TCBConfigure, WORDS(0, 0, 0), CAPS(untyped_with_child(), NOTHING, NOTHING)),
        ILLEGAL_OPERATION);
    thread_wait(thread);
    CHECK(set.result.label == seL4_NoError || set.result.label == seL4_IllegalOperation);
    cap_delete(tcb);
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

/* ---- many waiters ---- */

enum { WAITERS = 18 };

TEST("kernel.preemption.delete_endpoint_with_waiters")
{
    const seL4_CPtr endpoint = endpoint_new();
    static struct ipc sends[WAITERS];

    for (unsigned i = 0; i < WAITERS; i++) {
        sends[i] = (struct ipc){.number = seL4_SysSend, .cap = endpoint};
        ipc_thread(PRIORITY, &sends[i]);
        settle();
    }
    cap_delete(endpoint);
    settle();
    for (unsigned i = 0; i < WAITERS; i++) {
        CHECK_EQUAL(sends[i].done, 1);
    }
}

/* ---- by somebody with little time ---- */

static struct thread *poor_thread(void)
{
    return thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 100, .period_us = 300});
}

static void check_revoked(seL4_CPtr untyped, const struct ipc *revoke)
{
    CHECK_REPLY(revoke->result, SUCCESS());
    CHECK_REPLY(INVOKE(untyped, UntypedRetype,
                       WORDS(seL4_UntypedObject, MANY_BITS + 4, 0, 0, slot_new(), 1),
                       CAPS(OWN_CNODE)),
                SUCCESS());
}

/* Others have the rest of the time, and in the end it is done. */
TEST("kernel.preemption.revoke_within_small_budgets")
{
    seL4_CPtr untyped;
    struct ipc revoke = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeRevoke};
    struct thread *thread = poor_thread();
    uint64_t start_us;

    (void)full_cnode(&untyped);
    revoke.message = (struct message){WORDS(untyped, DEPTH)};
    start_us = now_us();
    thread_start_at(thread, ipc_once, &revoke);
    thread_wait(thread);
    CHECK(now_us() - start_us > 3 * 300);
    CHECK(INVOKE(thread->sc, SchedContextConsumed, WORDS()).mr[0] < (now_us() - start_us) / 2);
    check_revoked(untyped, &revoke);
}

/* Lets the thread go on if it has told of the end of its budget. */
static bool answer_timeout(seL4_CPtr endpoint, seL4_CPtr reply)
{
    const struct reply m = receive((seL4_Word)seL4_SysNBRecv, endpoint, reply);

    if (m.badge == 0) {
        return false;
    }
    CHECK_EQUAL(m.label, seL4_Fault_Timeout);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){WORDS()});
    return true;
}

TEST("kernel.preemption.revoke_with_timeouts")
{
    seL4_CPtr untyped;
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc revoke = {.number = seL4_SysCall, .cap = OWN_CNODE, .label = CNodeRevoke};
    struct thread *thread = poor_thread();
    unsigned timeouts = 0;

    (void)full_cnode(&untyped);
    OK(seL4_TCB_SetTimeoutEndpoint(thread->tcb, badged(endpoint, 9)));
    revoke.message = (struct message){WORDS(untyped, DEPTH)};
    thread_start_at(thread, ipc_once, &revoke);
    while (!revoke.done) {
        timeouts += answer_timeout(endpoint, reply);
        sleep_us(150);
    }
    CHECK(timeouts > 3);
    /* Its budget may have ended between the call and the thread's own end. */
    OK(seL4_TCB_SetTimeoutEndpoint(thread->tcb, NOTHING));
    (void)answer_timeout(endpoint, reply);
    thread_wait(thread);
    check_revoked(untyped, &revoke);
}
