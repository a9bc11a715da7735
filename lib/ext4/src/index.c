// SPDX-License-Identifier: BSD-2-Clause
/*
 * The index of a directory: a tree of nodes whose entries lead from hashes of names to the leaf
 * blocks where the names are. The root is in block 0, behind "." and "..", which makes the whole
 * look like an ordinary directory to those who do not know better.
 *
 * An entry's hash is the lowest that its leaf may hold. Bit 0 is set when names with that hash
 * began in the leaf before. The first entry of a node has no hash, it takes what is below the
 * second.
 */
#include "dir.h"
#include "fs.h"
#include "sort.h"

#include <tiny/string.h>

enum { LEVELS_MAX = 3, LEVELS_LARGE = 2, LEVELS_NORMAL = 1, CONTINUED = 1 };

struct node {
    struct ext4_buf *buf;
    struct disk_index_entry *entries;
    uint32_t at;
};

struct path {
    struct node nodes[LEVELS_MAX];
    uint32_t levels; /* nodes below the root */
    enum ext4_hash_version version;
};

static uint32_t node_count(const struct node *node)
{
    return le16_get(&node->entries[0].count);
}

static uint32_t node_limit(const struct node *node)
{
    return le16_get(&node->entries[0].limit);
}

static uint32_t limit_for(const struct ext4_fs *fs, uint32_t offset)
{
    uint32_t tail = ext4_has_checksums(fs) ? (uint32_t)sizeof(struct disk_index_tail) : 0;

    return (fs->block_bytes - offset - tail) / (uint32_t)sizeof(struct disk_index_entry);
}

static uint32_t levels_most(const struct ext4_fs *fs)
{
    return fs->incompat & EXT4_INCOMPAT_LARGEDIR ? LEVELS_LARGE : LEVELS_NORMAL;
}

static enum ext4_status open_node(struct ext4_inode *dir, struct ext4_buf *buf, uint32_t offset,
                                  struct node *node)
{
    node->buf = buf;
    node->entries = (struct disk_index_entry *)(buf->data + offset);
    node->at = 0;
    if (node_limit(node) != limit_for(dir->fs, offset) || node_count(node) == 0 ||
        node_count(node) > node_limit(node)) {
        return ext4_corrupt(dir->fs,
                            "directory %u: index block %llu has %u of %u entries, limit %u",
                            dir->number, (unsigned long long)buf->block, node_count(node),
                            node_limit(node), limit_for(dir->fs, offset));
    }
    return EXT4_OK;
}

static struct disk_index_info *info_of(struct path *path)
{
    return (struct disk_index_info *)(path->nodes[0].buf->data + EXT4_INDEX_INFO_OFFSET);
}

static enum ext4_status check_info(struct ext4_inode *dir, struct path *path)
{
    const struct disk_index_info *info = info_of(path);
    uint32_t version = info->hash_version;

    if (version >= EXT4_HASH_VERSIONS || info->info_length != sizeof(*info) ||
        info->levels > levels_most(dir->fs)) {
        return ext4_corrupt(dir->fs,
                            "directory %u: index with hash %u, %u levels, head of %u bytes",
                            dir->number, version, info->levels, info->info_length);
    }
    path->version = (enum ext4_hash_version)version;
    path->levels = info->levels;
    return EXT4_OK;
}

