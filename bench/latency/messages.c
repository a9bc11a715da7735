// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages and faults, and the longest lookups: a capability space of 61 levels, where
 * each capability of a call and of its message costs a walk.
 */
#include "arena.h"
#include "crowd.h"
#include "latency.h"
#include <tiny/string.h>

enum {
    ONE_BIT_LEVELS = 60,
    LAST_LEVEL_BITS = 4,
    CALLS = 200, /* per round */
    PRIORITY_CALLER = 110,
    PRIORITY_SERVER = 120,
    WORDS = 120,
};

/* Places in the last level, whose addresses are small numbers in the deep space. */
enum {
    DEEP_EMPTY,
    DEEP_ROOT, /* the deep space itself */
    DEEP_ENDPOINT,
    DEEP_REPLY,
    DEEP_PARKING,
    DEEP_ONE, /* two that change places */
    DEEP_OTHER,
    DEEP_EXTRA,
    DEEP_RECEIVED,
    DEEP_ANSWERED,
};

struct actor {
    seL4_CPtr tcb;
    seL4_IPCBuffer *buffer;
};

static _Alignas(PAGE_BYTES) char buffers[3][PAGE_BYTES];
static seL4_CPtr root, last_level, endpoint, reply;
static struct actor caller, server, asker;

/* ---- making ---- */

static void put(seL4_Word index, seL4_CPtr cap)
{
    check_ok(seL4_CNode_Copy(last_level, index, LAST_LEVEL_BITS, seL4_CapInitThreadCNode, cap,
                             seL4_WordBits, seL4_AllRights),
             "copy into the deep space");
}

static void make_deep_space(void)
{
    const seL4_CPtr chain = objects_new(seL4_CapTableObject, 1, ONE_BIT_LEVELS);

    root = chain;
    last_level = object_new(seL4_CapTableObject, LAST_LEVEL_BITS);
    for (seL4_Word i = 0; i < ONE_BIT_LEVELS; i++) {
        check_ok(seL4_CNode_Copy(chain + i, 0, 1, seL4_CapInitThreadCNode,
                                 i + 1 < ONE_BIT_LEVELS ? chain + i + 1 : last_level, seL4_WordBits,
                                 seL4_AllRights),
                 "copy into the chain");
    }
    put(DEEP_ROOT, root);
    put(DEEP_ENDPOINT, endpoint);
    put(DEEP_REPLY, reply);
    put(DEEP_PARKING, crowd_parking());
    put(DEEP_ONE, object_new(seL4_EndpointObject, 0));
    put(DEEP_OTHER, object_new(seL4_EndpointObject, 0));
    put(DEEP_EXTRA, object_new(seL4_EndpointObject, 0));
}

static struct actor actor_new(unsigned index, seL4_CPtr cspace, seL4_Word priority,
                              seL4_CPtr fault_handler)
{
    struct actor actor = {.tcb = object_new(seL4_TCBObject, 0),
                          .buffer = (seL4_IPCBuffer *)(void *)buffers[index]};
    const seL4_CPtr context = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);

    memset(actor.buffer, 0, sizeof(*actor.buffer));
    check_ok(seL4_TCB_Configure(actor.tcb, cspace, 0, seL4_CapInitThreadVSpace, 0,
                                (uintptr_t)actor.buffer, image_frame(actor.buffer)),
             "configure an actor");
    context_configure(context);
    check_ok(seL4_TCB_SetSchedParams(actor.tcb, seL4_CapInitThreadTCB, 255, priority, context,
                                     fault_handler),
             "set an actor's scheduling parameters");
    return actor;
}

static seL4_Word info(seL4_Word label, seL4_Word caps, seL4_Word words)
{
    return seL4_MessageInfo_new(label, 0, caps, words).words[0];
}

static void make_actors(seL4_CPtr cspace, seL4_CPtr fault_handler)
{
    caller = actor_new(0, cspace, PRIORITY_CALLER, fault_handler);
    server = actor_new(1, cspace, PRIORITY_SERVER, 0);
    asker = actor_new(2, cspace, PRIORITY_CALLER, 0);
}

static void offer_slot(const struct actor *actor, seL4_CPtr cnode, seL4_Word index)
{
    actor->buffer->receiveCNode = cnode;
    actor->buffer->receiveIndex = index;
    actor->buffer->receiveDepth = seL4_WordBits;
}

static void make_objects(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    reply = object_new(seL4_ReplyObject, 0);
}

/* ---- long messages ---- */

static seL4_CPtr extra, received;

static void shallow_pair(unsigned round)
{
    (void)round;
    make_objects();
    make_actors(seL4_CapInitThreadCNode, 0);
    extra = object_new(seL4_EndpointObject, 0);
    received = slot_new();
    offer_slot(&server, seL4_CapInitThreadCNode, received);
    caller.buffer->caps_or_badges[0] = extra;
    caller.buffer->caps_or_badges[1] = caller.buffer->caps_or_badges[2] = endpoint;
}

static void send_to_receiver(const struct deed *receive, const struct deed *send, seL4_CPtr parking)
{
    deed_start(server.tcb, receive, parking);
    deed_start(caller.tcb, send, parking);
}

static void long_messages(unsigned round)
{
    const struct deed receive = {
        .number = (seL4_Word)seL4_SysRecv, .cap = endpoint, .reply = reply};
    const struct deed call = {
        .number = (seL4_Word)seL4_SysCall, .cap = endpoint, .info = info(0, 3, WORDS)};

    for (unsigned i = 0; i < CALLS; i++) {
        if ((i + round) % 2 == 0) {
            send_to_receiver(&receive, &call, crowd_parking());
        } else {
            deed_start(caller.tcb, &call, crowd_parking());
            deed_start(server.tcb, &receive, crowd_parking());
        }
        slot_delete(received);
    }
}

