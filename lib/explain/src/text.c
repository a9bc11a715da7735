// SPDX-License-Identifier: BSD-2-Clause
/* The facts for people. */
#include "advice.h"
#include "library.h"
#include "memory.h"
#include "slot.h"
#include "words.h"
#include "writer.h"

static const char *text_of(const struct explain_facts *facts, uint32_t text)
{
    return system_text(facts->question->image, text);
}

static bool is_memory(const struct explain_facts *facts)
{
    return facts->question->label == EXPLAIN_VM;
}

static bool is_fetch(const struct explain_facts *facts)
{
    return facts->cause == EXPLAIN_NULL_CALL || facts->cause == EXPLAIN_JUMP_TO_DATA ||
           facts->cause == EXPLAIN_JUMP_UNMAPPED;
}

/* A component's name by its number. */
static void say_component(struct writer *writer, const struct explain_facts *facts,
                          uint32_t component)
{
    const struct system_component *components =
        system_table(facts->question->image, SYSTEM_TABLE_COMPONENTS);

    writer_print(writer, "'");
    writer_name(writer, text_of(facts, components[component].name));
    writer_print(writer, "'");
}

/* "the memory region 'ring' of 'server'" */
static void say_mapping(struct writer *writer, const struct explain_facts *facts)
{
    const struct system_region *regions =
        system_table(facts->question->image, SYSTEM_TABLE_REGIONS);
    const struct system_mapping *near = facts->near;

    writer_print(writer, "the %s", words_mapping(near));
    if (near->region != SYSTEM_NONE) {
        writer_print(writer, " '");
        writer_name(writer, text_of(facts, regions[near->region].name));
        writer_print(writer, "'");
    }
    if (facts->cause == EXPLAIN_FOREIGN_REGION) {
        writer_print(writer, " of ");
        say_component(writer, facts, near->component);
    }
}

/* Next to nothing: where the nearest memory is says nothing about a null pointer. */
static bool is_near_null(const struct explain_facts *facts)
{
    return facts->cause == EXPLAIN_NULL_POINTER || facts->cause == EXPLAIN_NULL_CALL;
}

static void say_distance(struct writer *writer, const struct explain_facts *facts)
{
    static const char *const sides[] = {"into", "below", "behind the end of"};
    static const char *const at_once[] = {"at the start of", "right below",
                                          "right behind the end of"};

    if (facts->distance) {
        writer_print(writer, ", 0x%llx bytes %s ", (unsigned long long)facts->distance,
                     sides[facts->side]);
    } else {
        writer_print(writer, ", %s ", at_once[facts->side]);
    }
}

/* What else it may have been. */
static void say_perhaps(struct writer *writer, const struct explain_facts *facts)
{
    enum { FAR_FROM_NULL = 1 << 20 };
    const struct explain_question *question = facts->question;
    const struct system_mapping *foreign =
        memory_foreign(question->image, question->component, facts->address);

    if (facts->cause == EXPLAIN_PAST_END && foreign) {
        writer_print(writer, "  that address is mapped for ");
        say_component(writer, facts, foreign->component);
        writer_print(writer, "\n");
    } else if (facts->cause == EXPLAIN_UNMAPPED && facts->address < FAR_FROM_NULL) {
        writer_print(writer, "  perhaps a null pointer, with something large before the place\n");
    }
}

static void say_memory(struct writer *writer, const struct explain_facts *facts)
{
    const char *deed = facts->write ? "wrote to" : "read from";

    writer_print(writer, "  it %s 0x%llx", is_fetch(facts) ? "went on at" : deed,
                 (unsigned long long)facts->address);
    if (is_near_null(facts) && facts->address) {
        writer_print(writer, ", which is that far into what it took to be at address 0");
    } else if (facts->near && !is_near_null(facts) && facts->cause != EXPLAIN_KERNEL_ADDRESS) {
        say_distance(writer, facts);
        say_mapping(writer, facts);
        writer_print(writer, " at 0x%llx", (unsigned long long)facts->near->vaddr);
    }
    writer_print(writer, "\n");
    say_perhaps(writer, facts);
    if (facts->then != EXPLAIN_CAUSE_UNKNOWN) {
        writer_print(writer, "  there it %s\n", words_cause(facts->then));
    }
}

/* Which request it was, only the library knew; it said so before. */
static void say_library(struct writer *writer, const struct explain_facts *facts)
{
    if (facts->cause == EXPLAIN_KERNEL_ERROR) {
        writer_print(writer,
                     "  error %llu: %s; a debug kernel has shown its own line about it before\n",
                     (unsigned long long)facts->number, library_error(facts->number));
    } else {
        writer_print(writer, "  a debug kernel has shown its own line about it before\n");
    }
}

/* The slot that a capability fault is about. */
static struct slot slot_of(const struct explain_facts *facts)
{
    return slot_find(facts->question->image, facts->question->component, facts->address);
}