/* The last entry that does not begin after `hash`. */
static uint32_t search(const struct node *node, uint32_t hash)
{
    uint32_t low = 1, high = node_count(node);

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (le32_get(&node->entries[middle].hash) <= hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

static uint32_t child_of(const struct node *node)
{
    return le32_get(&node->entries[node->at].block) & 0x0fffffff;
}

static void put_nodes(struct ext4_handle *handle, struct ext4_inode *dir, struct path *path,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ext4_dir_put(handle, dir, path->nodes[i].buf);
    }
}

/* Opens the node at `level`, below what is open already. */
static enum ext4_status descend(struct ext4_handle *handle, struct ext4_inode *dir,
                                struct path *path, uint32_t level)
{
    uint32_t logical = level == 0 ? 0 : child_of(&path->nodes[level - 1]);
    uint32_t offset = level == 0 ? EXT4_INDEX_ROOT_OFFSET : EXT4_INDEX_NODE_OFFSET;
    enum ext4_status status;
    struct ext4_buf *buf;

    if (level > 0 && logical == 0) {
        return ext4_corrupt(dir->fs, "directory %u: the index leads to its own root", dir->number);
    }
    TRY(ext4_dir_read(handle, dir, logical, EXT4_KIND_INDEX, &buf));
    status = open_node(dir, buf, offset, &path->nodes[level]);
    if (status == EXT4_OK && level == 0) {
        status = check_info(dir, path);
    }
    if (status != EXT4_OK) {
        ext4_dir_put(handle, dir, buf);
    }
    return status;
}

static enum ext4_status find_path(struct ext4_handle *handle, struct ext4_inode *dir, uint32_t hash,
                                  struct path *path)
{
    path->levels = 0;
    for (uint32_t level = 0; level <= path->levels; level++) {
        enum ext4_status status = descend(handle, dir, path, level);

        if (status != EXT4_OK) {
            put_nodes(handle, dir, path, level);
            return status;
        }
        path->nodes[level].at = search(&path->nodes[level], hash);
    }
    return EXT4_OK;
}

/* ---- finding ------------------------------------------------------------- */

enum ext4_status ext4_index_hash(struct ext4_inode *dir, struct ext4_name name,
                                 struct ext4_hash *hash)
{
    struct ext4_fs *fs = dir->fs;
    struct path path = {.version = fs->hash_version};

    if (ext4_dir_indexed(dir)) {
        TRY(descend(NULL, dir, &path, 0));
        ext4_buf_put(fs, path.nodes[0].buf);
    }
    *hash = ext4_hash_name(path.version, fs->hash_unsigned, fs->hash_seed, name.text, name.length);
    return EXT4_OK;
}

/* The hash where the next leaf begins; false if this is the last. */
static bool next_hash(const struct path *path, uint32_t *hash)
{
    for (uint32_t level = path->levels + 1; level > 0; level--) {
        const struct node *node = &path->nodes[level - 1];

        if (node->at + 1 < node_count(node)) {
            *hash = le32_get(&node->entries[node->at + 1].hash);
            return true;
        }
    }
    return false;
}

/* To the next leaf; *open tells how many nodes of the path are pinned when it fails. */
static enum ext4_status advance(struct ext4_inode *dir, struct path *path, uint32_t *open)
{
    uint32_t level = path->levels;

    while (level > 0 && path->nodes[level].at + 1 >= node_count(&path->nodes[level])) {
        ext4_buf_put(dir->fs, path->nodes[level].buf);
        level--;
    }
    *open = level + 1;
    if (path->nodes[level].at + 1 >= node_count(&path->nodes[level])) {
        return EXT4_NOT_FOUND;
    }
    path->nodes[level].at++;
    for (; level < path->levels; level++) {
        TRY(descend(NULL, dir, path, level + 1));
        *open = level + 2;
    }
    return EXT4_OK;
}

enum ext4_status ext4_index_leaf(struct ext4_inode *dir, uint32_t hash, uint32_t skip,
                                 uint32_t *logical, uint32_t *next, bool *last)
{
    struct path path;
    uint32_t open;
    enum ext4_status status = EXT4_OK;

    TRY(find_path(NULL, dir, hash, &path));
    for (open = path.levels + 1; skip > 0 && status == EXT4_OK; skip--) {
        status = advance(dir, &path, &open);
    }
    if (status == EXT4_OK) {
        *logical = child_of(&path.nodes[path.levels]);
        *last = !next_hash(&path, next);
    }
    put_nodes(NULL, dir, &path, open);
    return status;
}

enum ext4_status ext4_index_find(struct ext4_inode *dir, struct ext4_name name,
                                 struct ext4_slot *slot)
{
    struct ext4_hash hash;
    uint32_t logical, next;
    bool last;

    TRY(ext4_index_hash(dir, name, &hash));
    /* On to later leaves as long as they say that they continue the hash. */
    for (uint32_t skip = 0;; skip++) {
        enum ext4_status status;
        struct ext4_buf *buf;

        TRY(ext4_index_leaf(dir, hash.major, skip, &logical, &next, &last));
        TRY(ext4_dir_read(NULL, dir, logical, EXT4_KIND_DIRECTORY, &buf));
        status = ext4_dir_find_in(dir, buf, name, slot);
        ext4_buf_put(dir->fs, buf);
        if (status != EXT4_NOT_FOUND || last || next != (hash.major | CONTINUED)) {
            return status;
        }
    }
}

/* ---- visiting ------------------------------------------------------------ */

enum ext4_status ext4_index_visit(struct ext4_inode *dir,
                                  bool (*visit)(void *context, uint32_t logical, bool leaf),
                                  void *context)
{
    struct path path;
    uint32_t open;
    enum ext4_status status;

    TRY(find_path(NULL, dir, 0, &path));
    do {
        bool goes_on = true;

        for (uint32_t level = 0; level <= path.levels && goes_on; level++) {
            goes_on = visit(context, child_of(&path.nodes[level]), level == path.levels);
        }
        open = path.levels + 1;
        status = goes_on ? advance(dir, &path, &open) : EXT4_NOT_FOUND;
    } while (status == EXT4_OK);
    put_nodes(NULL, dir, &path, open);
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

/* ---- making room in nodes ------------------------------------------------ */

static enum ext4_status touch(struct ext4_handle *handle, struct ext4_inode *dir,
                              const struct node *node)
{
    struct ext4_buf *buf;

    return ext4_touch(handle, node->buf->block, EXT4_KIND_INDEX, dir->seed, &buf);
}

static enum ext4_status new_node(struct ext4_handle *handle, struct ext4_inode *dir,
                                 uint32_t *logical, struct node *node)
{
    struct ext4_fs *fs = handle->fs;

    TRY(ext4_dir_append(handle, dir, EXT4_KIND_INDEX, logical, &node->buf));
    ext4_entry_set_length(fs, (struct disk_entry *)node->buf->data, fs->block_bytes);
    node->entries = (struct disk_index_entry *)(node->buf->data + EXT4_INDEX_NODE_OFFSET);
    le16_set(&node->entries[0].limit, limit_for(fs, EXT4_INDEX_NODE_OFFSET));
    return EXT4_OK;
}

/* Moves entries [from, count) to the start of an empty node. The first loses its hash. */
static void move_entries(struct node *to, struct node *node, uint32_t from)
{
    uint32_t limit = node_limit(to), count = node_count(node);

    memcpy(to->entries, &node->entries[from], (count - from) * sizeof(*to->entries));
    le16_set(&to->entries[0].limit, limit);
    le16_set(&to->entries[0].count, count - from);
    memset(&node->entries[from ? from : 1], 0, (count - (from ? from : 1)) * sizeof(*to->entries));
    le16_set(&node->entries[0].count, from ? from : 1);
}

static void insert_entry(struct node *node, uint32_t at, uint32_t hash, uint32_t block)
{
    uint32_t count = node_count(node);

    memmove(&node->entries[at + 1], &node->entries[at], (count - at) * sizeof(*node->entries));
    le32_set(&node->entries[at].hash, hash);
    le32_set(&node->entries[at].block, block);
    le16_set(&node->entries[0].count, count + 1);
}

/* All that is in the root goes to a new node below it. */
static enum ext4_status grow(struct ext4_handle *handle, struct ext4_inode *dir, struct path *path)
{
    struct node *root = &path->nodes[0], node;
    uint32_t logical;

    if (path->levels == levels_most(handle->fs)) {
        ext4_log(handle->fs, "directory %u: the index is full", dir->number);
        return EXT4_NO_SPACE;
    }
    TRY(touch(handle, dir, root));
    TRY(new_node(handle, dir, &logical, &node));
    move_entries(&node, root, 0);
    le32_set(&root->entries[0].block, logical);
    info_of(path)->levels++;
    return EXT4_OK;
}

static enum ext4_status split_node(struct ext4_handle *handle, struct ext4_inode *dir,
                                   struct path *path, uint32_t level)
{
    struct node *node = &path->nodes[level], *parent = node - 1, other;
    uint32_t half = node_count(node) / 2, hash = le32_get(&node->entries[half].hash), logical;

    TRY(touch(handle, dir, node));
    TRY(touch(handle, dir, parent));
    TRY(new_node(handle, dir, &logical, &other));
    move_entries(&other, node, half);
    insert_entry(parent, parent->at + 1, hash, logical);
    return EXT4_OK;
}

/* One step towards a free entry in the lowest node. */
static enum ext4_status make_room(struct ext4_handle *handle, struct ext4_inode *dir,
                                  struct path *path)
{
    uint32_t full = path->levels + 1;

    while (full > 0 && node_count(&path->nodes[full - 1]) == node_limit(&path->nodes[full - 1])) {
        full--;
    }
    return full == 0 ? grow(handle, dir, path) : split_node(handle, dir, path, full);
}

/* ---- splitting leaves ---------------------------------------------------- */

/* What a leaf holds, in a frame: an entry has at least 12 bytes, this has 8. */
struct item {
    uint32_t hash;
    uint16_t offset, bytes;
};

static bool item_before(const void *a, const void *b)
{
    const struct item *first = a, *second = b;

    return first->hash < second->hash;
}

static enum ext4_status collect(struct ext4_inode *dir, enum ext4_hash_version version,
                                struct ext4_buf *leaf, struct item *items, uint32_t *count)
{
    struct ext4_fs *fs = dir->fs;
    struct disk_entry *entry;

    *count = 0;
    for (uint32_t offset = 0; offset < fs->block_bytes; offset += ext4_entry_length(fs, entry)) {
        TRY(ext4_dir_entry(dir, leaf, offset, &entry));
        if (le32_get(&entry->inode) == 0) {
            continue;
        }
        if (entry->name_length == 0) {
            return ext4_corrupt(fs, "directory %u: an entry without a name", dir->number);
        }
        items[(*count)++] =
            (struct item){ext4_hash_name(version, fs->hash_unsigned, fs->hash_seed, entry->name,
                                         entry->name_length)
                              .major,
                          (uint16_t)offset, (uint16_t)ext4_entry_bytes(entry->name_length)};
    }
    return EXT4_OK;
}

/* Where to cut: at half of the bytes, but between different hashes if there are any. */
static uint32_t choose_cut(const struct item *items, uint32_t count)
{
    uint32_t total = 0, bytes = 0, cut = 0;

    for (uint32_t i = 0; i < count; i++) {
        total += items[i].bytes;
    }
    while (cut + 1 < count && bytes < total / 2) {
        bytes += items[cut++].bytes;
    }
    for (uint32_t up = cut; up < count; up++) {
        if (items[up].hash != items[up - 1].hash) {
            return up;
        }
    }
    for (uint32_t down = cut; down > 1; down--) {
        if (items[down - 1].hash != items[down - 2].hash) {
            return down - 1;
        }
    }
    return cut;
}

/* Copies entries one behind the other into an empty leaf. */
static void fill_leaf(const struct ext4_fs *fs, uint8_t *to, const uint8_t *from,
                      const struct item *items, uint32_t count)
{
    uint32_t at = 0;

    ext4_dir_clear_leaf(fs, to);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t left = ext4_dir_room(fs) - at;

        memcpy(to + at, from + items[i].offset, items[i].bytes);
        ext4_entry_set_length(fs, (struct disk_entry *)(to + at),
                              i + 1 == count ? left : items[i].bytes);
        at += items[i].bytes;
    }
}

static enum ext4_status split_with(struct ext4_handle *handle, struct ext4_inode *dir,
                                   struct path *path, struct ext4_buf *leaf, struct item *items,
                                   uint8_t *copy)
{
    struct ext4_fs *fs = handle->fs;
    struct node *node = &path->nodes[path->levels];
    uint32_t count, cut, logical, hash;
    struct ext4_buf *other;

    TRY(collect(dir, path->version, leaf, items, &count));
    if (count < 2) {
        return ext4_corrupt(fs, "directory %u: a full leaf with %u entries", dir->number, count);
    }
    ext4_sort(items, count, sizeof(*items), item_before);
    cut = choose_cut(items, count);
    hash = items[cut].hash;
    TRY(touch(handle, dir, node));
    TRY(ext4_touch(handle, leaf->block, EXT4_KIND_DIRECTORY, dir->seed, &leaf));
    TRY(ext4_dir_append(handle, dir, EXT4_KIND_DIRECTORY, &logical, &other));
    memcpy(copy, leaf->data, fs->block_bytes);
    fill_leaf(fs, leaf->data, copy, items, cut);
    fill_leaf(fs, other->data, copy, items + cut, count - cut);
    insert_entry(node, node->at + 1, hash == items[cut - 1].hash ? hash | CONTINUED : hash,
                 logical);
    return EXT4_OK;
}

static enum ext4_status split_leaf(struct ext4_handle *handle, struct ext4_inode *dir,
                                   struct path *path, struct ext4_buf *leaf)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *items, *copy;
    enum ext4_status status;

    TRY(ext4_frame_take(fs, &items));
    status = ext4_frame_take(fs, &copy);
    if (status == EXT4_OK) {
        status = split_with(handle, dir, path, leaf, (void *)items->data, copy->data);
        ext4_frame_give(fs, copy);
    }
    ext4_frame_give(fs, items);
    return status;
}

