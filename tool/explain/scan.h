// SPDX-License-Identifier: BSD-2-Clause
/* Finding things in a line of text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What is behind `mark` in the line; null if it is not there. */
const char *scan_after(const char *line, const char *mark);

/* A number at the start of the text, 0x1f or 31 (or -31), which nothing that belongs to a longer
 * word follows; *text moves behind it. */
bool scan_number(const char **text, uint64_t *number);

/* The number behind a name as in "ip=0x10", "ip: 0x10", "ip 0x10"; the name is a whole word. */
bool scan_named(const char *line, const char *name, uint64_t *number);

/* A word of letters, digits and _ at the start of the text, at most size - 1 of it; *text moves
 * behind it. */
bool scan_word(const char **text, char *word, unsigned size);
