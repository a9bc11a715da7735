// SPDX-License-Identifier: BSD-2-Clause
#include "refused_line.h"
#include "scan.h"
#include <string.h>

/* refused: thread "NAME" at 0xIP: METHOD (label N) on capability 0xA (KIND): ERROR */
bool refused_line_read(struct record *record, const char *line, uint64_t number)
{
    const char *name = scan_after(line, "refused: thread \"");
    const char *end = name ? strstr(name, "\" at 0x") : NULL;
    const char *at = end ? scan_after(end, "\" at ") : NULL;
    uint64_t pc, address;

    if (!at || !scan_number(&at, &pc) || strncmp(at, ": ", 2) != 0 ||
        !scan_named(at, "on capability", &address)) {
        return false;
    }
    record_begin(record, RECORD_REFUSED, number);
    record_copy(record->name, sizeof(record->name), name, (size_t)(end - name));
    record_copy(record->said, sizeof(record->said), at + 2, strlen(at + 2));
    record_set_cap(record, pc, address, false);
    record->word_count = 2; /* it was an invocation, not a message */
    (void)record_set_register(record, "rip", pc);
    return true;
}
