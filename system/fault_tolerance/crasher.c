// SPDX-License-Identifier: BSD-2-Clause
/* Looks at every request, and forgets that there may be nothing to look at. */
#include <microkit.h>

struct order {
    unsigned number, weight;
};

static struct order orders[] = {{1, 40}, {2, 70}};
static unsigned requests;

/* Every second request has none, which weigh() does not know. */
static const struct order *order_of(unsigned request)
{
    return request % 2 == 0 ? 0 : &orders[request / 2 % 2];
}

static __attribute__((noinline)) unsigned weigh(const volatile struct order *order)
{
    return order->weight;
}

void init(void)
{
    microkit_dbg_puts("crasher: ready\n");
}

void notified(microkit_channel ch)
{
    const unsigned weight = weigh(order_of(++requests));

    (void)ch;
    microkit_dbg_puts("crasher: this order weighs ");
    microkit_dbg_put32(weight);
    microkit_dbg_puts("\n");
}
