// SPDX-License-Identifier: BSD-2-Clause
/*
 * The PIT counts the emulator's clock, which is the instruction count, so it fires at
 * phase + n * period, to the instruction. The phase is found by a loop of a few
 * instructions that stores the time: the greatest time stored before the n-th
 * interrupt, less n periods, is it.
 */
#include "interrupt.h"

#include "arena.h"
#include "crowd.h"
#include "latency.h"

enum {
    PIT_CHANNEL_0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_PERIODIC = 0x34, /* channel 0, low byte then high byte, rate generator */
    PIT_DIVISOR = 61,
    PIT_PIN = 2,
    VECTOR = 5,
    CALIBRATIONS = 400,
    STACK_BYTES = 4096,
};

#define PIT_HZ        1193182ull
#define TICKS_PER_S   1000000000ull
#define STEADY_SPREAD 16 /* by how much calibrations may differ: the loop, and rounding */

static seL4_CPtr notification, handler_cap;
static struct lateness *volatile counted;
static uint64_t phase;
static volatile uint64_t next_fire; /* number of the next firing that will be handled */
static volatile uint64_t last_seen; /* by the calibration's loop */
static volatile uint64_t calibrations;
static uint64_t candidates[CALIBRATIONS];
volatile uint64_t operation_began;

static _Alignas(16) char stack[STACK_BYTES];

static uint64_t fire_time(uint64_t number)
{
    return phase + number * PIT_DIVISOR * TICKS_PER_S / PIT_HZ;
}

static uint64_t number_at(uint64_t time)
{
    return (time - phase) * PIT_HZ / TICKS_PER_S / PIT_DIVISOR;
}

uint64_t interrupt_period(void)
{
    return PIT_DIVISOR * TICKS_PER_S / PIT_HZ;
}

/* ---- the handler: no library state, it is not the first thread ---- */

static uint64_t wait_for_interrupt(void)
{
    seL4_Word cap = notification, info = 0, words[4] = {0};

    sel4_sys_call(seL4_SysWait, &cap, &info, words);
    return timestamp();
}

static void acknowledge(void)
{
    sel4_sys_send(seL4_SysSend, handler_cap, seL4_MessageInfo_new(IRQAckIRQ, 0, 0, 0).words[0], 0,
                  0, 0, 0);
}

static void calibrate(void)
{
    for (uint64_t number = 0; number < CALIBRATIONS; number++) {
        wait_for_interrupt();
        candidates[number] = last_seen - (fire_time(number) - phase);
        phase = candidates[number] > phase ? candidates[number] : phase;
        calibrations = number + 1;
        acknowledge();
    }
}

static void count(uint64_t late, uint64_t fired)
{
    struct lateness *into = counted;
    const uint64_t bucket = late / BUCKET_INSTRUCTIONS;

    into->count++;
    into->least = late < into->least ? late : into->least;
    if (late > into->most) {
        into->most = late;
        into->most_after = fired - operation_began;
    }
    into->buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

/* Firings that come together count from the first: it waited longest. Those between the look at the
 * clock and the end of the acknowledgement are lost, and not waited for. */
static void handle(void)
{
    next_fire = number_at(timestamp()) + 1;
    for (;;) {
        const uint64_t now = wait_for_interrupt();
        uint64_t number = next_fire;

        if (fire_time(number) > now) {
            number = number_at(now);
        }
        count(now - fire_time(number), fire_time(number));
        acknowledge();
        next_fire = number_at(timestamp()) + 1;
    }
}

static void handler(void)
{
    calibrate();
    handle();
}

/* ---- setting up ---- */

static void start_timer(void)
{
    const seL4_CPtr ports = slot_new();

    check_ok(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_CHANNEL_0, PIT_COMMAND,
                                          seL4_CapInitThreadCNode, ports, seL4_WordBits),
             "issue the timer's ports");
    seL4_X86_IOPort_Out8(ports, PIT_COMMAND, PIT_PERIODIC);
    seL4_X86_IOPort_Out8(ports, PIT_CHANNEL_0, PIT_DIVISOR & 0xff);
    seL4_X86_IOPort_Out8(ports, PIT_CHANNEL_0, PIT_DIVISOR >> 8);
}

/* In an address space of its own, as a driver would be. */
static void start_handler(void)
{
    const seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    const seL4_CPtr context = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);
    seL4_UserContext registers = {
        .rip = (uintptr_t)handler, .rsp = (uintptr_t)(stack + STACK_BYTES - 8), .rflags = 0x202};

    check_ok(seL4_TCB_Configure(tcb, seL4_CapInitThreadCNode, 0, vspace_with_image(), 0, 0, 0),
             "configure the handler");
    context_configure(context);
    check_ok(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 255, PRIORITY_HANDLER, context, 0),
             "set the handler's scheduling parameters");
    check_ok(seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof(registers) / sizeof(seL4_Word), &registers),
             "start the handler");
}

/* A few may have hit the loop while it was interrupted by the kernel's own timer. */
static bool is_steady(void)
{
    unsigned close = 0;

    for (unsigned i = 0; i < CALIBRATIONS; i++) {
        close += phase - candidates[i] <= STEADY_SPREAD;
    }
    return close >= CALIBRATIONS * 9 / 10;
}

void interrupt_init(void)
{
    notification = object_new(seL4_NotificationObject, 0);
    handler_cap = slot_new();
    check_ok(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, handler_cap,
                                       seL4_WordBits, 0, PIT_PIN, 0, 0, VECTOR),
             "issue the timer's interrupt");
    check_ok(seL4_IRQHandler_SetNotification(handler_cap, notification),
             "set the interrupt's notification");
    seL4_IRQHandler_Ack(handler_cap);
    start_handler();
    start_timer();
    while (calibrations < CALIBRATIONS) {
        last_seen = timestamp();
    }
    check(is_steady(), "the timer is not periodic to the instruction");
}

void interrupt_count_into(struct lateness *lateness)
{
    counted = lateness;
}

void interrupt_aim(uint64_t before)
{
    while (timestamp() + before + 64 > fire_time(next_fire)) {
    }
    while (timestamp() + before < fire_time(next_fire)) {
    }
}

/* ---- figures ---- */

void lateness_reset(struct lateness *lateness)
{
    *lateness = (struct lateness){.least = ~0ull};
}

void lateness_merge(struct lateness *into, const struct lateness *from)
{
    into->count += from->count;
    into->least = from->least < into->least ? from->least : into->least;
    if (from->most > into->most) {
        into->most = from->most;
        into->most_after = from->most_after;
    }
    for (unsigned i = 0; i < BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

uint64_t lateness_percentile(const struct lateness *lateness, unsigned share)
{
    uint64_t seen = 0;

    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += lateness->buckets[i];
        if (seen * 100 >= lateness->count * share) {
            const uint64_t low = (uint64_t)i * BUCKET_INSTRUCTIONS;

            return low > lateness->least ? low : lateness->least;
        }
    }
    return lateness->most;
}
