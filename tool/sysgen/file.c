// SPDX-License-Identifier: BSD-2-Clause
#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the open stream to its end into the job's memory. */
static bool read_all(struct job *job, FILE *stream, size_t limit, struct file *file)
{
    struct text text = {.job = job};
    char piece[16384];
    size_t length;

    while ((length = fread(piece, 1, sizeof(piece), stream)) > 0) {
        if (length > limit - text.length) {
            errno = EFBIG;
            return false;
        }
        text_add(&text, piece, length);
    }
    file->bytes = (unsigned char *)(text.bytes ? text.bytes : "");
    file->length = text.length;
    return !ferror(stream);
}

struct file *file_read(struct job *job, const char *path, size_t limit, const char **why)
{
    struct file *file = job_take(job, sizeof(*file));
    FILE *stream = fopen(path, "rb");
    bool complete;

    file->path = path;
    if (!stream) {
        *why = strerror(errno);
        return NULL;
    }
    complete = read_all(job, stream, limit, file);
    *why = strerror(errno);
    fclose(stream);
    return complete ? file : NULL;
}

static bool is_file(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

const char *file_find(struct job *job, const struct list *folders, const char *path)
{
    if (path[0] == '/') {
        return is_file(path) ? path : NULL;
    }
    for (size_t i = 0; i < folders->count; i++) {
        const char *full = job_print(job, "%s/%s", (const char *)folders->items[i], path);

        if (is_file(full)) {
            return full;
        }
    }
    return NULL;
}

static _Noreturn void refuse_output(struct job *job, const char *path)
{
    const struct place at = {.file = path};
    const char *why = strerror(errno);

    refuse(job, RULE_OUTPUT, &at, NULL, "cannot be written: %s", why);
}

/* Devices and pipes are written as they are; a file is replaced in one step. */
void file_write(struct job *job, const char *path, const void *bytes, size_t length)
{
    struct stat about;
    bool special = stat(path, &about) == 0 && !S_ISREG(about.st_mode);
    const char *target = special ? path : job_print(job, "%s.new.%ld", path, (long)getpid());
    FILE *stream = fopen(target, "wb");
    bool written;

    if (!stream) {
        refuse_output(job, path);
    }
    written = fwrite(bytes, 1, length, stream) == length;
    written = fclose(stream) == 0 && written;
    if (!written || (!special && rename(target, path) != 0)) {
        if (!special) {
            unlink(target);
        }
        refuse_output(job, path);
    }
}
