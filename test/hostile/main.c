// SPDX-License-Identifier: BSD-2-Clause
/*
 * The supervisor. It sleeps until a ticker, or the thread that runs when nobody
 * else can, wakes it; then it looks whether everything is as it should be and
 * sets stuck workers going.
 */
#include <sel4/sel4.h>
#include <start/root.h>
#include <tiny/printf.h>

#include "attacks.h"
#include "handler.h"
#include "helper.h"
#include "layout.h"
#include "methods.h"
#include "promises.h"
#include "report.h"
#include "settings.h"
#include "supply.h"
#include "witness.h"
#include "world.h"

enum {
    BADGE_TICK = 1,
    BADGE_IDLE = 2,
    BADGE_WITNESS_FAULT = 4,
    TICK_US = 1000,
    STALE_TICKS = 3,      /* a worker that made no call for so long begins anew */
    DEAD_MANY = 4,        /* workers beyond help that end a generation */
    SILENT_EVENTS = 2000, /* events without any call: nothing helps any more */
    GENERATION_TICKS = 2000,
    CALLS_FOR_WITNESSES = 20000, /* by then they have run */
    COUNT_MASK = 0xfffff,        /* what a worker may count in its page in a generation */
};

static seL4_CPtr wake; /* notification, bound to this thread */
static seL4_CPtr tick_cap, idle_cap;
static volatile uint64_t ticks;

struct progress {
    uint64_t done; /* calls, all together */
    uint64_t in_generation;
    uint64_t generations; /* begun */
    uint64_t revivals;
    uint64_t success, refused, instructions; /* of earlier generations */
    uint64_t done_by_method[METHOD_MAX];
    unsigned stale[WORKER_COUNT];
    bool dead[WORKER_COUNT];
    unsigned silent;
    uint64_t started_tick;
};

static struct progress progress;

static void ticker_run(void *unused)
{
    (void)unused;
    for (;;) {
        ticks++;
        seL4_Signal(tick_cap);
        seL4_Yield();
    }
}

static void idle_run(void *unused)
{
    (void)unused;
    for (;;) {
        seL4_Signal(idle_cap);
    }
}

/* True if it made any. */
static bool count_calls(unsigned w)
{
    const uint64_t calls = world_new_calls(w);

    progress.in_generation += calls;
    progress.done += calls;
    return calls != 0;
}

/* ---- generations ---- */

static void generation_begin(const struct settings *settings)
{
    const uint64_t number = settings->first + progress.generations++;

    report_generation(number);
    world_build(settings, number);
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        progress.stale[w] = 0;
        progress.dead[w] = false;
    }
    progress.started_tick = ticks;
    progress.in_generation = 0;
    promises_disturb_domains(number);
    handler_release(number);
}

static void generation_end(void)
{
    handler_hold();
    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        const struct worker *worker = world_worker(w);

        progress.success += worker->success & COUNT_MASK;
        progress.refused += worker->refused & COUNT_MASK;
        progress.instructions += worker->instructions & COUNT_MASK;
        for (unsigned i = 0; i < method_count; i++) {
            progress.done_by_method[i] += worker->done[i] & COUNT_MASK;
        }
        (void)count_calls(w);
    }
    world_destroy();
    promises_check();
}

static unsigned dead_count(void)
{
    unsigned count = 0;

    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        count += progress.dead[w];
    }
    return count;
}

/* ---- workers ---- */

static void revive(unsigned w)
{
    progress.stale[w] = 0;
    progress.revivals++;
    progress.dead[w] = !world_revive(w);
}

/* True if any worker made a call since the last look. */
static bool look_after_workers(bool idle)
{
    bool moved = false;

    for (unsigned w = 0; w < WORKER_COUNT; w++) {
        if (progress.dead[w]) {
            continue;
        }
        if (count_calls(w)) {
            progress.stale[w] = 0;
            moved = true;
            if (!idle) {
                continue;
            }
        }
        if (idle || ++progress.stale[w] >= STALE_TICKS) {
            revive(w);
        }
    }
    return moved;
}

static void watch_progress(bool moved)
{
    progress.silent = moved ? 0 : progress.silent + 1;
    if (progress.silent > SILENT_EVENTS) {
        promise_broken(PROMISE_PROGRESS, "no worker made a call during %u wake-ups", SILENT_EVENTS);
    }
}

