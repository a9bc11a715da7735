// SPDX-License-Identifier: BSD-2-Clause
#include "dir.h"

#include "alloc.h"
#include "fs.h"
#include "inline.h"
#include "map.h"

#include <tiny/string.h>

enum { LENGTH_64K = 65535 };

enum ext4_type ext4_type_of_mode(uint32_t mode)
{
    switch (mode & EXT4_MODE_TYPE) {
    case EXT4_MODE_FILE: return EXT4_TYPE_FILE;
    case EXT4_MODE_DIRECTORY: return EXT4_TYPE_DIRECTORY;
    case EXT4_MODE_CHARACTER: return EXT4_TYPE_CHARACTER;
    case EXT4_MODE_BLOCK: return EXT4_TYPE_BLOCK;
    case EXT4_MODE_FIFO: return EXT4_TYPE_FIFO;
    case EXT4_MODE_SOCKET: return EXT4_TYPE_SOCKET;
    case EXT4_MODE_SYMLINK: return EXT4_TYPE_SYMLINK;
    default: return EXT4_TYPE_UNKNOWN;
    }
}

uint32_t ext4_dir_blocks(const struct ext4_inode *dir)
{
    if (ext4_is_inline(dir)) {
        return 1; /* ext4_inline_dir_read() */
    }
    return (uint32_t)ext4_min(ext4_inode_size(dir) >> dir->fs->block_shift, UINT32_MAX);
}

bool ext4_dir_indexed(const struct ext4_inode *dir)
{
    return dir->fs->compat & EXT4_COMPAT_DIR_INDEX && ext4_inode_has(dir, EXT4_FLAG_INDEX);
}

uint32_t ext4_dir_room(const struct ext4_fs *fs)
{
    return fs->block_bytes -
           (ext4_has_checksums(fs) ? (uint32_t)sizeof(struct disk_entry_tail) : 0);
}

/* ---- entries ------------------------------------------------------------- */

uint32_t ext4_entry_bytes(size_t name_length)
{
    return (uint32_t)(EXT4_ENTRY_BYTES + name_length + 3) & ~3u;
}

/* The length of a whole block of 64 KiB does not fit in its field. */
uint32_t ext4_entry_length(const struct ext4_fs *fs, const struct disk_entry *entry)
{
    uint32_t length = le16_get(&entry->length);

    return fs->block_bytes > LENGTH_64K && (length == LENGTH_64K || length == 0) ? fs->block_bytes
                                                                                 : length;
}

void ext4_entry_set_length(const struct ext4_fs *fs, struct disk_entry *entry, uint32_t length)
{
    (void)fs;
    le16_set(&entry->length, length > LENGTH_64K ? LENGTH_64K : length);
}

static bool has_types(const struct ext4_fs *fs)
{
    return fs->incompat & EXT4_INCOMPAT_FILETYPE;
}

static void entry_set(const struct ext4_fs *fs, struct disk_entry *entry, struct ext4_name name,
                      uint32_t inode, enum ext4_type type)
{
    le32_set(&entry->inode, inode);
    entry->name_length = (uint8_t)name.length;
    entry->type = has_types(fs) ? (uint8_t)type : 0;
    memcpy(entry->name, name.text, name.length);
}

static enum ext4_type entry_type(const struct ext4_fs *fs, const struct disk_entry *entry)
{
    return has_types(fs) && entry->type <= EXT4_TYPE_SYMLINK ? (enum ext4_type)entry->type
                                                             : EXT4_TYPE_UNKNOWN;
}

/* `left`: bytes to the end, enough for an entry without a name. */
static bool entry_fits(const struct ext4_fs *fs, const struct disk_entry *entry, uint32_t left)
{
    uint32_t length = ext4_entry_length(fs, entry);

    return length >= EXT4_ENTRY_BYTES && length % 4 == 0 && length <= left &&
           (le32_get(&entry->inode) == 0 || ext4_entry_bytes(entry->name_length) <= length) &&
           le32_get(&entry->inode) <= fs->inode_count;
}

