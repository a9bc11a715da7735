// SPDX-License-Identifier: BSD-2-Clause
#include <arch/hwdebug.h>

#include "core/core.h"
#include "core/invocation.h"
#include "core/syscall.h"
#include "object/tcb.h"
#include <abi/limits.h>
#include <arch/features.h>

#define DR6_SINGLE_STEP    BIT(14)
#define DR6_CLEAR          0xffff0ff0ull
#define DR7_ENABLE(n)      BIT(2 * (n))
#define DR7_FIELD_SHIFT(n) (16 + 4 * (n))
#define DR7_FIELD_MASK     0xfull
#define RFLAGS_TF          BIT(8)
#define RFLAGS_RF          BIT(16)

enum { TYPE_DATA, TYPE_INSTRUCTION };
enum { ACCESS_READ, ACCESS_WRITE, ACCESS_READ_WRITE };

/* Low two bits of a DR7 field: what triggers; high two: how many bytes. */
enum { FIELD_EXECUTE = 0, FIELD_WRITE = 1, FIELD_READ_WRITE = 3 };
static const uint8_t length_code[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};
static const uint8_t length_of_code[] = {1, 2, 8, 4};

/* ---- registers ---- */

static void load_registers(const struct hwdebug_state *state)
{
    __asm__ volatile("movq %0, %%dr0" : : "r"(state->address[0]));
    __asm__ volatile("movq %0, %%dr1" : : "r"(state->address[1]));
    __asm__ volatile("movq %0, %%dr2" : : "r"(state->address[2]));
    __asm__ volatile("movq %0, %%dr3" : : "r"(state->address[3]));
    __asm__ volatile("movq %0, %%dr7" : : "r"(state->control));
}

static void load(struct core *core, struct tcb *tcb)
{
    load_registers(&tcb->hwdebug);
    core->arch.debug_of = tcb->hwdebug.control != 0 ? tcb : NULL;
}

void hwdebug_switch(struct core *core, struct tcb *to)
{
    if (core->arch.debug_of != to && (core->arch.debug_of != NULL || to->hwdebug.control != 0)) {
        load(core, to);
    }
}

static void changed(struct tcb *tcb)
{
    struct core *core = this_core();

    core->arch.extras |= EXTRA_BREAKPOINTS;
    if (tcb == core->current || tcb == core->arch.debug_of) {
        load(core, tcb);
    }
}

void hwdebug_release(struct tcb *tcb)
{
    if (this_core()->arch.debug_of == tcb) {
        tcb->hwdebug.control = 0;
        load(this_core(), tcb);
    }
}

void hwdebug_set_single_step(struct tcb *tcb, word_t steps)
{
    tcb->hwdebug.steps = steps;
    if (steps > 0) {
        tcb->context.rflags |= RFLAGS_TF;
    } else {
        tcb->context.rflags &= ~RFLAGS_TF;
    }
}

/* ---- traps ---- */

static void breakpoint_hit(struct tcb *tcb, unsigned n)
{
    word_t field = tcb->hwdebug.control >> DR7_FIELD_SHIFT(n) & DR7_FIELD_MASK;
    const bool is_execute = (field & 3) == FIELD_EXECUTE;

    kernel_fault_at_once(fault_debug(is_execute ? BREAKPOINT_INSTRUCTION : BREAKPOINT_DATA,
                                     tcb->hwdebug.address[n], n));
    if (is_execute) {
        tcb->context.rflags |=
            RFLAGS_RF; /* told once; or it would never get past the instruction */
    }
}

static void stepped(struct tcb *tcb)
{
    if (tcb->hwdebug.steps > 1) {
        tcb->hwdebug.steps--;
        return;
    }
    kernel_fault_at_once(fault_debug(BREAKPOINT_SINGLE_STEP, tcb->context.rip, 0));
}

void hwdebug_trap(struct core *core)
{
    struct tcb *tcb = core->current;
    word_t status;

    __asm__ volatile("movq %%dr6, %0" : "=r"(status));
    __asm__ volatile("movq %0, %%dr6" : : "r"(DR6_CLEAR));
    if (!sys.abi.hwdebug) {
        kernel_fault_at_once(fault_user_exception(1, 0));
        return;
    }
    for (unsigned n = 0; n < HWDEBUG_BREAKPOINTS; n++) {
        if ((status & BIT(n)) && (tcb->hwdebug.control & DR7_ENABLE(n))) {
            breakpoint_hit(tcb, n);
            return;
        }
    }
    if (status & DR6_SINGLE_STEP) {
        stepped(tcb);
    }
}

void hwdebug_break(struct core *core)
{
    if (sys.abi.hwdebug) {
        kernel_fault_at_once(fault_debug(BREAKPOINT_SOFTWARE, core->current->context.rip, 0));
    } else {
        kernel_fault_at_once(fault_user_exception(3, 0));
    }
}

/* ---- decoding ---- */

struct breakpoint {
    unsigned number;
    vaddr_t address;
    word_t type, size_bytes, access;
};

static bool has_eight_byte_breakpoints(void)
{
    const uint32_t model = cpu_features.model;

    return (cpu_features.family == 15 && (model == 3 || model == 4 || model == 6)) ||
           (cpu_features.family == 6 && (model == 15 || model == 23 || model == 28));
}

