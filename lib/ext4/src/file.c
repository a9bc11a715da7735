// SPDX-License-Identifier: BSD-2-Clause
#include "file.h"

#include "alloc.h"
#include "delete.h"
#include "fs.h"
#include "inline.h"
#include "map.h"
#include "orphan.h"

#include <tiny/string.h>

enum {
    CHUNK_BLOCKS = 32,              /* of one handle */
    LOGGED_CHUNK_BLOCKS = 16,       /* the same, when they go through the journal */
    DIRECT_BYTES_MAX = 1024 * 1024, /* of one read past the cache */
    SMALL_FILE_MAX = 0x7fffffff,    /* without the feature large_file */
};

static uint32_t within(const struct ext4_fs *fs, uint64_t offset)
{
    return (uint32_t)(offset & (fs->block_bytes - 1));
}

static enum ext4_status check_file(const struct ext4_inode *inode)
{
    if (ext4_inode_is(inode, EXT4_MODE_DIRECTORY)) {
        return EXT4_IS_DIRECTORY;
    }
    return ext4_inode_is(inode, EXT4_MODE_FILE) ? EXT4_OK : EXT4_INVALID;
}

static enum ext4_status check_end(struct ext4_inode *inode, uint64_t offset, uint64_t bytes)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t most = ext4_map_limit(inode) << fs->block_shift;

    if (!(fs->ro_compat & EXT4_RO_LARGE_FILE)) {
        most = ext4_min(most, SMALL_FILE_MAX);
    }
    return offset > most || bytes > most - offset ? EXT4_TOO_BIG : EXT4_OK;
}

/* ---- reading ------------------------------------------------------------- */

static enum ext4_status read_cached(struct ext4_fs *fs, uint64_t block, enum ext4_kind kind,
                                    uint32_t offset, void *to, size_t bytes)
{
    struct ext4_buf *buf;

    TRY(ext4_buf_read(fs, block, kind, 0, &buf));
    memcpy(to, buf->data + offset, bytes);
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}

/* Whole blocks that the cache does not have go straight to the caller. */
static enum ext4_status read_direct(struct ext4_fs *fs, uint64_t block, uint8_t *to, size_t bytes)
{
    struct ext4_segment segment = {to, (uint32_t)bytes};
    struct ext4_io io = {.kind = EXT4_IO_READ,
                         .offset_bytes = block << fs->block_shift,
                         .segments = &segment,
                         .segment_count = 1};

    return ext4_io_run(fs, &io);
}

static size_t uncached_bytes(struct ext4_fs *fs, uint64_t block, size_t bytes)
{
    size_t most = ext4_min(bytes, DIRECT_BYTES_MAX) & ~(size_t)(fs->block_bytes - 1), found = 0;

    while (found < most && !ext4_buf_peek(fs, block + (found >> fs->block_shift))) {
        found += fs->block_bytes;
    }
    return found;
}

static enum ext4_status read_blocks(struct ext4_fs *fs, uint64_t block, uint32_t offset,
                                    uint8_t *to, size_t bytes)
{
    while (bytes > 0) {
        size_t part = offset == 0 ? uncached_bytes(fs, block, bytes) : 0;

        if (part > 0) {
            TRY(read_direct(fs, block, to, part));
        } else {
            part = ext4_min(bytes, fs->block_bytes - offset);
            TRY(read_cached(fs, block, EXT4_KIND_DATA, offset, to, part));
        }
        to += part;
        bytes -= part;
        block += (offset + part) >> fs->block_shift;
        offset = 0;
    }
    return EXT4_OK;
}

static enum ext4_status read_runs(struct ext4_inode *inode, uint64_t offset, uint8_t *to,
                                  size_t bytes, size_t *done)
{
    struct ext4_fs *fs = inode->fs;

    for (*done = 0; *done < bytes;) {
        uint64_t at = offset + *done;
        struct ext4_run run;
        size_t part;

        if (at >> fs->block_shift >= ext4_map_limit(inode)) {
            return ext4_corrupt(fs, "inode %u: size beyond what its map can hold", inode->number);
        }
        TRY(ext4_map(inode, (uint32_t)(at >> fs->block_shift), &run));
        part = ext4_min(bytes - *done, ((uint64_t)run.count << fs->block_shift) - within(fs, at));
        if (run.kind == EXT4_RUN_WRITTEN) {
            TRY(read_blocks(fs, run.physical, within(fs, at), to + *done, part));
        } else {
            memset(to + *done, 0, part);
        }
        *done += part;
    }
    return EXT4_OK;
}

