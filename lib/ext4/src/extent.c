// SPDX-License-Identifier: BSD-2-Clause
/*
 * Extent trees. The root lies in the inode, other nodes in blocks of their own. Invariants of a
 * tree, checked when a node comes from the disk and kept by every change:
 *
 * - a node has a header with the right depth, and entries in ascending order that do not overlap;
 * - the key of an index entry is the first block of the child's first entry;
 * - no node but the root is empty; an empty root has depth 0.
 */
#include "alloc.h"
#include "fs.h"
#include "map_priv.h"

#include <tiny/string.h>

enum { LEVELS = EXT4_EXTENT_DEPTH_MAX + 1 };

/* One level of the way to a block. Level 0 is the root, which has no buffer. */
struct level {
    struct ext4_buf *buf;
    struct disk_extent_header *header;
    int at; /* last entry that begins at or before the block; -1: none */
};

struct path {
    struct level levels[LEVELS];
    int depth; /* the leaf's level */
};

struct extent {
    uint32_t first, count;
    uint64_t physical;
    bool unwritten;
};

/* ---- entries ------------------------------------------------------------- */

static struct disk_extent *entry(struct disk_extent_header *header, int at)
{
    return (struct disk_extent *)(header + 1) + at;
}

static struct disk_extent_index *index_entry(struct disk_extent_header *header, int at)
{
    return (struct disk_extent_index *)(header + 1) + at;
}

static int entries(const struct disk_extent_header *header)
{
    return le16_get(&header->entries);
}

static uint32_t first_of(struct disk_extent_header *header, int at)
{
    return le32_get(&entry(header, at)->first);
}

static struct extent extent_get(struct disk_extent_header *header, int at)
{
    const struct disk_extent *disk = entry(header, at);
    uint32_t length = le16_get(&disk->length);
    struct extent extent = {.first = le32_get(&disk->first)};

    extent.unwritten = length > EXT4_EXTENT_LENGTH_MAX;
    extent.count = extent.unwritten ? length - EXT4_EXTENT_LENGTH_MAX : length;
    extent.physical = le32_get(&disk->start_lo) | (uint64_t)le16_get(&disk->start_hi) << 32;
    return extent;
}

static void extent_set(struct disk_extent_header *header, int at, const struct extent *extent)
{
    struct disk_extent *disk = entry(header, at);

    le32_set(&disk->first, extent->first);
    le16_set(&disk->length, extent->count + (extent->unwritten ? EXT4_EXTENT_LENGTH_MAX : 0));
    le32_set(&disk->start_lo, (uint32_t)extent->physical);
    le16_set(&disk->start_hi, (uint32_t)(extent->physical >> 32));
}

static uint64_t child_of(struct disk_extent_header *header, int at)
{
    const struct disk_extent_index *disk = index_entry(header, at);

    return le32_get(&disk->child_lo) | (uint64_t)le16_get(&disk->child_hi) << 32;
}

static void index_set(struct disk_extent_header *header, int at, uint32_t first, uint64_t child)
{
    struct disk_extent_index *disk = index_entry(header, at);

    le32_set(&disk->first, first);
    le32_set(&disk->child_lo, (uint32_t)child);
    le16_set(&disk->child_hi, (uint32_t)(child >> 32));
    le16_set(&disk->unused, 0);
}

static uint32_t length_max(bool unwritten)
{
    return unwritten ? EXT4_EXTENT_UNWRITTEN_LENGTH_MAX : EXT4_EXTENT_LENGTH_MAX;
}

/* ---- checks -------------------------------------------------------------- */

static enum ext4_status check_header(struct ext4_inode *inode, struct disk_extent_header *header,
                                     size_t bytes, int depth)
{
    size_t most = (bytes - sizeof(*header)) / sizeof(struct disk_extent);

    if (le16_get(&header->magic) != EXT4_EXTENT_MAGIC || le16_get(&header->depth) != depth ||
        le16_get(&header->max) > most || le16_get(&header->entries) > le16_get(&header->max)) {
        return ext4_corrupt(inode->fs,
                            "inode %u: extent node with magic 0x%04x, depth %u, %u of %u entries; "
                            "expected 0x%04x, depth %d, at most %u",
                            inode->number, le16_get(&header->magic), le16_get(&header->depth),
                            entries(header), le16_get(&header->max), EXT4_EXTENT_MAGIC, depth,
                            (unsigned)most);
    }
    return EXT4_OK;
}

