// SPDX-License-Identifier: BSD-2-Clause
/*
 * Directories in inodes: the number of the parent, then entries up to the end of the inode's 60
 * bytes, then more entries in the attribute's value; none reaches from one part into the other.
 * Readers see a block instead:
 *
 *      inode    | parent | entries |                 value  | entries |
 *      bytes      0..4     4..60                              60..
 *
 *      block    | "." | ".." | entries | entries | one free entry |
 *      bytes      0     12     24        80
 *
 * The free entry ends where those of a real block end. So an entry lies 20 bytes further in the
 * block than in the inode, also when that block has become the real one: positions of readers stay
 * good.
 */
#include "fs.h"
#include "inline.h"

#include <tiny/string.h>

enum { PARENT_BYTES = 4, DOTS_BYTES = 24, SHIFT = DOTS_BYTES - PARENT_BYTES, DOTDOT_OFFSET = 12 };

/* ---- the two parts ------------------------------------------------------- */

static struct ext4_span first_part(struct ext4_inode *dir)
{
    return (struct ext4_span){dir->disk->room + PARENT_BYTES, EXT4_INODE_ROOM - PARENT_BYTES, 0};
}

static struct ext4_span second_part(const struct ext4_content *content)
{
    return (struct ext4_span){content->value, content->value_bytes, 0};
}

/* Each is filled by entries of its own, or a slot of the block could be none of the inode. */
static enum ext4_status check_part(struct ext4_inode *dir, struct ext4_span span)
{
    struct disk_entry *entry;

    for (uint32_t at = 0; at < span.bytes; at += ext4_entry_length(dir->fs, entry)) {
        TRY(ext4_span_entry(dir, &span, at, &entry));
    }
    return EXT4_OK;
}

/* ---- as a block ---------------------------------------------------------- */

static uint32_t parent_of(const struct ext4_inode *dir)
{
    return le32_get((const struct le32 *)dir->disk->room);
}

static enum ext4_status fill(struct ext4_inode *dir, uint8_t *block)
{
    uint32_t first = EXT4_INODE_ROOM - PARENT_BYTES, room = ext4_dir_room(dir->fs), end;
    struct ext4_content content;

    TRY(ext4_content_open(dir, &content));
    end = DOTS_BYTES + first + content.value_bytes;
    if (content.value_bytes % 4 != 0 || end + EXT4_ENTRY_BYTES > room) {
        return ext4_corrupt(dir->fs, "directory %u: entries in %u bytes of an attribute",
                            dir->number, content.value_bytes);
    }
    TRY(check_part(dir, first_part(dir)));
    TRY(check_part(dir, second_part(&content)));
    ext4_dir_clear_leaf(dir->fs, block);
    ext4_dir_put_dots(dir, block, parent_of(dir));
    memcpy(block + DOTS_BYTES, dir->disk->room + PARENT_BYTES, first);
    if (content.value_bytes > 0) {
        memcpy(block + DOTS_BYTES + first, content.value, content.value_bytes);
    }
    ext4_entry_set_length(dir->fs, (struct disk_entry *)(block + DOTDOT_OFFSET),
                          DOTS_BYTES - DOTDOT_OFFSET);
    ext4_entry_set_length(dir->fs, (struct disk_entry *)(block + end), room - end);
    return EXT4_OK;
}

enum ext4_status ext4_inline_dir_read(struct ext4_inode *dir, struct ext4_buf **frame)
{
    enum ext4_status status;

    TRY(ext4_frame_take(dir->fs, frame));
    (*frame)->block = 0;
    status = fill(dir, (*frame)->data);
    if (status != EXT4_OK) {
        ext4_frame_give(dir->fs, *frame);
    }
    return status;
}

static enum ext4_status move_to_block(struct ext4_handle *handle, struct ext4_inode *dir,
                                      const struct ext4_buf *frame)
{
    struct ext4_content content;
    struct ext4_buf *buf;
    uint32_t logical;

    TRY(ext4_content_open(dir, &content));
    ext4_content_drop(&content);
    ext4_inode_set_size(dir, 0);
    TRY(ext4_dir_append(handle, dir, EXT4_KIND_DIRECTORY, &logical, &buf));
    memcpy(buf->data, frame->data, ext4_dir_room(dir->fs));
    return EXT4_OK;
}