enum ext4_status ext4_read_held(struct ext4_inode *inode, uint64_t offset, void *data, size_t bytes,
                                size_t *done)
{
    uint64_t size = ext4_inode_size(inode);

    *done = 0;
    if (inode->fs->refused) {
        return EXT4_CORRUPT;
    }
    bytes = offset < size ? ext4_min(bytes, size - offset) : 0;
    if (ext4_is_inline(inode)) {
        TRY(ext4_inline_read(inode, offset, data, bytes));
        *done = bytes;
        return EXT4_OK;
    }
    return bytes > 0 ? read_runs(inode, offset, data, bytes, done) : EXT4_OK;
}

enum ext4_status ext4_read(struct ext4_inode *inode, uint64_t offset, void *data, size_t bytes,
                           size_t *done)
{
    enum ext4_status status;

    *done = 0;
    TRY(check_file(inode));
    ext4_inode_share(inode);
    status = ext4_read_held(inode, offset, data, bytes, done);
    ext4_inode_unshare(inode);
    return status;
}

/* ---- writing ------------------------------------------------------------- */

/* What one handle writes. */
struct chunk {
    struct ext4_inode *inode;
    uint64_t offset;
    const uint8_t *data; /* null: zeros */
    size_t bytes, done;
    bool keep_size;
};

/* Blocks for (part of) the chunk: a run that is written, at least in the map. *fresh if what lies
 * in the blocks means nothing. */
static enum ext4_status get_run(struct ext4_handle *handle, struct chunk *chunk,
                                struct ext4_run *run, bool *fresh)
{
    struct ext4_inode *inode = chunk->inode;
    struct ext4_fs *fs = handle->fs;
    uint32_t logical = (uint32_t)(chunk->offset >> fs->block_shift);
    uint32_t most = (uint32_t)ext4_min(
        ext4_map_is_logged(inode) ? LOGGED_CHUNK_BLOCKS : CHUNK_BLOCKS, fs->cache.frame_count / 16);
    uint64_t all = ext4_divide_up(within(fs, chunk->offset) + chunk->bytes, fs->block_bytes);
    uint32_t want;

    TRY(ext4_map(inode, logical, run));
    *fresh = run->kind != EXT4_RUN_WRITTEN;
    all = ext4_min(all, run->count);
    want = (uint32_t)ext4_min(all, most);
    if (run->kind == EXT4_RUN_HOLE) {
        TRY(ext4_map_alloc(handle, inode, logical, want, (uint32_t)all - want, run));
        want = run->count;
        TRY(ext4_map_insert(handle, inode, logical, run->physical, want, false));
    } else if (run->kind == EXT4_RUN_UNWRITTEN) {
        TRY(ext4_map_convert(handle, inode, logical, want, false));
    }
    run->count = want;
    return EXT4_OK;
}

/* Pinned buffers to write into. */
struct target {
    struct ext4_buf *bufs[CHUNK_BLOCKS];
    bool made[CHUNK_BLOCKS]; /* does not have what the disk has */
    uint32_t count;
    bool logged;
};

/* Blocks that are replaced whole need not be read, unless the cache has them: it knows more about
 * them. */
static enum ext4_status add_buf(struct ext4_handle *handle, struct target *target, uint64_t block,
                                bool fresh, bool whole)
{
    struct ext4_fs *fs = handle->fs;
    bool made = fresh || (whole && !ext4_buf_peek(fs, block));
    struct ext4_buf *buf;

    TRY(made ? ext4_buf_new(fs, block, &buf) : ext4_buf_read(fs, block, EXT4_KIND_DATA, 0, &buf));
    if (made && !whole) {
        memset(buf->data, 0, fs->block_bytes);
    }
    target->made[target->count] = made;
    target->bufs[target->count++] = buf;
    return EXT4_OK;
}

