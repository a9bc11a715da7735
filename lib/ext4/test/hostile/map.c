// SPDX-License-Identifier: BSD-2-Clause
/* What lies where in an image. The image is sound: nothing is checked here. */
#include "../../src/fs.h"
#include "../../src/group.h"
#include "image.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *block_of(struct image *image, uint64_t block)
{
    return image->view.bytes + (size_t)block * image->block_bytes;
}

static void set_role(struct image *image, uint64_t block, enum place_kind kind, uint32_t number)
{
    if (block != 0 && block < image->block_count) {
        image->roles[block] = (struct role){.kind = kind, .number = number};
    }
}

/* ---- what belongs to an inode -------------------------------------------- */

enum content { CONTENT_DATA, CONTENT_NAMES, CONTENT_INDEXED };

static void map_content(struct image *image, uint64_t block, uint32_t number, enum content content)
{
    const struct disk_entry *entry = (const struct disk_entry *)block_of(image, block);
    uint32_t length = le16_get(&entry->length);
    bool node =
        content == CONTENT_INDEXED && le32_get(&entry->inode) == 0 && length == image->block_bytes;

    set_role(image, block,
             content == CONTENT_DATA ? PLACE_DATA
             : node                  ? PLACE_INDEX
                                     : PLACE_DIRECTORY,
             number);
}

static void map_extents(struct image *image, uint8_t *node, uint32_t number, enum content content)
{
    const struct disk_extent_header *header = (const struct disk_extent_header *)node;

    for (uint32_t i = 0; i < le16_get(&header->entries); i++) {
        const struct disk_extent *extent = (const struct disk_extent *)(header + 1) + i;
        const struct disk_extent_index *index = (const struct disk_extent_index *)extent;
        uint32_t length = le16_get(&extent->length), child = le32_get(&index->child_lo);

        if (le16_get(&header->depth) > 0) {
            set_role(image, child, PLACE_EXTENTS, number);
            map_extents(image, block_of(image, child), number, content);
            continue;
        }
        length -= length > EXT4_EXTENT_LENGTH_MAX ? EXT4_EXTENT_LENGTH_MAX : 0;
        for (uint32_t j = 0; j < length; j++) {
            map_content(image, le32_get(&extent->start_lo) + j, number, content);
        }
    }
}

static void map_indirect(struct image *image, uint64_t block, int level, uint32_t number,
                         enum content content)
{
    const struct le32 *children = (const struct le32 *)block_of(image, block);

    if (block == 0) {
        return;
    }
    if (level == 0) {
        map_content(image, block, number, content);
        return;
    }
    set_role(image, block, PLACE_INDIRECT, number);
    for (uint32_t i = 0; i < image->block_bytes / sizeof(*children); i++) {
        map_indirect(image, le32_get(&children[i]), level - 1, number, content);
    }
}

static uint64_t first_block(struct image *image, struct disk_inode *inode)
{
    const struct disk_extent_header *header = (const struct disk_extent_header *)inode->room;

    if (!(le32_get(&inode->flags) & EXT4_FLAG_EXTENTS)) {
        return le32_get((const struct le32 *)inode->room);
    }
    while (le16_get(&header->depth) > 0) {
        const struct disk_extent_index *index = (const struct disk_extent_index *)(header + 1);

        header = (const struct disk_extent_header *)block_of(image, le32_get(&index->child_lo));
    }
    return le32_get(&((const struct disk_extent *)(header + 1))->start_lo);
}

static enum content content_of(const struct disk_inode *inode)
{
    if ((le16_get(&inode->mode) & EXT4_MODE_TYPE) != EXT4_MODE_DIRECTORY) {
        return CONTENT_DATA;
    }
    return le32_get(&inode->flags) & EXT4_FLAG_INDEX ? CONTENT_INDEXED : CONTENT_NAMES;
}

