// SPDX-License-Identifier: BSD-2-Clause
#include "promises.h"

#include <sel4/sel4.h>
#include <tiny/string.h>

#include "report.h"
#include "supply.h"
#include "witness.h"

enum {
    PATTERN_WORDS = 8192,
    PATTERN_STEP = 256,
    TICK_US = 1000,
    UNTYPED_BITS = 12,
    CNODE_BITS = 4,
    REGISTERS = sizeof(seL4_UserContext) / sizeof(seL4_Word),
};

#define CANARY_BADGE 0x5eed5eedull

static uint64_t pattern[PATTERN_WORDS];
static unsigned pattern_next;
static uint64_t pattern_seed;
static struct exchange own;
static struct dice dice;

static struct {
    seL4_CPtr notification, badged, tcb, untyped, cnode, endpoint, reply;
    seL4_UserContext registers;
} canary;

static struct {
    uint64_t mhz, first_tick, started;
} time;

uint64_t promises_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

uint64_t promises_mhz(void)
{
    return time.mhz;
}

/* ---- memory ---- */

static uint64_t pattern_word(unsigned index)
{
    struct dice word = {pattern_seed + index};

    return dice_word(&word);
}

static void check_pattern(unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        if (pattern[pattern_next] != pattern_word(pattern_next)) {
            promise_broken(PROMISE_MEMORY, "word %u of the supervisor's pattern is 0x%lx",
                           pattern_next, (unsigned long)pattern[pattern_next]);
        }
        pattern_next = (pattern_next + 1) % PATTERN_WORDS;
    }
}

/* ---- the supervisor's own calls ---- */

static void check_own_registers(void)
{
    const uint32_t clobbered = 1u << RCX | 1u << R11;

    exchange_randomise(&own, &dice);
    own.in[RDX] = (uint64_t)seL4_SysSend;
    own.in[RDI] = canary.badged;
    own.in[RSI] = 0;
    exchange_fpu(&own);
    exchange_check(&own, clobbered, "supervisor after Signal");
    own.in[RDX] = (uint64_t)seL4_SysNBWait;
    own.in[RDI] = canary.notification;
    exchange_fpu(&own);
    exchange_check(&own, clobbered | 1u << RDI, "supervisor after NBWait");
    if (own.out[RDI] != CANARY_BADGE) {
        promise_broken(PROMISE_OBJECTS, "a notification gave badge 0x%lx",
                       (unsigned long)own.out[RDI]);
    }
}

/* ---- objects ---- */

static void check_tcb(void)
{
    seL4_UserContext now;

    if (seL4_TCB_ReadRegisters(canary.tcb, 0, 0, REGISTERS, &now) != seL4_NoError ||
        memcmp(&now, &canary.registers, sizeof(now)) != 0) {
        promise_broken(PROMISE_OBJECTS, "the registers of a stopped thread changed");
    }
}

static void check_untyped(void)
{
    const seL4_Error error = seL4_Untyped_Retype(canary.untyped, seL4_X86_4K, 0,
                                                 seL4_CapInitThreadCNode, 0, 0, seL4_CapNull, 1);

    if (error != seL4_NotEnoughMemory || seL4_GetMR(0) != 1ull << (UNTYPED_BITS - 1)) {
        promise_broken(PROMISE_OBJECTS, "an untyped with half its memory free answers %d, %lu",
                       (int)error, (unsigned long)seL4_GetMR(0));
    }
}

/* The CNode holds endpoints at even slots. */
static void check_cnode(void)
{
    for (unsigned slot = 0; slot < 1u << CNODE_BITS; slot++) {
        const seL4_Error error =
            seL4_CNode_Copy(canary.cnode, slot, CNODE_BITS, seL4_CapInitThreadCNode,
                            canary.endpoint, seL4_WordBits, seL4_AllRights);

        if (error != (slot % 2 == 0 ? seL4_DeleteFirst : seL4_NoError)) {
            promise_broken(PROMISE_OBJECTS, "slot %u of a CNode answers %d", slot, (int)error);
        }
        if (slot % 2 != 0) {
            (void)seL4_CNode_Delete(canary.cnode, slot, CNODE_BITS);
        }
    }
}

static void check_endpoint(void)
{
    seL4_Word badge = 1;

    (void)seL4_NBRecv(canary.endpoint, &badge, canary.reply);
    if (badge != 0) {
        promise_broken(PROMISE_OBJECTS, "an endpoint nobody sends to gave badge 0x%lx",
                       (unsigned long)badge);
    }
}