/* The log may have what the cache has, also of a block whose content means nothing any more: only
 * one that the cache does not have is made anew. The handle undoes it. */
static enum ext4_status add_logged_buf(struct ext4_handle *handle, struct target *target,
                                       uint64_t block, bool fresh, bool whole)
{
    bool made = (fresh || whole) && !ext4_buf_peek(handle->fs, block);
    struct ext4_buf *buf;

    TRY(made ? ext4_touch_new(handle, block, EXT4_KIND_DATA, 0, &buf)
             : ext4_touch(handle, block, EXT4_KIND_DATA, 0, &buf));
    if (fresh) {
        memset(buf->data, 0, handle->fs->block_bytes);
    }
    buf->pins++;
    target->made[target->count] = false;
    target->bufs[target->count++] = buf;
    return EXT4_OK;
}

static enum ext4_status get_bufs(struct ext4_handle *handle, const struct chunk *chunk,
                                 const struct ext4_run *run, bool fresh, struct target *target)
{
    struct ext4_fs *fs = handle->fs;
    uint64_t begin = within(fs, chunk->offset), end = begin + chunk->bytes;

    for (uint32_t i = 0; i < run->count; i++) {
        uint64_t from = (uint64_t)i << fs->block_shift;
        bool whole = begin <= from && end >= from + fs->block_bytes;

        TRY(target->logged ? add_logged_buf(handle, target, run->physical + i, fresh, whole)
                           : add_buf(handle, target, run->physical + i, fresh, whole));
    }
    for (uint32_t i = 0; i < target->count; i++) {
        TRY(ext4_buf_settle(fs, target->bufs[i]));
    }
    return EXT4_OK;
}

/* What was only made, and not filled, must not be taken for what the disk has. */
static void put_bufs(struct ext4_fs *fs, struct target *target, bool filled)
{
    for (uint32_t i = 0; i < target->count; i++) {
        if (target->made[i] && !filled) {
            ext4_buf_discard(fs, target->bufs[i]);
        }
        ext4_buf_put(fs, target->bufs[i]);
    }
}

static void copy_in(struct chunk *chunk, uint8_t *to, size_t at, size_t bytes)
{
    if (chunk->data) {
        memcpy(to, chunk->data + at, bytes);
    } else {
        memset(to, 0, bytes);
    }
}

static void fill_bufs(struct chunk *chunk, struct target *target, bool fresh)
{
    struct ext4_fs *fs = chunk->inode->fs;
    uint32_t offset = within(fs, chunk->offset);
    uint64_t size = ext4_inode_size(chunk->inode);
    /* What a new size shows must be there when the size is, and so must zeros where a size hides
     * something. */
    bool ordered = fs->data_mode == EXT4_DATA_ORDERED;

    for (uint32_t i = 0; i < target->count; i++) {
        struct ext4_buf *buf = target->bufs[i];
        size_t part = ext4_min(chunk->bytes - chunk->done, fs->block_bytes - offset);

        copy_in(chunk, buf->data + offset, chunk->done, part);
        chunk->done += part;
        if (!target->logged) {
            ext4_buf_dirty(fs, buf, chunk->inode->number,
                           ordered &&
                               (fresh || !chunk->data || chunk->offset + chunk->done > size));
        }
        offset = 0;
    }
}

static enum ext4_status fill_run(struct ext4_handle *handle, struct chunk *chunk,
                                 const struct ext4_run *run, bool fresh)
{
    struct target target = {.logged = ext4_map_is_logged(chunk->inode)};
    enum ext4_status status = get_bufs(handle, chunk, run, fresh, &target);

    if (status == EXT4_OK) {
        fill_bufs(chunk, &target, fresh);
    }
    put_bufs(chunk->inode->fs, &target, status == EXT4_OK);
    return status;
}

static enum ext4_status write_chunk(struct ext4_handle *handle, void *arguments)
{
    struct chunk *chunk = arguments;
    struct ext4_inode *inode = chunk->inode;
    struct ext4_run run;
    bool fresh;

