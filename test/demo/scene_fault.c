// SPDX-License-Identifier: BSD-2-Clause
/*
 * A thread that does three things it cannot do. Each time the kernel stops it and
 * sends a message to its fault handler, which is this task; each time the
 * handler puts right what is missing and lets it try again.
 */
#include "scenes.h"
#include "space.h"
#include "story.h"
#include "worker.h"
#include "workshop.h"

/* The explorer's CSpace. At first only the bell that tells this task lies there. */
enum { EXPLORER_DONE = 2, EXPLORER_BELL = 9 };

enum { FOREIGN_CALL = 39, FOREIGN_ANSWER = 4242, FOREIGN_CALL_BYTES = 2 };

/* How many words of the foreign call's message are registers to be written back. */
enum { REGISTER_WORDS = seL4_UnknownSyscall_Syscall };

static volatile seL4_Word read_back, foreign_answer;

/* A system call as Linux would have it: number and answer in RAX. */
static seL4_Word foreign_call(seL4_Word number)
{
    seL4_Word answer;

    __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "d"(number) : "rcx", "r11", "memory");
    return answer;
}

static void explore(void *argument)
{
    volatile seL4_Word *nowhere = (volatile seL4_Word *)PLACE_B;
    seL4_Word heard;

    (void)argument;
    *nowhere = 1234;
    read_back = *nowhere;
    seL4_Wait(EXPLORER_BELL, &heard);
    foreign_answer = foreign_call(FOREIGN_CALL);
    seL4_Signal(EXPLORER_DONE);
    for (;;) {
        seL4_Yield();
    }
}

static struct worker explorer;
static seL4_CPtr explorer_space, faults, reply;

static seL4_MessageInfo_t next_fault(seL4_Word label)
{
    const seL4_MessageInfo_t info = seL4_Recv(faults, NULL, reply);

    expect(seL4_MessageInfo_get_label(info) == label, "the fault that was provoked");
    return info;
}

static void try_again(seL4_Word words)
{
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, words));
}

/* In a debug kernel the report of the first fault has just been printed. */
static void comment_on_report(void)
{
#ifdef CONFIG_DEBUG_BUILD
    say("The lines above the headline are the kernel's own: a debug kernel reports every fault "
        "like "
        "that, handled or not. A release kernel says nothing.");
#endif
}

static void missing_page(void)
{
    next_fault(seL4_Fault_VMFault);
    scene("A fault is a message: memory that is not there");
    say("A third thread, the explorer, wrote to address %#lx, where it has no memory. The kernel "
        "stopped it at instruction %#lx and sent me the details, because I am its fault handler.",
        (unsigned long)seL4_GetMR(seL4_VMFault_Addr), (unsigned long)seL4_GetMR(seL4_VMFault_IP));
    space_map(explorer_space, object_new(seL4_X86_4K, 0), PLACE_B, seL4_ReadWrite);
    try_again(0);
    say("I mapped a page there and answered. The explorer did its instruction again and never "
        "noticed. That is all that paging on demand needs.");
    comment_on_report();
}

static void missing_capability(void)
{
    const seL4_CPtr bell = object_new(seL4_NotificationObject, 0);

    next_fault(seL4_Fault_CapFault);
    expect(read_back == 1234, "a value written after the repair");
    scene("A capability that is not there");
    say("The explorer read %lu back from its new page. Then it waited for a bell in slot %lu of "
        "its table, which is empty. Again it was stopped and I was told: the slot, and that "
        "nothing suitable is in it.",
        (unsigned long)read_back, (unsigned long)seL4_GetMR(seL4_CapFault_Addr));
    worker_give(&explorer, EXPLORER_BELL, bell, seL4_CanRead);
    seL4_Signal(bell);
    try_again(0);
    say("I put a bell there, rang it and answered. The explorer waited again, heard it and went "
        "on.");
}

static void foreign_system_call(seL4_CPtr done)
{
    next_fault(seL4_Fault_UnknownSyscall);
    const unsigned long number = (unsigned long)seL4_GetMR(seL4_UnknownSyscall_Syscall);

    seL4_SetMR(seL4_UnknownSyscall_RAX, FOREIGN_ANSWER);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP,
               seL4_GetMR(seL4_UnknownSyscall_FaultIP) + FOREIGN_CALL_BYTES);
    try_again(REGISTER_WORDS);
    seL4_Wait(done, NULL);
    expect(foreign_answer == FOREIGN_ANSWER, "the answer to the foreign call");
    scene("A system call that is not the kernel's");
    say("The explorer made system call %lu, which on Linux asks for the process number. This "
        "kernel has no such call, so the registers came to me as a message. I wrote %u into RAX "
        "and stepped over the instruction; the explorer saw %lu.",
        number, FOREIGN_ANSWER, (unsigned long)foreign_answer);
    say("Programs made for another system can be run in this way.");
}

void scenes_of_faults(void)
{
    const seL4_CPtr done = object_new(seL4_NotificationObject, 0);

    faults = object_new(seL4_EndpointObject, 0);
    reply = object_new(seL4_ReplyObject, 0);
    explorer_space = space_new();
    explorer = worker_new(&(struct worker_setup){.name = "explorer",
                                                 .entry = explore,
                                                 .space = explorer_space,
                                                 .fault_handler = faults,
                                                 .budget_us = 5000,
                                                 .period_us = 5000});
    worker_give(&explorer, EXPLORER_DONE, done, seL4_CanWrite);
    worker_resume(&explorer);
    missing_page();
    missing_capability();
    foreign_system_call(done);
    worker_suspend(&explorer);
}
