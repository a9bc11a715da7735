// SPDX-License-Identifier: BSD-2-Clause
/* Memory that is not there, not one's own, or not for this. */
#include "gallery.h"

static const int constant = 1;
static unsigned char not_code[] = {0x0f, 0x0b}; /* ud2, should anybody come here */

static volatile int *at(seL4_Word address)
{
    __asm__("" : "+r"(address));
    return (volatile int *)address;
}

static void (*code_at(seL4_Word address))(void)
{
    __asm__("" : "+r"(address));
    return (void (*)(void))address;
}

PIECE null_read(void)
{
    (void)*at(0);
}

PIECE null_write(void)
{
    *at(8) = 1;
}

PIECE null_call(void)
{
    code_at(0)();
}

PIECE constant_write(void)
{
    *at((seL4_Word)&constant) = 2;
}

PIECE code_write(void)
{
    *at((seL4_Word)null_read) = 0;
}

PIECE region_write(void)
{
    *at(SHELF_READ_ONLY + 0x20) = 1;
}

PIECE region_end(void)
{
    for (seL4_Word i = 0; i <= SHELF_BYTES; i += sizeof(int)) {
        *at(SHELF_WRITABLE + i) = 1;
    }
}

PIECE foreign_read(void)
{
    (void)*at(SHELF_OF_OTHERS + 4);
}

PIECE foreign_write(void)
{
    *at(SHELF_OF_OTHERS + 8) = 1;
}

PIECE kernel_read(void)
{
    (void)*at(0xffffffff80000000);
}

PIECE nowhere_write(void)
{
    *at(0x123456789000) = 1;
}

PIECE nowhere_jump(void)
{
    code_at(0x123456789000)();
}

PIECE data_jump(void)
{
    code_at((seL4_Word)not_code)();
}
