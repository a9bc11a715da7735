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
    if (record->source == RECORD_REFUSED && facts->cause == EXPLAIN_CAP_GONE) {
        facts->cause = EXPLAIN_REFUSED;
    }
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

/* Kernel and monitor tell the same faults; what was refused is told by one. */
static bool is_same_kind(const struct record *a, const struct record *b)
{
    return record_is_fault(a) ? record_is_fault(b) : a->source == b->source;
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

static bool is_same_way(const struct fault *a, const struct fault *b)
{
    for (unsigned i = 0; i < a->way_count && i < b->way_count; i++) {
        if (a->way[i] != b->way[i]) {
            return false;
        }
    }
    return true;
}

static bool is_same(const struct fault *a, const struct fault *b)
{
    return is_same_component(a, b) && is_same_kind(&a->record, &b->record) &&
           is_same_message(&a->record, &b->record) && is_same_way(a, b);
}

static void find_way(struct faults *faults, struct fault *fault)
{
    struct explain_question question;
    struct explain_facts facts;

    if (fault->known) {
        fault_explain(fault, faults->system, &question, &facts);
        fault->way_count = facts.trace_count;
        for (unsigned i = 0; i < facts.trace_count; i++) {
            fault->way[i] = facts.trace[i].address;
        }
    } else if (record_knows(&fault->record, RECORD_PC)) {
        fault->way_count = 1;
        fault->way[0] = fault->record.registers.pc;
    }
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
    if (!fault.known && !record_is_fault(record)) {
        return; /* such as the initial task, which tries things */
    }
    find_way(faults, &fault);
    for (unsigned i = 0; i < faults->count; i++) {
        if (is_same(&faults->items[i], &fault)) {
            join(&faults->items[i], record);
            find_way(faults, &faults->items[i]);
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
