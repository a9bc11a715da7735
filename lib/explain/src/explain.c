// SPDX-License-Identifier: BSD-2-Clause
#include "library.h"
#include "memory.h"
#include "slot.h"
#include "trace.h"

enum {
    PAGE_BYTES = 1 << SYSTEM_PAGE_BITS,
    OVERFLOW_BYTES_MAX = 1 << 20, /* one frame of a function may jump over the guard page */
};

/* Words of messages, as the kernel's interface puts them (x86_64). */
enum {
    CAP_PC = 0,
    CAP_ADDRESS = 1,
    VM_PC = 0,
    VM_ADDRESS = 1,
    VM_FETCH = 2,
    VM_STATUS = 3,
    SYSCALL_PC = 15,
    SYSCALL_NUMBER = 18,
    EXCEPTION_PC = 0,
    EXCEPTION_NUMBER = 3,
    EXCEPTION_CODE = 4,
    DEBUG_PC = 0,
    DEBUG_REASON = 1,
    DEBUG_ADDRESS = 2,
    TIMEOUT_CONSUMED = 1,
};

/* Reasons of a debug exception: memory that is watched, an instruction of the program's own. */
enum { DEBUG_DATA = 0, DEBUG_SOFTWARE = 3 };

/* Of the processor's error code for page faults. */
enum { STATUS_WRITE = 2, STATUS_FETCH = 16 };

static const uint64_t user_end = UINT64_C(1) << 47;

/* A message that is too short has zeros where words are missing. */
static uint64_t word(const struct explain_question *question, unsigned index)
{
    return index < question->word_count && index < EXPLAIN_WORDS ? question->words[index] : 0;
}

static void set_pc(struct explain_facts *facts, unsigned index)
{
    facts->has_pc = index < facts->question->word_count && !facts->question->without_pc;
    facts->pc = word(facts->question, index);
}

/* ---- memory ---- */

static bool is_overflow(const struct explain_facts *facts)
{
    uint64_t bottom = facts->component->stack_bottom;
    const struct explain_registers *registers = facts->question->registers;
    uint64_t sp = registers ? registers->general[EXPLAIN_RSP] : 0;

    if (facts->address >= bottom) {
        return false;
    }
    /* Also from beyond the guard page, when the stack pointer has left the stack by itself. */
    return bottom - facts->address <= PAGE_BYTES ||
           (bottom - facts->address <= OVERFLOW_BYTES_MAX && sp < bottom &&
            bottom - sp <= OVERFLOW_BYTES_MAX);
}

/* Whoever is there: who goes on behind the end of what it has did not mean to go there. */
static bool is_past_end(const struct explain_facts *facts)
{
    return facts->near && facts->side == EXPLAIN_BEHIND && facts->distance < PAGE_BYTES;
}

static enum explain_cause unmapped_cause(struct explain_facts *facts)
{
    const struct system_component *own = facts->component;
    const struct system_mapping *foreign =
        memory_foreign(facts->question->image, facts->question->component, facts->address);

    if (facts->address < PAGE_BYTES) {
        return EXPLAIN_NULL_POINTER;
    }
    if (facts->address >= user_end) {
        return EXPLAIN_KERNEL_ADDRESS;
    }
    if (is_overflow(facts)) {
        return EXPLAIN_STACK_OVERFLOW;
    }
    if (facts->address >= own->stack_top && facts->address - own->stack_top < PAGE_BYTES) {
        return EXPLAIN_STACK_UNDERFLOW;
    }
    if (is_past_end(facts)) {
        return EXPLAIN_PAST_END;
    }
    if (foreign) {
        facts->near = foreign;
        facts->side = EXPLAIN_INSIDE;
        facts->distance = facts->address - foreign->vaddr;
        return EXPLAIN_FOREIGN_REGION;
    }
    return EXPLAIN_UNMAPPED;
}

static enum explain_cause mapped_cause(const struct explain_facts *facts, bool fetch)
{
    if (fetch) {
        return facts->near->rights & SYSTEM_EXECUTE ? EXPLAIN_MAPPING_GONE : EXPLAIN_JUMP_TO_DATA;
    }
    if (facts->write) {
        return facts->near->rights & SYSTEM_WRITE ? EXPLAIN_MAPPING_GONE : EXPLAIN_WRITE_READ_ONLY;
    }
    return facts->near->rights & SYSTEM_READ ? EXPLAIN_MAPPING_GONE : EXPLAIN_READ_DENIED;
}

static enum explain_cause fetch_cause(const struct explain_facts *facts)
{
    return facts->address < PAGE_BYTES ? EXPLAIN_NULL_CALL : EXPLAIN_JUMP_UNMAPPED;
}

/* Processors that cannot tell fetches apart report a read at the instruction's own address. */
static bool is_fetch(const struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;

    return word(question, VM_FETCH) || word(question, VM_STATUS) & STATUS_FETCH ||
           (facts->address == facts->pc && !facts->write);
}

