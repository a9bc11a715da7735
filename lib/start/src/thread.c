// SPDX-License-Identifier: BSD-2-Clause
#include <start/thread.h>

#include <start/layout.h>
#include <start/tls.h>
#include <tiny/string.h>

enum { STACK_ALIGN = 16 };

/* In the processor's folder: jumps to thread_main with the registers as they are. */
void thread_entry(void);

void thread_main(void (*entry)(void *), void *argument, seL4_TCB tcb);

void thread_main(void (*entry)(void *), void *argument, seL4_TCB tcb)
{
    entry(argument);
    for (;;) {
        (void)seL4_TCB_Suspend(tcb);
    }
}

/* The new thread finds its IPC buffer where its own copy of the variable is. */
static uintptr_t prepare_tls(const struct thread_setup *setup)
{
    const uintptr_t thread_pointer = tls_init(setup->tls);
    seL4_IPCBuffer **theirs = tls_other(thread_pointer, &__sel4_ipc_buffer);

    *theirs = setup->ipc_buffer;
    return thread_pointer;
}

seL4_Error thread_start(const struct thread_setup *setup, seL4_Bool resume)
{
    const uintptr_t stack_top = (uintptr_t)setup->stack + setup->stack_bytes;
    const seL4_Word arguments[3] = {(uintptr_t)setup->entry, (uintptr_t)setup->argument,
                                    setup->tcb};
    seL4_UserContext registers;

    memset(&registers, 0, sizeof(registers));
    layout_set_registers(&registers, prepare_tls(setup), stack_top & ~(uintptr_t)(STACK_ALIGN - 1));
    layout_set_entry(&registers, (uintptr_t)thread_entry, arguments);
    return seL4_TCB_WriteRegisters(setup->tcb, resume, 0, sizeof(registers) / sizeof(seL4_Word),
                                   &registers);
}
