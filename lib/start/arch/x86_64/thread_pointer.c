// SPDX-License-Identifier: BSD-2-Clause
/*
 * The thread pointer of x86_64 is the base of FS; the word there is its own
 * address, and thread-local variables end there.
 */
#include <start/tls.h>

#include <cpuid.h>
#include <sel4/sel4.h>

#include <start/layout.h>

size_t layout_block_bytes(size_t variables_bytes)
{
    return variables_bytes + sizeof(uintptr_t);
}

size_t layout_variables_offset(void)
{
    return 0;
}

uintptr_t layout_thread_pointer(void *block, size_t variables_bytes)
{
    uintptr_t *end = (void *)((char *)block + variables_bytes);

    *end = (uintptr_t)end;
    return (uintptr_t)end;
}

uintptr_t layout_own_thread_pointer(void)
{
    uintptr_t thread_pointer;

    __asm__("movq %%fs:0, %0" : "=r"(thread_pointer));
    return thread_pointer;
}

void layout_set_registers(seL4_UserContext *registers, uintptr_t thread_pointer,
                          uintptr_t stack_top)
{
    registers->rsp = stack_top;
    registers->rflags = 0x202; /* interrupts on, and the bit that is always set */
    registers->fs_base = thread_pointer;
}

void layout_set_entry(seL4_UserContext *registers, uintptr_t entry, const seL4_Word arguments[3])
{
    registers->rip = entry;
    registers->rdi = arguments[0];
    registers->rsi = arguments[1];
    registers->rdx = arguments[2];
}

/* CPUID leaf 7: user code may write the base itself if the kernel lets it. */
static int has_fsgsbase(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_FSGSBASE) != 0;
}

/*
 * The profile says whether there is a call for it. Where there is none the
 * kernel has the instruction enabled, on processors that have it; on others the
 * thread asks for the change of its own register as it would for another's.
 */
void tls_set_thread_pointer(uintptr_t thread_pointer)
{
    seL4_Word cap = thread_pointer, info = 0, mr[4] = {0, 0, 0, 0};

    if (SEL4_TLS_BY_SYSCALL) {
        sel4_sys_call((seL4_Word)SEL4_SYS_SET_TLS_BASE, &cap, &info, mr);
    } else if (has_fsgsbase()) {
        __asm__ volatile("wrfsbase %0" : : "r"(thread_pointer) : "memory");
    } else {
        (void)seL4_TCB_SetTLSBase(seL4_CapInitThreadTCB, thread_pointer);
    }
}
