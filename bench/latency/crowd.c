// SPDX-License-Identifier: BSD-2-Clause
#include "crowd.h"

#include "arena.h"
#include "latency.h"

#define SLICE_US   10000
#define USER_FLAGS 0x202

extern const char deed_entry[]; /* deed.S */

static seL4_CPtr parking;

void crowd_init(void)
{
    parking = object_new(seL4_NotificationObject, 0);
}

seL4_CPtr crowd_parking(void)
{
    return parking;
}

void context_configure(seL4_CPtr context)
{
    check_ok(
        seL4_SchedControl_ConfigureFlags(sched_control(), context, SLICE_US, SLICE_US, 0, 0, 0),
        "configure a scheduling context");
}

struct crowd crowd_new(seL4_Word count)
{
    struct crowd crowd = {.tcbs = objects_new(seL4_TCBObject, 0, count),
                          .contexts =
                              objects_new(seL4_SchedContextObject, seL4_MinSchedContextBits, count),
                          .count = count};

    for (seL4_Word i = 0; i < count; i++) {
        check_ok(seL4_TCB_Configure(crowd.tcbs + i, seL4_CapInitThreadCNode, 0,
                                    seL4_CapInitThreadVSpace, 0, 0, 0),
                 "configure a thread");
        context_configure(crowd.contexts + i);
        check_ok(seL4_TCB_SetSchedParams(crowd.tcbs + i, seL4_CapInitThreadTCB, 255,
                                         PRIORITY_CROWD_FIRST, crowd.contexts + i, 0),
                 "set scheduling parameters");
    }
    return crowd;
}

void crowd_priority(const struct crowd *crowd, seL4_Word index, seL4_Word priority)
{
    check_ok(seL4_TCB_SetPriority(crowd->tcbs + index, seL4_CapInitThreadTCB, priority),
             "set a priority");
}

void deed_start(seL4_CPtr tcb, const struct deed *deed, seL4_CPtr parks_on)
{
    seL4_UserContext registers = {.rip = (uintptr_t)deed_entry,
                                  .rflags = USER_FLAGS,
                                  .rdx = deed->number,
                                  .rdi = deed->cap,
                                  .rsi = deed->info,
                                  .r10 = deed->words[0],
                                  .r8 = deed->words[1],
                                  .r9 = deed->words[2],
                                  .r15 = deed->words[3],
                                  .r12 = deed->reply,
                                  .r13 = deed->destination,
                                  .r14 = parks_on};

    check_ok(seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof(registers) / sizeof(seL4_Word), &registers),
             "start a thread");
}

void crowd_start(const struct crowd *crowd, seL4_Word index, const struct deed *deed)
{
    deed_start(crowd->tcbs + index, deed, parking);
}

void crowd_start_all(const struct crowd *crowd, const struct deed *deed, seL4_Word priorities)
{
    for (seL4_Word i = 0; i < crowd->count; i++) {
        /* Neither ascending nor descending: neighbours end up far apart in the queue. */
        crowd_priority(crowd, i, PRIORITY_CROWD_FIRST + i * 61 % priorities);
        crowd_start(crowd, i, deed);
    }
}
