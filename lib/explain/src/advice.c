// SPDX-License-Identifier: BSD-2-Clause
#include "advice.h"
#include "slot.h"

static const char *text_of(const struct explain_facts *facts, uint32_t text)
{
    return system_text(facts->question->image, text);
}

static void say_file(struct writer *writer, const struct explain_facts *facts)
{
    writer_name(writer, text_of(facts, facts->question->image->file));
}

static void say_line(struct writer *writer, const struct explain_facts *facts)
{
    writer_print(writer, "  ");
    say_file(writer, facts);
    if (facts->line) {
        writer_print(writer, ":%u", (unsigned)facts->line);
    }
    writer_print(writer, ": ");
}

static const struct system_region *region_of(const struct explain_facts *facts)
{
    const struct system_region *regions =
        system_table(facts->question->image, SYSTEM_TABLE_REGIONS);

    return facts->near && facts->near->region != SYSTEM_NONE ? &regions[facts->near->region] : 0;
}

/* ---- memory ---- */

static void say_rights(struct writer *writer, uint16_t rights)
{
    writer_print(writer, "perms=\"%s%s%s\"", rights & SYSTEM_READ ? "r" : "",
                 rights & SYSTEM_WRITE ? "w" : "", rights & SYSTEM_EXECUTE ? "x" : "");
}

/* What a mapping would have to allow for what was tried. */
static uint16_t wanted_rights(const struct explain_facts *facts)
{
    if (facts->cause == EXPLAIN_JUMP_TO_DATA) {
        return SYSTEM_READ | SYSTEM_EXECUTE;
    }
    return facts->write ? SYSTEM_READ | SYSTEM_WRITE : SYSTEM_READ;
}

static void advise_rights(struct writer *writer, const struct explain_facts *facts)
{
    if (region_of(facts)) {
        say_line(writer, facts);
        writer_print(writer, "this <map> gives it ");
        say_rights(writer, facts->near->rights);
        writer_print(writer, "; it would take ");
        say_rights(writer, facts->near->rights | wanted_rights(facts));
        writer_print(writer, "\n");
    } else if (facts->cause == EXPLAIN_WRITE_READ_ONLY) {
        writer_print(writer, "  no line of ");
        say_file(writer, facts);
        writer_print(writer, " changes that: it comes with the program, for reading only\n");
    }
}

static void advise_stack(struct writer *writer, const struct explain_facts *facts)
{
    say_line(writer, facts);
    writer_print(
        writer, "it has stack_size=\"0x%llx\"; a larger one would give it more\n",
        (unsigned long long)(facts->component->stack_top - facts->component->stack_bottom));
}

/* A mapping of another component, as this one would need it. */
static void advise_foreign(struct writer *writer, const struct explain_facts *facts)
{
    const struct system_component *components =
        system_table(facts->question->image, SYSTEM_TABLE_COMPONENTS);

    say_line(writer, facts);
    writer_print(writer, "this <map> is for '");
    writer_name(writer, text_of(facts, components[facts->near->component].name));
    writer_print(writer, "'; '");
    writer_name(writer, text_of(facts, facts->component->name));
    writer_print(writer, "' would need <map mr=\"");
    writer_name(writer, region_of(facts) ? text_of(facts, region_of(facts)->name) : "");
    writer_print(writer, "\" vaddr=\"0x%llx\" ", (unsigned long long)facts->near->vaddr);
    say_rights(writer, wanted_rights(facts));
    writer_print(writer, " />\n");
}

static void advise_size(struct writer *writer, const struct explain_facts *facts)
{
    if (region_of(facts)) {
        say_line(writer, facts);
        writer_print(writer,
                     "this <memory_region> has size=\"0x%llx\"; a larger one would reach there\n",
                     (unsigned long long)region_of(facts)->size);
    }
}

static void advise_map(struct writer *writer, const struct explain_facts *facts)
{
    say_line(writer, facts);
    writer_print(writer, "a <map> of '");
    writer_name(writer, text_of(facts, facts->component->name));
    writer_print(writer, "' that covers 0x%llx would give it memory there\n",
                 (unsigned long long)facts->address);
}

static void advise_gone(struct writer *writer, const struct explain_facts *facts)
{
    if (region_of(facts)) {
        say_line(writer, facts);
        writer_print(writer, "this <map> gave it ");
        say_rights(writer, facts->near->rights);
        writer_print(writer, "; it was taken away since\n");
    }
}