enum ext4_status ext4_span_entry(struct ext4_inode *dir, const struct ext4_span *span,
                                 uint32_t offset, struct disk_entry **result)
{
    struct ext4_fs *fs = dir->fs;
    struct disk_entry *entry = (struct disk_entry *)(span->data + offset);
    uint32_t left = span->bytes - offset;

    if (left < EXT4_ENTRY_BYTES) {
        return ext4_corrupt(fs, "directory %u, block %llu: entry at %u reaches beyond the end",
                            dir->number, (unsigned long long)span->block, offset);
    }
    if (!entry_fits(fs, entry, left)) {
        return ext4_corrupt(fs,
                            "directory %u, block %llu: entry at %u has length %u, name length %u, "
                            "inode %u",
                            dir->number, (unsigned long long)span->block, offset,
                            ext4_entry_length(fs, entry), entry->name_length,
                            le32_get(&entry->inode));
    }
    *result = entry;
    return EXT4_OK;
}

static uint32_t entry_used(const struct disk_entry *entry)
{
    return le32_get(&entry->inode) != 0 ? ext4_entry_bytes(entry->name_length) : 0;
}

enum ext4_status ext4_span_room(struct ext4_inode *dir, const struct ext4_span *span, uint32_t need,
                                uint32_t *offset)
{
    struct disk_entry *entry;

    for (*offset = 0; *offset < span->bytes; *offset += ext4_entry_length(dir->fs, entry)) {
        TRY(ext4_span_entry(dir, span, *offset, &entry));
        if (ext4_entry_length(dir->fs, entry) - entry_used(entry) >= need) {
            return EXT4_OK;
        }
    }
    return EXT4_NO_SPACE;
}

void ext4_span_put(const struct ext4_fs *fs, const struct ext4_span *span, uint32_t offset,
                   struct ext4_name name, uint32_t inode, enum ext4_type type)
{
    struct disk_entry *entry = (struct disk_entry *)(span->data + offset);
    uint32_t used = entry_used(entry), length = ext4_entry_length(fs, entry);

    if (used > 0) {
        ext4_entry_set_length(fs, entry, used);
        entry = (struct disk_entry *)(span->data + offset + used);
        ext4_entry_set_length(fs, entry, length - used);
    }
    entry_set(fs, entry, name, inode, type);
}

/* The room goes to the entry before, or stays as a free entry at the start. */
enum ext4_status ext4_span_remove(struct ext4_inode *dir, const struct ext4_span *span,
                                  uint32_t offset)
{
    struct ext4_fs *fs = dir->fs;
    struct disk_entry *entry, *before = NULL;
    uint32_t at = 0;

    for (;; before = entry, at += ext4_entry_length(fs, entry)) {
        TRY(ext4_span_entry(dir, span, at, &entry));
        if (at >= offset) {
            break;
        }
    }
    ext4_assert(at == offset);
    if (before) {
        ext4_entry_set_length(fs, before,
                              ext4_entry_length(fs, before) + ext4_entry_length(fs, entry));
    }
    le32_set(&entry->inode, 0);
    return EXT4_OK;
}

enum ext4_status ext4_span_replace(struct ext4_inode *dir, const struct ext4_span *span,
                                   uint32_t offset, uint32_t inode, enum ext4_type type)
{
    struct disk_entry *entry;

    TRY(ext4_span_entry(dir, span, offset, &entry));
    le32_set(&entry->inode, inode);
    entry->type = has_types(dir->fs) ? (uint8_t)type : 0;
    return EXT4_OK;
}

static struct ext4_span whole_block(const struct ext4_fs *fs, struct ext4_buf *buf)
{
    return (struct ext4_span){buf->data, fs->block_bytes, buf->block};
}