static void map_inode(struct image *image, uint32_t number, struct disk_inode *inode)
{
    uint32_t type = le16_get(&inode->mode) & EXT4_MODE_TYPE;
    enum content content = content_of(inode);

    set_role(image, le32_get(&inode->xattr_block_lo), PLACE_XATTR, number);
    if (le32_get(&inode->blocks_lo) == 0 || (type != EXT4_MODE_FILE && content == CONTENT_DATA)) {
        return;
    }
    if (le32_get(&inode->flags) & EXT4_FLAG_EXTENTS) {
        map_extents(image, inode->room, number, content);
    } else {
        for (int i = 0; i < EXT4_DIRECT + EXT4_INDIRECT_LEVELS; i++) {
            map_indirect(image, le32_get((const struct le32 *)inode->room + i),
                         i < EXT4_DIRECT ? 0 : i - EXT4_DIRECT + 1, number, content);
        }
    }
    if (content == CONTENT_INDEXED) {
        set_role(image, first_block(image, inode), PLACE_INDEX, number);
    }
}

/* Where an inode lies, if it is in use. */
static struct disk_inode *find_inode(struct image *image, uint32_t number, uint64_t *block,
                                     uint32_t *offset)
{
    struct disk_inode *inode;

    CHECK_OK(ext4_inode_place(image->view.fs, number, block, offset));
    inode = (struct disk_inode *)(block_of(image, *block) + *offset);
    return le16_get(&inode->mode) ? inode : NULL;
}

static void map_inodes(struct image *image)
{
    for (uint32_t number = 1; number <= image->view.fs->inode_count; number++) {
        uint64_t block;
        uint32_t offset;
        struct disk_inode *inode = find_inode(image, number, &block, &offset);

        set_role(image, block, PLACE_INODE, number - offset / image->view.fs->inode_bytes);
        if (inode) {
            map_inode(image, number, inode);
        }
    }
}

static void map_groups(struct image *image)
{
    struct ext4_fs *fs = image->view.fs;

    for (uint32_t number = 0; number < fs->group_count; number++) {
        uint32_t per_block = fs->block_bytes / fs->desc_bytes;
        struct ext4_group group;

        CHECK_OK(ext4_group_load(fs, number, &group));
        set_role(image, ext4_group_desc_block(fs, number), PLACE_GROUP,
                 number / per_block * per_block);
        set_role(image, group.block_bitmap, PLACE_BLOCK_BITMAP, number);
        set_role(image, group.inode_bitmap, PLACE_INODE_BITMAP, number);
    }
}

/* ---- the journal, as it is before the replay ----------------------------- */

struct log {
    struct image *image;
    uint32_t at;
};

static struct disk_journal_header *log_block(struct log *log, uint64_t *block)
{
    struct ext4_fs *fs = log->image->view.fs;

    CHECK_OK(ext4_journal_place(fs, log->at, block));
    log->at = ext4_journal_next(&fs->journal, log->at);
    return (void *)(log->image->fresh.bytes + (size_t)*block * log->image->block_bytes);
}

static void map_descriptor(struct log *log, const uint8_t *descriptor, uint64_t descriptor_block)
{
    struct ext4_journal *journal = &log->image->view.fs->journal;
    size_t bytes = ext4_journal_tag_bytes(journal), at = sizeof(struct disk_journal_header);

    for (;;) {
        const struct disk_journal_tag *tag = (const struct disk_journal_tag *)(descriptor + at);
        const struct disk_journal_tag3 *tag3 = (const struct disk_journal_tag3 *)tag;
        uint32_t flags = journal->incompat & JOURNAL_CHECKSUM_V3 ? be32_get(&tag3->flags)
                                                                 : be16_get(&tag->flags);
        uint64_t block;

        log_block(log, &block);
        log->image->roles[block] = (struct role){.kind = PLACE_LOGGED,
                                                 .home = be32_get(&tag->block_lo),
                                                 .descriptor = descriptor_block,
                                                 .tag = (uint32_t)at};
        at += bytes + (flags & JOURNAL_TAG_SAME_UUID ? 0 : 16);
        if (flags & JOURNAL_TAG_LAST) {
            return;
        }
    }
}

