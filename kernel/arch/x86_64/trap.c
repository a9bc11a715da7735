// SPDX-License-Identifier: BSD-2-Clause
/* The C side of entry.S: what kind of entry it is, and waiting when there is nothing to run. */
#include "trap.h"

#include "core/core.h"
#include "core/syscall.h"
#include "object/tcb.h"
#include <abi/limits.h>
#include <arch/features.h>
#include <arch/hwdebug.h>
#include <arch/irq.h>
#include <arch/irq_controller.h>
#include <arch/switch.h>

enum vector {
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_NO_FPU = 7,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_FIRST_SENDABLE = 16, /* lower ones the interrupt controller does not accept */
    VECTOR_FIRST_INTERRUPT = 32,
};

#define PAGE_FAULT_CODE_MASK 0x1f
#define PAGE_FAULT_FETCH     BIT(4)
#define EXCEPTION_CODE_MASK  MASK(28)
#define SOFT_NUMBER_MASK     0xffffffu
#define RFLAGS_IF            BIT(9)

/*
 * A device can be made to send any vector, also those of exceptions and of soft interrupts.
 * Unless it is acknowledged it blocks every lower one, the timer's first of all.
 */
static bool end_stray_interrupt(unsigned vector)
{
    if (vector < VECTOR_FIRST_SENDABLE || !irqc_in_service(vector)) {
        return false;
    }
    lapic_eoi();
    return true;
}

/* ---- idle ---- */

/* Until an interrupt has made a thread ready. trap_from_kernel() notes which vector ended the
 * halt. */
static void run_idle(struct core *core)
{
    while (core->current == core->idle) {
        core->arch.pending_vector = -1;
        __asm__ volatile("sti; hlt; cli" : : : "memory");
        if (core->arch.pending_vector >= VECTOR_FIRST_INTERRUPT &&
            core->arch.pending_vector <= TIMER_VECTOR) {
            kernel_interrupt((unsigned)core->arch.pending_vector - IRQ_FIRST_VECTOR);
        } else if (core->arch.pending_vector >= VECTOR_FIRST_SENDABLE) {
            end_stray_interrupt((unsigned)core->arch.pending_vector);
        }
    }
}

static inline void leave(struct core *core)
{
    if (unlikely(core->current == core->idle)) {
        run_idle(core);
    }
}

void arch_leave(struct core *core)
{
    leave(core);
    return_to_user();
}

/* ---- from user mode ---- */

void trap_syscall(word_t number)
{
    kernel_syscall(number);
    leave(this_core());
}

static void page_fault(word_t code)
{
    vaddr_t address;

    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    /* Some processors tell a fetch apart only because the kernel's own pages are no-execute. The
     * interface does so only where it has SMEP. */
    if (!cpu_features.smep) {
        code &= ~PAGE_FAULT_FETCH;
    }
    kernel_fault(fault_vm(address, code & PAGE_FAULT_CODE_MASK, code & PAGE_FAULT_FETCH));
}

static void exception(struct core *core, unsigned vector)
{
    const word_t code = core->current->context.error;

    if (vector >= VECTOR_FIRST_SENDABLE && end_stray_interrupt(vector)) {
        return;
    }
    switch (vector) {
    case VECTOR_PAGE_FAULT: page_fault(code); break;
    case VECTOR_NO_FPU:
        if (!fpu_trap(core)) {
            kernel_fault(fault_user_exception(vector, 0));
        }
        break;
    case VECTOR_DEBUG: hwdebug_trap(core); break;
    case VECTOR_BREAKPOINT: hwdebug_break(core); break;
    default: kernel_fault(fault_user_exception(vector, code & EXCEPTION_CODE_MASK)); break;
    }
}

/* A vector that user code may call with `int`. A device can be made to send one, too: that is
 * acknowledged, or it would block every lower vector, and otherwise ignored. */
static void soft_interrupt(struct core *core, unsigned vector)
{
    struct user_context *context = &core->current->context;

    if (end_stray_interrupt(vector) || vector == IRQC_SPURIOUS_VECTOR) {
        return;
    }
    uint32_t number = (uint32_t)vector << 24 | (context->rax & SOFT_NUMBER_MASK);

    context->entry = ENTRY_INT;
    kernel_fault(fault_unknown_syscall((word_t)(int64_t)(int32_t)number));
}

void trap_from_user(unsigned vector)
{
    struct core *core = this_core();

    if (vector < VECTOR_FIRST_INTERRUPT) {
        exception(core, vector);
    } else if (vector <= TIMER_VECTOR) {
        kernel_interrupt(vector - IRQ_FIRST_VECTOR);
    } else {
        soft_interrupt(core, vector);
    }
    leave(core);
}

/* ---- from kernel mode ---- */

void trap_from_kernel(unsigned vector, struct user_context *frame)
{
    if (vector < VECTOR_FIRST_INTERRUPT) {
        if (!end_stray_interrupt(vector)) {
            trap_panic(vector, frame);
        }
        return;
    }
    this_core()->arch.pending_vector = (int)vector;
    frame->rflags &= ~RFLAGS_IF;
}
