// SPDX-License-Identifier: BSD-2-Clause
/* Writes a text into the shared region, asks the server to put it in capitals, prints it. */
#include <microkit.h>

enum { SERVER = 1 };

/* Where the region is mapped; the builder fills it in. */
char *text;

static seL4_Word put(const char *words)
{
    seL4_Word length = 0;

    for (; words[length] != '\0'; length++) {
        text[length] = words[length];
    }
    return length;
}

static void ask(const char *words)
{
    microkit_mr_set(0, put(words));
    microkit_ppcall(SERVER, microkit_msginfo_new(0, 1));
    microkit_dbg_puts("client: the server changed ");
    microkit_dbg_put32((seL4_Uint32)microkit_mr_get(0));
    microkit_dbg_puts(" letters: ");
    microkit_dbg_puts(text);
    microkit_dbg_puts("\n");
}

void init(void)
{
    ask("one room, two doors");
    ask("Nobody else has a key.");
    microkit_dbg_puts("client: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
