// SPDX-License-Identifier: BSD-2-Clause
/* What can be wrong with a stack. */
#include "gallery.h"

enum { FRAME_BYTES = 40000 };

#define STACK_END         0x7fffffffd000ull
#define NO_POSSIBLE_PLACE 0x4141414141414141ull

static __attribute__((noinline)) int deeper(int depth)
{
    volatile char room[64];

    room[0] = (char)depth;
    return deeper(depth + 1) + room[0];
}

PIECE stack_recursion(void)
{
    (void)deeper(0);
}

static __attribute__((noinline)) void touch(volatile char *where)
{
    *where = 1;
}

PIECE stack_frame(void)
{
    volatile char room[FRAME_BYTES];

    touch(room);
    touch(room + FRAME_BYTES - 1);
}

PIECE stack_top(void)
{
    seL4_Word end = STACK_END;

    __asm__("" : "+r"(end));
    touch((volatile char *)end + 16);
}

/* What a string copied over a return address does. */
PIECE stack_return(void)
{
    __asm__ volatile("pushq %0\n\t"
                     "ret" /* an address that the processor does not take */
                     :
                     : "r"(NO_POSSIBLE_PLACE));
}

PIECE stack_pointer(void)
{
    __asm__ volatile("movq %0, %%rsp\n\t"
                     "pushq %%rax"
                     :
                     : "r"(NO_POSSIBLE_PLACE));
}