static bool generation_over(const struct settings *settings)
{
    return progress.in_generation >= settings->length || dead_count() >= DEAD_MANY ||
           progress.silent > SILENT_EVENTS / 100 ||
           ticks - progress.started_tick > GENERATION_TICKS;
}

/* ---- the run ---- */

static void run(const struct settings *settings)
{
    generation_begin(settings);
    while (progress.done < settings->calls && !promise_any_broken()) {
        seL4_Word badge;

        seL4_Wait(wake, &badge);
        if ((badge & BADGE_WITNESS_FAULT) != 0) {
            promise_broken(PROMISE_REGISTERS, "a witness faulted");
        }
        watch_progress(look_after_workers((badge & BADGE_IDLE) != 0));
        promises_check_tick(ticks);
        if (generation_over(settings)) {
            generation_end();
            generation_begin(settings);
        }
    }
    generation_end();
}

/* Invocations that never succeeded say that this task tests less than it seems. */
static void report_methods(void)
{
    char name[32];
    unsigned never = 0;

    for (unsigned i = 0; i < method_count; i++) {
        never += progress.done_by_method[i] == 0;
        tiny_snprintf(name, sizeof(name), "hostile.done.%u.label%u", i, methods[i].label);
        report_value(name, "calls", progress.done_by_method[i]);
    }
    report_value("hostile.methods.never", "methods", never);
}

/* Types after the exceptions move by one where the profile has hardware breakpoints. */
static const char *fault_name(unsigned type)
{
    static const char *const names[] = {
        "hostile.faults.other",
        "hostile.faults.capability",
        "hostile.faults.unknown_syscall",
        "hostile.faults.user_exception",
    };

    if (type <= seL4_Fault_UserException) {
        return names[type];
    }
    return type == seL4_Fault_VMFault   ? "hostile.faults.memory"
           : type == seL4_Fault_Timeout ? "hostile.faults.timeout"
                                        : "hostile.faults.debug";
}

static void report_totals(uint64_t began)
{
    const uint64_t us = (promises_now() - began) / promises_mhz() + 1;

    report_value("hostile.calls", "calls", progress.done);
    report_value("hostile.rate", "calls/s", progress.done * 1000000 / us);
    report_value("hostile.generations", "generations", progress.generations);
    report_value("hostile.invocations.done", "calls", progress.success);
    report_value("hostile.invocations.refused", "calls", progress.refused);
    report_value("hostile.instructions", "instructions", progress.instructions);
    report_value("hostile.revivals", "threads", progress.revivals);
    report_value("hostile.witness.rounds", "rounds", witness_rounds());
    for (unsigned i = 0; i < FAULT_TYPES; i++) {
        if (handler_faults()[i] != 0) {
            report_value(fault_name(i), "faults", handler_faults()[i]);
        }
    }
    report_methods();
    if (witness_rounds() == 0 && progress.done > CALLS_FOR_WITNESSES) {
        promise_broken(PROMISE_TIME, "the witnesses never ran");
    }
}

static void start_helpers(const struct settings *settings, seL4_CPtr faults)
{
    wake = supply_object(seL4_NotificationObject, 0);
    tick_cap = supply_copy(wake, seL4_AllRights, BADGE_TICK);
    idle_cap = supply_copy(wake, seL4_AllRights, BADGE_IDLE);
    promises_init(settings->seed);
    witness_start(settings->seed, 0);
    (void)helper_start(&(struct helper_options){.entry = ticker_run,
                                                .priority = PRIORITY_HANDLER,
                                                .budget_us = TICK_US / 10,
                                                .period_us = TICK_US});
    attack_clearing(wake);
    (void)helper_start(&(struct helper_options){
        .entry = idle_run, .priority = 1, .budget_us = TICK_US, .period_us = TICK_US});
    handler_start(settings, faults);
    handler_hold();
}

int main(const seL4_BootInfo *info)
{
    const struct settings settings = settings_read();

    supply_init(info);
    report_init(&settings);
    const seL4_CPtr faults = supply_object(seL4_EndpointObject, 0);

    world_init(faults);
    start_helpers(&settings, faults);
    const uint64_t began = promises_now();

    run(&settings);
    report_totals(began);
    report_end();
}