/* ---- capabilities ---- */

/* Puts name and id where the text wants them. */
static void say_grant(struct writer *writer, const struct explain_facts *facts,
                      const struct slot *slot)
{
    for (const char *c = slot->kind->grant; *c; c++) {
        if (*c == '@') {
            writer_name(writer, text_of(facts, facts->component->name));
        } else if (*c == '#') {
            writer_print(writer, "%u", (unsigned)slot->id);
        } else {
            writer_print(writer, "%c", *c);
        }
    }
}

static void advise_missing(struct writer *writer, const struct explain_facts *facts,
                           const struct slot *slot)
{
    if (!slot->user && slot->kind->count > 1 && slot->id > SLOT_ID_MAX) {
        writer_print(writer, "  no line of ");
        say_file(writer, facts);
        writer_print(writer, " would grant it: ids go to %u\n", (unsigned)SLOT_ID_MAX);
        return;
    }
    say_line(writer, facts);
    if (slot->sibling) {
        writer_print(writer, "the channel is there, but not for this use: %s here would grant it\n",
                     slot->sibling->meaning == SYSTEM_CAP_NOTIFY ? "pp=\"true\""
                                                                 : "notify=\"true\"");
        return;
    }
    say_grant(writer, facts, slot);
    writer_print(writer, " would grant it\n");
}

static void advise_cap(struct writer *writer, const struct explain_facts *facts)
{
    struct slot slot =
        slot_find(facts->question->image, facts->question->component, facts->address);

    if (slot.cap) {
        say_line(writer, facts);
        writer_print(writer, "this granted it%s\n",
                     facts->cause == EXPLAIN_REFUSED
                         ? ""
                         : "; it is not for this use, or was deleted since");
    } else if (slot.kind && slot.kind->grant) {
        advise_missing(writer, facts, &slot);
    }
}

/* ---- the rest ---- */

static void advise_budget(struct writer *writer, const struct explain_facts *facts)
{
    const struct system_image *image = facts->question->image;
    const struct system_sched *scheds = system_table(image, SYSTEM_TABLE_SCHEDS);

    say_line(writer, facts);
    for (uint32_t i = 0; i < image->tables[SYSTEM_TABLE_SCHEDS].count; i++) {
        if (scheds[i].object == facts->component->sched) {
            writer_print(writer, "it has budget=\"%llu\" of every period=\"%llu\", in us; ",
                         (unsigned long long)scheds[i].budget_us,
                         (unsigned long long)scheds[i].period_us);
        }
    }
    writer_print(writer, "a larger budget would give it more\n");
}

static void advise_ports(struct writer *writer, const struct explain_facts *facts)
{
    say_line(writer, facts);
    writer_print(writer, "with an <ioport> in '");
    writer_name(writer, text_of(facts, facts->component->name));
    writer_print(writer, "', microkit_x86_ioport_read_8() and its like would do it\n");
}

static void advise_fpu(struct writer *writer, const struct explain_facts *facts)
{
    if (facts->line) {
        say_line(writer, facts);
        writer_print(writer, "fpu=\"false\" forbids it\n");
    }
}

void advice_write(struct writer *writer, const struct explain_facts *facts)
{
    switch (facts->cause) {
    case EXPLAIN_WRITE_READ_ONLY:
    case EXPLAIN_READ_DENIED:
    case EXPLAIN_JUMP_TO_DATA: advise_rights(writer, facts); break;
    case EXPLAIN_STACK_OVERFLOW: advise_stack(writer, facts); break;
    case EXPLAIN_FOREIGN_REGION: advise_foreign(writer, facts); break;
    case EXPLAIN_PAST_END: advise_size(writer, facts); break;
    case EXPLAIN_UNMAPPED: advise_map(writer, facts); break;
    case EXPLAIN_MAPPING_GONE: advise_gone(writer, facts); break;
    case EXPLAIN_MISSING_CAP:
    case EXPLAIN_REFUSED:
    case EXPLAIN_CAP_GONE: advise_cap(writer, facts); break;
    case EXPLAIN_NO_FPU: advise_fpu(writer, facts); break;
    case EXPLAIN_PORT_IO: advise_ports(writer, facts); break;
    case EXPLAIN_BUDGET: advise_budget(writer, facts); break;
    default: break;
    }
}
