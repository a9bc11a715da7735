// SPDX-License-Identifier: BSD-2-Clause
/* Things a link script must put somewhere: constructors, constants, relocated data, zeros. */
#include <microkit.h>

void early(void);
void late(void);

static unsigned order;
static char zeros[4096];
static const char *const words[] = {"one", "two"};
static int number = 7;
const char *volatile chosen;

__attribute__((constructor(200))) void early(void)
{
    order = order * 10 + 1;
}

__attribute__((constructor)) void late(void)
{
    order = order * 10 + 2;
}

/* With a section for each function, this one's is called as that of the first code is. */
__attribute__((section(".text.start"), noinline)) static void start(void)
{
    zeros[order] = (char)number;
    chosen = words[order & 1];
}

void init(void)
{
    start();
    microkit_dbg_puts("start: constructors ran in order ");
    microkit_dbg_put32(order);
    microkit_dbg_puts("\n");
}

void notified(microkit_channel ch)
{
    number = zeros[ch];
}