static void say_cap(struct writer *writer, const struct explain_facts *facts)
{
    struct slot slot = slot_of(facts);

    writer_print(writer, "  %s capability address 0x%llx", words_phase(facts->question),
                 (unsigned long long)facts->address);
    if (facts->address == 0) {
        writer_print(writer, ", which is none: null");
    } else if (slot.user) {
        writer_print(writer, ", which is slot %u of its <cspace>", (unsigned)slot.id);
    } else if (slot.kind && slot.kind->count > 1) {
        writer_print(writer, ", which is for %s %u", slot.kind->noun, (unsigned)slot.id);
    } else if (slot.kind) {
        writer_print(writer, ", which is for %s", slot.kind->noun);
    } else {
        writer_print(writer, ", which is %s",
                     slot.good ? "for nothing in particular" : "no slot of its own");
    }
    if (slot.cap && slot.cap->peer != SYSTEM_NONE) {
        writer_print(writer, " and leads to ");
        say_component(writer, facts, slot.cap->peer);
    }
    writer_print(writer, "\n");
}

/* Pointers of nonsense are no page faults on x86_64: bits 47 to 63 of an address are equal. */
static void say_odd_registers(struct writer *writer, const struct explain_facts *facts)
{
    static const char names[EXPLAIN_REGISTERS][4] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
                                                     "rbp", "rsp", "r8",  "r9",  "r10", "r11",
                                                     "r12", "r13", "r14", "r15"};
    const struct explain_registers *registers = facts->question->registers;

    for (unsigned i = 0; registers && i < EXPLAIN_REGISTERS; i++) {
        uint64_t value = registers->general[i];

        if (value >> 47 != 0 && value >> 47 != UINT64_MAX >> 47) {
            writer_print(writer, "  if %s was a pointer: 0x%llx is no address\n", names[i],
                         (unsigned long long)value);
        }
    }
}

static void say_exception(struct writer *writer, const struct explain_facts *facts)
{
    if (facts->question->word_count <= 3) {
        writer_print(writer, "  an exception of the processor; which, is not known\n");
        return;
    }
    writer_print(writer, "  exception %llu, code 0x%llx\n", (unsigned long long)facts->number,
                 (unsigned long long)facts->code);
    if (facts->cause == EXPLAIN_INVALID_OPCODE) {
        writer_print(writer, "  compilers put one where a program must not come: "
                             "__builtin_trap(), unreachable code, a failed check\n");
    } else if (facts->cause == EXPLAIN_PROTECTION || facts->cause == EXPLAIN_STACK_SEGMENT) {
        say_odd_registers(writer, facts);
    }
}

static void say_number(struct writer *writer, const struct explain_facts *facts)
{
    unsigned long long number = facts->number;

    switch (facts->question->label) {
    case EXPLAIN_UNKNOWN_SYSCALL:
        writer_print(writer, "  number %lld; those for debugging exist only in config debug\n",
                     (long long)number);
        break;
    case EXPLAIN_USER_EXCEPTION: say_exception(writer, facts); break;
    case EXPLAIN_TIMEOUT: writer_print(writer, "  after it ran for %llu us\n", number); break;
    case EXPLAIN_CAP:
    case EXPLAIN_VM:
    case EXPLAIN_DEBUG_EXCEPTION: break;
    default:
        writer_print(writer, "  fault message with label 0x%llx\n",
                     (unsigned long long)facts->question->label);
    }
}

/* How many places from `index` on are the same: a function that calls itself. */
static unsigned repeated(const struct explain_facts *facts, unsigned index)
{
    unsigned count = 1;

    while (index + count < facts->trace_count &&
           facts->trace[index + count].address == facts->trace[index].address) {
        count++;
    }
    return count;
}

static void say_place(struct writer *writer, const struct explain_facts *facts, unsigned index)
{
    const struct explain_place *place = &facts->trace[index];

    /* Where a jump went was said, and there is no more to say. */
    if (index == 0 && is_fetch(facts) && !place->code.function) {
        return;
    }
    writer_print(writer, "  %s ", index ? "called from" : "at");
    if (place->code.function) {
        writer_name(writer, place->code.function);
        writer_print(writer, "+0x%x", (unsigned)place->code.offset);
    } else {
        writer_print(writer, "%s",
                     facts->component->code_bytes ? "no function that is known"
                                                  : "a program without symbols");
    }
    if (place->code.file) {
        writer_print(writer, ", ");
        writer_name(writer, place->code.file);
        writer_print(writer, ":%u", (unsigned)place->code.line);
    }
    writer_print(writer, " (0x%llx)", (unsigned long long)place->address);
    if (repeated(facts, index) > 1) {
        writer_print(writer, ", %u times%s", repeated(facts, index),
                     index + repeated(facts, index) == EXPLAIN_TRACE ? " or more" : "");
    }
    writer_print(writer, "\n");
}

void explain_text(const struct explain_facts *facts, tiny_put put, void *context)
{
    struct writer writer = {put, context, EXPLAIN_TEXT_MAX};

    say_component(&writer, facts, facts->question->component);
    writer_print(&writer, " (");
    writer_name(&writer, text_of(facts, facts->component->program));
    writer_print(&writer, ") %s\n", words_cause(facts->cause));
    if (facts->cause >= EXPLAIN_KERNEL_ERROR) {
        say_library(&writer, facts);
    } else if (facts->has_address && (is_memory(facts) || facts->then)) {
        say_memory(&writer, facts);
    } else if (facts->has_address && facts->question->label == EXPLAIN_CAP) {
        say_cap(&writer, facts);
    } else if (facts->has_address) {
        writer_print(&writer, "  at address 0x%llx\n", (unsigned long long)facts->address);
    }
    say_number(&writer, facts);
    for (unsigned i = 0; i < facts->trace_count; i += repeated(facts, i)) {
        say_place(&writer, facts, i);
    }
    advice_write(&writer, facts);
}
