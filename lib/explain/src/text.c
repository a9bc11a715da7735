// SPDX-License-Identifier: BSD-2-Clause
/* The facts for people. */
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

static void say_memory(struct writer *writer, const struct explain_facts *facts)
{
    static const char *const sides[] = {"into", "below", "behind the end of"};
    const char *deed = facts->write ? "wrote to" : "read from";

    writer_print(writer, "  it %s 0x%llx", is_fetch(facts) ? "went on at" : deed,
                 (unsigned long long)facts->address);
    if (facts->near) {
        writer_print(writer, ", 0x%llx bytes %s ", (unsigned long long)facts->distance,
                     sides[facts->side]);
        say_mapping(writer, facts);
        writer_print(writer, " at 0x%llx", (unsigned long long)facts->near->vaddr);
    }
    writer_print(writer, "\n");
}

/* The slot that a capability fault is about. */
static struct slot slot_of(const struct explain_facts *facts)
{
    return slot_find(facts->question->image, facts->question->component, facts->address);
}

static void say_cap(struct writer *writer, const struct explain_facts *facts)
{
    struct slot slot = slot_of(facts);

    writer_print(writer, "  capability address 0x%llx", (unsigned long long)facts->address);
    if (slot.kind && slot.kind->count > 1) {
        writer_print(writer, " is for %s %u", slot.kind->noun, (unsigned)slot.id);
    } else if (slot.kind) {
        writer_print(writer, " is for %s", slot.kind->noun);
    } else {
        writer_print(writer, " %s",
                     slot.good ? "is for nothing in particular" : "is no slot of its own");
    }
    if (slot.cap && slot.cap->peer != SYSTEM_NONE) {
        writer_print(writer, ", which leads to ");
        say_component(writer, facts, slot.cap->peer);
    }
    writer_print(writer, "\n");
}

static void say_number(struct writer *writer, const struct explain_facts *facts)
{
    unsigned long long number = facts->number;

    switch (facts->question->label) {
    case EXPLAIN_UNKNOWN_SYSCALL: writer_print(writer, "  number %lld\n", (long long)number); break;
    case EXPLAIN_USER_EXCEPTION:
        writer_print(writer, "  exception %llu, code 0x%llx\n", number,
                     (unsigned long long)facts->code);
        break;
    case EXPLAIN_TIMEOUT: writer_print(writer, "  after %llu us\n", number); break;
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

    writer_print(writer, "  %s ", index ? "called from" : "at");
    if (place->code.function) {
        writer_name(writer, place->code.function);
        writer_print(writer, "+0x%x", (unsigned)place->code.offset);
    } else {
        writer_print(writer, "no function that is known");
    }
    if (place->code.file) {
        writer_print(writer, ", ");
        writer_name(writer, place->code.file);
        writer_print(writer, ":%u", (unsigned)place->code.line);
    }
    writer_print(writer, " (0x%llx)", (unsigned long long)place->address);
    if (repeated(facts, index) > 1) {
        writer_print(writer, ", %u times", repeated(facts, index));
    }
    writer_print(writer, "\n");
}

/* ---- what the system file has to do with it ---- */

static void say_line(struct writer *writer, const struct explain_facts *facts)
{
    writer_print(writer, "  ");
    writer_name(writer, text_of(facts, facts->question->image->file));
    if (facts->line) {
        writer_print(writer, ":%u", (unsigned)facts->line);
    }
    writer_print(writer, ": ");
}

static void advise_memory(struct writer *writer, const struct explain_facts *facts)
{
    bool region = facts->near && facts->near->region != SYSTEM_NONE;

    if (facts->cause == EXPLAIN_STACK_OVERFLOW) {
        say_line(writer, facts);
        writer_print(
            writer, "it has 0x%llx bytes; a larger stack_size would give it more\n",
            (unsigned long long)(facts->component->stack_top - facts->component->stack_bottom));
    } else if (facts->cause == EXPLAIN_FOREIGN_REGION) {
        say_line(writer, facts);
        writer_print(writer, "this <map> is for another; one like it would be needed for '");
        writer_name(writer, text_of(facts, facts->component->name));
        writer_print(writer, "'\n");
    } else if (region) {
        say_line(writer, facts);
        writer_print(writer, "this <map> gives it perms=\"%s%s%s\"\n",
                     facts->near->rights & SYSTEM_READ ? "r" : "",
                     facts->near->rights & SYSTEM_WRITE ? "w" : "",
                     facts->near->rights & SYSTEM_EXECUTE ? "x" : "");
    }
}

static void advise_cap(struct writer *writer, const struct explain_facts *facts)
{
    struct slot slot = slot_of(facts);

    if (slot.cap) {
        say_line(writer, facts);
        writer_print(writer, "this granted it\n");
    } else if (slot.kind && slot.kind->grant) {
        say_line(writer, facts);
        writer_print(writer, "%s%s would grant it\n",
                     slot.sibling ? "the channel is there, but not for this use: " : "",
                     slot.kind->grant);
    }
}

static void advise(struct writer *writer, const struct explain_facts *facts)
{
    switch (facts->cause) {
    case EXPLAIN_NULL_POINTER:
    case EXPLAIN_NULL_CALL: break;
    case EXPLAIN_MISSING_CAP:
    case EXPLAIN_CAP_GONE: advise_cap(writer, facts); break;
    case EXPLAIN_NO_FPU:
        say_line(writer, facts);
        writer_print(writer, "fpu=\"false\" forbids it\n");
        break;
    case EXPLAIN_PORT_IO:
        say_line(writer, facts);
        writer_print(writer, "an <ioport> and calls to the kernel would do it\n");
        break;
    case EXPLAIN_BUDGET:
        say_line(writer, facts);
        writer_print(writer, "a larger budget would give it more\n");
        break;
    default:
        if (is_memory(facts)) {
            advise_memory(writer, facts);
        }
    }
}

void explain_text(const struct explain_facts *facts, tiny_put put, void *context)
{
    struct writer writer = {put, context, EXPLAIN_TEXT_MAX};

    say_component(&writer, facts, facts->question->component);
    writer_print(&writer, " (");
    writer_name(&writer, text_of(facts, facts->component->program));
    writer_print(&writer, ") %s\n", words_cause(facts->cause));
    if (facts->has_address && is_memory(facts)) {
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
    advise(&writer, facts);
}