static enum status check_breakpoint(struct invocation *inv, const struct breakpoint *b)
{
    const bool is_instruction = b->type == TYPE_INSTRUCTION;

    if (b->address >= USER_MAP_LIMIT) {
        return refuse_argument(inv, 1);
    }
    if (b->type != TYPE_DATA && !is_instruction) {
        return refuse_argument(inv, 2);
    }
    if (is_instruction && b->size_bytes != 0) {
        return refuse_argument(inv, 3);
    }
    if (is_instruction && b->access != ACCESS_READ) {
        return refuse_argument(inv, 4);
    }
    if (!is_instruction && b->size_bytes == 0) {
        return refuse_argument(inv, 3);
    }
    if (b->access > ACCESS_READ_WRITE) {
        return refuse_argument(inv, 3);
    }
    if (b->size_bytes > 8 || (b->size_bytes & (b->size_bytes - 1)) != 0) {
        return refuse_argument(inv, 3);
    }
    if (b->size_bytes != 0 && b->address % b->size_bytes != 0) {
        return refuse(inv, ERR_ALIGNMENT);
    }
    if (b->number >= HWDEBUG_BREAKPOINTS) {
        return refuse_range(inv, 0, HWDEBUG_BREAKPOINTS - 1);
    }
    if (b->size_bytes == 8 && !has_eight_byte_breakpoints()) {
        return refuse_argument(inv, 3);
    }
    if (!is_instruction && b->access == ACCESS_READ) {
        return refuse_argument(inv, 3); /* the processor has no read-only kind */
    }
    return STATUS_OK;
}

static void set_field(struct tcb *tcb, unsigned n, word_t field, bool enable)
{
    word_t *control = &tcb->hwdebug.control;

    *control &= ~(DR7_FIELD_MASK << DR7_FIELD_SHIFT(n) | DR7_ENABLE(n));
    *control |= field << DR7_FIELD_SHIFT(n) | (enable ? DR7_ENABLE(n) : 0);
}

static enum status decode_set(struct invocation *inv, struct tcb *tcb)
{
    const struct breakpoint b = {.number = inv_argument(inv, 0) & 0xffff,
                                 .address = inv_argument(inv, 1),
                                 .type = inv_argument(inv, 2),
                                 .size_bytes = inv_argument(inv, 3),
                                 .access = inv_argument(inv, 4)};
    enum status status = check_breakpoint(inv, &b);
    word_t field = FIELD_EXECUTE;

    if (status != STATUS_OK) {
        return status;
    }
    if (b.type == TYPE_DATA) {
        field = (word_t)length_code[b.size_bytes] << 2 |
                (b.access == ACCESS_WRITE ? FIELD_WRITE : FIELD_READ_WRITE);
    }
    tcb->hwdebug.address[b.number] = b.address;
    set_field(tcb, b.number, field, true);
    changed(tcb);
    return STATUS_OK;
}

static enum status decode_get(struct invocation *inv, const struct tcb *tcb)
{
    const unsigned n = inv_argument(inv, 0) & 0xffff;

    if (n >= HWDEBUG_BREAKPOINTS) {
        return refuse_range(inv, 0, HWDEBUG_BREAKPOINTS - 1);
    }
    const word_t field = tcb->hwdebug.control >> DR7_FIELD_SHIFT(n) & DR7_FIELD_MASK;
    const word_t trigger = field & 3;
    const bool is_instruction = trigger == FIELD_EXECUTE;

    inv_return(inv, 0, tcb->hwdebug.address[n]);
    inv_return(inv, 1, is_instruction ? TYPE_INSTRUCTION : TYPE_DATA);
    inv_return(inv, 2, is_instruction ? 0 : length_of_code[field >> 2]);
    inv_return(inv, 3,
               is_instruction           ? ACCESS_READ
               : trigger == FIELD_WRITE ? ACCESS_WRITE
                                        : ACCESS_READ_WRITE);
    inv_return(inv, 4, (tcb->hwdebug.control & DR7_ENABLE(n)) != 0);
    return STATUS_OK;
}

static enum status decode_unset(struct invocation *inv, struct tcb *tcb)
{
    const unsigned n = inv_argument(inv, 0) & 0xffff;

    if (n >= HWDEBUG_BREAKPOINTS) {
        return refuse_range(inv, 0, HWDEBUG_BREAKPOINTS - 1);
    }
    tcb->hwdebug.address[n] = 0;
    set_field(tcb, n, 0, false);
    changed(tcb);
    return STATUS_OK;
}

enum status hwdebug_decode(struct invocation *inv, struct tcb *tcb)
{
    switch (inv->method) {
    case METHOD_TCB_SET_BREAKPOINT: return decode_set(inv, tcb);
    case METHOD_TCB_GET_BREAKPOINT: return decode_get(inv, tcb);
    case METHOD_TCB_UNSET_BREAKPOINT: return decode_unset(inv, tcb);
    case METHOD_TCB_CONFIGURE_SINGLE_STEPPING:
        hwdebug_set_single_step(tcb, inv_argument(inv, 1));
        inv_return(inv, 0, 0); /* no breakpoint is used up by it */
        return STATUS_OK;
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}