/* What in the system file has to do with it. */
static uint32_t memory_line(const struct explain_facts *facts)
{
    const struct system_region *regions =
        system_table(facts->question->image, SYSTEM_TABLE_REGIONS);

    switch (facts->cause) {
    case EXPLAIN_NULL_POINTER:
    case EXPLAIN_NULL_CALL:
    case EXPLAIN_JUMP_UNMAPPED:
    case EXPLAIN_KERNEL_ADDRESS: return 0;
    case EXPLAIN_UNMAPPED: return facts->component->line;
    case EXPLAIN_PAST_END:
        return facts->near->region == SYSTEM_NONE ? 0 : regions[facts->near->region].line;
    default: return facts->near ? facts->near->line : 0;
    }
}

static void find_memory(struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;
    struct memory_place place;
    bool fetch;

    set_pc(facts, VM_PC);
    facts->has_address = question->word_count > VM_ADDRESS;
    facts->address = word(question, VM_ADDRESS);
    facts->write = word(question, VM_STATUS) & STATUS_WRITE;
    if (!facts->has_address) {
        return;
    }
    place = memory_find(question->image, question->component, facts->address);
    facts->near = place.mapping;
    facts->side = place.side;
    facts->distance = place.distance;
    fetch = is_fetch(facts);
    if (place.mapping && place.side == EXPLAIN_INSIDE) {
        facts->cause = mapped_cause(facts, fetch);
    } else {
        facts->cause = fetch ? fetch_cause(facts) : unmapped_cause(facts);
    }
    facts->line = memory_line(facts);
}

/* ---- capabilities ---- */

static void find_cap(struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;
    struct slot slot;

    set_pc(facts, CAP_PC);
    facts->has_address = question->word_count > CAP_ADDRESS;
    facts->address = word(question, CAP_ADDRESS);
    if (!facts->has_address) {
        return;
    }
    slot = slot_find(question->image, question->component, facts->address);
    facts->cap = slot.cap ? slot.cap : slot.sibling;
    facts->line = facts->cap ? facts->cap->line : facts->component->line;
    if (!slot.good) {
        facts->cause = EXPLAIN_BAD_CAP_ADDRESS;
    } else {
        facts->cause = slot.cap ? EXPLAIN_CAP_GONE : EXPLAIN_MISSING_CAP;
    }
}

/* ---- instructions ---- */

static enum explain_cause exception_cause(uint64_t number)
{
    switch (number) {
    case 0: return EXPLAIN_DIVIDE;
    case 1: return EXPLAIN_SINGLE_STEP;
    case 3: return EXPLAIN_BREAKPOINT;
    case 4: return EXPLAIN_OVERFLOW;
    case 5: return EXPLAIN_BOUND;
    case 6: return EXPLAIN_INVALID_OPCODE;
    case 7: return EXPLAIN_NO_FPU;
    case 11: return EXPLAIN_SEGMENT;
    case 12: return EXPLAIN_STACK_SEGMENT;
    case 13: return EXPLAIN_PROTECTION;
    case 16:
    case 19: return EXPLAIN_FLOAT;
    case 17: return EXPLAIN_ALIGNMENT;
    default: return EXPLAIN_CAUSE_UNKNOWN;
    }
}

/* in, out, ins, outs, by port number in the instruction or in dx. */
static bool is_port_opcode(uint8_t opcode)
{
    return (opcode >= 0xe4 && opcode <= 0xe7) || (opcode >= 0xec && opcode <= 0xef) ||
           (opcode >= 0x6c && opcode <= 0x6f);
}

/* hlt, cli, sti; and in the two-byte map: system registers, their moves, caches, time stamps. */
static bool is_privileged_opcode(uint8_t opcode, uint8_t second)
{
    if (opcode == 0xf4 || opcode == 0xfa || opcode == 0xfb) {
        return true;
    }
    return opcode == 0x0f &&
           (second <= 0x01 || second == 0x06 || second == 0x08 || second == 0x09 ||
            (second >= 0x20 && second <= 0x23) || second == 0x30 || second == 0x32);
}

/* What a general protection fault was about, from the instruction as the program's file has it. */
static enum explain_cause protection_cause(const struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;
    uint64_t pc = facts->pc;
    uint8_t opcode = 0, second = 0;

    if (!memory_program_byte(question->image, question->component, pc, &opcode)) {
        return EXPLAIN_PROTECTION;
    }
    /* Prefixes: operand size, and repeat. */
    if (opcode == 0x66 || opcode == 0xf2 || opcode == 0xf3) {
        pc++;
        (void)memory_program_byte(question->image, question->component, pc, &opcode);
    }
    (void)memory_program_byte(question->image, question->component, pc + 1, &second);
    if (is_port_opcode(opcode)) {
        return EXPLAIN_PORT_IO;
    }
    return is_privileged_opcode(opcode, second) ? EXPLAIN_PRIVILEGED : EXPLAIN_PROTECTION;
}

