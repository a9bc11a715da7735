// SPDX-License-Identifier: BSD-2-Clause
#include "cache.h"

#include "fs.h"
#include "seal.h"

#include <tiny/string.h>

enum {
    FRAMES_MIN = 32,
    /* Who needs a frame writes this part of the cache, but at least so many blocks. */
    ROOM_PART = 16,
    ROOM_MIN = 1024,
};

/* ---- I/O ----------------------------------------------------------------- */

enum ext4_status ext4_io_run(struct ext4_fs *fs, struct ext4_io *io)
{
    io->done = false;
    io->status = EXT4_OK;
    fs->config.device.submit(fs->config.device.context, io);
    while (!io->done) {
        ext4_wait(fs, io);
    }
    return io->status;
}

enum ext4_status ext4_io_block(struct ext4_fs *fs, enum ext4_io_kind kind, uint64_t block,
                               void *data, bool fua)
{
    struct ext4_segment segment = {data, fs->block_bytes};
    struct ext4_io io = {.kind = kind,
                         .fua = fua,
                         .offset_bytes = block << fs->block_shift,
                         .segments = &segment,
                         .segment_count = 1};

    return ext4_io_run(fs, &io);
}

enum ext4_status ext4_io_flush(struct ext4_fs *fs)
{
    struct ext4_io io = {.kind = EXT4_IO_FLUSH};
    uint64_t covered = fs->cache.writes_done; /* not what gets done while the flush goes on */

    TRY(ext4_io_run(fs, &io));
    fs->cache.writes_flushed = ext4_max(fs->cache.writes_flushed, covered);
    return EXT4_OK;
}

enum ext4_status ext4_io_flush_after(struct ext4_fs *fs, uint64_t writes_done)
{
    return fs->cache.writes_flushed >= writes_done ? EXT4_OK : ext4_io_flush(fs);
}

/* ---- lists and states ---------------------------------------------------- */

static int list_of(const struct ext4_buf *buf)
{
    if (buf->state != EXT4_BUF_DIRTY || buf->kind != EXT4_KIND_DATA || buf->needs_log) {
        return buf->state;
    }
    return buf->fresh ? (int)EXT4_LIST_FRESH : (int)EXT4_LIST_DATA;
}

struct ext4_buf **ext4_cache_owned(struct ext4_cache *cache, uint32_t number)
{
    return &cache->owners[number & (cache->bucket_count - 1)];
}

static void owner_add(struct ext4_cache *cache, struct ext4_buf *buf)
{
    struct ext4_buf **head = ext4_cache_owned(cache, buf->owner);

    buf->owner_next = *head;
    buf->owner_link = head;
    if (*head) {
        (*head)->owner_link = &buf->owner_next;
    }
    *head = buf;
}

static void owner_remove(struct ext4_buf *buf)
{
    *buf->owner_link = buf->owner_next;
    if (buf->owner_next) {
        buf->owner_next->owner_link = buf->owner_link;
    }
    buf->owner_link = NULL;
}

static void list_add(struct ext4_cache *cache, struct ext4_buf *buf)
{
    int list = list_of(buf);
    struct ext4_buf *head = &cache->lists[list];

    buf->list = (uint8_t)list;
    buf->prev = head->prev;
    buf->next = head;
    head->prev->next = buf;
    head->prev = buf;
    cache->counts[list]++;
    if (list == EXT4_LIST_DATA || list == EXT4_LIST_FRESH) {
        owner_add(cache, buf);
    }
}

static void list_remove(struct ext4_cache *cache, struct ext4_buf *buf)
{
    buf->prev->next = buf->next;
    buf->next->prev = buf->prev;
    buf->prev = buf->next = NULL;
    cache->counts[buf->list]--;
    if (buf->owner_link) {
        owner_remove(buf);
    }
}

static uint32_t dirty_count(const struct ext4_cache *cache)
{
    return cache->counts[EXT4_BUF_DIRTY] + cache->counts[EXT4_LIST_DATA] +
           cache->counts[EXT4_LIST_FRESH];
}

