// SPDX-License-Identifier: BSD-2-Clause
#include "faults.h"
#include <stdlib.h>
#include <string.h>

enum { SYSCALL_NUMBER = 18 };

void faults_init(struct faults *faults, const struct system_image *system)
{
    *faults = (struct faults){.system = system, .items = calloc(FAULTS_MAX, sizeof(struct fault))};
    if (!faults->items) {
        abort();
    }
}

void faults_fini(struct faults *faults)
{
    free(faults->items);
}

/* ---- explaining ---- */

static bool read_stack(void *context, uint64_t address, uint64_t *word)
{
    const struct record *record = context;
    uint64_t index = (address - record->stack_at) / sizeof(*word);

    if (address < record->stack_at || index >= record->stack_count) {
        return false;
    }
    *word = record->stack[index];
    return true;
}

void fault_explain(const struct fault *fault, const struct system_image *system,
                   struct explain_question *question, struct explain_facts *facts)
{
    const struct record *record = &fault->record;
    bool whole = record_knows(record, EXPLAIN_RSP) && record_knows(record, EXPLAIN_RBP) &&
                 record_knows(record, EXPLAIN_RBX);

    *question = (struct explain_question){
        .image = system,
        .component = fault->component,
        .label = record->has_label ? record->label : UINT64_MAX,
        .word_count = record->word_count,
        .registers = record_knows(record, EXPLAIN_RSP) ? &record->registers : NULL,
        .without_pc = !record_knows(record, RECORD_PC),
        .read = whole ? read_stack : NULL,
        .context = (void *)record};
    memcpy(question->words, record->words, sizeof(question->words));
    explain_find(question, facts);
    if (record->trace_count > facts->trace_count) {
        explain_set_trace(facts, record->trace, record->trace_count);
    }
}

/* ---- which are the same ---- */

static bool is_same_component(const struct fault *a, const struct fault *b)
{
    if (a->known != b->known) {
        return false;
    }
    return a->known ? a->component == b->component : strcmp(a->record.name, b->record.name) == 0;
}

static bool is_same_word(const struct record *a, const struct record *b, unsigned index)
{
    return index >= a->word_count || index >= b->word_count || a->words[index] == b->words[index];
}

/* Of the message what all who tell it tell. */
static bool is_same_message(const struct record *a, const struct record *b)
{
    if (!a->has_label || !b->has_label) {
        return true;
    }
    if (a->label != b->label) {
        return false;
    }
    switch (a->label) {
    case EXPLAIN_CAP:
    case EXPLAIN_VM: return is_same_word(a, b, 1);
    case EXPLAIN_UNKNOWN_SYSCALL: return is_same_word(a, b, SYSCALL_NUMBER);
    case EXPLAIN_USER_EXCEPTION: return is_same_word(a, b, 3);
    case EXPLAIN_DEBUG_EXCEPTION: return is_same_word(a, b, 1);
    default: return true;
    }
}

static bool is_same_way(const struct explain_facts *a, const struct explain_facts *b)
{
    for (unsigned i = 0; i < a->trace_count && i < b->trace_count; i++) {
        if (a->trace[i].address != b->trace[i].address) {
            return false;
        }
    }
    return true;
}

static bool is_same(const struct faults *faults, const struct fault *a, const struct fault *b)
{
    struct explain_question questions[2];
    struct explain_facts facts[2];

    if (!is_same_component(a, b) || !is_same_message(&a->record, &b->record) ||
        (a->record.source == RECORD_LIBRARY) != (b->record.source == RECORD_LIBRARY)) {
        return false;
    }
    if (!a->known) {
        return a->record.registers.pc == b->record.registers.pc;
    }
    fault_explain(a, faults->system, &questions[0], &facts[0]);
    fault_explain(b, faults->system, &questions[1], &facts[1]);
    return is_same_way(&facts[0], &facts[1]);
}

/* ---- putting together ---- */

static bool says_more(const struct record *record, const struct record *than)
{
    if (record->has_label != than->has_label) {
        return record->has_label;
    }
    if (record->known != than->known) {
        return __builtin_popcount(record->known) > __builtin_popcount(than->known);
    }
    return record->word_count > than->word_count;
}

/* The kernel's block has the message and all registers, the monitor all callers. */
static void join(struct fault *fault, const struct record *record)
{
    struct record *kept = &fault->record;
    struct record joined = says_more(record, kept) ? *record : *kept;
    const struct record *longer = record->trace_count > kept->trace_count ? record : kept;
    const struct record *named = record->function[0] ? record : kept;

    joined.trace_count = longer->trace_count;
    memcpy(joined.trace, longer->trace, sizeof(joined.trace));
    memcpy(joined.function, named->function, sizeof(joined.function));
    if (!joined.before[0]) {
        const struct record *warned = record->before[0] ? record : kept;

        memcpy(joined.before, warned->before, sizeof(joined.before));
        joined.before_line = warned->before_line;
    }
    joined.source = kept->source;
    joined.line = kept->line;
    joined.torn = kept->torn && record->torn;
    *kept = joined;
}

static void count_line(struct fault *fault, const struct record *record)
{
    if (fault->times[record->source]++ == 0) {
        fault->first_line[record->source] = record->line;
    }
    fault->last_line = record->line;
}

static bool find_component(const struct system_image *system, const struct record *record,
                           uint32_t *component)
{
    if (record->name_torn) {
        return false;
    }
    if (record->name[0]) {
        return image_component(system, record->name, component);
    }
    *component = (uint32_t)record->badge - 1;
    return record->badge > 0 && record->badge <= system->monitor;
}

void faults_add(struct faults *faults, const struct record *record)
{
    struct fault fault = {.record = *record};

    fault.known = find_component(faults->system, record, &fault.component);
    for (unsigned i = 0; i < faults->count; i++) {
        if (is_same(faults, &faults->items[i], &fault)) {
            join(&faults->items[i], record);
            count_line(&faults->items[i], record);
            return;
        }
    }
    if (faults->count == FAULTS_MAX) {
        faults->dropped++;
        return;
    }
    count_line(&fault, record);
    faults->items[faults->count++] = fault;
}

uint64_t fault_times(const struct fault *fault)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < RECORD_SOURCES; i++) {
        most = fault->times[i] > most ? fault->times[i] : most;
    }
    return most;
}
