// SPDX-License-Identifier: BSD-2-Clause
/* Files as a whole: read into the job's memory, found through search paths, written in one go. */
#pragma once
#include "job.h"

struct file {
    const char *path;
    const unsigned char *bytes;
    size_t length;
};

/* Reads at most `limit` bytes; null if it cannot be read, with the reason in *why. */
struct file *file_read(struct job *job, const char *path, size_t limit, const char **why);

/* The first of `folders` (list of text) below which `path` is a file. An absolute path stands for
 * itself. Null if there is none. */
const char *file_find(struct job *job, const struct list *folders, const char *path);

/* Replaces the file: it is complete or as before. Refuses if that is not possible. */
void file_write(struct job *job, const char *path, const void *bytes, size_t length);