static struct ext4_buf **bucket_of(struct ext4_cache *cache, uint64_t block)
{
    uint64_t mixed = block * 0x9e3779b97f4a7c15u;

    return &cache->buckets[(mixed >> 32) & (cache->bucket_count - 1)];
}

static struct ext4_buf *find(struct ext4_cache *cache, uint64_t block)
{
    struct ext4_buf *buf = *bucket_of(cache, block);

    while (buf && buf->block != block) {
        buf = buf->hash_next;
    }
    return buf;
}

static void hash_add(struct ext4_cache *cache, struct ext4_buf *buf, uint64_t block)
{
    struct ext4_buf **bucket = bucket_of(cache, block);

    ext4_assert(!buf->hashed);
    buf->block = block;
    buf->hash_next = *bucket;
    buf->hashed = true;
    *bucket = buf;
}

static void hash_remove(struct ext4_cache *cache, struct ext4_buf *buf)
{
    struct ext4_buf **link = bucket_of(cache, buf->block);

    if (!buf->hashed) {
        return;
    }
    while (*link != buf) {
        link = &(*link)->hash_next;
    }
    *link = buf->hash_next;
    buf->hashed = false;
}

/* A FREE buffer is on its list only while nobody holds it. */
void ext4_buf_set_state(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_buf_state state)
{
    ext4_assert(!buf->writing);
    if (buf->next) {
        list_remove(&fs->cache, buf);
    }
    buf->state = (uint8_t)state;
    if (state == EXT4_BUF_FREE) {
        hash_remove(&fs->cache, buf);
        buf->verified = buf->checked = false;
    }
    if (state == EXT4_BUF_CLEAN || state == EXT4_BUF_FREE) {
        buf->fresh = buf->needs_log = false;
    }
    if (state != EXT4_BUF_FREE || buf->pins == 0) {
        list_add(&fs->cache, buf);
    }
}

void ext4_cache_check(struct ext4_fs *fs)
{
    struct ext4_cache *cache = &fs->cache;
    uint32_t total = 0;

    for (int list = 0; list < EXT4_BUF_LISTS; list++) {
        uint32_t count = 0;

        for (struct ext4_buf *buf = cache->lists[list].next; buf != &cache->lists[list];
             buf = buf->next) {
            ext4_assert(list_of(buf) == list && buf->list == list);
            ext4_assert(buf->hashed == (list != EXT4_BUF_FREE));
            ext4_assert(list != EXT4_BUF_FREE || buf->pins == 0);
            ext4_assert(!buf->writing || buf->state == EXT4_BUF_DIRTY ||
                        buf->state == EXT4_BUF_COMMITTING);
            ext4_assert(!buf->frozen || list == EXT4_BUF_LOGGED);
            ext4_assert(!buf->fresh || list == EXT4_LIST_FRESH);
            count++;
        }
        ext4_assert(count == cache->counts[list]);
        total += count;
    }
    ext4_assert(total <= cache->frame_count);
}

/* ---- making and unmaking ------------------------------------------------- */

static size_t frame_stride(const struct ext4_fs *fs)
{
    return fs->block_bytes + fs->config.guard_bytes;
}

static void make_buf(struct ext4_fs *fs, uint32_t index)
{
    struct ext4_buf *buf = &fs->cache.bufs[index];

    *buf = (struct ext4_buf){.state = EXT4_BUF_FREE};
    buf->data = fs->cache.memory + index * frame_stride(fs);
    list_add(&fs->cache, buf);
}

enum ext4_status ext4_cache_init(struct ext4_fs *fs)
{
    struct ext4_cache *cache = &fs->cache;
    uint64_t frames = ext4_max(fs->config.cache_bytes >> fs->block_shift, FRAMES_MIN);