    chunk->done = 0;
    TRY(ext4_touch_inode(handle, inode));
    TRY(get_run(handle, chunk, &run, &fresh));
    TRY(fill_run(handle, chunk, &run, fresh));
    if (!chunk->keep_size && chunk->offset + chunk->done > ext4_inode_size(inode)) {
        ext4_inode_set_size(inode, chunk->offset + chunk->done);
    }
    ext4_inode_stamp_now(inode, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

static enum ext4_status write_chunks(struct chunk *chunk, size_t *done)
{
    *done = 0;
    while (chunk->bytes > 0) {
        TRY(ext4_change(chunk->inode->fs, write_chunk, chunk));
        *done += chunk->done;
        chunk->offset += chunk->done;
        chunk->data = chunk->data ? chunk->data + chunk->done : NULL;
        chunk->bytes -= chunk->done;
    }
    return EXT4_OK;
}

/* Zeros over bytes that have a block; holes stay. All in one block. */
static enum ext4_status zero_part(struct ext4_inode *inode, uint64_t offset, uint64_t bytes)
{
    struct chunk chunk = {.inode = inode, .offset = offset, .bytes = bytes, .keep_size = true};
    struct ext4_run run;
    size_t done;

    if (bytes == 0) {
        return EXT4_OK;
    }
    ext4_inode_share(inode);
    enum ext4_status status = ext4_map(inode, (uint32_t)(offset >> inode->fs->block_shift), &run);
    ext4_inode_unshare(inode);
    TRY(status);
    return run.kind == EXT4_RUN_WRITTEN ? write_chunks(&chunk, &done) : EXT4_OK;
}

/* Bytes from the end of the file to the end of its last block. Whoever makes the file longer wants
 * them to be zero; what another system left there may not be. */
static enum ext4_status zero_tail(struct ext4_inode *inode, uint64_t size)
{
    uint32_t used = within(inode->fs, size);

    return used ? zero_part(inode, size, inode->fs->block_bytes - used) : EXT4_OK;
}

enum ext4_status ext4_write(struct ext4_inode *inode, uint64_t offset, const void *data,
                            size_t bytes, size_t *done)
{
    struct chunk chunk = {.inode = inode, .offset = offset, .data = data, .bytes = bytes};
    uint64_t size = ext4_inode_size(inode);
    bool whole = false;

    *done = 0;
    TRY(check_file(inode));
    if (!ext4_writable(inode->fs)) {
        return EXT4_READ_ONLY;
    }
    TRY(check_end(inode, offset, bytes));
    if (bytes > 0 && ext4_is_inline(inode)) {
        TRY(ext4_inline_write(inode, offset, data, bytes, &whole));
    }
    if (whole) {
        *done = bytes;
        return EXT4_OK;
    }
    if (bytes > 0 && offset > size) {
        TRY(zero_tail(inode, size));
    }
    return write_chunks(&chunk, done);
}

/* ---- truncation ---------------------------------------------------------- */

struct truncation {
    struct ext4_inode *inode;
    uint64_t size;
    uint64_t end; /* blocks from here on are gone */
};

static uint32_t blocks_for(const struct ext4_fs *fs, uint64_t size)
{
    return (uint32_t)ext4_divide_up(size, fs->block_bytes);
}

static enum ext4_status truncate_first(struct ext4_handle *handle, void *arguments)
{
    struct truncation *truncation = arguments;
    struct ext4_inode *inode = truncation->inode;
    uint32_t first = blocks_for(handle->fs, truncation->size);

    truncation->end = ext4_map_limit(inode);
    TRY(ext4_touch_inode(handle, inode));
    ext4_inode_stamp_now(inode, EXT4_MODIFIED | EXT4_CHANGED);
    if (truncation->size < ext4_inode_size(inode)) {
        TRY(ext4_map_remove(handle, inode, first, &truncation->end));
    } else {
        truncation->end = first;
    }
    ext4_inode_set_size(inode, truncation->size);
    if (ext4_inode_links(inode) == 0) {
        return EXT4_OK; /* an orphan already */
    }
    if (truncation->end > first) {
        return ext4_orphan_add(handle, inode);
    }
    /* What a truncation that failed has left behind. */
    return inode->orphan == EXT4_ORPHAN_NOT ? EXT4_OK : ext4_orphan_remove(handle, inode);
}

static enum ext4_status truncate_last(struct ext4_handle *handle, void *arguments)
{
    struct truncation *truncation = arguments;

    TRY(ext4_touch_inode(handle, truncation->inode));
    return ext4_inode_links(truncation->inode) > 0 ? ext4_orphan_remove(handle, truncation->inode)
                                                   : EXT4_OK;
}

enum ext4_status ext4_truncate(struct ext4_inode *inode, uint64_t size)
{
    struct truncation truncation = {.inode = inode, .size = size};
    struct ext4_fs *fs = inode->fs;
    uint64_t old = ext4_inode_size(inode);
    bool whole = false;

    TRY(check_file(inode));
    if (!ext4_writable(fs)) {
        return EXT4_READ_ONLY;
    }
    TRY(check_end(inode, size, 0));
    if (ext4_is_inline(inode)) {
        TRY(ext4_inline_truncate(inode, size, &whole));
    }
    if (whole) {
        return EXT4_OK;
    }
    if (size != old) {
        TRY(zero_tail(inode, ext4_min(size, old)));
    }
    TRY(ext4_change(fs, truncate_first, &truncation));
    if (truncation.end <= blocks_for(fs, size)) {
        return EXT4_OK;
    }
    TRY(ext4_cut_blocks(inode, blocks_for(fs, size)));
    return ext4_change(fs, truncate_last, &truncation);
}

/* ---- room ahead, holes --------------------------------------------------- */

struct range {
    struct ext4_inode *inode;
    uint64_t first, end; /* blocks */
    uint64_t size;       /* what the file's size becomes as blocks are reached; 0: stays */
    bool zero;           /* written blocks become unwritten */
};

/* One run of the range; `first` moves behind it. */
static enum ext4_status reserve_step(struct ext4_handle *handle, void *arguments)
{
    struct range *range = arguments, next = *range;
    struct ext4_inode *inode = range->inode;
    uint32_t count, logical = (uint32_t)range->first;
    struct ext4_run run;
    uint64_t reached;

    TRY(ext4_touch_inode(handle, inode));
    TRY(ext4_map(inode, logical, &run));
    count = (uint32_t)ext4_min(run.count, range->end - range->first);
    if (run.kind == EXT4_RUN_HOLE) {
        count = (uint32_t)ext4_min(count, EXT4_EXTENT_UNWRITTEN_LENGTH_MAX);
        TRY(ext4_map_alloc(handle, inode, logical, count, 0, &run));
        count = run.count;
        TRY(ext4_map_insert(handle, inode, logical, run.physical, count, true));
    } else if (run.kind == EXT4_RUN_WRITTEN && range->zero) {
        TRY(ext4_map_convert(handle, inode, logical, count, true));
    }
    next.first += count;
    reached = ext4_min(next.first << handle->fs->block_shift, range->size);
    if (reached > ext4_inode_size(inode)) {
        ext4_inode_set_size(inode, reached);
    }
    ext4_inode_stamp_now(inode, EXT4_MODIFIED | EXT4_CHANGED);
    *range = next;
    return EXT4_OK;
}

static enum ext4_status punch_step(struct ext4_handle *handle, void *arguments)
{
    struct range *range = arguments;
    uint64_t end = range->end;

    TRY(ext4_touch_inode(handle, range->inode));
    TRY(ext4_map_remove(handle, range->inode, (uint32_t)range->first, &end));
    ext4_inode_stamp_now(range->inode, EXT4_MODIFIED | EXT4_CHANGED);
    range->end = end;
    return EXT4_OK;
}

static enum ext4_status run_steps(struct range *range,
                                  enum ext4_status (*step)(struct ext4_handle *handle,
                                                           void *arguments))
{
    while (range->first < range->end) {
        TRY(ext4_change(range->inode->fs, step, range));
    }
    return EXT4_OK;
}

/* Zeros over the parts of blocks at both ends; the range becomes the whole blocks between. */
static enum ext4_status zero_edges(struct range *range, uint64_t offset, uint64_t bytes)
{
    struct ext4_fs *fs = range->inode->fs;
    uint64_t end = offset + bytes, inner = ext4_divide_up(offset, fs->block_bytes);

    range->first = inner;
    range->end = end >> fs->block_shift;
    if (range->first > range->end) { /* all in one block */
        range->end = range->first;
        return zero_part(range->inode, offset, bytes);
    }
    TRY(zero_part(range->inode, offset, (inner << fs->block_shift) - offset));
    return zero_part(range->inode, range->end << fs->block_shift, within(fs, end));
}

enum ext4_status ext4_allocate(struct ext4_inode *inode, enum ext4_allocate_mode mode,
                               uint64_t offset, uint64_t bytes)
{
    struct ext4_fs *fs = inode->fs;
    struct range range = {.inode = inode, .zero = mode == EXT4_ZERO_RANGE};

    TRY(check_file(inode));
    if (!ext4_writable(fs)) {
        return EXT4_READ_ONLY;
    }
    if (bytes == 0) {
        return EXT4_INVALID;
    }
    TRY(check_end(inode, offset, bytes));
    if (ext4_is_inline(inode)) {
        TRY(ext4_inline_leave(inode));
    }
    if (mode != EXT4_PUNCH_HOLE && !ext4_inode_has(inode, EXT4_FLAG_EXTENTS)) {
        return EXT4_UNSUPPORTED;
    }
    if (range.zero || mode == EXT4_PUNCH_HOLE) {
        TRY(zero_edges(&range, offset, bytes));
        TRY(run_steps(&range, range.zero ? reserve_step : punch_step));
        if (mode == EXT4_PUNCH_HOLE) {
            return EXT4_OK;
        }
        range.zero = false; /* now the edges, which have zeros, but perhaps no room */
    }
    if (mode == EXT4_ALLOCATE && offset + bytes > ext4_inode_size(inode)) {
        TRY(zero_tail(inode, ext4_inode_size(inode)));
        range.size = offset + bytes;
    }
    range.first = offset >> fs->block_shift;
    range.end = ext4_divide_up(offset + bytes, fs->block_bytes);
    return run_steps(&range, reserve_step);
}

/* ---- seeking ------------------------------------------------------------- */

static enum ext4_status seek(struct ext4_inode *inode, bool hole, uint64_t offset, uint64_t *result)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t size = ext4_inode_size(inode);

    if (ext4_is_inline(inode)) { /* data up to the end */
        *result = hole ? size : offset;
        return offset < size ? EXT4_OK : EXT4_NOT_FOUND;
    }
    for (uint64_t at = offset; at < size;) {
        uint64_t logical = at >> fs->block_shift;
        struct ext4_run run;

        if (logical >= ext4_map_limit(inode)) {
            break;
        }
        TRY(ext4_map(inode, (uint32_t)logical, &run));
        if ((run.kind == EXT4_RUN_WRITTEN) != hole) {
            *result = at;
            return EXT4_OK;
        }
        at = (logical + run.count) << fs->block_shift;
    }
    *result = size; /* the end of a file counts as a hole */
    return hole && offset < size ? EXT4_OK : EXT4_NOT_FOUND;
}

enum ext4_status ext4_seek(struct ext4_inode *inode, bool hole, uint64_t offset, uint64_t *result)
{
    enum ext4_status status;

