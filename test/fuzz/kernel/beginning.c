// SPDX-License-Identifier: BSD-2-Clause
/* The beginning of a sequence: something to work with. */
#include <abi/bootinfo.h>
#include <abi/limits.h>

#include "choose.h"
#include "make.h"

enum { FIRST_THREADS = 10 };

/* Thread n gets everything it needs to run, in four calls; then interrupts get handlers. */
static void make_first_threads(struct build *b, unsigned step)
{
    const unsigned n = step / 4;
    const word_t tcb = choose_nth(b, CAP_TCB, n + 1, 0);
    const word_t context = choose_nth(b, CAP_SCHED_CONTEXT, n + 1, 0);
    const word_t budget = 200 + rng_below(b->rng, 2000);

    if (n >= FIRST_THREADS) {
        make_irq(b);
        return;
    }
    switch (step % 4) {
    case 0:
        build_argument(b, 0, budget);
        build_argument(b, 1, rng_one_in(b->rng, 2) ? budget : budget * 3);
        build_argument(b, 2, rng_below(b->rng, 4));
        build_argument(b, 3, n);
        build_argument(b, 4, rng_below(b->rng, 2));
        build_extra(b, context);
        build_finish(b, choose_nth(b, CAP_SCHED_CONTROL, 0, 0),
                     METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
        break;
    case 1:
        build_argument(b, 0, 0);
        build_argument(b, 1, 0);
        build_argument(b, 2, 0x800000 + ((word_t)n << IPC_BUFFER_BITS));
        build_extra(b, SLOT_INIT_CNODE);
        build_extra(b, SLOT_INIT_VSPACE);
        build_extra(b, choose_nth(b, CAP_FRAME, 8 + n, RIGHT_WRITE));
        build_finish(b, tcb, METHOD_TCB_CONFIGURE);
        break;
    case 2:
        build_argument(b, 0, MAX_PRIORITY);
        build_argument(b, 1, choose_priority(b));
        build_extra(b, SLOT_INIT_TCB);
        build_extra(b, context);
        build_extra(b, rng_one_in(b->rng, 3) ? 0 : choose_nth(b, CAP_ENDPOINT, n, RIGHT_WRITE));
        build_finish(b, tcb, METHOD_TCB_SET_SCHED_PARAMS);
        break;
    default: build_finish(b, tcb, METHOD_TCB_RESUME); break;
    }
}

void make_beginning(struct build *b, unsigned step)
{
    static const struct {
        uint8_t type, size_bits, count;
    } first[] = {
        {TYPE_UNTYPED, 18, 4},      {TYPE_UNTYPED, 14, 4},   {TYPE_UNTYPED, 12, 4},
        {TYPE_TCB, 0, 12},          {TYPE_ENDPOINT, 0, 5},   {TYPE_NOTIFICATION, 0, 3},
        {TYPE_SCHED_CONTEXT, 8, 9}, {TYPE_REPLY, 0, 9},      {TYPE_CNODE, 6, 1},
        {TYPE_CNODE, 4, 2},         {TYPE_CNODE, 2, 2},      {TYPE_PAGE_4K, 0, 14},
        {TYPE_PML4, 0, 2},          {TYPE_PDPT, 0, 2},       {TYPE_PAGE_DIRECTORY, 0, 2},
        {TYPE_PAGE_TABLE, 0, 2},    {TYPE_LARGE_PAGE, 0, 2},
    };

    if (step < ARRAY_SIZE(first)) {
        make_objects(b, first[step].type, first[step].size_bits, first[step].count);
        return;
    }
    if (step < BEGINNING_STEPS - 2) {
        make_first_threads(b, step - (unsigned)ARRAY_SIZE(first));
    } else if (step == BEGINNING_STEPS - 2) {
        /* The initial thread steps down: others are to have their turns. */
        build_argument(b, 0, 300);
        build_argument(b, 1, 300);
        for (unsigned i = 2; i < 5; i++) {
            build_argument(b, i, 0);
        }
        build_extra(b, SLOT_INIT_SC);
        build_finish(b, choose_nth(b, CAP_SCHED_CONTROL, 0, 0),
                     METHOD_SCHED_CONTROL_CONFIGURE_FLAGS);
    } else {
        build_argument(b, 0, 90);
        build_extra(b, SLOT_INIT_TCB);
        build_finish(b, SLOT_INIT_TCB, METHOD_TCB_SET_PRIORITY);
    }
}