/* ---- faults ---- */

static void faulting_pair(unsigned round)
{
    (void)round;
    make_objects();
    make_actors(seL4_CapInitThreadCNode, endpoint);
}

static void foreign_calls(unsigned round)
{
    const struct deed receive = {
        .number = (seL4_Word)seL4_SysRecv, .cap = endpoint, .reply = reply};
    const struct deed foreign = {.number = 39};
    const struct deed no_capability = {.number = (seL4_Word)seL4_SysCall, .cap = ~0ull};

    for (unsigned i = 0; i < CALLS; i++) {
        send_to_receiver(&receive, (i + round) % 2 == 0 ? &foreign : &no_capability,
                         crowd_parking());
    }
}

/* ---- deep lookups ---- */

static void deep_pair(unsigned round)
{
    (void)round;
    make_objects();
    make_deep_space();
    make_actors(root, 0);
    for (unsigned i = 0; i < 3; i++) {
        caller.buffer->caps_or_badges[i] = DEEP_EXTRA;
        server.buffer->caps_or_badges[i] = DEEP_EXTRA;
    }
    offer_slot(&server, DEEP_ROOT, DEEP_RECEIVED);
    offer_slot(&asker, DEEP_ROOT, DEEP_ANSWERED);
    caller.buffer->msg[WORDS - 1] = 1; /* a sign that all of it arrived */
}

/* The fields of a Rotate whose every CNode and index is deep; two capabilities change places. */
static struct deed deep_rotate(seL4_Word number)
{
    seL4_IPCBuffer *buffer = server.buffer;

    buffer->msg[4] = seL4_WordBits; /* of the pivot */
    buffer->msg[5] = 0;
    buffer->msg[6] = DEEP_ONE; /* the source, which is the destination too */
    buffer->msg[7] = seL4_WordBits;
    buffer->caps_or_badges[0] = buffer->caps_or_badges[1] = DEEP_ROOT;
    return (struct deed){.number = number,
                         .cap = DEEP_ROOT,
                         .info = info(CNodeRotate, 2, 8),
                         .words = {DEEP_ONE, seL4_WordBits, 0, DEEP_OTHER}};
}

static void deep_invocations(unsigned round)
{
    const struct deed rotate = deep_rotate((seL4_Word)seL4_SysCall);

    (void)round;
    for (unsigned i = 0; i < CALLS; i++) {
        deed_start(server.tcb, &rotate, DEEP_PARKING);
    }
}

static void empty_last_level(seL4_Word index)
{
    check_ok(seL4_CNode_Delete(last_level, index, LAST_LEVEL_BITS), "delete");
}

/* One system call that invokes, then receives a message with capabilities that waits already. */
static void deep_combined(unsigned round)
{
    struct deed combined = deep_rotate((seL4_Word)seL4_SysNBSendRecv);
    const struct deed call = {
        .number = (seL4_Word)seL4_SysCall, .cap = DEEP_ENDPOINT, .info = info(0, 3, WORDS)};

    (void)round;
    combined.destination = combined.cap;
    combined.cap = DEEP_ENDPOINT;
    combined.reply = DEEP_REPLY;
    for (unsigned i = 0; i < CALLS; i++) {
        deed_start(caller.tcb, &call, DEEP_PARKING);
        deep_rotate(combined.number);
        deed_start(server.tcb, &combined, DEEP_PARKING);
        empty_last_level(DEEP_RECEIVED);
    }
    check(server.buffer->msg[WORDS - 1] == 1, "no message arrived");
}

/* One system call that answers with capabilities, then receives such a message that waits. */
static void deep_answers(unsigned round)
{
    const struct deed ask = {
        .number = (seL4_Word)seL4_SysCall, .cap = DEEP_ENDPOINT, .info = info(0, 0, 0)};
    const struct deed call = {
        .number = (seL4_Word)seL4_SysCall, .cap = DEEP_ENDPOINT, .info = info(0, 3, WORDS)};
    const struct deed receive = {
        .number = (seL4_Word)seL4_SysRecv, .cap = DEEP_ENDPOINT, .reply = DEEP_REPLY};
    const struct deed answer = {.number = (seL4_Word)seL4_SysReplyRecv,
                                .cap = DEEP_ENDPOINT,
                                .reply = DEEP_REPLY,
                                .info = info(0, 3, WORDS)};

    (void)round;
    for (unsigned i = 0; i < CALLS; i++) {
        deed_start(server.tcb, &receive, DEEP_PARKING);
        deed_start(asker.tcb, &ask, DEEP_PARKING);
        deed_start(caller.tcb, &call, DEEP_PARKING);
        for (unsigned k = 0; k < 3; k++) {
            server.buffer->caps_or_badges[k] = DEEP_EXTRA; /* badges have come in their place */
        }
        deed_start(server.tcb, &answer, DEEP_PARKING);
        empty_last_level(DEEP_RECEIVED);
        empty_last_level(DEEP_ANSWERED);
    }
    check(server.buffer->msg[WORDS - 1] == 1, "no message arrived");
}

static const struct operation list[] = {
    {"message.long", 10, shallow_pair, long_messages},
    {"message.fault", 10, faulting_pair, foreign_calls},
    {"lookup.invocation", 20, deep_pair, deep_invocations},
    {"lookup.combined", 20, deep_pair, deep_combined},
    {"lookup.answer", 20, deep_pair, deep_answers},
};

const struct operations message_operations = {list, sizeof(list) / sizeof(list[0])};
