// SPDX-License-Identifier: BSD-2-Clause
/* A component that does one wrong thing, by the name that the builder gives it. Where it goes wrong
 * is marked, for the test to find the line. */
#include <sel4/sel4.h>

/* Slots that Microkit programs rely on. */
enum { INPUT = 1, REPLY = 4, MONITOR = 5, NOTIFY = 10, CALL = 74 };

char microkit_name[64];
char microkit_passive;
seL4_Word microkit_irqs, microkit_notifications, microkit_pps, microkit_ioports;

/* The message buffer is the last page. */
seL4_IPCBuffer *__sel4_ipc_buffer = (seL4_IPCBuffer *)0x7fffffffe000;

void _start(void);

static volatile int done;

static __attribute__((noinline)) void store(volatile int *where)
{
    *where = 1; /* line: store */
    done++;
}

static __attribute__((noinline)) void user(volatile int *where)
{
    store(where); /* line: user */
    done++;
}

static __attribute__((noinline)) int deep(int n)
{
    volatile char room[64];

    room[0] = (char)n;
    return deep(n + 1) + room[0];
}

static __attribute__((noinline)) void call_nothing(void)
{
    void (*volatile nothing)(void) = 0;

    nothing(); /* line: nothing */
    done++;
}

/* Waits for a message, having asked to be passive. */
static void be_passive(void)
{
    seL4_Word badge;

    seL4_NBSendRecv(MONITOR, seL4_MessageInfo_new(0, 0, 0, 0), INPUT, &badge, REPLY);
    seL4_DebugPutString("passive: heard\n");
    seL4_Recv(INPUT, &badge, REPLY);
}

static __attribute__((noinline)) void go_wrong(char how)
{
    seL4_Word badge;

    switch (how) {
    case 'n': user(0); break;
    case 'r': user((int *)0x200000); break;
    case 'f': user((int *)0x40000000); break;
    case 's': (void)deep(1); break;
    case 'j': call_nothing(); break;
    case 'c': seL4_Recv(CALL + 7, &badge, REPLY); break;
    case 'l': seL4_Send(0xdeadbeef000, seL4_MessageInfo_new(0, 0, 0, 0)); break;
    case 'u': __asm__ volatile("ud2"); break;
    case 'd': __asm__ volatile("divl %0" : : "r"(0) : "rax", "rdx"); break;
    case 'b': __asm__ volatile("int3"); break; /* line: trap */
    case 'o': __asm__ volatile("outb %b0, %w1" : : "a"(1), "d"(0x3f8)); break;
    case 'h': __asm__ volatile("hlt"); break;
    case 'q': be_passive(); break;
    default: seL4_Signal(NOTIFY + 1); break;
    }
}

void _start(void)
{
    seL4_Word badge;

    go_wrong(microkit_name[0]); /* line: start */
    for (;;) {
        seL4_Recv(INPUT, &badge, REPLY);
    }
}
