// SPDX-License-Identifier: BSD-2-Clause
#include <arch/machine.h>

#include <abi/syscalls.h>

#include "core/core.h"
#include "lib/printf.h"
#include "lib/symbols.h"
#include "msr.h"
#include "object/tcb.h"
#include "paging.h"
#include "trap.h"
#include <arch/switch.h>
#include <plat/exit_port.h>

#define BACK_TRACE_MAX 16

static NORETURN void stop_core(enum exit_reason reason)
{
    exit_port_write(reason);
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

void machine_halt(void)
{
    stop_core(EXIT_REASON_HALT);
}

void machine_flush_caches(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

void machine_set_own_tls_base(struct tcb *tcb, word_t base)
{
    if (context_canonical(base) == base) {
        arch_set_tls_base(tcb, base);
    }
}

/* Whatever the register holds: a user that may write any of them owns the machine anyway. */
bool machine_debug_call(struct tcb *tcb, word_t number)
{
    const uint32_t msr = (uint32_t)context_capability(&tcb->context);

    if (!sys.abi.msr) {
        return false;
    }
    switch ((int64_t)number) {
    case SYS_X86_DANGEROUS_WRMSR:
        msr_write(msr, context_message_register(&tcb->context, 0));
        return true;
    case SYS_X86_DANGEROUS_RDMSR:
        context_set_message_register(&tcb->context, 0, msr_read(msr));
        context_set_info(&tcb->context, 1);
        return true;
    default: return false;
    }
}

/* ---- reports ---- */

void machine_print_context(const struct user_context *context)
{
    static const struct {
        char name[4];
        uint16_t place;
    } rows[] = {{"rax", CONTEXT_RAX}, {"rbx", CONTEXT_RBX},     {"rcx", CONTEXT_RCX},
                {"rdx", CONTEXT_RDX}, {"rsi", CONTEXT_RSI},     {"rdi", CONTEXT_RDI},
                {"rbp", CONTEXT_RBP}, {"rsp", CONTEXT_RSP},     {"r8 ", CONTEXT_R8},
                {"r9 ", CONTEXT_R9},  {"r10", CONTEXT_R10},     {"r11", CONTEXT_R11},
                {"r12", CONTEXT_R12}, {"r13", CONTEXT_R13},     {"r14", CONTEXT_R14},
                {"r15", CONTEXT_R15}, {"fs ", CONTEXT_FS_BASE}, {"gs ", CONTEXT_GS_BASE}};

    print_always("  rip  0x%016lx  rflags 0x%lx\n", context_restart_ip(context), context->rflags);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        print_always("%s%.3s 0x%016lx", i % 3 == 0 ? "  " : "  ", rows[i].name,
                     context_get(context, rows[i].place));
        if (i % 3 == 2) {
            print_always("\n");
        }
    }
}

/* The processor's manual, volume 3 chapter 6: what the vectors stand for. */
const char *machine_exception_name(word_t number)
{
    static const char *const names[] = {
        [0] = "divide error",
        [1] = "debug exception",
        [2] = "non-maskable interrupt",
        [3] = "breakpoint",
        [4] = "overflow",
        [5] = "bound range exceeded",
        [6] = "invalid opcode",
        [7] = "no FPU for this thread",
        [8] = "double fault",
        [10] = "invalid task state",
        [11] = "segment not present",
        [12] = "stack segment fault",
        [13] = "general protection fault",
        [16] = "x87 floating point error",
        [17] = "unaligned access",
        [18] = "machine check",
        [19] = "SIMD floating point error",
    };

    return number < ARRAY_SIZE(names) && names[number] != NULL ? names[number] : "reserved";
}

/* Bits of a page fault's error code. */
enum { PAGE_FAULT_PRESENT = 1, PAGE_FAULT_WRITE = 2 };

const char *machine_access_name(word_t status, bool is_fetch)
{
    if (is_fetch) {
        return "executing at";
    }
    return status & PAGE_FAULT_WRITE ? "writing to" : "reading from";
}

const char *machine_refusal_name(word_t status)
{
    if (!(status & PAGE_FAULT_PRESENT)) {
        return "nothing is mapped there";
    }
    return status & PAGE_FAULT_WRITE ? "what is mapped there may not be written"
                                     : "what is mapped there is not for this program";
}

static void print_code_address(word_t address)
{
    word_t offset;
    const char *name = symbol_of(address, &offset);

    print_always("    0x%lx %s+0x%lx\n", address, name == NULL ? "?" : name,
                 name == NULL ? 0 : offset);
}

static bool is_code(word_t address)
{
    return address >= (word_t)ki_boot_end && address < (word_t)ki_text_end;
}

/* With frame pointers each frame leads to the next; without, everything on the stack that could be
 * a return address is shown. */
void machine_print_kernel_stack(void)
{
    const word_t *word = __builtin_frame_address(0);
    const word_t *top = (const word_t *)(void *)kernel_stack_top;

    print_always(CONFIG_DEBUG ? "  called from:\n" : "  possibly called from:\n");
    for (unsigned found = 0; found < BACK_TRACE_MAX; found++) {
        if ((word_t)word < (word_t)kernel_stack || word + 1 >= top) {
            return;
        }
        if (CONFIG_DEBUG) {
            print_code_address(word[1]);
            word = (const word_t *)word[0];
            continue;
        }
        while (word < top && !is_code(*word)) {
            word++;
        }
        if (word < top) {
            print_code_address(*word++);
        }
    }
}

void panic(const char *format, ...)
{
    va_list arguments;

    print_always("\nkernel panic: ");
    va_start(arguments, format);
    print_always_va(format, arguments);
    va_end(arguments);
    print_always("\n");
    machine_print_kernel_stack();
    stop_core(EXIT_REASON_PANIC);
}

/* The debug config's stack canary: a zero byte stops runaway strings. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x5ac3917e00d248b6;

NORETURN void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    panic("a function wrote past its part of the stack");
}

void trap_panic(unsigned vector, const struct user_context *frame)
{
    word_t cr2;

    __asm__ volatile("movq %%cr2, %0" : "=r"(cr2));
    print_always("\nkernel panic: exception %u in the kernel, error code 0x%lx, address 0x%lx\n",
                 vector, frame->error, cr2);
    machine_print_context(frame);
    machine_print_kernel_stack();
    stop_core(EXIT_REASON_PANIC);
}
