// SPDX-License-Identifier: BSD-2-Clause
#include "library_line.h"
#include "scan.h"
#include <string.h>

enum { IDS = 64 };

/* Where a function's capability for id 0 is, by the begin of its name. */
static const struct {
    const char *function;
    unsigned first_slot;
} functions[] = {{"microkit_notify", 10},   {"microkit_deferred_notify", 10},
                 {"microkit_ppcall", 74},   {"microkit_deferred_irq_ack", 138},
                 {"microkit_irq_ack", 138}, {"microkit_x86_ioport_", 394}};

/* The word before `end`. */
static void take_name(struct record *record, const char *line, const char *end)
{
    const char *start = end;

    while (start > line && start[-1] != ' ') {
        start--;
    }
    record_copy(record->name, sizeof(record->name), start, (size_t)(end - start));
    record_copy(record->said, sizeof(record->said), start, strlen(start));
}

static bool take_slot(struct record *record, const char *function, uint64_t id)
{
    for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strncmp(function, functions[i].function, strlen(functions[i].function)) == 0) {
            if (id < IDS) {
                record_set_cap(record, 0, functions[i].first_slot + id, false);
                record->word_count = 2; /* neither sending nor receiving: it was not tried */
            }
            return true;
        }
    }
    return false;
}

bool library_line_read(struct record *record, const char *line, uint64_t number)
{
    const char *space = strstr(line, " microkit_"), *id = space ? strrchr(space, '\'') : NULL;
    uint64_t value;

    /* The last two quotes have the id between them; a refusal by the kernel has its error there,
     * and a fault follows. */
    if (!id || id[strspn(id, "' ")] || space == line || strstr(space, "kernel refuses")) {
        return false;
    }
    while (id > space && id[-1] != '\'') {
        id--;
    }
    if (id == space || !scan_number(&id, &value) || *id != '\'' || !strchr(space, ':')) {
        return false;
    }
    record_begin(record, RECORD_LIBRARY, number);
    take_name(record, line, space);
    return record->name[0] && take_slot(record, space + 1, value);
}

bool library_line_last_words(struct record *record, const char *line, uint64_t number)
{
    static const char *const marks[] = {": the kernel refuses with error '",
                                        ": assertion failed: ", " is entered at "};

    for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *mark = strstr(line, marks[i]), *function = strstr(line, " microkit_");

        if (mark) {
            record_begin(record, RECORD_LIBRARY, number);
            take_name(record, line, function && function < mark ? function : mark);
            return record->name[0];
        }
    }
    return false;
}
