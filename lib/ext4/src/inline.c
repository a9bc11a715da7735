// SPDX-License-Identifier: BSD-2-Clause
#include "inline.h"

#include "alloc.h"
#include "fs.h"
#include "map.h"

#include <tiny/string.h>

static const struct ext4_key data_key = {EXT4_XATTR_SYSTEM, 4, "data"};

/* ---- where it lies ------------------------------------------------------- */

static void take_value(struct ext4_content *content)
{
    content->value_bytes = content->entry ? le32_get(&content->entry->value_size) : 0;
    content->value = content->entry ? ext4_area_value(&content->area, content->entry) : NULL;
}

enum ext4_status ext4_content_open(struct ext4_inode *inode, struct ext4_content *content)
{
    *content = (struct ext4_content){.inode = inode};
    TRY(ext4_area_of_inode(inode, &content->area));
    content->entry = ext4_area_find(&content->area, &data_key);
    if (content->entry && le32_get(&content->entry->value_inode) != 0) {
        return ext4_corrupt(inode->fs, "inode %u: data in an inode of its own", inode->number);
    }
    take_value(content);
    if (ext4_inode_size(inode) > EXT4_INODE_ROOM + (uint64_t)content->value_bytes) {
        return ext4_corrupt(inode->fs, "inode %u: size %llu, but %u bytes of data", inode->number,
                            (unsigned long long)ext4_inode_size(inode),
                            EXT4_INODE_ROOM + content->value_bytes);
    }
    return EXT4_OK;
}

uint64_t ext4_content_most(const struct ext4_content *content)
{
    return EXT4_INODE_ROOM + (content->entry ? ext4_area_room(&content->area, content->entry) : 0);
}

void ext4_content_resize(struct ext4_content *content, uint64_t size)
{
    ext4_assert(size <= ext4_content_most(content));
    if (content->entry) {
        ext4_area_resize(&content->area, content->entry,
                         size > EXT4_INODE_ROOM ? (uint32_t)(size - EXT4_INODE_ROOM) : 0);
    }
    take_value(content);
}

void ext4_content_drop(struct ext4_content *content)
{
    struct ext4_inode *inode = content->inode;

    if (content->entry) {
        ext4_area_remove(&content->area, content->entry);
    }
    memset(inode->disk->room, 0, EXT4_INODE_ROOM);
    ext4_inode_set_flag(inode, EXT4_FLAG_INLINE_DATA, false);
    ext4_map_init(inode);
}

bool ext4_inline_begin(struct ext4_inode *inode)
{
    struct disk_xattr_entry *entry;
    struct ext4_area area;

    if (!(inode->fs->incompat & EXT4_INCOMPAT_INLINE_DATA) ||
        ext4_area_of_inode(inode, &area) != EXT4_OK || !ext4_area_fits(&area, &data_key, 0)) {
        return false;
    }
    entry = ext4_area_insert(&area, &data_key, NULL, 0);
    le32_set(&entry->hash, 0); /* it is not kept right */
    ext4_inode_set_flag(inode, EXT4_FLAG_INLINE_DATA, true);
    return true;
}

/* ---- contents of files --------------------------------------------------- */

/* One byte and those behind it, as far as they lie together. */
static uint8_t *place_of(const struct ext4_content *content, uint64_t offset, size_t *together)
{
    if (offset < EXT4_INODE_ROOM) {
        *together = EXT4_INODE_ROOM - (size_t)offset;
        return content->inode->disk->room + offset;
    }
    *together = content->value_bytes - (size_t)(offset - EXT4_INODE_ROOM);
    return content->value + (offset - EXT4_INODE_ROOM);
}

static void copy_out(const struct ext4_content *content, uint64_t offset, uint8_t *to, size_t bytes)
{
    for (size_t done = 0, part; done < bytes; done += part) {
        const uint8_t *from = place_of(content, offset + done, &part);

        part = ext4_min(part, bytes - done);
        memcpy(to + done, from, part);
    }
}

/* Without data: zeros. */
static void copy_in(const struct ext4_content *content, uint64_t offset, const uint8_t *data,
                    size_t bytes)
{
    for (size_t done = 0, part; done < bytes; done += part) {
        uint8_t *to = place_of(content, offset + done, &part);

        part = ext4_min(part, bytes - done);
        if (data) {
            memcpy(to, data + done, part);
        } else {
            memset(to, 0, part);
        }
    }
}

enum ext4_status ext4_inline_read(struct ext4_inode *inode, uint64_t offset, uint8_t *to,
                                  size_t bytes)
{
    struct ext4_content content;

    TRY(ext4_content_open(inode, &content));
    copy_out(&content, offset, to, bytes);
    return EXT4_OK;
}

/* ---- to a block ---------------------------------------------------------- */

static void fill_block(const struct ext4_content *content, struct ext4_buf *buf)
{
    memset(buf->data, 0, content->inode->fs->block_bytes);
    copy_out(content, 0, buf->data, (size_t)ext4_inode_size(content->inode));
}

