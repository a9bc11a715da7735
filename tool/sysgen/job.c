// SPDX-License-Identifier: BSD-2-Clause
#include "job.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* However long the names in a message are, its last line must find room. */
enum { CHUNK_BYTES = 256 * 1024, ALIGN = 16, TRAILER_BYTES = 1024 };
static const size_t limit_default = (size_t)6 << 30;

/* Memory is taken from the front of a chunk; the newest chunk is first in the list. */
struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(ALIGN) char bytes[];
};

void job_init(struct job *job)
{
    memset(job, 0, sizeof(*job));
    job->limit_bytes = limit_default;
}

void job_fini(struct job *job)
{
    while (job->chunks) {
        struct chunk *next = job->chunks->next;
        free(job->chunks);
        job->chunks = next;
    }
}

bool job_run(struct job *job, void (*work)(void *argument), void *argument)
{
    if (setjmp(job->refused)) {
        return false;
    }
    work(argument);
    return true;
}

static void append(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append_list(struct job *job, size_t limit, const char *format, va_list values)
    __attribute__((format(printf, 3, 0)));

/* Adds to the message what fits below `limit` bytes. */
static void append_list(struct job *job, size_t limit, const char *format, va_list values)
{
    size_t used = strlen(job->message);

    if (used < limit) {
        (void)vsnprintf(job->message + used, limit - used, format, values);
    }
}

static void append(struct job *job, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    append_list(job, sizeof(job->message), format, values);
    va_end(values);
}

void refuse(struct job *job, enum rule rule, const struct place *at, const char *accepted,
            const char *format, ...)
{
    va_list values;

    job->broken = rule;
    job->message[0] = 0;
    append(job, "Error: ");
    if (at && at->line) {
        append(job, "%s:%u:%u: ", at->file, at->line, at->column);
    } else if (at) {
        append(job, "%s: ", at->file);
    }
    if (at && at->element) {
        append(job, "'%s': ", at->element);
    }
    va_start(values, format);
    append_list(job, sizeof(job->message) - TRAILER_BYTES, format, values);
    va_end(values);
    append(job, "\n  accepted: %s [%s, %s]\n", accepted ? accepted : rule_accepts(rule),
           rule_name(rule), rule_kind(rule));
    longjmp(job->refused, 1);
}

static struct chunk *chunk_new(struct job *job, size_t size_bytes)
{
    size_t size = size_bytes > CHUNK_BYTES ? size_bytes : CHUNK_BYTES;
    struct chunk *chunk;

    if (size > job->limit_bytes - job->taken_bytes || !(chunk = malloc(sizeof(*chunk) + size))) {
        refuse(job, RULE_INTERNAL_MEMORY, NULL, NULL, "no memory for %zu more bytes", size_bytes);
    }
    chunk->used = 0;
    chunk->size = size;
    chunk->next = job->chunks;
    job->chunks = chunk;
    job->taken_bytes += size;
    return chunk;
}

void *job_take(struct job *job, size_t size_bytes)
{
    struct chunk *chunk = job->chunks;
    void *taken;

    if (size_bytes > SIZE_MAX - ALIGN) {
        refuse(job, RULE_INTERNAL_MEMORY, NULL, NULL, "no memory for %zu more bytes", size_bytes);
    }
    size_bytes = (size_bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (!chunk || size_bytes > chunk->size - chunk->used) {
        chunk = chunk_new(job, size_bytes);
    }
    taken = chunk->bytes + chunk->used;
    chunk->used += size_bytes;
    return memset(taken, 0, size_bytes);
}

char *job_copy(struct job *job, const char *text, size_t length)
{
    char *copy = job_take(job, length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *job_print(struct job *job, const char *format, ...)
{
    va_list values;
    char *text;
    int length;

    va_start(values, format);
    length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    assert(length >= 0);
    text = job_take(job, (size_t)length + 1);
    va_start(values, format);
    (void)vsnprintf(text, (size_t)length + 1, format, values);
    va_end(values);
    return text;
}

void list_add(struct job *job, struct list *list, const void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        void **items = job_take(job, capacity * sizeof(*items));

        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (void *)(uintptr_t)item;
}

static void text_reserve(struct text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : 256;
    char *bytes;

    if (text->length + more < text->capacity) {
        return;
    }
    while (capacity <= text->length + more) {
        capacity *= 2;
    }
    bytes = job_take(text->job, capacity);
    if (text->length) {
        memcpy(bytes, text->bytes, text->length);
    }
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    text_reserve(text, length);
    if (length) {
        memcpy(text->bytes + text->length, bytes, length);
    }
    text->length += length;
    text->bytes[text->length] = 0;
}

void text_print(struct text *text, const char *format, ...)
{
    va_list values;
    int length;

    va_start(values, format);
    length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    assert(length >= 0);
    text_reserve(text, (size_t)length);
    va_start(values, format);
    (void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, values);
    va_end(values);
    text->length += (size_t)length;
}

const char *text_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
