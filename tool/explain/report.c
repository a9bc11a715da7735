// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"
#include <inttypes.h>
#include <string.h>

static const char *const sources[RECORD_SOURCES] = {"kernel", "monitor", "library", "kernel"};

static void put(void *context, char c)
{
    putc(c, (FILE *)context);
}

/* Names of an image may be anything. */
enum { NAME_CHARACTERS = 80 };

static const char *plain(const char *name, char *room)
{
    unsigned i = 0;

    for (; name && name[i] && i < NAME_CHARACTERS; i++) {
        room[i] = name[i];
        if (name[i] < ' ' || name[i] > '~') {
            room[i] = '?';
        }
    }
    room[i] = 0;
    return room;
}

/* ---- does the image belong to the log? ---- */

enum { DOUBT_CHARACTERS = 400 };

/* Where an instruction cannot be, or is called otherwise, another program ran. */
static bool find_doubt(const struct fault *fault, const struct explain_facts *facts, char *doubt)
{
    const struct explain_place *place = &facts->trace[0];
    bool jumped = facts->cause == EXPLAIN_NULL_CALL || facts->cause == EXPLAIN_JUMP_TO_DATA ||
                  facts->cause == EXPLAIN_JUMP_UNMAPPED;
    char room[NAME_CHARACTERS + 1], said[NAME_CHARACTERS + 1];
    const char *function = plain(place->code.function, room);

    plain(fault->record.function, said);
    if (facts->has_pc && !jumped &&
        !image_has_code(facts->question->image, fault->component, facts->pc)) {
        snprintf(doubt, DOUBT_CHARACTERS, "there is no code at 0x%" PRIx64 " in this image",
                 facts->pc);
    } else if (fault->record.function[0] && facts->trace_count && strcmp(function, said) != 0) {
        snprintf(doubt, DOUBT_CHARACTERS,
                 "the log has the function %s at 0x%" PRIx64 ", where this image has %s", said,
                 place->address, function[0] ? function : "none");
    } else if (facts->cause == EXPLAIN_MAPPING_GONE) {
        snprintf(doubt, DOUBT_CHARACTERS, "this image allows the access");
    } else {
        return false;
    }
    return true;
}

/* ---- text ---- */

static void say_where(const struct report *report, const struct fault *fault)
{
    bool more = false;

    fprintf(report->to, "%s:%" PRIu64 ": from ", report->log, fault->record.line);
    for (unsigned i = 0; i < RECORD_SOURCES; i++) {
        if (fault->times[i]) {
            fprintf(report->to, "%sthe %s", more ? " and " : "", sources[i]);
            if (fault->first_line[i] != fault->record.line) {
                fprintf(report->to, " (line %" PRIu64 ")", fault->first_line[i]);
            }
            more = true;
        }
    }
    if (fault_times(fault) > 1) {
        fprintf(report->to, ", %" PRIu64 " times until line %" PRIu64, fault_times(fault),
                fault->last_line);
    }
    fprintf(report->to, "\n");
}

static void say_said(const struct report *report, const struct fault *fault)
{
    if (fault->record.said[0]) {
        fprintf(report->to, "  the log says: %s\n", fault->record.said);
    }
}

static void say_stranger(const struct report *report, const struct findings *findings,
                         const struct fault *fault)
{
    const struct system_image *system = findings->faults.system;
    char room[NAME_CHARACTERS + 1];

    if (strcmp(fault->record.name, "rootserver") == 0) {
        fprintf(report->to, "the initial task stopped, which makes the components; it is none\n");
    } else if (fault->record.name_torn || !fault->record.name[0]) {
        fprintf(report->to, "something stopped; who, is torn off here: '%s'\n", fault->record.name);
    } else {
        fprintf(report->to,
                "'%s' stopped, and is no component of %s (made from %s): is it the image that "
                "ran?\n",
                fault->record.name, report->image, plain(system_text(system, system->file), room));
    }
    say_said(report, fault);
    if (record_knows(&fault->record, RECORD_PC)) {
        fprintf(report->to, "  at 0x%" PRIx64 "\n", fault->record.registers.pc);
    }
}

static void say_fault(const struct report *report, const struct findings *findings,
                      const struct fault *fault)
{
    struct explain_question question;
    struct explain_facts facts;
    char doubt[DOUBT_CHARACTERS];

    if (!fault->known) {
        say_stranger(report, findings, fault);
        return;
    }
    fault_explain(fault, findings->faults.system, &question, &facts);
    explain_text(&facts, put, report->to);
    if (facts.cause == EXPLAIN_CAUSE_UNKNOWN || !record_is_fault(&fault->record)) {
        say_said(report, fault);
    }
    if (fault->record.before[0]) {
        fprintf(report->to, "  in line %" PRIu64 " it said: %s\n", fault->record.before_line,
                fault->record.before);
    }
    if (find_doubt(fault, &facts, doubt)) {
        fprintf(report->to, "  but %s: is it the one that ran?\n", doubt);
    }
}