enum ext4_status ext4_dir_entry(struct ext4_inode *dir, struct ext4_buf *buf, uint32_t offset,
                                struct disk_entry **entry)
{
    struct ext4_span span = whole_block(dir->fs, buf);

    return ext4_span_entry(dir, &span, offset, entry);
}

/* ---- blocks -------------------------------------------------------------- */

enum ext4_status ext4_dir_read(struct ext4_handle *handle, struct ext4_inode *dir, uint32_t logical,
                               enum ext4_kind kind, struct ext4_buf **buf)
{
    struct ext4_run run;

    if (ext4_is_inline(dir)) {
        return ext4_inline_dir_read(dir, buf);
    }
    if (logical >= ext4_dir_blocks(dir)) {
        return ext4_corrupt(dir->fs, "directory %u: block %u of %u", dir->number, logical,
                            ext4_dir_blocks(dir));
    }
    TRY(ext4_map(dir, logical, &run));
    if (run.kind != EXT4_RUN_WRITTEN) {
        return ext4_corrupt(dir->fs, "directory %u: block %u is a hole", dir->number, logical);
    }
    if (handle) {
        return ext4_look(handle, run.physical, kind, dir->seed, buf);
    }
    return ext4_buf_read(dir->fs, run.physical, kind, dir->seed, buf);
}

void ext4_dir_put(struct ext4_handle *handle, struct ext4_inode *dir, struct ext4_buf *buf)
{
    if (!handle) {
        ext4_buf_put(dir->fs, buf);
    }
}

void ext4_dir_clear_leaf(const struct ext4_fs *fs, uint8_t *block)
{
    struct disk_entry_tail *tail = (struct disk_entry_tail *)(block + ext4_dir_room(fs));

    memset(block, 0, fs->block_bytes);
    ext4_entry_set_length(fs, (struct disk_entry *)block, ext4_dir_room(fs));
    if (ext4_has_checksums(fs)) {
        le16_set(&tail->length, sizeof(*tail));
        tail->type = EXT4_ENTRY_TAIL_TYPE;
    }
}

enum ext4_status ext4_dir_append(struct ext4_handle *handle, struct ext4_inode *dir,
                                 enum ext4_kind kind, uint32_t *logical, struct ext4_buf **buf)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_run run;

    *logical = ext4_dir_blocks(dir);
    if (*logical >= ext4_map_limit(dir) - 1 ||
        (uint64_t)(*logical + 1) << fs->block_shift > INT32_MAX) {
        return EXT4_NO_SPACE;
    }
    TRY(ext4_map_alloc(handle, dir, *logical, 1, 0, &run));
    TRY(ext4_map_insert(handle, dir, *logical, run.physical, 1, false));
    TRY(ext4_touch_new(handle, run.physical, kind, dir->seed, buf));
    ext4_inode_set_size(dir, (uint64_t)(*logical + 1) << fs->block_shift);
    if (kind == EXT4_KIND_DIRECTORY) {
        ext4_dir_clear_leaf(fs, (*buf)->data);
    }
    return EXT4_OK;
}

/* Says nothing: whoever meets an entry that is not sound does. */
static bool is_sound(const struct ext4_fs *fs, const struct ext4_buf *buf)
{
    uint32_t offset = 0;

    while (fs->block_bytes - offset >= EXT4_ENTRY_BYTES) {
        const struct disk_entry *entry = (const struct disk_entry *)(buf->data + offset);

        if (!entry_fits(fs, entry, fs->block_bytes - offset)) {
            return false;
        }
        offset += ext4_entry_length(fs, entry);
    }
    return offset == fs->block_bytes;
}

enum ext4_status ext4_dir_find_in(struct ext4_inode *dir, struct ext4_buf *buf,
                                  struct ext4_name name, struct ext4_slot *slot)
{
    struct ext4_fs *fs = dir->fs;
    struct disk_entry *entry;