    TRY(check_file(inode));
    ext4_inode_share(inode);
    status = seek(inode, hole, offset, result);
    ext4_inode_unshare(inode);
    return status;
}

static enum ext4_status piece_at(struct ext4_inode *inode, uint64_t offset,
                                 struct ext4_piece *piece)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t size = ext4_inode_size(inode), logical = offset >> fs->block_shift;
    struct ext4_content content;
    struct ext4_run run;

    if (offset >= size || logical >= ext4_map_limit(inode)) {
        return EXT4_NOT_FOUND;
    }
    if (ext4_is_inline(inode)) {
        TRY(ext4_content_open(inode, &content)); /* has as much as the size says */
        *piece = (struct ext4_piece){.kind = EXT4_PIECE_INLINE, .bytes = size - offset};
        return EXT4_OK;
    }
    TRY(ext4_map(inode, (uint32_t)logical, &run));
    piece->kind = (enum ext4_piece_kind)run.kind;
    piece->bytes =
        ext4_min(((uint64_t)run.count << fs->block_shift) - within(fs, offset), size - offset);
    piece->device_offset = (run.physical << fs->block_shift) + within(fs, offset);
    return EXT4_OK;
}

_Static_assert((int)EXT4_PIECE_WRITTEN == EXT4_RUN_WRITTEN, "pieces are runs");
_Static_assert((int)EXT4_PIECE_UNWRITTEN == EXT4_RUN_UNWRITTEN, "pieces are runs");

