// SPDX-License-Identifier: BSD-2-Clause
#include "reader.h"
#include "kernel_block.h"
#include "library_line.h"
#include "monitor_lines.h"
#include "refused_line.h"
#include "scan.h"
#include <string.h>

enum { LAST_WORDS = 16 };

struct reader {
    struct findings *findings;
    struct record last_words[LAST_WORDS]; /* of components that are about to stop; a ring */
    unsigned next_words;
    struct kernel_block block;
    struct monitor_lines lines;
};

static void add_remark(struct findings *findings, const char *text, uint64_t number,
                       bool understood)
{
    if (findings->remark_count++ < REMARKS_MAX) {
        struct remark *remark = &findings->remarks[findings->remark_count - 1];

        remark->line = number;
        remark->understood = understood;
        record_copy(remark->text, sizeof(remark->text), text, strlen(text));
    }
}

/* What the component's library has said since the last time it stopped. */
static void add(struct reader *reader, struct record *record)
{
    for (unsigned i = 0; i < LAST_WORDS; i++) {
        struct record *words = &reader->last_words[i];

        if (words->name[0] && strcmp(words->name, record->name) == 0) {
            memcpy(record->before, words->said, sizeof(record->before));
            record->before_line = words->line;
            words->name[0] = 0;
        }
    }
    faults_add(&reader->findings->faults, record);
}

/* True: the line was the monitor's. */
static bool take_monitor(struct reader *reader, const char *text, uint64_t number)
{
    enum monitor_step step = monitor_lines_take(&reader->lines, text, number);

    if (step == MONITOR_AGAIN) {
        add(reader, &reader->lines.record);
        step = monitor_lines_take(&reader->lines, text, number);
    }
    if (step == MONITOR_DONE) {
        add(reader, &reader->lines.record);
    } else if (step == MONITOR_REMARK || step == MONITOR_STRANGE) {
        add_remark(reader->findings, text, number, step == MONITOR_REMARK);
    }
    return step != MONITOR_NOTHING;
}

static bool take_kernel(struct reader *reader, const char *text, uint64_t number)
{
    enum kernel_block_step step = kernel_block_line(&reader->block, text, number);

    if (step == KERNEL_BLOCK_AGAIN) {
        add(reader, &reader->block.record);
        step = kernel_block_line(&reader->block, text, number);
    }
    if (step == KERNEL_BLOCK_DONE) {
        add(reader, &reader->block.record);
    }
    return step != KERNEL_BLOCK_NOTHING;
}

static void take_other(struct reader *reader, const char *text, uint64_t number)
{
    struct record record;
    uint64_t count;
    const char *at = scan_after(text, "(");

    if (library_line_read(&record, text, number) || refused_line_read(&record, text, number)) {
        faults_add(&reader->findings->faults, &record);
    } else if (library_line_last_words(&record, text, number)) {
        reader->last_words[reader->next_words++ % LAST_WORDS] = record;
    } else if (at && scan_after(at, " more reports were suppressed)") && scan_number(&at, &count)) {
        reader->findings->suppressed += count;
    }
}

void reader_run(struct log *log, struct findings *findings)
{
    static struct reader reader;
    const char *text;

    memset(&reader, 0, sizeof(reader));
    reader.findings = findings;
    while ((text = log_next(log))) {
        if (!take_monitor(&reader, text, log->line) && !take_kernel(&reader, text, log->line)) {
            take_other(&reader, text, log->line);
        }
    }
    if (kernel_block_end(&reader.block)) {
        add(&reader, &reader.block.record);
    }
    if (monitor_lines_end(&reader.lines)) {
        add(&reader, &reader.lines.record);
    }
}
