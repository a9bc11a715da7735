// SPDX-License-Identifier: BSD-2-Clause
/* The facts for programs. Addresses are texts: JSON's numbers do not hold 64 bits. */
#include "words.h"
#include "writer.h"

static void say_text(struct writer *writer, const char *key, const char *text)
{
    writer_print(writer, ",\"%s\":", key);
    writer_quoted(writer, text);
}

static void say_address(struct writer *writer, const char *key, uint64_t address)
{
    writer_print(writer, ",\"%s\":\"0x%llx\"", key, (unsigned long long)address);
}

static void say_near(struct writer *writer, const struct explain_facts *facts)
{
    static const char *const sides[] = {"inside", "below", "behind"};
    const struct system_image *image = facts->question->image;
    const struct system_region *regions = system_table(image, SYSTEM_TABLE_REGIONS);

    say_text(writer, "near", words_mapping(facts->near));
    if (facts->near->region != SYSTEM_NONE) {
        say_text(writer, "region", system_text(image, regions[facts->near->region].name));
    }
    say_text(writer, "side", sides[facts->side]);
    say_address(writer, "distance", facts->distance);
}

static void say_place(struct writer *writer, const struct explain_place *place)
{
    writer_print(writer, "{\"address\":\"0x%llx\"", (unsigned long long)place->address);
    if (place->code.function) {
        say_text(writer, "function", place->code.function);
        writer_print(writer, ",\"offset\":%u", (unsigned)place->code.offset);
    }
    if (place->code.file) {
        say_text(writer, "file", place->code.file);
        writer_print(writer, ",\"line\":%u", (unsigned)place->code.line);
    }
    writer_print(writer, "}");
}

/* The fault message as it came, so that the line can be explained again. */
static void say_words(struct writer *writer, const struct explain_question *question)
{
    writer_print(writer, ",\"words\":[");
    for (uint32_t i = 0; i < question->word_count && i < EXPLAIN_WORDS; i++) {
        writer_print(writer, "%s\"0x%llx\"", i ? "," : "", (unsigned long long)question->words[i]);
    }
    writer_print(writer, "]");
    if (question->registers) {
        say_address(writer, "sp", question->registers->general[EXPLAIN_RSP]);
    }
}

void explain_json(const struct explain_facts *facts, tiny_put put, void *context)
{
    struct writer writer = {put, context, EXPLAIN_TEXT_MAX};
    const struct system_image *image = facts->question->image;

    writer_print(&writer, "{\"component\":");
    writer_quoted(&writer, system_text(image, facts->component->name));
    say_text(&writer, "program", system_text(image, facts->component->program));
    say_text(&writer, "cause", explain_cause_name(facts->cause));
    if (facts->then != EXPLAIN_CAUSE_UNKNOWN) {
        say_text(&writer, "then", explain_cause_name(facts->then));
    }
    writer_print(&writer, ",\"label\":%llu", (unsigned long long)facts->question->label);
    say_address(&writer, "number", facts->number);
    if (facts->has_address) {
        say_address(&writer, "address", facts->address);
    }
    if (facts->question->label == EXPLAIN_VM) {
        writer_print(&writer, ",\"write\":%s", facts->write ? "true" : "false");
    }
    if (facts->near) {
        say_near(&writer, facts);
    }
    say_text(&writer, "system", system_text(image, image->file));
    writer_print(&writer, ",\"system_line\":%u,\"trace\":[", (unsigned)facts->line);
    for (unsigned i = 0; i < facts->trace_count; i++) {
        writer_print(&writer, "%s", i ? "," : "");
        say_place(&writer, &facts->trace[i]);
    }
    writer_print(&writer, "]");
    say_words(&writer, facts->question);
    writer_print(&writer, "}\n");
}
