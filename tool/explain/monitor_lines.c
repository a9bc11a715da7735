// SPDX-License-Identifier: BSD-2-Clause
#include "monitor_lines.h"
#include "json_line.h"
#include "scan.h"
#include <string.h>

enum { FOREIGN_MAX = 200 };

static const char error_mark[] = "MON|ERROR: ", json_mark[] = "MON|JSON: ";

static void begin(struct monitor_lines *lines, uint64_t number)
{
    *lines = (struct monitor_lines){.open = true};
    record_begin(&lines->record, RECORD_MONITOR, number);
}

/* ---- in words: what lib/explain writes ---- */

/* The first is the instruction. */
static void add_place(struct monitor_lines *lines, uint64_t address)
{
    struct record *record = &lines->record;

    if (record->trace_count == 0) {
        lines->pc = address;
        lines->has_pc = true;
    }
    if (record->trace_count < EXPLAIN_TRACE) {
        record->trace[record->trace_count++] = address;
    }
}

static bool take_access(struct monitor_lines *lines, const char *text)
{
    static const struct {
        const char *mark;
        uint64_t status;
    } deeds[] = {{"  it read from ", STATUS_USER},
                 {"  it wrote to ", STATUS_USER | STATUS_WRITE},
                 {"  it went on at ", STATUS_USER | STATUS_FETCH}};

    for (unsigned i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        const char *at = scan_after(text, deeds[i].mark);
        uint64_t address;

        if (at && scan_number(&at, &address)) {
            record_set_memory(&lines->record, 0, address, deeds[i].status);
            if (deeds[i].status & STATUS_FETCH) {
                add_place(lines, address);
            }
            return true;
        }
    }
    return false;
}

static bool take_wanted(struct monitor_lines *lines, const char *text)
{
    const char *at = scan_after(text, "capability address ");
    uint64_t address;

    if (!scan_after(text, "  it wanted to ") || !at || !scan_number(&at, &address)) {
        return false;
    }
    record_set_cap(&lines->record, 0, address, scan_after(text, "receive from") != NULL);
    return true;
}

/* A number that one mark stands before. */
static bool take_number(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;
    uint64_t number, code = 0;
    const char *at;

    if ((at = scan_after(text, "  exception ")) && scan_number(&at, &number)) {
        (void)scan_named(text, "code", &code);
        record_set_exception(record, 0, number, code);
    } else if ((at = scan_after(text, "  number ")) && scan_number(&at, &number)) {
        record_set_syscall(record, 0, number);
    } else if ((at = scan_after(text, "  after it ran for ")) && scan_number(&at, &number)) {
        record_set_timeout(record, number);
    } else if ((at = scan_after(text, "  error ")) && scan_number(&at, &number)) {
        record_set_memory(record, 0, number, STATUS_USER | STATUS_WRITE);
    } else if ((at = scan_after(text, "  at address ")) && scan_number(&at, &number)) {
        record_set_debug(record, 0, 0, number);
    } else if (scan_after(text, "  a debug kernel has shown")) {
        record_set_memory(record, 0, 0, STATUS_USER | STATUS_WRITE);
    } else {
        return false;
    }
    return true;
}

/* "  at store+0x4, crash.c:29 (0x200004)", and callers; perhaps ", 15 times" behind it. */
static bool take_place(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;
    const char *at = strrchr(text, '('), *times;
    uint64_t address, count = 1;

    if ((!scan_after(text, "  at ") && !scan_after(text, "  called from ")) || !at) {
        return false;
    }
    at++;
    if (!scan_number(&at, &address) || *at != ')') {
        return false;
    }
    times = scan_after(at, "), ");
    if (times) {
        (void)scan_number(&times, &count);
    }
    /* Where a jump went may have been said as such, and again as an instruction. */
    if (scan_after(text, "  at ") && record->trace_count == 1 && record->trace[0] == address) {
        return true;
    }
    for (; count > 0 && record->trace_count < EXPLAIN_TRACE; count--) {
        add_place(lines, address);
    }
    return true;
}

static bool take_words(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;

    if (text[0] == '\'' && !record->said[0]) {
        record_copy(record->said, sizeof(record->said), text, strlen(text));
        lines->is_ours = true;
        return true;
    }
    if (!lines->is_ours || strncmp(text, "  ", 2) != 0) {
        return false;
    }
    /* What is none of these is the last line, about the system file: it will be found again. */
    (void)(take_access(lines, text) || take_wanted(lines, text) || take_number(lines, text) ||
           take_place(lines, text));
    return true;
}

/* ---- Microkit's ---- */

static bool take_vm_fault(struct record *record, const char *text)
{
    uint64_t address, status = 0;

    if (!scan_named(text, "fault_addr", &address) && !scan_named(text, "addr", &address)) {
        return false;
    }
    record->torn |= !scan_named(text, "fsr", &status);
    if (scan_after(text, "(instruction fault)")) {
        status |= STATUS_FETCH;
    }
    record_set_memory(record, 0, address, status);
    return true;
}

static bool take_cap_fault(struct record *record, const char *text)
{
    const char *phase = scan_after(text, "in_recv_phase");
    uint64_t address;

    if (!scan_named(text, "fault_addr", &address) && !scan_named(text, "addr", &address)) {
        return false;
    }
    if (phase) {
        phase += strspn(phase, " =:");
    }
    record_set_cap(record, 0, address,
                   phase && strncmp(phase, "false", 5) != 0 && phase[strspn(phase, "0x")] > '0');
    return true;
}