/* The block is fresh: home before the commit that gives it to the file. */
static enum ext4_status give_block(struct ext4_handle *handle, struct ext4_content *content,
                                   const struct ext4_run *run)
{
    struct ext4_inode *inode = content->inode;
    bool ordered = handle->fs->data_mode == EXT4_DATA_ORDERED;
    enum ext4_status status;
    struct ext4_buf *buf;

    TRY(ext4_buf_new(handle->fs, run->physical, &buf));
    fill_block(content, buf);
    ext4_content_drop(content);
    status = ext4_map_insert(handle, inode, 0, run->physical, 1, false);
    if (status == EXT4_OK) {
        ext4_buf_dirty(handle->fs, buf, inode->number, ordered);
    } else {
        ext4_buf_discard(handle->fs, buf);
    }
    ext4_buf_put(handle->fs, buf);
    return status;
}

static enum ext4_status give_logged_block(struct ext4_handle *handle, struct ext4_content *content,
                                          const struct ext4_run *run)
{
    struct ext4_buf *buf;

    TRY(ext4_touch_new(handle, run->physical, EXT4_KIND_DATA, 0, &buf));
    fill_block(content, buf);
    ext4_content_drop(content);
    return ext4_map_insert(handle, content->inode, 0, run->physical, 1, false);
}

static enum ext4_status move_to_block(struct ext4_handle *handle, struct ext4_content *content)
{
    struct ext4_run run;

    TRY(ext4_map_alloc(handle, content->inode, 0, 1, 0, &run));
    return ext4_map_is_logged(content->inode) ? give_logged_block(handle, content, &run)
                                              : give_block(handle, content, &run);
}

static enum ext4_status leave(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_content content;

    TRY(ext4_content_open(inode, &content));
    if (ext4_inode_size(inode) > 0) {
        return move_to_block(handle, &content);
    }
    ext4_content_drop(&content);
    return EXT4_OK;
}

static enum ext4_status leave_body(struct ext4_handle *handle, void *arguments)
{
    struct ext4_inode *inode = arguments;

    TRY(ext4_touch_inode(handle, inode));
    return ext4_is_inline(inode) ? leave(handle, inode) : EXT4_OK;
}

enum ext4_status ext4_inline_leave(struct ext4_inode *inode)
{
    return ext4_change(inode->fs, leave_body, inode);
}

/* ---- changes of files ---------------------------------------------------- */

struct change {
    struct ext4_inode *inode;
    uint64_t offset;
    const void *data;
    size_t bytes;
    bool done;
};

/* Not *done if it does not fit. */
static enum ext4_status put(struct ext4_inode *inode, uint64_t offset, const void *data,
                            size_t bytes, bool *done)
{
    uint64_t before = ext4_inode_size(inode), size = ext4_max(before, offset + bytes);
    struct ext4_content content;

    TRY(ext4_content_open(inode, &content));
    *done = size <= ext4_content_most(&content);
    if (!*done) {
        return EXT4_OK;
    }
    ext4_content_resize(&content, size);
    if (offset > before) {
        copy_in(&content, before, NULL, offset - before);
    }
    copy_in(&content, offset, data, bytes);
    ext4_inode_set_size(inode, size);
    return EXT4_OK;
}

static enum ext4_status write_body(struct ext4_handle *handle, void *arguments)
{
    struct change *change = arguments;
    struct ext4_inode *inode = change->inode;

    change->done = false;
    TRY(ext4_touch_inode(handle, inode));
    if (!ext4_is_inline(inode)) {
        return EXT4_OK;
    }
    TRY(put(inode, change->offset, change->data, change->bytes, &change->done));
    if (!change->done) {
        return leave(handle, inode);
    }
    ext4_inode_stamp_now(inode, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

enum ext4_status ext4_inline_write(struct ext4_inode *inode, uint64_t offset, const void *data,
                                   size_t bytes, bool *done)
{
    struct change change = {inode, offset, data, bytes, false};
    enum ext4_status status = ext4_change(inode->fs, write_body, &change);

    *done = change.done;
    return status;
}

/* What the size no longer shows is gone. */
static enum ext4_status cut(struct ext4_inode *inode, uint64_t size)
{
    struct ext4_content content;

    TRY(ext4_content_open(inode, &content));
    if (size < EXT4_INODE_ROOM) {
        memset(inode->disk->room + size, 0, (size_t)(EXT4_INODE_ROOM - size));
    }
    ext4_content_resize(&content, size);
    ext4_inode_set_size(inode, size);
    return EXT4_OK;
}

static enum ext4_status truncate_body(struct ext4_handle *handle, void *arguments)
{
    struct change *change = arguments;

    if (ext4_is_inline(change->inode) && change->offset < ext4_inode_size(change->inode)) {
        TRY(ext4_touch_inode(handle, change->inode));
        TRY(cut(change->inode, change->offset));
        ext4_inode_stamp_now(change->inode, EXT4_MODIFIED | EXT4_CHANGED);
        change->done = true;
        return EXT4_OK;
    }
    return write_body(handle, arguments); /* of no bytes at the new end */
}

enum ext4_status ext4_inline_truncate(struct ext4_inode *inode, uint64_t size, bool *done)
{
    struct change change = {.inode = inode, .offset = size};
    enum ext4_status status = ext4_change(inode->fs, truncate_body, &change);

    *done = change.done;
    return status;
}
