// SPDX-License-Identifier: BSD-2-Clause
/*
 * The timer driver. It alone has the registers and the interrupt; clients call it and are notified.
 *
 *            TIMER_WAKE                          the counter has passed it
 *   idle ----------------------> waiting -------------------------------------> idle, notified
 *
 * The comparator always has the earliest of all wishes. It matches only when the counter passes
 * it, so whoever sets it looks at the counter once more afterwards.
 */
#include "hpet.h"
#include "protocol.h"

enum { IRQ = 0 };

#define FAR_TICKS (1ull << 62)
#define NEVER     (~0ull)
#define FS_PER_NS 1000000ull

/* Where the registers are mapped; the builder fills it in. */
seL4_Word hpet;

static seL4_Word period_fs;
/* By channel, in ticks; NEVER: no wish. */
static seL4_Word deadlines[MICROKIT_MAX_CHANNELS];

static hpet_register *hpet_at(seL4_Word offset)
{
    return (hpet_register *)(hpet + offset);
}

static seL4_Word now_ticks(void)
{
    return *hpet_at(HPET_COUNTER);
}

/* In two parts: the product of all ticks could overflow after some hours. */
static seL4_Word ticks_to_ns(seL4_Word ticks)
{
    return ticks / FS_PER_NS * period_fs + ticks % FS_PER_NS * period_fs / FS_PER_NS;
}

/* Rounded up: nobody is woken early. `ns` is at most TIMER_WAKE_MAX_NS. */
static seL4_Word ns_to_ticks(seL4_Word ns)
{
    const seL4_Word ms = ns / TIMER_NS_PER_MS, rest = ns % TIMER_NS_PER_MS;

    return ms * (FS_PER_NS * TIMER_NS_PER_MS / period_fs + 1) + rest * FS_PER_NS / period_fs + 1;
}

static void notify_all_before(seL4_Word ticks)
{
    for (microkit_channel ch = 0; ch < MICROKIT_MAX_CHANNELS; ch++) {
        if (deadlines[ch] <= ticks) {
            deadlines[ch] = NEVER;
            microkit_notify(ch);
        }
    }
}

static seL4_Word earliest(void)
{
    seL4_Word first = NEVER;

    for (microkit_channel ch = 0; ch < MICROKIT_MAX_CHANNELS; ch++) {
        first = deadlines[ch] < first ? deadlines[ch] : first;
    }
    return first;
}

/* Without a wish the comparator has to be somewhere, too. QEMU takes what is more than half of all
 * numbers ahead for the past, and interrupts at once. */
static void compare_with(seL4_Word ticks)
{
    *hpet_at(HPET_TIMER0_COMPARATOR) = ticks != NEVER ? ticks : now_ticks() + FAR_TICKS;
}

/* Notifies whose time has come, until the comparator is set to a time that still lies ahead. */
static void serve(void)
{
    seL4_Word next;

    do {
        notify_all_before(now_ticks());
        next = earliest();
        compare_with(next);
    } while (next != NEVER && next <= now_ticks());
}

static seL4_Bool usable(void)
{
    const seL4_Word wanted = HPET_COUNTER_64 | HPET_CAN_REPLACE;
    const seL4_Word capabilities = *hpet_at(HPET_CAPABILITIES);

    period_fs = capabilities >> HPET_PERIOD_SHIFT;
    return (capabilities & wanted) == wanted && period_fs > 0 && period_fs <= HPET_PERIOD_MAX_FS &&
           (*hpet_at(HPET_TIMER0_CONFIGURATION) & HPET_TIMER_64);
}

void init(void)
{
    for (microkit_channel ch = 0; ch < MICROKIT_MAX_CHANNELS; ch++) {
        deadlines[ch] = NEVER;
    }
    if (!usable()) {
        microkit_dbg_puts("timer: this machine's timer is not one that I can drive\n");
        return;
    }
    *hpet_at(HPET_CONFIGURATION) = 0;
    *hpet_at(HPET_COUNTER) = 0;
    compare_with(NEVER);
    *hpet_at(HPET_TIMER0_CONFIGURATION) = HPET_TIMER_INTERRUPT;
    *hpet_at(HPET_CONFIGURATION) = HPET_ENABLE | HPET_REPLACE;
    microkit_dbg_puts("timer: ready\n");
}

/* First the acknowledgement: an edge that comes before it is lost, and serve() may cause one. */
void notified(microkit_channel ch)
{
    if (ch == IRQ) {
        microkit_irq_ack(IRQ);
        serve();
    }
}

static enum timer_answer wake(microkit_channel ch, seL4_Word after_ns)
{
    if (period_fs == 0 || after_ns > TIMER_WAKE_MAX_NS) {
        return TIMER_REFUSED;
    }
    deadlines[ch] = now_ticks() + ns_to_ticks(after_ns);
    serve();
    return TIMER_DONE;
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    const seL4_Word count = microkit_msginfo_get_count(msginfo);

    switch (microkit_msginfo_get_label(msginfo)) {
    case TIMER_NOW:
        microkit_mr_set(0, ticks_to_ns(now_ticks()));
        return microkit_msginfo_new(TIMER_DONE, 1);
    case TIMER_WAKE:
        return microkit_msginfo_new(count > 0 ? wake(ch, microkit_mr_get(0)) : TIMER_REFUSED, 0);
    default: return microkit_msginfo_new(TIMER_REFUSED, 0);
    }
}
