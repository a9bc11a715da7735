// SPDX-License-Identifier: BSD-2-Clause
#include "trace.h"
#include "library.h"

/* What is known of the registers at one level of the stack. */
struct level {
    uint64_t pc, sp, fp;
    const struct explain_registers *all; /* only of the innermost level */
};

static const struct system_code *code_of(const struct explain_facts *facts)
{
    const struct system_component *component = facts->component;
    const struct system_code *code =
        (const void *)((const char *)facts->question->image + component->code);

    return component->code_bytes && system_code_check(code, component->code_bytes) ? code : 0;
}

/* Callers stop behind their call, which may be the next function's first instruction already. */
static bool is_behind(const struct explain_facts *facts, unsigned index)
{
    return index > 0 || facts->behind;
}

static void add_place(struct explain_facts *facts, const struct system_code *code,
                      const struct level *level)
{
    struct explain_place *place = &facts->trace[facts->trace_count];
    bool behind = is_behind(facts, facts->trace_count);

    *place = (struct explain_place){.address = level->pc};
    if (code) {
        place->code = system_code_find(code, level->pc - behind);
        place->code.offset += place->code.function && behind;
    }
    facts->trace_count++;
}

static bool read_word(const struct explain_facts *facts, uint64_t address, uint64_t *word)
{
    const struct explain_question *question = facts->question;

    return question->read && address % sizeof(*word) == 0 &&
           question->read(question->context, address, word);
}

static bool register_value(const struct level *level, uint32_t number, uint64_t *value)
{
    if (number == EXPLAIN_RSP || number == EXPLAIN_RBP) {
        *value = number == EXPLAIN_RSP ? level->sp : level->fp;
        return true;
    }
    if (!level->all || number >= EXPLAIN_REGISTERS) {
        return false;
    }
    *value = level->all->general[number];
    return true;
}

/* The caller of a place that the table knows. Stacks grow down, so that each step must go up. */
static bool step_by_table(const struct explain_facts *facts, const struct system_frame *frame,
                          struct level *level)
{
    struct level caller = {.fp = level->fp};
    uint64_t base;

    if (frame->return_at == SYSTEM_FRAME_KEPT ||
        !register_value(level, frame->base_register, &base)) {
        return false;
    }
    caller.sp = base + (uint64_t)(int64_t)frame->base_offset;
    if (caller.sp <= level->sp ||
        !read_word(facts, caller.sp + (uint64_t)(int64_t)frame->return_at, &caller.pc)) {
        return false;
    }
    if (frame->frame_pointer_at != SYSTEM_FRAME_KEPT &&
        !read_word(facts, caller.sp + (uint64_t)(int64_t)frame->frame_pointer_at, &caller.fp)) {
        return false;
    }
    *level = caller;
    return true;
}

/* After a call of what is no code the return address is still on top of the stack. */
static bool step_from_nowhere(const struct explain_facts *facts, struct level *level)
{
    bool jumped = facts->cause == EXPLAIN_NULL_CALL || facts->cause == EXPLAIN_JUMP_UNMAPPED ||
                  facts->cause == EXPLAIN_JUMP_TO_DATA;

    if (!jumped || facts->trace_count != 1 || !read_word(facts, level->sp, &level->pc)) {
        return false;
    }
    level->sp += sizeof(uint64_t);
    return true;
}

static bool step(const struct explain_facts *facts, const struct system_code *code,
                 struct level *level)
{
    const struct system_frame *frame =
        system_code_frame(code, level->pc - is_behind(facts, facts->trace_count - 1));

    return frame ? step_by_table(facts, frame, level) : step_from_nowhere(facts, level);
}

/* A return address is the program's, or the trace has come to its end. */
static bool is_known(const struct system_code *code, const struct level *level)
{
    return level->pc && system_code_find(code, level->pc - 1).function;
}

/*
 * At a system call the kernel has no stack pointer of its own accord: what is in that register is
 * from earlier. The stubs keep the true one in rbx, as the calling convention of the kernel wants.
 */
static uint64_t true_sp(const struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;
    const uint64_t *general = question->registers->general;
    uint64_t kept = general[EXPLAIN_RBX];
    bool in_call = question->label == EXPLAIN_CAP || question->label == EXPLAIN_UNKNOWN_SYSCALL;

    return in_call && kept >= facts->component->stack_bottom && kept < facts->component->stack_top
               ? kept
               : general[EXPLAIN_RSP];
}

void trace_find(struct explain_facts *facts)
{
    const struct explain_registers *registers = facts->question->registers;
    const struct system_code *code = code_of(facts);
    struct level level = {.pc = facts->pc, .all = registers};

    facts->trace_count = 0;
    if (!facts->has_pc) {
        return;
    }
    add_place(facts, code, &level);
    if (!registers || !code) {
        return;
    }
    level.sp = true_sp(facts);
    level.fp = registers->general[EXPLAIN_RBP];
    while (facts->trace_count < EXPLAIN_TRACE && step(facts, code, &level) &&
           is_known(code, &level)) {
        level.all = 0;
        add_place(facts, code, &level);
    }
}

void explain_set_trace(struct explain_facts *facts, const uint64_t *addresses, unsigned count)
{
    const struct system_code *code = code_of(facts);

    facts->trace_count = 0;
    for (unsigned i = 0; i < count && i < EXPLAIN_TRACE; i++) {
        add_place(facts, code, &(struct level){.pc = addresses[i]});
    }
    library_find(facts);
}

bool trace_is_in(const struct explain_place *place, const char *function)
{
    const char *name = place->code.function;
    unsigned i = 0;

    while (name && function[i] && name[i] == function[i]) {
        i++;
    }
    /* Parts have a dot and more behind the name. */
    return name && !function[i] && (!name[i] || name[i] == '.');
}
