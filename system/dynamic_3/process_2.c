// SPDX-License-Identifier: BSD-2-Clause
/* Not a component: main loads it. It has an endpoint in slot 1 and nothing else. */
#include <child/child.h>
#include <tiny/printf.h>

enum { ENDPOINT = 1, MESSAGE = 0x6161 };

static void put(void *context, char c)
{
    (void)context;
#ifdef CONFIG_PRINTING
    seL4_DebugPutChar(c);
#else
    (void)c;
#endif
}

int main(int argc, char **argv, char **envp)
{
    (void)envp;
    tiny_set_output(put, NULL);
    tiny_printf("%s: hey hey hey\n", argc > 0 ? argv[0] : "?");
    seL4_SetMR(0, MESSAGE);
    (void)seL4_Call(ENDPOINT, seL4_MessageInfo_new(0, 0, 0, 1));
    tiny_printf("%s: got a reply: 0x%lx\n", argv[0], (unsigned long)seL4_GetMR(0));
    return 0;
}
