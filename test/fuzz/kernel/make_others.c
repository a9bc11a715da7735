// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts, ports, debug calls, nonsense, and what user code does besides calling. */
#include <abi/bootinfo.h>
#include <abi/syscalls.h>

#include "choose.h"
#include "make.h"
#include "object/irq.h"
#include "object/notification.h"
#include <arch/irq.h>

/* ---- interrupts and ports ---- */

static void make_irq_control(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};
    const bool is_pin = rng_one_in(b->rng, 2);

    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, 0);
    build_argument(b, 3, rng_below(b->rng, 26));
    build_argument(b, 4, rng_below(b->rng, 2));
    build_argument(b, 5, rng_below(b->rng, 2));
    build_argument(b, 6, rng_below(b->rng, rng_one_in(b->rng, 5) ? 120 : 6));
    build_extra(b, to.cnode);
    build_finish(b, SLOT_IRQ_CONTROL,
                 is_pin ? METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC
                        : METHOD_X86_IRQ_ISSUE_IRQ_HANDLER_MSI);
}

void make_irq(struct build *b)
{
    const word_t handler = build_pick_or_any(b, CAP_IRQ_HANDLER);

    switch (rng_below(b->rng, 7)) {
    case 0:
    case 1: make_irq_control(b); break;
    case 2: build_finish(b, handler, METHOD_IRQ_ACK_IRQ); break;
    case 3: build_finish(b, handler, METHOD_IRQ_CLEAR_IRQ_HANDLER); break;
    case 4:
        build_argument(b, 0, 1);
        build_argument(b, 1, 1);
        build_argument(b, 2, 1);
        build_extra(b, SLOT_INIT_CNODE);
        build_finish(b, SLOT_IRQ_CONTROL, METHOD_IRQ_ISSUE_IRQ_HANDLER);
        break;
    default:
        build_extra(b, build_pick_or_any(b, CAP_NOTIFICATION));
        build_finish(b, handler, METHOD_IRQ_SET_IRQ_HANDLER);
        break;
    }
}

void make_port(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64};

    if (rng_one_in(b->rng, 2)) {
        build_argument(b, 0, rng_below(b->rng, 64));
        build_argument(b, 1, rng_below(b->rng, rng_one_in(b->rng, 5) ? 66000 : 64));
        build_empty_slot(b, 1, &to);
        build_argument(b, 2, to.index);
        build_argument(b, 3, to.depth);
        build_extra(b, to.cnode);
        build_finish(b, SLOT_IO_PORT_CONTROL, METHOD_X86_IO_PORT_CONTROL_ISSUE);
        return;
    }
    build_argument(b, 0, rng_below(b->rng, 64));
    build_argument(b, 1, 0);
    build_finish(b, build_pick_or_any(b, CAP_IO_PORT),
                 (enum abi_method)(METHOD_X86_IO_PORT_IN8 + rng_below(b->rng, 6)));
}

/* ---- other calls ---- */

void make_debug(struct build *b)
{
    static const int8_t numbers[] = {SYS_DEBUG_PUT_CHAR,     SYS_DEBUG_CAP_IDENTIFY,
                                     SYS_DEBUG_RUN,          SYS_SET_TLS_BASE,
                                     SYS_DEBUG_CAP_IDENTIFY, SYS_BENCHMARK_NULL_SYSCALL};
    struct op *op = b->op;

    op->number = numbers[rng_below(b->rng, ARRAY_SIZE(numbers))];
    op->word[WORD_CAP] = rng_below(b->rng, 300);
    if (rng_one_in(b->rng, 200)) {
        op->number = rng_one_in(b->rng, 2) ? SYS_DEBUG_DUMP_SCHEDULER : SYS_DEBUG_SNAPSHOT;
    }
    if (op->number == SYS_DEBUG_RUN || rng_one_in(b->rng, 4)) {
        op->number = rng_below(b->rng, 400); /* a foreign system call */
    }
}

void make_anything(struct build *b)
{
    struct op *op = b->op;
    struct slot *slot = build_any_slot(b);
    word_t address = rng_below(b->rng, 300);

    if (slot != NULL) {
        build_address(b->tcb, slot, &address);
    }
    for (unsigned i = 0; i < 6; i++) {
        build_argument(b, i, build_odd_number(b->rng));
    }
    for (unsigned i = 0; i < 3; i++) {
        build_extra(b, rng_below(b->rng, 64));
    }
    build_finish(b, address, (enum abi_method)rng_below(b->rng, METHOD_COUNT));
    if (rng_one_in(b->rng, 3)) {
        op->number = -1 - (int64_t)rng_below(b->rng, 11);
    }
}

/* Who waits there would run at once. */
static bool is_awaited(const struct build *b, struct cap cap)
{
    const struct tcb *waiter = ((const struct notification *)cap_object(cap))->queue;

    return waiter != NULL && waiter->sched_context != NULL && waiter->priority > b->tcb->priority;
}

/* Rather one that somebody handles. */
static word_t choose_interrupt(struct build *b)
{
    for (unsigned try = 0; try < 16; try++) {
        const unsigned number = rng_below(b->rng, 8);
        const struct cap cap = irq_notification(number + IRQ_USER_OFFSET)->cap;

        if (cap.type == CAP_NOTIFICATION && (try > 9 || is_awaited(b, cap))) {
            return number;
        }
    }
    return rng_below(b->rng, 108);
}

void make_event(struct build *b)
{
    struct op *op = b->op;

    switch (rng_below(b->rng, 9)) {
    case 0:
        op->kind = OP_PIN;
        op->word[0] = rng_below(b->rng, 24);
        break;
    case 1:
        op->kind = OP_MESSAGE;
        op->word[0] = choose_interrupt(b);
        break;
    case 2:
        op->kind = OP_FAULT;
        op->word[0] = rng_below(b->rng, 4);
        op->word[1] = rng_below(b->rng, 100);
        op->word[2] = rng_below(b->rng, 100);
        break;
    case 3:
        op->kind = OP_FPU;
        op->word[0] = rng_next(b->rng) >> 32;
        break;
    case 4:
    case 5:
        op->kind = OP_TOUCH;
        op->word[0] = choose_vaddr(b);
        break;
    default:
        op->kind = OP_TIME;
        op->ticks = rng_one_in(b->rng, 40)
                        ? (unsigned)(rng_next(b->rng) >> 40)
                        : rng_below(b->rng, rng_one_in(b->rng, 4) ? 60000 : 3000);
        break;
    }
}