void report_text(const struct report *report, const struct findings *findings)
{
    for (unsigned i = 0; i < findings->faults.count; i++) {
        const struct fault *fault = &findings->faults.items[i];

        fprintf(report->to, "%s", i ? "\n" : "");
        say_where(report, fault);
        say_fault(report, findings, fault);
        if (fault->record.torn) {
            fprintf(report->to,
                    "  (the log is torn here: a part of what it should say is missing)\n");
        }
    }
}

/* ---- JSON ---- */

static void say_quoted(FILE *to, const char *text)
{
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            putc('\\', to);
        }
        putc(*text, to);
    }
    putc('"', to);
}

/* What the library writes, without its last bracket. */
struct open_object {
    FILE *to;
    char held;
};

static void put_but_last(void *context, char c)
{
    struct open_object *object = context;

    if (c != '\n') {
        if (object->held) {
            putc(object->held, object->to);
        }
        object->held = c;
    }
}

static void say_log(const struct report *report, const struct fault *fault)
{
    bool more = false;

    fprintf(report->to, ",\"log_line\":%" PRIu64 ",\"log_last\":%" PRIu64 ",\"times\":%" PRIu64,
            fault->record.line, fault->last_line, fault_times(fault));
    fprintf(report->to, ",\"fault\":%s,\"from\":[",
            record_is_fault(&fault->record) ? "true" : "false");
    for (unsigned i = 0; i < RECORD_SOURCES; i++) {
        if (fault->times[i]) {
            fprintf(report->to, "%s\"%s\"", more ? "," : "", sources[i]);
            more = true;
        }
    }
    fprintf(report->to, "],\"torn\":%s", fault->record.torn ? "true" : "false");
    if (fault->record.said[0]) {
        fprintf(report->to, ",\"said\":");
        say_quoted(report->to, fault->record.said);
    }
    if (fault->record.before[0]) {
        fprintf(report->to, ",\"before\":");
        say_quoted(report->to, fault->record.before);
    }
}

void report_json(const struct report *report, const struct findings *findings)
{
    for (unsigned i = 0; i < findings->faults.count; i++) {
        const struct fault *fault = &findings->faults.items[i];
        struct explain_question question;
        struct explain_facts facts;
        char doubt[DOUBT_CHARACTERS] = "no component of the image has this name";
        struct open_object object = {report->to, 0};

        if (fault->known) {
            fault_explain(fault, findings->faults.system, &question, &facts);
            explain_json(&facts, put_but_last, &object);
        } else {
            fprintf(report->to, "{\"component\":");
            say_quoted(report->to, fault->record.name);
        }
        say_log(report, fault);
        if (!fault->known || find_doubt(fault, &facts, doubt)) {
            fprintf(report->to, ",\"doubt\":");
            say_quoted(report->to, doubt);
        }
        fprintf(report->to, "}\n");
    }
}

/* ---- notes ---- */

void report_notes(const struct report *report, const struct findings *findings)
{
    const uint64_t kept =
        findings->remark_count < REMARKS_MAX ? findings->remark_count : REMARKS_MAX;

    for (uint64_t i = 0; i < kept; i++) {
        const struct remark *remark = &findings->remarks[i];

        fprintf(report->to, "%s:%" PRIu64 ": %s: %s\n", report->log, remark->line,
                remark->understood ? "beside the faults" : "not understood", remark->text);
    }
    if (findings->remark_count > kept) {
        fprintf(report->to, "%s: and %" PRIu64 " more such lines\n", report->log,
                findings->remark_count - kept);
    }
    if (findings->suppressed) {
        fprintf(report->to, "%s: the kernel left out %" PRIu64 " reports, as it says there\n",
                report->log, findings->suppressed);
    }
    if (findings->faults.dropped) {
        fprintf(report->to,
                "%s: %" PRIu64 " faults after the first %u different ones are not explained\n",
                report->log, findings->faults.dropped, (unsigned)FAULTS_MAX);
    }
}

unsigned report_explained(const struct findings *findings)
{
    unsigned count = 0;

    for (unsigned i = 0; i < findings->faults.count; i++) {
        count += findings->faults.items[i].known;
    }
    return count;
}