/* ---- adding -------------------------------------------------------------- */

enum ext4_status ext4_index_add(struct ext4_handle *handle, struct ext4_inode *dir,
                                struct ext4_name name, uint32_t inode, enum ext4_type type)
{
    struct ext4_hash hash;

    TRY(ext4_index_hash(dir, name, &hash));
    /* Each turn splits one block: at most one for each level, and the leaf twice. */
    for (int turn = 0; turn < 2 * LEVELS_MAX + 2; turn++) {
        struct path path;
        struct node *lowest;
        struct ext4_buf *leaf;
        enum ext4_status status;

        TRY(find_path(handle, dir, hash.major, &path));
        lowest = &path.nodes[path.levels];
        TRY(ext4_dir_read(handle, dir, child_of(lowest), EXT4_KIND_DIRECTORY, &leaf));
        status = ext4_dir_add_in(handle, dir, leaf, name, inode, type);
        if (status != EXT4_NO_SPACE) {
            return status;
        }
        TRY(node_count(lowest) == node_limit(lowest) ? make_room(handle, dir, &path)
                                                     : split_leaf(handle, dir, &path, leaf));
    }
    ext4_log(handle->fs, "directory %u: too many names with one hash", dir->number);
    return EXT4_NO_SPACE;
}

static void make_root(const struct ext4_fs *fs, uint8_t *block, uint32_t leaf)
{
    struct disk_entry *dotdot = (struct disk_entry *)(block + ext4_entry_bytes(1));
    struct disk_index_info *info = (struct disk_index_info *)(block + EXT4_INDEX_INFO_OFFSET);
    struct disk_index_entry *entries = (struct disk_index_entry *)(block + EXT4_INDEX_ROOT_OFFSET);

    memset(block + EXT4_INDEX_INFO_OFFSET, 0, fs->block_bytes - EXT4_INDEX_INFO_OFFSET);
    ext4_entry_set_length(fs, dotdot, fs->block_bytes - ext4_entry_bytes(1));
    info->hash_version = (uint8_t)fs->hash_version;
    info->info_length = sizeof(*info);
    le16_set(&entries[0].limit, limit_for(fs, EXT4_INDEX_ROOT_OFFSET));
    le16_set(&entries[0].count, 1);
    le32_set(&entries[0].block, leaf);
}

