// SPDX-License-Identifier: BSD-2-Clause
/* Its own idea of what a failed assertion does, in place of the library's. */
#include <microkit.h>

void __assert_fail(const char *expression, const char *file, unsigned int line,
                   const char *function);

static unsigned failed;

void __assert_fail(const char *expression, const char *file, unsigned int line,
                   const char *function)
{
    (void)file;
    (void)line;
    (void)function;
    microkit_dbg_puts(expression);
    failed++;
}

void init(void)
{
    if (microkit_name[0] == 0) {
        __assert_fail("a name", __FILE__, __LINE__, __func__);
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
