// SPDX-License-Identifier: BSD-2-Clause
/*
 * Work that says what must survive, and the judge of what did. After "fsync" returned:
 *
 *   kept K BYTES         the file kept/K has exactly that many bytes of its pattern
 *   log K BYTES          the file log/K has at least that many bytes of its pattern, and no others
 *   replaced K VERSION   the file replaced/K is one whole version, not an older one
 */
#pragma once

#include "test/ext4/worker/files.h"

#include <stdio.h>

/* Works forever or until `rounds` are over, and tells `say` each promise, which then holds. Files
 * that others left under these names go first. */
void promises_make(const struct files *files, uint32_t seed, uint32_t rounds,
                   void (*say)(const char *line));

/* Reads promises from `from`; says on `to` which are broken. Gives how many it judged, or -1.
 * `zeros`: what was appended later, and not promised, may be zeros, as Linux does it. */
int promises_judge(const struct files *files, bool zeros, FILE *from, FILE *to);