/* Block 0 must begin with "." and ".." where an index wants them. */
static enum ext4_status check_dots(struct ext4_inode *dir, struct ext4_buf *buf)
{
    struct disk_entry *dot, *dotdot;

    TRY(ext4_dir_entry(dir, buf, 0, &dot));
    TRY(ext4_dir_entry(dir, buf, ext4_entry_bytes(1), &dotdot));
    if (ext4_entry_length(dir->fs, dot) != ext4_entry_bytes(1) || dot->name_length != 1 ||
        dotdot->name_length != 2 || memcmp(dotdot->name, "..", 2) != 0) {
        return ext4_corrupt(dir->fs, "directory %u: does not begin with . and ..", dir->number);
    }
    return EXT4_OK;
}

static enum ext4_status make_with(struct ext4_handle *handle, struct ext4_inode *dir,
                                  struct item *items)
{
    struct ext4_buf *root, *leaf;
    uint32_t count, logical;

    TRY(ext4_dir_read(handle, dir, 0, EXT4_KIND_DIRECTORY, &root));
    TRY(check_dots(dir, root));
    TRY(ext4_touch(handle, root->block, EXT4_KIND_DIRECTORY, dir->seed, &root));
    TRY(collect(dir, handle->fs->hash_version, root, items, &count));
    TRY(ext4_dir_append(handle, dir, EXT4_KIND_DIRECTORY, &logical, &leaf));
    fill_leaf(handle->fs, leaf->data, root->data, items + 2, count - 2); /* all but the dots */
    make_root(handle->fs, root->data, logical);
    root->kind = EXT4_KIND_INDEX;
    ext4_inode_set_flag(dir, EXT4_FLAG_INDEX, true);
    return EXT4_OK;
}

enum ext4_status ext4_index_make(struct ext4_handle *handle, struct ext4_inode *dir)
{
    struct ext4_buf *items;
    enum ext4_status status;

    TRY(ext4_frame_take(handle->fs, &items));
    status = make_with(handle, dir, (void *)items->data);
    ext4_frame_give(handle->fs, items);
    return status;
}