enum ext4_status ext4_piece_at(struct ext4_inode *inode, uint64_t offset, struct ext4_piece *piece)
{
    enum ext4_status status;

    if (!ext4_inode_is(inode, EXT4_MODE_FILE) && !ext4_inode_is(inode, EXT4_MODE_DIRECTORY)) {
        return EXT4_NOT_FOUND;
    }
    ext4_inode_share(inode);
    status = piece_at(inode, offset, piece);
    ext4_inode_unshare(inode);
    return status;
}

/* ---- durability ---------------------------------------------------------- */

static enum ext4_status sync_file(struct ext4_inode *inode, bool data_only)
{
    struct ext4_fs *fs = inode->fs;

    if (fs->read_only) {
        return EXT4_OK;
    }
    if (fs->failed) {
        return EXT4_IO;
    }
    TRY(ext4_cache_write(fs, EXT4_WRITE_OWNER, inode->number));
    data_only = data_only && fs->data_mode != EXT4_DATA_JOURNAL;
    /* A flush is enough when the map that is durable leads to the data. */
    if (data_only && !ext4_commit_pending(fs, inode->data_sequence)) {
        return ext4_io_flush_after(fs, fs->cache.writes_done);
    }
    return ext4_commit(fs, data_only ? inode->data_sequence : inode->sequence);
}