    cache->frame_count = (uint32_t)ext4_min(frames, UINT32_MAX / 2);
    for (cache->bucket_count = 16; cache->bucket_count < cache->frame_count;) {
        cache->bucket_count *= 2;
    }
    for (int list = 0; list < EXT4_BUF_LISTS; list++) {
        cache->lists[list].prev = cache->lists[list].next = &cache->lists[list];
    }
    cache->bufs = ext4_alloc(fs, cache->frame_count * sizeof(*cache->bufs));
    cache->batch = ext4_alloc(fs, cache->frame_count * sizeof(struct ext4_buf *));
    cache->spare = ext4_alloc(fs, cache->frame_count * sizeof(struct ext4_buf *));
    cache->buckets = ext4_alloc(fs, cache->bucket_count * sizeof(struct ext4_buf *));
    cache->owners = ext4_alloc(fs, cache->bucket_count * sizeof(struct ext4_buf *));
    cache->memory = ext4_alloc(fs, cache->frame_count * frame_stride(fs));
    if (!cache->bufs || !cache->batch || !cache->spare || !cache->buckets || !cache->owners ||
        !cache->memory) {
        return EXT4_NO_MEMORY;
    }
    memset(cache->buckets, 0, cache->bucket_count * sizeof(struct ext4_buf *));
    memset(cache->owners, 0, cache->bucket_count * sizeof(struct ext4_buf *));
    for (uint32_t i = 0; i < cache->frame_count; i++) {
        make_buf(fs, i);
    }
    return EXT4_OK;
}

void ext4_cache_fini(struct ext4_fs *fs)
{
    struct ext4_cache *cache = &fs->cache;

    ext4_free(fs, cache->memory, cache->frame_count * frame_stride(fs));
    ext4_free(fs, cache->owners, cache->bucket_count * sizeof(struct ext4_buf *));
    ext4_free(fs, cache->buckets, cache->bucket_count * sizeof(struct ext4_buf *));
    ext4_free(fs, cache->spare, cache->frame_count * sizeof(struct ext4_buf *));
    ext4_free(fs, cache->batch, cache->frame_count * sizeof(struct ext4_buf *));
    ext4_free(fs, cache->bufs, cache->frame_count * sizeof(*cache->bufs));
}

bool ext4_cache_is_home(const struct ext4_fs *fs)
{
    return dirty_count(&fs->cache) == 0 && fs->cache.counts[EXT4_BUF_LOGGED] == 0 &&
           fs->cache.counts[EXT4_BUF_COMMITTING] == 0;
}

/* ---- frames -------------------------------------------------------------- */

static struct ext4_buf *evictable(struct ext4_cache *cache)
{
    struct ext4_buf *head = &cache->lists[EXT4_BUF_CLEAN];

    for (struct ext4_buf *buf = head->next; buf != head; buf = buf->next) {
        if (buf->pins == 0) {
            return buf;
        }
    }
    return NULL;
}

/* Makes room by writing, or waits for those who do. */
static enum ext4_status make_room(struct ext4_fs *fs)
{
    struct ext4_cache *cache = &fs->cache;

    if (cache->writer_busy) {
        while (cache->writer_busy) {
            ext4_wait(fs, cache);
        }
        return EXT4_OK;
    }
    /* All that gets written may be pinned: then nothing is dirty the next time. */
    return dirty_count(cache) > 0
               ? ext4_cache_write(fs, EXT4_WRITE_SOME,
                                  (uint32_t)ext4_max(ROOM_MIN, cache->frame_count / ROOM_PART))
               : EXT4_NO_MEMORY;
}

/* A FREE buffer, or one that may be. */
static struct ext4_buf *available(struct ext4_cache *cache)
{
    struct ext4_buf *buf = cache->lists[EXT4_BUF_FREE].next;

    return buf != &cache->lists[EXT4_BUF_FREE] ? buf : evictable(cache);
}

/* What is available now was not enough before. */
enum ext4_status ext4_frame_await(struct ext4_fs *fs)
{
    enum ext4_status status = make_room(fs);

    return status == EXT4_NO_MEMORY && available(&fs->cache) ? EXT4_OK : status;
}