static void make_canaries(void)
{
    canary.notification = supply_object(seL4_NotificationObject, 0);
    canary.badged = supply_copy(canary.notification, seL4_AllRights, CANARY_BADGE);
    canary.endpoint = supply_object(seL4_EndpointObject, 0);
    canary.reply = supply_object(seL4_ReplyObject, 0);
    canary.untyped = supply_object(seL4_UntypedObject, UNTYPED_BITS);
    supply_check(seL4_Untyped_Retype(canary.untyped, seL4_UntypedObject, UNTYPED_BITS - 1,
                                     seL4_CapInitThreadCNode, 0, 0, supply_slot(),
                                     1) == seL4_NoError,
                 "use half an untyped");
    canary.cnode = supply_object(seL4_CapTableObject, CNODE_BITS);
    for (unsigned slot = 0; slot < 1u << CNODE_BITS; slot += 2) {
        supply_check(seL4_CNode_Copy(canary.cnode, slot, CNODE_BITS, seL4_CapInitThreadCNode,
                                     canary.endpoint, seL4_WordBits,
                                     seL4_AllRights) == seL4_NoError,
                     "fill a CNode");
    }
    canary.tcb = supply_object(seL4_TCBObject, 0);
    seL4_Word *words = (seL4_Word *)&canary.registers;

    for (unsigned i = 0; i < REGISTERS; i++) {
        words[i] = dice_word(&dice) >> 20;
    }
    supply_check(seL4_TCB_WriteRegisters(canary.tcb, 0, 0, REGISTERS, &canary.registers) ==
                     seL4_NoError,
                 "write a canary's registers");
    /* What comes back first is what must come back always. */
    supply_check(seL4_TCB_ReadRegisters(canary.tcb, 0, 0, REGISTERS, &canary.registers) ==
                     seL4_NoError,
                 "read a canary's registers");
}

/* ---- time ---- */

/* A budget is never more than its period allows: ticks come no faster than asked for. */
static void check_time(uint64_t ticks)
{
    if (time.started == 0) {
        time.started = promises_now();
        time.first_tick = ticks;
        return;
    }
    const uint64_t us = (promises_now() - time.started) / time.mhz;
    const uint64_t most = us / TICK_US + us / TICK_US / 50 + 3;

    if (ticks - time.first_tick > most) {
        promise_broken(PROMISE_TIME, "%lu ticks of %u us in %lu us",
                       (unsigned long)(ticks - time.first_tick), TICK_US, (unsigned long)us);
    }
}

/* ---- domains ---- */

/* Workers may not do this: who sets the schedule can stop everybody (README.md). */
void promises_disturb_domains(uint64_t number)
{
    const seL4_Time most_us = 4000;

    if (number % 4 != 0 || seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 2, 0, 0) != 0) {
        return;
    }
    if (seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 1,
                                         (1 + dice_below(&dice, 200)) * time.mhz) != 0) {
        return;
    }
    (void)seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0,
                                           (most_us + dice_below(&dice, 1000)) * time.mhz);
    (void)seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
}

/* ---- all of it ---- */

static uint64_t find_mhz(void)
{
    enum { EXTRA_TSC = 5, HEADER_WORDS = 2 };
    const char *at = (const char *)supply_boot() + 4096;
    const char *end = at + supply_boot()->extraLen;

    while (at < end) {
        uint64_t header[HEADER_WORDS];
        uint32_t mhz;

        memcpy(header, at, sizeof(header));
        if (header[0] == EXTRA_TSC) {
            memcpy(&mhz, at + sizeof(header), sizeof(mhz));
            return mhz;
        }
        at += header[1];
    }
    supply_check(false, "no clock rate in the boot information");
    return 1;
}

void promises_init(uint64_t seed)
{
    time.mhz = find_mhz();
    dice = dice_new(seed, 0, 103);
    pattern_seed = dice_word(&dice);
    for (unsigned i = 0; i < PATTERN_WORDS; i++) {
        pattern[i] = pattern_word(i);
    }
    make_canaries();
    promises_check();
}

void promises_check_tick(uint64_t ticks)
{
    check_pattern(PATTERN_STEP);
    check_own_registers();
    check_time(ticks);
}

void promises_check(void)
{
    check_pattern(PATTERN_WORDS);
    check_own_registers();
    check_tcb();
    check_untyped();
    check_cnode();
    check_endpoint();
}
