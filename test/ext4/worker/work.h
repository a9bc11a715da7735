// SPDX-License-Identifier: BSD-2-Clause
/*
 * Work on a file system, by a seed: some of everything, also of what is there already. The same
 * seed does the same to whatever finds the same. Names say what they are for: d... are
 * directories, f... files, s... symbolic links, p... special files, a... files with access lists,
 * b... directories of many names.
 */
#pragma once

#include "test/ext4/worker/files.h"

#include <stdio.h>

struct work {
    const struct files *files;
    FILE *trace; /* every step with its result, or null */
    uint32_t random, step;
};

void work_start(struct work *work, const struct files *files, uint32_t seed, FILE *trace);
void work_step(struct work *work);
/* A directory of so many names, of which most go away again. */
void work_crowd(struct work *work, uint32_t names);
