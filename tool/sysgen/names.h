// SPDX-License-Identifier: BSD-2-Clause
/* From names to what has them, in time that does not grow with their number: hostile files may
 * declare a hundred thousand. Keys are borrowed. */
#pragma once
#include "job.h"

struct name_entry;

struct names {
    struct name_entry **buckets;
    size_t bucket_count, count;
};

/* What has the name, or null. */
void *names_find(const struct names *names, const char *name);
/* Adds the name if it is new; gives what had it before, or null. */
void *names_add(struct job *job, struct names *names, const char *name, void *item);