static bool is_without_fpu(const struct explain_facts *facts)
{
    const struct system_thread *threads =
        system_table(facts->question->image, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < facts->question->image->tables[SYSTEM_TABLE_THREADS].count; i++) {
        if (threads[i].tcb == facts->component->tcb) {
            return threads[i].flags & SYSTEM_THREAD_NO_FPU;
        }
    }
    return false;
}

static void find_exception(struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;

    set_pc(facts, EXCEPTION_PC);
    facts->number = word(question, EXCEPTION_NUMBER);
    facts->code = word(question, EXCEPTION_CODE);
    if (question->word_count <= EXCEPTION_NUMBER) {
        return;
    }
    facts->cause = exception_cause(facts->number);
    facts->behind = facts->cause == EXPLAIN_BREAKPOINT;
    if (facts->cause == EXPLAIN_PROTECTION) {
        facts->cause = protection_cause(facts);
    }
    if (facts->cause == EXPLAIN_PORT_IO ||
        (facts->cause == EXPLAIN_NO_FPU && is_without_fpu(facts))) {
        facts->line = facts->component->line;
    }
}

static void find_debug(struct explain_facts *facts)
{
    static const enum explain_cause causes[] = {EXPLAIN_WATCHPOINT, EXPLAIN_BREAKPOINT,
                                                EXPLAIN_SINGLE_STEP, EXPLAIN_BREAKPOINT};
    uint64_t reason = word(facts->question, DEBUG_REASON);

    set_pc(facts, DEBUG_PC);
    facts->number = reason;
    /* The processor stops after these two. */
    facts->behind = facts->question->word_count > DEBUG_REASON &&
                    (reason == DEBUG_DATA || reason == DEBUG_SOFTWARE);
    if (facts->question->word_count > DEBUG_REASON && reason < sizeof(causes) / sizeof(causes[0])) {
        facts->cause = causes[reason];
    }
    if (facts->cause == EXPLAIN_WATCHPOINT && facts->question->word_count > DEBUG_ADDRESS) {
        facts->has_address = true;
        facts->address = word(facts->question, DEBUG_ADDRESS);
    }
}

static void find_syscall(struct explain_facts *facts)
{
    set_pc(facts, SYSCALL_PC);
    facts->number = word(facts->question, SYSCALL_NUMBER);
    if (facts->question->word_count > SYSCALL_NUMBER) {
        facts->cause = EXPLAIN_BAD_SYSCALL;
    }
}

static void find_timeout(struct explain_facts *facts)
{
    facts->cause = EXPLAIN_BUDGET;
    facts->number = word(facts->question, TIMEOUT_CONSUMED);
    facts->line = facts->component->line;
}

static void find_cause(struct explain_facts *facts)
{
    switch (facts->question->label) {
    case EXPLAIN_CAP: find_cap(facts); break;
    case EXPLAIN_UNKNOWN_SYSCALL: find_syscall(facts); break;
    case EXPLAIN_USER_EXCEPTION: find_exception(facts); break;
    case EXPLAIN_DEBUG_EXCEPTION: find_debug(facts); break;
    case EXPLAIN_TIMEOUT: find_timeout(facts); break;
    case EXPLAIN_VM: find_memory(facts); break;
    default: break;
    }
}

/*
 * Where a processor cannot forbid it, a jump into data is noticed only by what is done there; then
 * the jump is the cause. Programs without a segment for code alone are left out by their rights.
 */
static void find_jump(struct explain_facts *facts)
{
    const struct explain_question *question = facts->question;
    struct memory_place place;

    if (!facts->has_pc || facts->cause == EXPLAIN_CAUSE_UNKNOWN ||
        facts->cause == EXPLAIN_JUMP_TO_DATA) {
        return;
    }
    place = memory_find(question->image, question->component, facts->pc);
    if (!place.mapping || place.side != EXPLAIN_INSIDE || place.mapping->rights & SYSTEM_EXECUTE) {
        return;
    }
    facts->then = facts->cause;
    facts->cause = EXPLAIN_JUMP_TO_DATA;
    facts->has_address = true;
    facts->address = facts->pc;
    facts->near = place.mapping;
    facts->side = place.side;
    facts->distance = place.distance;
    facts->line = place.mapping->line;
}

void explain_find(const struct explain_question *question, struct explain_facts *facts)
{
    const struct system_component *components =
        system_table(question->image, SYSTEM_TABLE_COMPONENTS);

    *facts =
        (struct explain_facts){.question = question, .component = &components[question->component]};
    /* Messages of other processors have other words. */
    if (question->image->arch == SYSTEM_X86_64) {
        find_cause(facts);
    }
    if (!facts->has_pc && question->registers && !question->without_pc) {
        facts->has_pc = true;
        facts->pc = question->registers->pc;
    }
    find_jump(facts);
    trace_find(facts);
    library_find(facts);
}
