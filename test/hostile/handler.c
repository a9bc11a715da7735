// SPDX-License-Identifier: BSD-2-Clause
#include "handler.h"

#include "helper.h"
#include "layout.h"
#include "settings.h"
#include "supply.h"
#include "worker.h"
#include "world.h"

enum { SAME_LIMIT = 3 };

static seL4_CPtr endpoint;
static struct helper helper;
static uint64_t seed;
static uint64_t faults[FAULT_TYPES];
static uint64_t last_calls[WORKER_COUNT];
static unsigned repeats[WORKER_COUNT];
static struct dice dice;

/* A worker that faults again and again without getting to a call waits for the supervisor. */
static bool is_stuck(unsigned w)
{
    const uint64_t calls = world_worker(w)->calls;

    repeats[w] = calls == last_calls[w] ? repeats[w] + 1 : 0;
    last_calls[w] = calls;
    return repeats[w] > SAME_LIMIT;
}

/* Answers with registers of its own choice; which they are depends on the kind of fault. */
static void answer(unsigned w, seL4_Word type)
{
    const seL4_Word label = dice_below(&dice, 4) == 0;
    const unsigned length = dice_below(&dice, 20);

    for (int i = 0; i < 20; i++) {
        seL4_SetMR(i, dice_word(&dice) >> dice_below(&dice, 64));
    }
    if (type == seL4_Fault_UnknownSyscall) {
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, (uintptr_t)worker_begin);
        seL4_SetMR(seL4_UnknownSyscall_RDI, worker_page_address(w, PAGE_CONTROL));
        seL4_SetMR(seL4_UnknownSyscall_SP, worker_page_address(w, PAGE_STACK) + PAGE_BYTES - 8);
    } else if (type == seL4_Fault_UserException) {
        seL4_SetMR(seL4_UserException_FaultIP, (uintptr_t)worker_begin);
        seL4_SetMR(seL4_UserException_SP, worker_page_address(w, PAGE_STACK) + PAGE_BYTES - 8);
    }
    seL4_Send(world_reply(), seL4_MessageInfo_new(label, 0, 0, length));
}

static void handle(seL4_Word badge, seL4_MessageInfo_t info)
{
    const seL4_Word type = seL4_MessageInfo_get_label(info);
    const unsigned w = (unsigned)badge - 1;

    faults[type < FAULT_TYPES ? type : 0]++;
    if (w >= WORKER_COUNT || is_stuck(w)) {
        return;
    }
    const unsigned choice = dice_below(&dice, 100);

    if (choice < 70) {
        (void)world_restart(w);
    } else if (choice < 97) {
        answer(w, type);
    }
}

static void handler_run(void *unused)
{
    (void)unused;
    for (;;) {
        seL4_Word badge;
        const seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge, world_reply());

        handle(badge, info);
    }
}

void handler_start(const struct settings *settings, seL4_CPtr fault_endpoint)
{
    endpoint = fault_endpoint;
    seed = settings->seed;
    dice = dice_new(seed, 0, WORKER_COUNT + 1);
    helper = helper_start(&(struct helper_options){.entry = handler_run,
                                                   .priority = PRIORITY_HANDLER,
                                                   .budget_us = 10000,
                                                   .period_us = 10000});
}

void handler_hold(void)
{
    supply_check(seL4_TCB_Suspend(helper.tcb) == seL4_NoError, "suspend the handler");
}

void handler_release(uint64_t generation)
{
    dice = dice_new(seed, generation, WORKER_COUNT + 1);
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        repeats[w] = 0;
        last_calls[w] = ~0ull;
    }
    supply_check(seL4_TCB_Resume(helper.tcb) == seL4_NoError, "resume the handler");
}

const uint64_t *handler_faults(void)
{
    return faults;
}