    buf->checked = buf->checked || is_sound(fs, buf); /* what we change stays so */
    for (uint32_t offset = 0; offset < fs->block_bytes; offset += ext4_entry_length(fs, entry)) {
        entry = (struct disk_entry *)(buf->data + offset);
        if (!buf->checked) {
            TRY(ext4_dir_entry(dir, buf, offset, &entry));
        }
        if (entry->name_length == name.length && le32_get(&entry->inode) != 0 &&
            memcmp(entry->name, name.text, name.length) == 0) {
            *slot = (struct ext4_slot){buf->block, offset, (enum ext4_kind)buf->kind,
                                       le32_get(&entry->inode), entry_type(fs, entry)};
            return EXT4_OK;
        }
    }
    return EXT4_NOT_FOUND;
}

enum ext4_status ext4_dir_add_in(struct ext4_handle *handle, struct ext4_inode *dir,
                                 struct ext4_buf *buf, struct ext4_name name, uint32_t inode,
                                 enum ext4_type type)
{
    struct ext4_span span = {buf->data, ext4_dir_room(dir->fs), buf->block};
    uint32_t offset;

    TRY(ext4_span_room(dir, &span, ext4_entry_bytes(name.length), &offset));
    TRY(ext4_touch(handle, buf->block, EXT4_KIND_DIRECTORY, dir->seed, &buf));
    ext4_span_put(dir->fs, &span, offset, name, inode, type);
    return EXT4_OK;
}

/* ---- directories --------------------------------------------------------- */

static bool is_dots(struct ext4_name name)
{
    return name.text[0] == '.' && (name.length == 1 || (name.length == 2 && name.text[1] == '.'));
}

/* In block 0, which may be the root of an index. */
static enum ext4_status find_dots(struct ext4_inode *dir, struct ext4_name name,
                                  struct ext4_slot *slot)
{
    enum ext4_kind kind = ext4_dir_indexed(dir) ? EXT4_KIND_INDEX : EXT4_KIND_DIRECTORY;
    enum ext4_status status;
    struct ext4_buf *buf;

    TRY(ext4_dir_read(NULL, dir, 0, kind, &buf));
    status = ext4_dir_find_in(dir, buf, name, slot);
    ext4_buf_put(dir->fs, buf);
    return status;
}

enum ext4_status ext4_dir_find(struct ext4_inode *dir, struct ext4_name name,
                               struct ext4_slot *slot)
{
    if (is_dots(name)) {
        return find_dots(dir, name, slot);
    }
    if (ext4_dir_indexed(dir)) {
        return ext4_index_find(dir, name, slot);
    }
    for (uint32_t logical = 0; logical < ext4_dir_blocks(dir); logical++) {
        enum ext4_status status;
        struct ext4_buf *buf;

        TRY(ext4_dir_read(NULL, dir, logical, EXT4_KIND_DIRECTORY, &buf));
        status = ext4_dir_find_in(dir, buf, name, slot);
        ext4_buf_put(dir->fs, buf);
        if (status != EXT4_NOT_FOUND) {
            return status;
        }
    }
    return EXT4_NOT_FOUND;
}

static enum ext4_status add_anywhere(struct ext4_handle *handle, struct ext4_inode *dir,
                                     struct ext4_name name, uint32_t inode, enum ext4_type type)
{
    for (uint32_t logical = 0; logical < ext4_dir_blocks(dir); logical++) {
        struct ext4_buf *buf;
        enum ext4_status status;

        /* Looked at without the handle, which could not hold all of a long directory. */
        TRY(ext4_dir_read(NULL, dir, logical, EXT4_KIND_DIRECTORY, &buf));
        status = ext4_dir_add_in(handle, dir, buf, name, inode, type);
        ext4_buf_put(dir->fs, buf);
        if (status != EXT4_NO_SPACE) {
            return status;
        }
    }
    return EXT4_NO_SPACE;
}

enum ext4_status ext4_dir_add(struct ext4_handle *handle, struct ext4_inode *dir,
                              struct ext4_name name, uint32_t inode, enum ext4_type type)
{
    enum ext4_status status;
    struct ext4_buf *buf;
    uint32_t logical;
    bool done;

