// SPDX-License-Identifier: BSD-2-Clause
/* Puts the text in the shared region in capitals when it is called, and tells the logger. */
#include <microkit.h>

enum { LOGGER = 5, TEXT_BYTES = 0x1000 };

char *text;

void init(void)
{
    microkit_dbg_puts("server: ready\n");
}

static seL4_Word capitals(seL4_Word length)
{
    seL4_Word changed = 0;

    for (seL4_Word i = 0; i < length; i++) {
        if (text[i] >= 'a' && text[i] <= 'z') {
            text[i] = (char)(text[i] - 'a' + 'A');
            changed++;
        }
    }
    return changed;
}

/* The length is the client's word, so it is not trusted. */
microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    seL4_Word length = microkit_msginfo_get_count(msginfo) > 0 ? microkit_mr_get(0) : 0;

    (void)ch;
    microkit_notify(LOGGER);
    microkit_mr_set(0, capitals(length < TEXT_BYTES ? length : TEXT_BYTES));
    return microkit_msginfo_new(0, 1);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
