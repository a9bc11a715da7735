// SPDX-License-Identifier: BSD-2-Clause
#include "witness.h"

#include <sel4/sel4.h>
#include <tiny/string.h>

#include "helper.h"
#include "supply.h"
#include "world.h"

enum {
    SPINS = 3000,
    /* Where fxsave64 keeps what is checked. */
    FX_TAGS = 4,
    FX_STATUS_BYTES = FX_TAGS + 1,
    FX_MXCSR = 24,
    FX_REGISTERS = 32,
    FX_X87_REGISTERS = 8,
    FX_X87_BYTES = 10,
    FX_SLOT = 16,
    FX_XMM = 160,
    FX_XMM_BYTES = 256,
};

#define CLOBBERED (1u << RCX | 1u << R11)

static seL4_CPtr call_endpoint, server_reply, own_notification, silent_endpoint, silent_reply;
static volatile uint64_t client_rounds, server_rounds, spinner_rounds;
static uint64_t witness_seed;

/* ---- registers and FPU ---- */

static void randomise_fpu(uint8_t *image, struct dice *dice)
{
    static const uint16_t control = 0x37f;
    const uint32_t mxcsr = 0x1f80 | dice_below(dice, 4) << 13;

    for (unsigned i = 0; i < FXSAVE_BYTES; i++) {
        image[i] = 0;
    }
    memcpy(image, &control, sizeof(control));
    image[4] = 0xff; /* no x87 register is empty */
    memcpy(image + FX_MXCSR, &mxcsr, sizeof(mxcsr));
    for (unsigned r = 0; r < FX_X87_REGISTERS; r++) {
        for (unsigned i = 0; i < FX_X87_BYTES; i++) {
            image[FX_REGISTERS + r * FX_SLOT + i] = (uint8_t)dice_word(dice);
        }
    }
    for (unsigned i = 0; i < FX_XMM_BYTES; i++) {
        image[FX_XMM + i] = (uint8_t)dice_word(dice);
    }
}

void exchange_randomise(struct exchange *exchange, struct dice *dice)
{
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        exchange->in[i] = dice_word(dice);
    }
    randomise_fpu(exchange->fpu_in, dice);
}

static bool differs(const struct exchange *exchange, unsigned offset, unsigned bytes)
{
    return memcmp(exchange->fpu_in + offset, exchange->fpu_out + offset, bytes) != 0;
}

/* Where it differs first, and how much. */
static void report_fpu(const struct exchange *exchange, const char *who)
{
    unsigned first = 0, count = 0;

    for (unsigned i = FXSAVE_BYTES; i-- > 0;) {
        if (exchange->fpu_in[i] != exchange->fpu_out[i]) {
            first = i;
            count++;
        }
    }
    promise_broken(PROMISE_FPU, "%s: %u bytes differ, byte %u was 0x%x, is 0x%x, mxcsr 0x%x", who,
                   count, first, exchange->fpu_in[first], exchange->fpu_out[first],
                   exchange->fpu_out[FX_MXCSR] | exchange->fpu_out[FX_MXCSR + 1] << 8);
}

/* What `emms` does, and nothing else can: every x87 register is marked empty. QEMU runs it without
 * looking at CR0.TS, and workers can make one out of what they write and where they jump. */
static bool is_emptied(const struct exchange *exchange)
{
    return !differs(exchange, 0, FX_TAGS) && exchange->fpu_out[FX_TAGS] == 0;
}

static void check_fpu(const struct exchange *exchange, const char *who)
{
    bool bad = (differs(exchange, 0, FX_STATUS_BYTES) && !is_emptied(exchange)) ||
               differs(exchange, FX_MXCSR, 4) || differs(exchange, FX_XMM, FX_XMM_BYTES);

    for (unsigned r = 0; r < FX_X87_REGISTERS; r++) {
        bad = bad || differs(exchange, FX_REGISTERS + r * FX_SLOT, FX_X87_BYTES);
    }
    if (bad) {
        report_fpu(exchange, who);
    }
}

void exchange_check(const struct exchange *exchange, uint32_t may_change, const char *who)
{
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        if (exchange->in[i] != exchange->out[i] && (may_change & 1u << i) == 0) {
            promise_broken(PROMISE_REGISTERS, "%s: register %u was 0x%lx, is 0x%lx", who, i,
                           (unsigned long)exchange->in[i], (unsigned long)exchange->out[i]);
        }
    }
    check_fpu(exchange, who);
}

static uint64_t info(unsigned length)
{
    return length;
}

/* ---- a client that calls, polls, signals and yields ---- */

static void expect(uint64_t got, uint64_t expected, const char *what)
{
    if (got != expected) {
        promise_broken(PROMISE_REGISTERS, "%s: expected 0x%lx got 0x%lx", what,
                       (unsigned long)expected, (unsigned long)got);
    }
}