static bool take_kind(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;
    uint64_t pc;

    if (scan_named(text, "ip", &pc)) {
        lines->pc = pc;
        lines->has_pc = true;
    }
    if (scan_after(text, "VMFault")) {
        return take_vm_fault(record, text);
    }
    if (scan_after(text, "CapFault")) {
        return take_cap_fault(record, text);
    }
    if (scan_after(text, "UserException")) {
        /* Which one, that monitor does not say. */
        record_set_exception(record, 0, 0, 0);
        record->word_count = 1;
        return true;
    }
    return false;
}

/* "rip : 0x10": a register, perhaps one that is not needed. */
static bool take_register(struct record *record, const char *text)
{
    char word[16];
    uint64_t value;

    text += strspn(text, " ");
    if (!scan_word(&text, word, sizeof(word)) || (*text != ' ' && *text != ':' && *text != '=')) {
        return false;
    }
    text += strspn(text, " :=");
    if (strncmp(text, "0x", 2) != 0 || !scan_number(&text, &value)) {
        return false;
    }
    (void)record_set_register(record, word, value);
    return true;
}

static bool take_genuine(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;

    if (strncmp(text, "Registers", 9) == 0) {
        return true;
    }
    if (take_kind(lines, text)) {
        record_copy(record->said, sizeof(record->said), text, strlen(text));
        return true;
    }
    return take_register(record, text);
}

/* ---- the whole ---- */

static void close_lines(struct monitor_lines *lines)
{
    struct record *record = &lines->record;
    lines->open = false;
    record->torn |= !record->has_label;
    if (lines->has_pc) {
        (void)record_set_register(record, "rip", lines->pc);
    }
    record_set_pc(record);
}

/* In words the name comes first. It is told before, too, but that line may be torn. */
static bool is_words(const char *text)
{
    return text[0] == '\'' && scan_after(text + 1, "' (");
}

static bool is_begin(const struct monitor_lines *lines, const char *text)
{
    if (is_words(text)) {
        return !lines->open || lines->record.said[0];
    }
    return scan_after(text, "received message ") ||
           (scan_after(text, "faulting PD: ") && !(lines->open && !lines->record.name[0]));
}

static void take_begin(struct monitor_lines *lines, const char *text)
{
    struct record *record = &lines->record;
    const char *name = scan_after(text, "faulting PD: ");

    if (name) {
        record_copy(record->name, sizeof(record->name), name, strlen(name));
    } else if (is_words(text)) {
        name = text + 1;
        record_copy(record->name, sizeof(record->name), name, (size_t)(strstr(name, "' (") - name));
        (void)take_words(lines, text);
        return;
    }
    record->has_label |= scan_named(text, "received message", &record->label);
    (void)scan_named(text, "badge", &record->badge);
}

/* What it says of other things. */
static bool is_remark(const char *text)
{
    return strncmp(text, "PD '", 4) == 0 || strncmp(text, "a message with ", 15) == 0 ||
           strncmp(text, "the description of ", 19) == 0 ||
           scan_after(text, " more messages came too fast");
}

static enum monitor_step take_error(struct monitor_lines *lines, const char *text, uint64_t number)
{
    if (is_begin(lines, text)) {
        if (lines->open) {
            close_lines(lines);
            return MONITOR_AGAIN;
        }
        begin(lines, number);
        take_begin(lines, text);
        return MONITOR_TAKEN;
    }
    if (is_remark(text)) {
        return MONITOR_REMARK;
    }
    if (!lines->open) {
        return MONITOR_STRANGE;
    }
    lines->foreign = 0;
    if (scan_after(text, "faulting PD: ")) {
        take_begin(lines, text);
        return MONITOR_TAKEN;
    }
    return take_words(lines, text) || take_genuine(lines, text) ? MONITOR_TAKEN : MONITOR_STRANGE;
}

/* It has all that was said in words before it, and more. */
static enum monitor_step take_json(struct monitor_lines *lines, const char *text, uint64_t number)
{
    struct record record;

    record_begin(&record, RECORD_MONITOR, number);
    if (!json_line_read(&record, text)) {
        if (!lines->open) {
            return MONITOR_STRANGE;
        }
        close_lines(lines);
        lines->record.torn = true;
        return MONITOR_DONE;
    }
    if (lines->open && strcmp(lines->record.name, record.name) != 0) {
        close_lines(lines);
        return MONITOR_AGAIN;
    }
    if (lines->open) {
        record.line = lines->record.line;
        memcpy(record.said, lines->record.said, sizeof(record.said));
    }
    lines->record = record;
    lines->open = false;
    return MONITOR_DONE;
}

enum monitor_step monitor_lines_take(struct monitor_lines *lines, const char *line, uint64_t number)
{
    const char *text = scan_after(line, error_mark);

    if (text) {
        return take_error(lines, text, number);
    }
    text = scan_after(line, json_mark);
    if (text) {
        return take_json(lines, text, number);
    }
    if (lines->open && ++lines->foreign > FOREIGN_MAX) {
        close_lines(lines);
        return MONITOR_AGAIN;
    }
    return MONITOR_NOTHING;
}

bool monitor_lines_end(struct monitor_lines *lines)
{
    if (!lines->open) {
        return false;
    }
    close_lines(lines);
    return true;
}