    if (ext4_is_inline(dir)) {
        TRY(ext4_inline_dir_add(handle, dir, name, inode, type, &done));
        if (done) {
            return EXT4_OK;
        }
    }
    if (ext4_dir_indexed(dir)) {
        return ext4_index_add(handle, dir, name, inode, type);
    }
    status = add_anywhere(handle, dir, name, inode, type);
    if (status != EXT4_NO_SPACE) {
        return status;
    }
    if (handle->fs->compat & EXT4_COMPAT_DIR_INDEX && ext4_dir_blocks(dir) == 1) {
        TRY(ext4_index_make(handle, dir));
        return ext4_index_add(handle, dir, name, inode, type);
    }
    TRY(ext4_dir_append(handle, dir, EXT4_KIND_DIRECTORY, &logical, &buf));
    return ext4_dir_add_in(handle, dir, buf, name, inode, type);
}

enum ext4_status ext4_dir_remove(struct ext4_handle *handle, struct ext4_inode *dir,
                                 const struct ext4_slot *slot)
{
    struct ext4_span span;
    struct ext4_buf *buf;

    if (ext4_is_inline(dir)) {
        return ext4_inline_dir_remove(dir, slot);
    }
    TRY(ext4_touch(handle, slot->block, slot->kind, dir->seed, &buf));
    span = whole_block(dir->fs, buf);
    return ext4_span_remove(dir, &span, slot->offset);
}

enum ext4_status ext4_dir_replace(struct ext4_handle *handle, struct ext4_inode *dir,
                                  const struct ext4_slot *slot, uint32_t inode, enum ext4_type type)
{
    struct ext4_span span;
    struct ext4_buf *buf;

    if (ext4_is_inline(dir)) {
        return ext4_inline_dir_replace(dir, slot, inode, type);
    }
    TRY(ext4_touch(handle, slot->block, slot->kind, dir->seed, &buf));
    span = whole_block(dir->fs, buf);
    return ext4_span_replace(dir, &span, slot->offset, inode, type);
}

void ext4_dir_put_dots(const struct ext4_inode *dir, uint8_t *block, uint32_t parent)
{
    const struct ext4_fs *fs = dir->fs;
    uint32_t dot = ext4_entry_bytes(1);
    struct disk_entry *entry = (struct disk_entry *)block;

    entry_set(fs, entry, (struct ext4_name){".", 1}, dir->number, EXT4_TYPE_DIRECTORY);
    ext4_entry_set_length(fs, entry, dot);
    entry = (struct disk_entry *)(block + dot);
    entry_set(fs, entry, (struct ext4_name){"..", 2}, parent, EXT4_TYPE_DIRECTORY);
    ext4_entry_set_length(fs, entry, ext4_dir_room(fs) - dot);
}

enum ext4_status ext4_dir_init(struct ext4_handle *handle, struct ext4_inode *dir, uint32_t parent)
{
    struct ext4_buf *buf;
    uint32_t logical;

    if (ext4_is_inline(dir)) {
        ext4_inline_dir_init(dir, parent);
        return EXT4_OK;
    }
    TRY(ext4_dir_append(handle, dir, EXT4_KIND_DIRECTORY, &logical, &buf));
    ext4_dir_put_dots(dir, buf->data, parent);
    return EXT4_OK;
}

static bool stop_at_first(void *context, const struct ext4_entry *entry)
{
    struct ext4_name name = {entry->name, entry->length};

    if (is_dots(name)) {
        return true;
    }
    *(bool *)context = false;
    return false;
}

/* From the second position on: an indexed directory gives the dots first. */
enum ext4_status ext4_dir_is_empty(struct ext4_inode *dir, bool *empty)
{
    *empty = true;
    return ext4_readdir(dir, 0, stop_at_first, empty);
}