static enum ext4_status check_leaf(struct ext4_inode *inode, struct disk_extent_header *header)
{
    uint64_t free_from = 0;

    for (int i = 0; i < entries(header); i++) {
        struct extent extent = extent_get(header, i);

        if (extent.count == 0 || extent.first < free_from ||
            (uint64_t)extent.first + extent.count > UINT32_MAX ||
            extent.physical <= inode->fs->first_data_block ||
            extent.physical + extent.count > inode->fs->block_count) {
            return ext4_corrupt(inode->fs, "inode %u: extent %d has %u blocks from %u on, at %llu",
                                inode->number, i, extent.count, extent.first,
                                (unsigned long long)extent.physical);
        }
        free_from = (uint64_t)extent.first + extent.count;
    }
    return EXT4_OK;
}

static enum ext4_status check_index(struct ext4_inode *inode, struct disk_extent_header *header)
{
    if (entries(header) == 0) {
        return ext4_corrupt(inode->fs, "inode %u: an extent node above others is empty",
                            inode->number);
    }
    for (int i = 0; i < entries(header); i++) {
        if ((i > 0 && first_of(header, i) <= first_of(header, i - 1)) ||
            child_of(header, i) <= inode->fs->first_data_block ||
            child_of(header, i) >= inode->fs->block_count) {
            return ext4_corrupt(inode->fs, "inode %u: extent index %d from %u on, child at %llu",
                                inode->number, i, first_of(header, i),
                                (unsigned long long)child_of(header, i));
        }
    }
    return EXT4_OK;
}

static enum ext4_status check_node(struct ext4_inode *inode, struct disk_extent_header *header,
                                   size_t bytes, int depth)
{
    TRY(check_header(inode, header, bytes, depth));
    return depth == 0 ? check_leaf(inode, header) : check_index(inode, header);
}

/* A node below another must begin where its parent says. */
static enum ext4_status check_child(struct ext4_inode *inode, struct ext4_buf *buf, int depth,
                                    uint32_t first)
{
    struct disk_extent_header *header = (struct disk_extent_header *)buf->data;

    if (!buf->checked) {
        TRY(check_node(inode, header, inode->fs->block_bytes, depth));
        buf->checked = true;
    }
    if (le16_get(&header->depth) != depth || entries(header) == 0 || first_of(header, 0) != first) {
        return ext4_corrupt(inode->fs,
                            "inode %u: extent node %llu has %u entries from %u on, expected %u",
                            inode->number, (unsigned long long)buf->block, entries(header),
                            first_of(header, 0), first);
    }
    return EXT4_OK;
}

static enum ext4_status check_root(struct ext4_inode *inode)
{
    struct disk_extent_header *header = (struct disk_extent_header *)inode->disk->room;
    int depth = le16_get(&header->depth);

    if (depth > EXT4_EXTENT_DEPTH_MAX) {
        return ext4_corrupt(inode->fs, "inode %u: extent tree of depth %d", inode->number, depth);
    }
    return check_node(inode, header, EXT4_INODE_ROOM, depth);
}

/* ---- looking up ---------------------------------------------------------- */

