// SPDX-License-Identifier: BSD-2-Clause
#include "names.h"
#include <string.h>

struct name_entry {
    struct name_entry *next;
    const char *name;
    void *item;
};

static size_t hash(const char *name)
{
    size_t h = 14695981039346656037u;

    for (; *name; name++) {
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    }
    return h ^ h >> 29;
}

static struct name_entry **bucket_of(const struct names *names, const char *name)
{
    return &names->buckets[hash(name) & (names->bucket_count - 1)];
}

void *names_find(const struct names *names, const char *name)
{
    struct name_entry *entry = names->bucket_count ? *bucket_of(names, name) : NULL;

    while (entry && strcmp(entry->name, name) != 0) {
        entry = entry->next;
    }
    return entry ? entry->item : NULL;
}

static void grow(struct job *job, struct names *names)
{
    struct names larger = {.bucket_count = names->bucket_count ? 4 * names->bucket_count : 64};

    larger.buckets = job_take(job, larger.bucket_count * sizeof(*larger.buckets));
    for (size_t i = 0; i < names->bucket_count; i++) {
        while (names->buckets[i]) {
            struct name_entry *entry = names->buckets[i];
            struct name_entry **bucket = bucket_of(&larger, entry->name);

            names->buckets[i] = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    larger.count = names->count;
    *names = larger;
}

void *names_add(struct job *job, struct names *names, const char *name, void *item)
{
    void *found = names_find(names, name);
    struct name_entry *entry, **bucket;

    if (found) {
        return found;
    }
    if (names->count >= names->bucket_count) {
        grow(job, names);
    }
    entry = job_take(job, sizeof(*entry));
    bucket = bucket_of(names, name);
    *entry = (struct name_entry){.next = *bucket, .name = name, .item = item};
    *bucket = entry;
    names->count++;
    return NULL;
}