enum ext4_status ext4_fsync(struct ext4_inode *inode)
{
    return sync_file(inode, false);
}

enum ext4_status ext4_fdatasync(struct ext4_inode *inode)
{
    return sync_file(inode, true);
}

/* ---- symbolic links ------------------------------------------------------ */

bool ext4_symlink_is_fast(const struct ext4_inode *inode)
{
    uint64_t other = ext4_inode_xattr_block(inode) ? inode->fs->block_bytes / 512 : 0;

    return ext4_inode_sectors(inode) <= other && ext4_inode_size(inode) < EXT4_INODE_ROOM;
}

static enum ext4_status readlink(struct ext4_inode *inode, char *target, size_t length)
{
    struct ext4_run run;

    if (ext4_is_inline(inode)) {
        return ext4_inline_read(inode, 0, (uint8_t *)target, length);
    }
    if (ext4_symlink_is_fast(inode)) {
        memcpy(target, inode->disk->room, length);
        return EXT4_OK;
    }
    if (ext4_inode_size(inode) > inode->fs->block_bytes) {
        return ext4_corrupt(inode->fs, "inode %u: symbolic link of %llu bytes", inode->number,
                            (unsigned long long)ext4_inode_size(inode));
    }
    TRY(ext4_map(inode, 0, &run));
    if (run.kind != EXT4_RUN_WRITTEN) {
        return ext4_corrupt(inode->fs, "inode %u: symbolic link without a block", inode->number);
    }
    return read_cached(inode->fs, run.physical, EXT4_KIND_PLAIN, 0, target, length);
}

enum ext4_status ext4_readlink(struct ext4_inode *inode, char *target, size_t size, size_t *length)
{
    enum ext4_status status;

    if (!ext4_inode_is(inode, EXT4_MODE_SYMLINK)) {
        return EXT4_INVALID;
    }
    ext4_inode_share(inode);
    *length = ext4_inode_size(inode);
    status = readlink(inode, target, ext4_min(size, *length));
    ext4_inode_unshare(inode);
    return status == EXT4_OK && size < *length ? EXT4_RANGE : status;
}