/* The server gives every word back inverted. */
static void client_call(struct exchange *x)
{
    const uint32_t words = 1u << R10 | 1u << R8 | 1u << R9 | 1u << R15;

    x->in[RDX] = (uint64_t)seL4_SysCall;
    x->in[RDI] = call_endpoint;
    x->in[RSI] = info(4);
    exchange_fpu(x);
    exchange_check(x, CLOBBERED | words | 1u << RDI | 1u << RSI, "witness after Call");
    expect(x->out[RDI], 0, "badge of a reply");
    expect(x->out[RSI], info(4), "message information of a reply");
    expect(x->out[R10], ~x->in[R10], "word 0 of a reply");
    expect(x->out[R8], ~x->in[R8], "word 1 of a reply");
    expect(x->out[R9], ~x->in[R9], "word 2 of a reply");
    expect(x->out[R15], ~x->in[R15], "word 3 of a reply");
    expect(x->out[RCX], (uintptr_t)exchange_fpu_return, "rcx after syscall");
}

static void client_signal(struct exchange *x)
{
    x->in[RDX] = (uint64_t)seL4_SysSend;
    x->in[RDI] = own_notification;
    x->in[RSI] = info(0);
    exchange_fpu(x);
    exchange_check(x, CLOBBERED, "witness after Signal");
    x->in[RDX] = (uint64_t)seL4_SysNBWait;
    x->in[RDI] = own_notification;
    exchange_fpu(x);
    exchange_check(x, CLOBBERED | 1u << RDI, "witness after NBWait");
    expect(x->out[RDI], 0, "badge of an unbadged signal");
}

static void client_poll(struct exchange *x)
{
    x->in[RDX] = (uint64_t)seL4_SysNBRecv;
    x->in[RDI] = silent_endpoint;
    x->in[R12] = silent_reply;
    exchange_fpu(x);
    exchange_check(x, CLOBBERED | 1u << RDI, "witness after NBRecv");
    expect(x->out[RDI], 0, "badge of an empty poll");
}

static void client_run(void *unused)
{
    static struct exchange x;
    struct dice dice = dice_new(witness_seed, 0, 100);

    (void)unused;
    for (;;) {
        exchange_randomise(&x, &dice);
        client_call(&x);
        exchange_randomise(&x, &dice);
        client_signal(&x);
        exchange_randomise(&x, &dice);
        client_poll(&x);
        exchange_randomise(&x, &dice);
        x.in[RDX] = (uint64_t)seL4_SysYield;
        exchange_fpu(&x);
        exchange_check(&x, CLOBBERED, "witness after Yield");
        client_rounds++;
    }
}

/* ---- a server in another address space, on its client's time ---- */

static void server_run(void *unused)
{
    static struct exchange x;
    static const enum exchange_register words[] = {R10, R8, R9, R15};
    struct dice dice = dice_new(witness_seed, 0, 101);
    bool first = true;

    (void)unused;
    for (;;) {
        uint64_t answers[4];

        for (unsigned i = 0; i < 4; i++) {
            answers[i] = ~x.out[words[i]];
        }
        exchange_randomise(&x, &dice);
        for (unsigned i = 0; i < 4; i++) {
            x.in[words[i]] = answers[i];
        }
        x.in[RDX] = first ? (uint64_t)seL4_SysRecv : (uint64_t)seL4_SysReplyRecv;
        x.in[RDI] = call_endpoint;
        x.in[RSI] = info(4);
        x.in[R12] = server_reply;
        first = false;
        exchange_fpu(&x);
        exchange_check(
            &x, CLOBBERED | 1u << RDI | 1u << RSI | 1u << R10 | 1u << R8 | 1u << R9 | 1u << R15,
            "witness server");
        expect(x.out[RSI], info(4), "message information of a call");
        server_rounds++;
    }
}

/* ---- one that only counts, and is interrupted all the time ---- */

static void spinner_run(void *unused)
{
    static struct exchange x;
    struct dice dice = dice_new(witness_seed, 0, 102);

    (void)unused;
    for (;;) {
        exchange_randomise(&x, &dice);
        x.in[RCX] = SPINS;
        exchange_spin(&x);
        exchange_check(&x, 1u << RCX, "spinning witness");
        spinner_rounds++;
    }
}

void witness_start(uint64_t seed, uint64_t fault_endpoint)
{
    witness_seed = seed;
    call_endpoint = supply_object(seL4_EndpointObject, 0);
    server_reply = supply_object(seL4_ReplyObject, 0);
    own_notification = supply_object(seL4_NotificationObject, 0);
    silent_endpoint = supply_object(seL4_EndpointObject, 0);
    silent_reply = supply_object(seL4_ReplyObject, 0);
    struct helper_options options = {.entry = server_run,
                                     .priority = PRIORITY_HANDLER,
                                     .budget_us = 2000,
                                     .period_us = 2000,
                                     .vspace = helper_vspace(),
                                     .fault_endpoint = fault_endpoint};
    const struct helper server = helper_start(&options);

    /* It is alone, so it waits for calls as soon as it may run. */
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, PRIORITY_HANDLER - 1);
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, PRIORITY_SUPERVISOR);
    helper_make_passive(server);
    options.entry = client_run;
    options.priority = PRIORITY_WORKERS / 2;
    options.budget_us = 100;
    options.period_us = 1500;
    options.vspace = 0;
    (void)helper_start(&options);
    options.entry = spinner_run;
    options.priority = PRIORITY_HANDLER;
    options.budget_us = 40;
    options.period_us = 1000;
    (void)helper_start(&options);
}

uint64_t witness_rounds(void)
{
    return client_rounds + spinner_rounds;
}