static void map_log(struct image *image, const struct disk_journal_super *super)
{
    struct log log = {image, be32_get(&super->start)};
    uint32_t sequence = be32_get(&super->sequence);

    while (log.at != 0) {
        uint64_t block;
        const struct disk_journal_header *header = log_block(&log, &block);
        uint32_t type = be32_get(&header->type);

        if (be32_get(&header->magic) != JOURNAL_MAGIC || be32_get(&header->sequence) != sequence) {
            return;
        }
        if (type == JOURNAL_DESCRIPTOR) {
            set_role(image, block, PLACE_DESCRIPTOR, EXT4_INODE_JOURNAL);
            map_descriptor(&log, (const uint8_t *)header, block);
        } else if (type == JOURNAL_REVOKE) {
            set_role(image, block, PLACE_REVOKE, EXT4_INODE_JOURNAL);
        } else {
            set_role(image, block, PLACE_COMMIT, EXT4_INODE_JOURNAL);
            sequence++;
        }
    }
}

static void map_journal(struct image *image)
{
    struct ext4_fs *fs = image->view.fs;
    uint64_t block;

    if (!fs->journal.present) {
        return;
    }
    CHECK_OK(ext4_journal_place(fs, 0, &block));
    set_role(image, block, PLACE_JOURNAL_SUPER, EXT4_INODE_JOURNAL);
    map_log(image, (const void *)(image->fresh.bytes + (size_t)block * image->block_bytes));
}

/* ---- places -------------------------------------------------------------- */

static void add(struct image *image, enum place_kind kind, uint32_t number, uint64_t block,
                uint32_t offset, uint32_t bytes)
{
    image->places[image->first[PLACE_KINDS]++] = (struct place){kind, number, block, offset, bytes};
}

static void add_groups(struct image *image)
{
    struct ext4_fs *fs = image->view.fs;

    for (uint32_t number = 0; number < fs->group_count; number++) {
        add(image, PLACE_GROUP, number, ext4_group_desc_block(fs, number),
            number % (fs->block_bytes / fs->desc_bytes) * fs->desc_bytes, fs->desc_bytes);
    }
}

static void add_inodes(struct image *image)
{
    for (uint32_t number = 1; number <= image->view.fs->inode_count; number++) {
        uint64_t block;
        uint32_t offset;

        if (find_inode(image, number, &block, &offset)) {
            add(image, PLACE_INODE, number, block, offset, image->view.fs->inode_bytes);
        }
    }
}

static void add_kind(struct image *image, enum place_kind kind)
{
    if (kind == PLACE_SUPER) {
        add(image, kind, 0, EXT4_SUPER_OFFSET / image->block_bytes,
            EXT4_SUPER_OFFSET % image->block_bytes, EXT4_SUPER_BYTES);
    } else if (kind == PLACE_GROUP) {
        add_groups(image);
    } else if (kind == PLACE_INODE) {
        add_inodes(image);
    } else {
        for (uint32_t block = 0; block < image->block_count; block++) {
            const struct role *role = &image->roles[block];

            if (kind == PLACE_BLOCK || role->kind == kind) {
                add(image, kind, role->number, block, 0, image->block_bytes);
            }
        }
    }
}

void image_map(struct image *image)
{
    struct ext4_fs *fs = image->view.fs;

    image->block_bytes = fs->block_bytes;
    image->block_count = (uint32_t)fs->block_count;
    image->roles = calloc(image->block_count, sizeof(*image->roles));
    for (uint32_t block = 0; block < image->block_count; block++) {
        image->roles[block].kind = PLACE_BLOCK;
    }
    map_inodes(image);
    map_groups(image);
    set_role(image, EXT4_SUPER_OFFSET / fs->block_bytes, PLACE_SUPER, 0);
    image->roles[EXT4_SUPER_OFFSET / fs->block_bytes].kind = PLACE_SUPER;
    map_journal(image);
    image->places = calloc((size_t)image->block_count * 2 + fs->inode_count + fs->group_count + 1,
                           sizeof(*image->places));
    for (int kind = 0; kind < PLACE_KINDS; kind++) {
        image->first[kind] = image->first[PLACE_KINDS];
        add_kind(image, (enum place_kind)kind);
    }
}
