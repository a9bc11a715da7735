// SPDX-License-Identifier: BSD-2-Clause
/* DIRTY buffers go home: which, in what order, and several requests at a time. */
#include "cache.h"

#include "fs.h"

enum { SEGMENTS_MAX = 256, WRITES_IN_FLIGHT = 8 };

/* One write in flight. */
struct write {
    struct ext4_io io;
    struct ext4_segment segments[SEGMENTS_MAX];
    struct ext4_buf **bufs;
    uint32_t count;
};

/* ---- order --------------------------------------------------------------- */

/* Behind the last of those that are in order from `at` on. */
static uint32_t end_of_run(struct ext4_buf **bufs, uint32_t at, uint32_t count)
{
    while (at + 1 < count && bufs[at]->block < bufs[at + 1]->block) {
        at++;
    }
    return (uint32_t)ext4_min(at + 1, count);
}

static void merge(struct ext4_buf **to, struct ext4_buf **first, uint32_t first_count,
                  struct ext4_buf **second, uint32_t second_count)
{
    while (first_count > 0 || second_count > 0) {
        if (second_count == 0 || (first_count > 0 && (*first)->block < (*second)->block)) {
            *to++ = *first++;
            first_count--;
        } else {
            *to++ = *second++;
            second_count--;
        }
    }
}

/* Most of it is in order already: so runs are merged, two at a time, until there is only one. */
static void sort_batch(struct ext4_cache *cache, uint32_t count)
{
    while (end_of_run(cache->batch, 0, count) < count) {
        struct ext4_buf **from = cache->batch;

        for (uint32_t at = 0, middle, end; at < count; at = end) {
            middle = end_of_run(from, at, count);
            end = middle < count ? end_of_run(from, middle, count) : middle;
            merge(cache->spare + at, from + at, middle - at, from + middle, end - middle);
        }
        cache->batch = cache->spare;
        cache->spare = from;
    }
}

/* ---- collecting ---------------------------------------------------------- */

static void add_to_batch(struct ext4_cache *cache, struct ext4_buf *buf, uint32_t *count)
{
    buf->writing = true;
    cache->batch[(*count)++] = buf;
}

static void collect_list(struct ext4_cache *cache, int list, uint32_t most, uint32_t *count)
{
    struct ext4_buf *head = &cache->lists[list];

    for (struct ext4_buf *buf = head->next; buf != head && *count < most; buf = buf->next) {
        add_to_batch(cache, buf, count);
    }
}

/* The chain begins with the youngest. */
static void collect_owned(struct ext4_cache *cache, uint32_t owner, uint32_t *count)
{
    for (struct ext4_buf *buf = *ext4_cache_owned(cache, owner); buf; buf = buf->owner_next) {
        if (buf->owner == owner) {
            add_to_batch(cache, buf, count);
        }
    }
    for (uint32_t i = 0; i < *count / 2; i++) {
        struct ext4_buf *other = cache->batch[*count - 1 - i];

        cache->batch[*count - 1 - i] = cache->batch[i];
        cache->batch[i] = other;
    }
}

static void collect_logged(struct ext4_cache *cache, uint32_t sequence, uint32_t *count)
{
    struct ext4_buf *head = &cache->lists[EXT4_BUF_DIRTY];

    for (struct ext4_buf *buf = head->next; buf != head; buf = buf->next) {
        if (buf->needs_log && (int32_t)(buf->log_sequence - sequence) <= 0) {
            add_to_batch(cache, buf, count);
        }
    }
}

static uint32_t collect(struct ext4_cache *cache, enum ext4_write_what what, uint32_t which)
{
    uint32_t count = 0, most = what == EXT4_WRITE_SOME ? which : UINT32_MAX;

    if (what == EXT4_WRITE_OWNER) {
        collect_owned(cache, which, &count);
    } else if (what == EXT4_WRITE_LOG) {
        collect_logged(cache, which, &count);
    } else if (what == EXT4_WRITE_FRESH) {
        collect_list(cache, EXT4_LIST_FRESH, most, &count);
    } else {
        collect_list(cache, EXT4_LIST_DATA, most, &count);
        collect_list(cache, EXT4_LIST_FRESH, most, &count);
        collect_list(cache, EXT4_BUF_DIRTY, most, &count);
    }
    sort_batch(cache, count);
    return count;
}

/* ---- writing ------------------------------------------------------------- */

static void start_write(struct ext4_fs *fs, struct write *write, struct ext4_buf **bufs,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        write->segments[i] = (struct ext4_segment){bufs[i]->data, fs->block_bytes};
    }
    write->bufs = bufs;
    write->count = count;
    write->io = (struct ext4_io){.kind = EXT4_IO_WRITE,
                                 .offset_bytes = bufs[0]->block << fs->block_shift,
                                 .segments = write->segments,
                                 .segment_count = count};
    fs->config.device.submit(fs->config.device.context, &write->io);
}

static enum ext4_status finish_write(struct ext4_fs *fs, struct write *write)
{
    if (write->count == 0) {
        return EXT4_OK;
    }
    while (!write->io.done) {
        ext4_wait(fs, &write->io);
    }
    for (uint32_t i = 0; i < write->count; i++) {
        write->bufs[i]->writing = false;
        if (write->io.status == EXT4_OK) {
            ext4_buf_set_state(fs, write->bufs[i], EXT4_BUF_CLEAN);
        }
    }
    fs->cache.writes_done += write->io.status == EXT4_OK;
    if (write->io.status != EXT4_OK) {
        ext4_log(fs, "blocks from %llu on cannot be written",
                 (unsigned long long)write->bufs[0]->block);
    }
    write->count = 0;
    return write->io.status;
}

static uint32_t run_length(struct ext4_buf **bufs, uint32_t count)
{
    uint32_t length = 1;

    while (length < count && length < SEGMENTS_MAX &&
           bufs[length]->block == bufs[0]->block + length) {
        length++;
    }
    return length;
}

static enum ext4_status write_batch(struct ext4_fs *fs, uint32_t count)
{
    struct ext4_buf **batch = fs->cache.batch;
    struct write *writes = fs->writes;
    enum ext4_status status = EXT4_OK, one;
    uint32_t turn = 0;

    for (uint32_t at = 0, length; at < count; at += length) {
        one = finish_write(fs, &writes[turn]);
        status = status != EXT4_OK ? status : one;
        length = run_length(batch + at, count - at);
        start_write(fs, &writes[turn], batch + at, length);
        turn = (turn + 1) % WRITES_IN_FLIGHT;
    }
    for (uint32_t i = 0; i < WRITES_IN_FLIGHT; i++) {
        one = finish_write(fs, &writes[i]);
        status = status != EXT4_OK ? status : one;
    }
    return status;
}

size_t ext4_cache_writes_bytes(void)
{
    return WRITES_IN_FLIGHT * sizeof(struct write);
}

enum ext4_status ext4_cache_write(struct ext4_fs *fs, enum ext4_write_what what, uint32_t which)
{
    struct ext4_cache *cache = &fs->cache;
    enum ext4_status status;

    ext4_order_take(fs, EXT4_LOCK_WRITER);
    while (cache->writer_busy) {
        ext4_wait(fs, cache);
    }
    cache->writer_busy = true;
    status = write_batch(fs, collect(cache, what, which));
    cache->writer_busy = false;
    ext4_order_give(fs, EXT4_LOCK_WRITER);
    return status;
}