static int search(struct disk_extent_header *header, uint32_t logical)
{
    int low = 0, high = entries(header);

    while (low < high) {
        int middle = (low + high) / 2;

        if (first_of(header, middle) <= logical) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

/* A hole ends where the next entry begins, here or, as `bound`, in what comes after this node. */
static void leaf_run(struct disk_extent_header *header, uint32_t logical, uint32_t bound,
                     struct ext4_run *run)
{
    int at = search(header, logical);

    if (at >= 0) {
        struct extent extent = extent_get(header, at);

        if (logical - extent.first < extent.count) {
            run->kind = extent.unwritten ? EXT4_RUN_UNWRITTEN : EXT4_RUN_WRITTEN;
            run->count = extent.count - (logical - extent.first);
            run->physical = extent.physical + (logical - extent.first);
            return;
        }
    }
    run->kind = EXT4_RUN_HOLE;
    run->physical = 0;
    run->count = (at + 1 < entries(header) ? first_of(header, at + 1) : bound) - logical;
}

/* One level at a time, so that a reader pins one block only. */
static enum ext4_status descend(struct ext4_inode *inode, uint32_t logical, uint64_t child,
                                uint32_t first, uint32_t bound, int depth, struct ext4_run *run)
{
    struct ext4_fs *fs = inode->fs;

    for (;; depth--) {
        struct disk_extent_header *header;
        struct ext4_buf *buf;
        enum ext4_status status;
        int at;

        TRY(ext4_buf_read(fs, child, EXT4_KIND_EXTENTS, inode->seed, &buf));
        header = (struct disk_extent_header *)buf->data;
        status = check_child(inode, buf, depth, first);
        if (status != EXT4_OK || depth == 0) {
            if (status == EXT4_OK) {
                leaf_run(header, logical, bound, run);
            }
            ext4_buf_put(fs, buf);
            return status;
        }
        at = search(header, logical);
        bound = at + 1 < entries(header) ? first_of(header, at + 1) : bound;
        first = first_of(header, at);
        child = child_of(header, at);
        ext4_buf_put(fs, buf);
    }
}

enum ext4_status ext4_extent_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run)
{
    struct disk_extent_header *root = (struct disk_extent_header *)inode->disk->room;
    uint32_t bound;
    int at;

    TRY(check_root(inode));
    if (le16_get(&root->depth) == 0) {
        leaf_run(root, logical, UINT32_MAX, run);
        return EXT4_OK;
    }
    at = search(root, logical);
    if (at < 0) {
        *run = (struct ext4_run){EXT4_RUN_HOLE, first_of(root, 0) - logical, 0};
        return EXT4_OK;
    }
    bound = at + 1 < entries(root) ? first_of(root, at + 1) : UINT32_MAX;
    return descend(inode, logical, child_of(root, at), first_of(root, at), bound,
                   le16_get(&root->depth) - 1, run);
}

void ext4_extent_init(struct ext4_inode *inode)
{
    struct disk_extent_header *root = (struct disk_extent_header *)inode->disk->room;

    memset(inode->disk->room, 0, EXT4_INODE_ROOM);
    le16_set(&root->magic, EXT4_EXTENT_MAGIC);
    le16_set(&root->max, EXT4_EXTENT_ROOT_MAX);
}

/* ---- the way to change things -------------------------------------------- */

/* A block before all others leads to the first leaf, with `at` -1 there. */
static enum ext4_status find_path(struct ext4_handle *handle, struct ext4_inode *inode,
                                  uint32_t logical, struct path *path)
{
    struct disk_extent_header *header = (struct disk_extent_header *)inode->disk->room;

    TRY(check_root(inode));
    path->depth = le16_get(&header->depth);
    path->levels[0] = (struct level){NULL, header, search(header, logical)};
    for (int i = 0; i < path->depth; i++) {
        struct level *level = &path->levels[i], *next = level + 1;

        level->at = level->at < 0 ? 0 : level->at;
        TRY(ext4_look(handle, child_of(level->header, level->at), EXT4_KIND_EXTENTS, inode->seed,
                      &next->buf));
        TRY(check_child(inode, next->buf, path->depth - 1 - i, first_of(level->header, level->at)));
        next->header = (struct disk_extent_header *)next->buf->data;
        next->at = search(next->header, logical);
    }
    return EXT4_OK;
}

/* Before a change: the root belongs to the inode, which is touched already. */
static enum ext4_status touch(struct ext4_handle *handle, struct ext4_inode *inode,
                              struct level *level)
{
    struct ext4_buf *buf;

    if (!level->buf) {
        return EXT4_OK;
    }
    return ext4_touch(handle, level->buf->block, EXT4_KIND_EXTENTS, inode->seed, &buf);
}

/* The first entry of a node changed its first block: so do keys above. */
static enum ext4_status fix_keys(struct ext4_handle *handle, struct ext4_inode *inode,
                                 struct path *path, int level)
{
    for (; level > 0; level--) {
        struct level *parent = &path->levels[level - 1];

        TRY(touch(handle, inode, parent));
        le32_set(&index_entry(parent->header, parent->at)->first,
                 first_of(path->levels[level].header, 0));
        if (parent->at > 0) {
            break;
        }
    }
    return EXT4_OK;
}

static void open_gap(struct disk_extent_header *header, int at)
{
    memmove(entry(header, at + 1), entry(header, at),
            (size_t)(entries(header) - at) * sizeof(struct disk_extent));
    le16_set(&header->entries, (uint32_t)entries(header) + 1);
}

static void close_gap(struct disk_extent_header *header, int at)
{
    memmove(entry(header, at), entry(header, at + 1),
            (size_t)(entries(header) - at - 1) * sizeof(struct disk_extent));
    le16_set(&header->entries, (uint32_t)entries(header) - 1);
}

/* ---- splitting ----------------------------------------------------------- */

static bool is_full(const struct level *level)
{
    return entries(level->header) >= le16_get(&level->header->max);
}

static enum ext4_status new_node(struct ext4_handle *handle, struct ext4_inode *inode, int depth,
                                 struct ext4_buf **buf)
{
    struct ext4_fs *fs = handle->fs;
    struct disk_extent_header *header;
    uint64_t block;
    uint32_t room = fs->block_bytes - (uint32_t)sizeof(*header);

    TRY(ext4_map_alloc_node(handle, inode, &block));
    ext4_inode_add_blocks(inode, 1);
    TRY(ext4_touch_new(handle, block, EXT4_KIND_EXTENTS, inode->seed, buf));
    (*buf)->checked = true;
    header = (struct disk_extent_header *)(*buf)->data;
    le16_set(&header->magic, EXT4_EXTENT_MAGIC);
    le16_set(&header->depth, (uint32_t)depth);
    le16_set(&header->max, room / (uint32_t)sizeof(struct disk_extent));
    return EXT4_OK;
}

/* What is in the root moves to a node of its own; the root points to that. */
static enum ext4_status grow(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct disk_extent_header *root = (struct disk_extent_header *)inode->disk->room, *header;
    int depth = le16_get(&root->depth), count = entries(root);
    struct ext4_buf *buf;

    if (depth == EXT4_EXTENT_DEPTH_MAX) {
        return EXT4_TOO_BIG;
    }
    TRY(new_node(handle, inode, depth, &buf));
    header = (struct disk_extent_header *)buf->data;
    memcpy(entry(header, 0), entry(root, 0), (size_t)count * sizeof(struct disk_extent));
    le16_set(&header->entries, (uint32_t)count);
    memset(entry(root, 0), 0, EXT4_EXTENT_ROOT_MAX * sizeof(struct disk_extent));
    le16_set(&root->depth, (uint32_t)depth + 1);
    le16_set(&root->entries, 1);
    index_set(root, 0, first_of(header, 0), buf->block);
    return EXT4_OK;
}

/* The node at `level` is full, the one above is not. Whoever appends leaves full nodes behind. */
static enum ext4_status split(struct ext4_handle *handle, struct ext4_inode *inode,
                              struct path *path, int level)
{
    struct level *node = &path->levels[level], *parent = node - 1;
    int count = entries(node->header);
    int keep = node->at == count - 1 ? count - 1 : count / 2;
    struct disk_extent_header *header;
    struct ext4_buf *buf;

    TRY(touch(handle, inode, node));
    TRY(touch(handle, inode, parent));
    TRY(new_node(handle, inode, le16_get(&node->header->depth), &buf));
    header = (struct disk_extent_header *)buf->data;
    memcpy(entry(header, 0), entry(node->header, keep),
           (size_t)(count - keep) * sizeof(struct disk_extent));
    le16_set(&header->entries, (uint32_t)(count - keep));
    memset(entry(node->header, keep), 0, (size_t)(count - keep) * sizeof(struct disk_extent));
    le16_set(&node->header->entries, (uint32_t)keep);
    open_gap(parent->header, parent->at + 1);
    index_set(parent->header, parent->at + 1, first_of(header, 0), buf->block);
    return EXT4_OK;
}

/* Gives the path to a leaf that has room for one more entry. Every turn splits one node, so there
 * are at most two for each level. */
static enum ext4_status find_room(struct ext4_handle *handle, struct ext4_inode *inode,
                                  uint32_t logical, struct path *path)
{
    for (;;) {
        int level;

        TRY(find_path(handle, inode, logical, path));
        for (level = path->depth; level >= 0 && is_full(&path->levels[level]); level--) {
        }
        if (level == path->depth) {
            return EXT4_OK;
        }
        TRY(level < 0 ? grow(handle, inode) : split(handle, inode, path, level + 1));
    }
}

/* ---- inserting ----------------------------------------------------------- */

static bool follows(const struct extent *a, const struct extent *b)
{
    return a->first + a->count == b->first && a->physical + a->count == b->physical &&
           a->unwritten == b->unwritten && a->count + b->count <= length_max(a->unwritten);
}

/* Makes a neighbour longer, if there is one that fits. */
static enum ext4_status merge(struct ext4_handle *handle, struct ext4_inode *inode,
                              struct path *path, const struct extent *extent, bool *merged)
{
    struct level *leaf = &path->levels[path->depth];
    struct extent other;

    *merged = true;
    if (leaf->at >= 0) {
        other = extent_get(leaf->header, leaf->at);
        if (follows(&other, extent)) {
            TRY(touch(handle, inode, leaf));
            other.count += extent->count;
            extent_set(leaf->header, leaf->at, &other);
            return EXT4_OK;
        }
    }
    if (leaf->at + 1 < entries(leaf->header)) {
        other = extent_get(leaf->header, leaf->at + 1);
        if (follows(extent, &other)) {
            TRY(touch(handle, inode, leaf));
            other.first = extent->first;
            other.physical = extent->physical;
            other.count += extent->count;
            extent_set(leaf->header, leaf->at + 1, &other);
            return leaf->at + 1 == 0 ? fix_keys(handle, inode, path, path->depth) : EXT4_OK;
        }
    }
    *merged = false;
    return EXT4_OK;
}

static enum ext4_status insert_one(struct ext4_handle *handle, struct ext4_inode *inode,
                                   const struct extent *extent)
{
    struct path path;
    struct level *leaf;
    bool merged;

    TRY(find_path(handle, inode, extent->first, &path));
    TRY(merge(handle, inode, &path, extent, &merged));
    if (merged) {
        return EXT4_OK;
    }
    TRY(find_room(handle, inode, extent->first, &path));
    leaf = &path.levels[path.depth];
    TRY(touch(handle, inode, leaf));
    open_gap(leaf->header, leaf->at + 1);
    extent_set(leaf->header, leaf->at + 1, extent);
    return leaf->at + 1 == 0 ? fix_keys(handle, inode, &path, path.depth) : EXT4_OK;
}

enum ext4_status ext4_extent_insert(struct ext4_handle *handle, struct ext4_inode *inode,
                                    uint32_t logical, uint64_t physical, uint32_t count,
                                    bool unwritten)
{
    while (count > 0) {
        struct extent extent = {logical, (uint32_t)ext4_min(count, length_max(unwritten)), physical,
                                unwritten};

        TRY(insert_one(handle, inode, &extent));
        logical += extent.count;
        physical += extent.count;
        count -= extent.count;
    }
    return EXT4_OK;
}

/* ---- removing ------------------------------------------------------------ */

static enum ext4_status remove_entry(struct ext4_handle *handle, struct ext4_inode *inode,
                                     struct path *path)
{
    struct disk_extent_header *root = path->levels[0].header;

    for (int i = path->depth;; i--) {
        struct level *level = &path->levels[i];

        TRY(touch(handle, inode, level));
        close_gap(level->header, level->at);
        if (entries(level->header) > 0) {
            return level->at == 0 ? fix_keys(handle, inode, path, i) : EXT4_OK;
        }
        if (i == 0) {
            le16_set(&root->depth, 0);
            le16_set(&root->max, EXT4_EXTENT_ROOT_MAX);
            return EXT4_OK;
        }
        TRY(ext4_metadata_free(handle, level->buf->block));
        ext4_inode_add_blocks(inode, -1);
    }
}

/* Takes [from, to) out of the extent at the end of the path, which contains it. */
static enum ext4_status cut(struct ext4_handle *handle, struct ext4_inode *inode, struct path *path,
                            uint32_t from, uint32_t to)
{
    struct level *leaf = &path->levels[path->depth];
    struct extent whole = extent_get(leaf->header, leaf->at), left = whole, right = whole;

    left.count = from - whole.first;
    right.first = to;
    right.physical += to - whole.first;
    right.count -= to - whole.first;
    if (left.count == 0 && right.count == 0) {
        return remove_entry(handle, inode, path);
    }
    TRY(touch(handle, inode, leaf));
    if (left.count == 0) {
        extent_set(leaf->header, leaf->at, &right);
        return leaf->at == 0 ? fix_keys(handle, inode, path, path->depth) : EXT4_OK;
    }
    extent_set(leaf->header, leaf->at, &left);
    return right.count > 0 ? insert_one(handle, inode, &right) : EXT4_OK;
}

enum ext4_status ext4_extent_step(struct ext4_handle *handle, struct ext4_inode *inode,
                                  uint32_t first, uint64_t *end, bool metadata)
{
    struct path path;
    struct level *leaf;
    struct extent extent;
    uint32_t from, to;

    TRY(find_path(handle, inode, (uint32_t)(*end - 1), &path));
    leaf = &path.levels[path.depth];
    if (leaf->at < 0) {
        *end = first;
        return EXT4_OK;
    }
    extent = extent_get(leaf->header, leaf->at);
    to = (uint32_t)ext4_min(*end, extent.first + extent.count);
    if (to <= first) {
        *end = first;
        return EXT4_OK;
    }
    from = (uint32_t)ext4_max(first, extent.first);
    if (metadata && to - from > EXT4_STEP_METADATA) {
        from = to - EXT4_STEP_METADATA;
    }
    TRY(cut(handle, inode, &path, from, to));
    TRY(ext4_map_free(handle, extent.physical + (from - extent.first), to - from, metadata));
    ext4_inode_add_blocks(inode, -(int64_t)(to - from));
    *end = from;
    return EXT4_OK;
}

enum ext4_status ext4_extent_convert(struct ext4_handle *handle, struct ext4_inode *inode,
                                     uint32_t logical, uint32_t count, bool unwritten)
{
    uint32_t end = logical + count;

    while (logical < end) {
        struct path path;
        struct level *leaf;
        struct extent part;
        uint32_t skip;

        TRY(find_path(handle, inode, logical, &path));
        leaf = &path.levels[path.depth];
        ext4_assert(leaf->at >= 0);
        part = extent_get(leaf->header, leaf->at);
        skip = logical - part.first;
        ext4_assert(skip < part.count);
        part.first = logical;
        part.physical += skip;
        part.count = (uint32_t)ext4_min(part.count - skip, end - logical);
        if (part.unwritten != unwritten) {
            TRY(cut(handle, inode, &path, part.first, part.first + part.count));
            TRY(ext4_extent_insert(handle, inode, part.first, part.physical, part.count,
                                   unwritten));
        }
        logical += part.count;
    }
    return EXT4_OK;
}

/* ---- visiting ------------------------------------------------------------ */

static void visit_leaf(struct disk_extent_header *header, struct ext4_map_visitor *visitor)
{
    for (int i = 0; i < entries(header); i++) {
        struct extent extent = extent_get(header, i);
        struct ext4_run run = {extent.unwritten ? EXT4_RUN_UNWRITTEN : EXT4_RUN_WRITTEN,
                               extent.count, extent.physical};

        visitor->run(visitor, extent.first, &run);
    }
}

static enum ext4_status visit_below(struct ext4_inode *inode, struct disk_extent_header *header,
                                    int depth, struct ext4_map_visitor *visitor);

static enum ext4_status visit_child(struct ext4_inode *inode, uint64_t child, uint32_t first,
                                    int depth, struct ext4_map_visitor *visitor)
{
    struct ext4_buf *buf;
    enum ext4_status status;

    if (!visitor->node(visitor, child)) {
        return EXT4_OK;
    }
    TRY(ext4_buf_read(inode->fs, child, EXT4_KIND_EXTENTS, inode->seed, &buf));
    status = check_child(inode, buf, depth, first);
    if (status == EXT4_OK) {
        status = visit_below(inode, (struct disk_extent_header *)buf->data, depth, visitor);
    }
    ext4_buf_put(inode->fs, buf);
    return status;
}

/* At most as deep as a tree can be. */
static enum ext4_status visit_below(struct ext4_inode *inode, struct disk_extent_header *header,
                                    int depth, struct ext4_map_visitor *visitor)
{
    enum ext4_status result = EXT4_OK;

    if (depth == 0) {
        visit_leaf(header, visitor);
        return EXT4_OK;
    }
    for (int i = 0; i < entries(header); i++) {
        enum ext4_status status =
            visit_child(inode, child_of(header, i), first_of(header, i), depth - 1, visitor);

        result = result == EXT4_OK ? status : result;
    }
    return result;
}

enum ext4_status ext4_extent_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor)
{
    struct disk_extent_header *root = (struct disk_extent_header *)inode->disk->room;

    TRY(check_root(inode));
    return visit_below(inode, root, le16_get(&root->depth), visitor);
}