/* Gives a FREE frame with one pin, off all lists. */
enum ext4_status ext4_frame_take(struct ext4_fs *fs, struct ext4_buf **frame)
{
    for (;;) {
        struct ext4_buf *buf = available(&fs->cache);

        if (buf) {
            buf->pins = 1;
            ext4_buf_set_state(fs, buf, EXT4_BUF_FREE);
            buf->kind = EXT4_KIND_PLAIN;
            buf->owner = buf->seed = 0;
            ext4_assert(!buf->shadows[0] && !buf->shadows[1] && !buf->frozen);
            *frame = buf;
            return EXT4_OK;
        }
        if (ext4_stumble(fs, (struct ext4_obstacle){.kind = EXT4_FRAMES_MISSING})) {
            return EXT4_AGAIN;
        }
        TRY(make_room(fs));
    }
}

void ext4_frame_give(struct ext4_fs *fs, struct ext4_buf *frame)
{
    ext4_assert(frame->state == EXT4_BUF_FREE && frame->pins == 1);
    ext4_buf_put(fs, frame);
}

void ext4_buf_put(struct ext4_fs *fs, struct ext4_buf *buf)
{
    ext4_assert(buf->pins > 0);
    buf->pins--;
    if (buf->pins > 0) {
        return;
    }
    if (buf->state == EXT4_BUF_FREE) {
        list_add(&fs->cache, buf);
    } else if (buf->state == EXT4_BUF_CLEAN) {
        list_remove(&fs->cache, buf); /* the youngest now */
        list_add(&fs->cache, buf);
    }
}

static bool stumble_over(struct ext4_fs *fs, enum ext4_obstacle_kind kind, uint64_t block)
{
    return ext4_stumble(fs, (struct ext4_obstacle){.kind = kind, .block = block});
}

enum ext4_status ext4_buf_settle(struct ext4_fs *fs, struct ext4_buf *buf)
{
    ext4_assert(buf->pins > 0);
    if (buf->writing && stumble_over(fs, EXT4_BLOCK_BUSY, buf->block)) {
        return EXT4_AGAIN;
    }
    while (buf->writing) {
        ext4_wait(fs, buf);
    }
    return EXT4_OK;
}

void ext4_buf_await(struct ext4_fs *fs, uint64_t block)
{
    struct ext4_buf *buf;

    while ((buf = find(&fs->cache, block)) && (buf->writing || buf->state == EXT4_BUF_READING)) {
        ext4_wait(fs, buf);
    }
}

void ext4_buf_discard(struct ext4_fs *fs, struct ext4_buf *buf)
{
    ext4_assert(buf->pins > 0 && !buf->shadows[0] && !buf->shadows[1] && !buf->frozen);
    ext4_buf_set_state(fs, buf, EXT4_BUF_FREE);
}

/* ---- reading ------------------------------------------------------------- */

struct ext4_buf *ext4_buf_peek(struct ext4_fs *fs, uint64_t block)
{
    struct ext4_buf *buf = find(&fs->cache, block);

    return buf && buf->state != EXT4_BUF_READING ? buf : NULL;
}

static enum ext4_status fill(struct ext4_fs *fs, struct ext4_buf *buf)
{
    enum ext4_status status = ext4_io_block(fs, EXT4_IO_READ, buf->block, buf->data, false);

    if (status != EXT4_OK) {
        ext4_log(fs, "block %llu cannot be read", (unsigned long long)buf->block);
    }
    ext4_buf_set_state(fs, buf, status == EXT4_OK ? EXT4_BUF_CLEAN : EXT4_BUF_FREE);
    return status;
}

/* Gives a pin on a buffer that is hashed; *loaded tells whether its content is there. */
static enum ext4_status find_or_add(struct ext4_fs *fs, uint64_t block, struct ext4_buf **result,
                                    bool *loaded)
{
    struct ext4_buf *buf = find(&fs->cache, block), *frame;

    if (!buf) {
        TRY(ext4_frame_take(fs, &frame));
        buf = find(&fs->cache, block);
        if (!buf) {
            hash_add(&fs->cache, frame, block);
            ext4_buf_set_state(fs, frame, EXT4_BUF_READING);
            *result = frame;
            *loaded = false;
            return EXT4_OK;
        }
        ext4_frame_give(fs, frame); /* somebody was faster while we waited */
    }
    if (buf->state == EXT4_BUF_READING && stumble_over(fs, EXT4_BLOCK_BUSY, block)) {
        return EXT4_AGAIN;
    }
    buf->pins++;
    while (buf->state == EXT4_BUF_READING) {
        ext4_wait(fs, buf);
    }
    if (buf->state == EXT4_BUF_FREE) {
        ext4_buf_put(fs, buf);
        return EXT4_IO;
    }
    *result = buf;
    *loaded = true;
    return EXT4_OK;
}

