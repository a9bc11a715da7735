// SPDX-License-Identifier: BSD-2-Clause
/* Instructions that the processor refuses. */
#include "gallery.h"

PIECE divide_zero(void)
{
    volatile int zero = 0;

    zero = 100 / zero;
}

/* The quotient is one more than the largest number. */
PIECE divide_range(void)
{
    volatile int lowest = -2147483647 - 1, minus = -1;

    lowest = lowest / minus;
}

PIECE bad_opcode(void)
{
    __asm__ volatile("ud2");
}

PIECE breakpoint(void)
{
    __asm__ volatile("int3");
}

/* Sets the trap flag, and is stopped behind the next instruction. */
PIECE single_step(void)
{
    __asm__ volatile("pushfq\n\t"
                     "orq $0x100, (%%rsp)\n\t"
                     "popfq\n\t"
                     "nop\n\t"
                     "nop" ::
                         : "memory");
}

PIECE port_read(void)
{
    __asm__ volatile("inb %%dx, %%al" : : "d"(0x60) : "rax");
}

PIECE privileged_halt(void)
{
    __asm__ volatile("hlt");
}

PIECE privileged_register(void)
{
    __asm__ volatile("movq %%cr3, %%rax" : : : "rax");
}

/* Addresses have 48 bits; the others must repeat the highest of them. */
PIECE odd_address(void)
{
    (void)*(volatile int *)0x8000000000000000;
}

PIECE odd_vector(void)
{
    static char room[32] __attribute__((aligned(16)));

    __asm__ volatile("movaps (%0), %%xmm0" : : "r"(room + 1) : "xmm0");
}

/* Asks for exceptions first: dividing by zero is only worth a flag otherwise. */
PIECE float_x87(void)
{
    const unsigned short unmasked = 0x37b;

    __asm__ volatile("fldcw %0\n\t"
                     "fld1\n\t"
                     "fldz\n\t"
                     "fdivrp\n\t"
                     "fwait"
                     :
                     : "m"(unmasked));
}

PIECE float_forbidden(void)
{
    __asm__ volatile("pxor %%xmm0, %%xmm0" : : : "xmm0");
}

PIECE software_interrupt(void)
{
    __asm__ volatile("int $0x80");
}