static enum ext4_status leave(struct ext4_handle *handle, struct ext4_inode *dir)
{
    enum ext4_status status;
    struct ext4_buf *frame;

    TRY(ext4_inline_dir_read(dir, &frame));
    status = move_to_block(handle, dir, frame);
    ext4_frame_give(dir->fs, frame);
    return status;
}

/* ---- changes ------------------------------------------------------------- */

void ext4_inline_dir_init(struct ext4_inode *dir, uint32_t parent)
{
    struct disk_entry *entry = (struct disk_entry *)(dir->disk->room + PARENT_BYTES);

    le32_set((struct le32 *)dir->disk->room, parent);
    ext4_entry_set_length(dir->fs, entry, EXT4_INODE_ROOM - PARENT_BYTES);
    ext4_inode_set_size(dir, EXT4_INODE_ROOM);
}

/* A free entry at the end of the second part. */
static enum ext4_status grow(struct ext4_content *content, uint32_t bytes)
{
    uint32_t before = content->value_bytes;
    uint64_t size = EXT4_INODE_ROOM + (uint64_t)before + bytes;

    if (size > ext4_content_most(content)) {
        return EXT4_NO_SPACE;
    }
    ext4_content_resize(content, size);
    ext4_entry_set_length(content->inode->fs, (struct disk_entry *)(content->value + before),
                          bytes);
    ext4_inode_set_size(content->inode, size);
    return EXT4_OK;
}

static enum ext4_status add(struct ext4_inode *dir, struct ext4_name name, uint32_t inode,
                            enum ext4_type type)
{
    uint32_t need = ext4_entry_bytes(name.length), offset;
    struct ext4_span span = first_part(dir);
    struct ext4_content content;
    enum ext4_status status;

    TRY(ext4_content_open(dir, &content));
    status = ext4_span_room(dir, &span, need, &offset);
    if (status == EXT4_NO_SPACE) {
        span = second_part(&content);
        status = ext4_span_room(dir, &span, need, &offset);
    }
    if (status == EXT4_NO_SPACE) {
        offset = content.value_bytes;
        TRY(grow(&content, need));
        span = second_part(&content);
        status = EXT4_OK;
    }
    TRY(status);
    ext4_span_put(dir->fs, &span, offset, name, inode, type);
    return EXT4_OK;
}

enum ext4_status ext4_inline_dir_add(struct ext4_handle *handle, struct ext4_inode *dir,
                                     struct ext4_name name, uint32_t inode, enum ext4_type type,
                                     bool *done)
{
    enum ext4_status status = add(dir, name, inode, type);

    *done = status != EXT4_NO_SPACE;
    return *done ? status : leave(handle, dir);
}

/* The part that a slot is in, and its place there. */
static enum ext4_status part_of(struct ext4_inode *dir, const struct ext4_slot *slot,
                                struct ext4_span *span, uint32_t *offset)
{
    struct ext4_content content;

    TRY(ext4_content_open(dir, &content));
    ext4_assert(slot->offset >= DOTS_BYTES);
    *span = first_part(dir);
    *offset = slot->offset - DOTS_BYTES;
    if (*offset >= span->bytes) {
        *offset -= span->bytes;
        *span = second_part(&content);
    }
    return EXT4_OK;
}

enum ext4_status ext4_inline_dir_remove(struct ext4_inode *dir, const struct ext4_slot *slot)
{
    struct ext4_span span;
    uint32_t offset;

    TRY(part_of(dir, slot, &span, &offset));
    return ext4_span_remove(dir, &span, offset);
}

enum ext4_status ext4_inline_dir_replace(struct ext4_inode *dir, const struct ext4_slot *slot,
                                         uint32_t inode, enum ext4_type type)
{
    struct ext4_span span;
    uint32_t offset;

    if (slot->offset == DOTDOT_OFFSET) {
        le32_set((struct le32 *)dir->disk->room, inode);
        return EXT4_OK;
    }
    TRY(part_of(dir, slot, &span, &offset));
    return ext4_span_replace(dir, &span, offset, inode, type);
}