enum ext4_status ext4_buf_read(struct ext4_fs *fs, uint64_t block, enum ext4_kind kind,
                               uint32_t seed, struct ext4_buf **result)
{
    struct ext4_buf *buf;
    enum ext4_status status;
    bool loaded;

    if (block >= fs->block_count) {
        return ext4_corrupt(fs, "block %llu is beyond the end, which is %llu",
                            (unsigned long long)block, (unsigned long long)fs->block_count);
    }
    if (fs->refused) {
        return EXT4_CORRUPT;
    }
    if (!find(&fs->cache, block) && stumble_over(fs, EXT4_BLOCK_MISSING, block)) {
        return EXT4_AGAIN;
    }
    TRY(find_or_add(fs, block, &buf, &loaded));
    status = loaded ? EXT4_OK : fill(fs, buf);
    if (status == EXT4_OK && !buf->verified) {
        status = ext4_seal_check(fs, buf, kind, seed);
    }
    if (status == EXT4_OK && buf->verified && (buf->kind != kind || buf->seed != seed)) {
        status = ext4_corrupt(fs, "block %llu is used in two ways (%u and %u)",
                              (unsigned long long)block, buf->kind, kind);
    }
    if (status != EXT4_OK) {
        ext4_buf_put(fs, buf);
        return status;
    }
    *result = buf;
    return EXT4_OK;
}

enum ext4_status ext4_buf_fetch(struct ext4_fs *fs, uint64_t block)
{
    struct ext4_buf *buf;
    enum ext4_status status;
    bool loaded;

    TRY(find_or_add(fs, block, &buf, &loaded));
    status = loaded ? EXT4_OK : fill(fs, buf);
    ext4_buf_put(fs, buf);
    return status;
}

enum ext4_status ext4_buf_new(struct ext4_fs *fs, uint64_t block, struct ext4_buf **result)
{
    struct ext4_buf *buf;
    enum ext4_status status;
    bool loaded;

    ext4_assert(block < fs->block_count);
    TRY(find_or_add(fs, block, &buf, &loaded));
    status = loaded ? ext4_buf_settle(fs, buf) : EXT4_OK;
    if (status != EXT4_OK) {
        ext4_buf_put(fs, buf);
        return status;
    }
    /* What a transaction holds was not free; a bitmap or a map said so. */
    if (ext4_buf_is_held_back(buf)) {
        ext4_buf_put(fs, buf);
        return ext4_corrupt(fs, "block %llu is metadata, and given to something else",
                            (unsigned long long)block);
    }
    ext4_assert(!buf->shadows[0] && !buf->shadows[1]);
    ext4_buf_set_state(fs, buf, EXT4_BUF_CLEAN);
    buf->verified = buf->checked = false;
    buf->kind = EXT4_KIND_PLAIN;
    *result = buf;
    return EXT4_OK;
}

void ext4_buf_dirty(struct ext4_fs *fs, struct ext4_buf *buf, uint32_t owner, bool fresh)
{
    ext4_assert(buf->pins > 0 && !buf->writing);
    ext4_assert(buf->state == EXT4_BUF_CLEAN ||
                (buf->state == EXT4_BUF_DIRTY && buf->kind == EXT4_KIND_DATA));
    list_remove(&fs->cache, buf);
    buf->state = EXT4_BUF_DIRTY;
    buf->owner = owner;
    buf->kind = EXT4_KIND_DATA;
    buf->seed = 0;
    buf->verified = true;
    buf->fresh = buf->fresh || fresh;
    list_add(&fs->cache, buf);
}
