// SPDX-License-Identifier: BSD-2-Clause
/* Checksums after damage, so that it gets past the door. Made by the library, with the numbers of
 * the image as it was before. */
#include "../../src/fs.h"
#include "../../src/group.h"
#include "../../src/seal.h"
#include "image.h"

enum { TAIL_BYTES = 4 };

struct work {
    struct image *image;
    uint8_t *bytes;
    struct resealed *also;
};

static uint8_t *block_of(const struct work *work, uint64_t block)
{
    return work->bytes + (size_t)block * work->image->block_bytes;
}

static void changed(struct work *work, uint64_t block)
{
    work->also->blocks[work->also->count++] = block;
}

/* ---- what a block is at home, wherever `data` is -------------------------- */

static void seal_super(struct ext4_fs *fs, uint8_t *data)
{
    struct disk_super *super = (struct disk_super *)(data + EXT4_SUPER_OFFSET % fs->block_bytes);

    if (ext4_has_checksums(fs)) {
        le32_set(&super->checksum,
                 ext4_crc32c(&fs->crc, ~0u, super, offsetof(struct disk_super, checksum)));
    }
}

static void seal_groups(struct ext4_fs *fs, uint32_t number, uint8_t *data)
{
    for (uint32_t at = 0; at < fs->block_bytes && number < fs->group_count; at += fs->desc_bytes) {
        ext4_group_seal(fs, number++, (struct disk_group *)(data + at));
    }
}

static void seal_inodes(struct ext4_fs *fs, uint32_t number, uint8_t *data)
{
    for (uint32_t at = 0; at < fs->block_bytes; at += fs->inode_bytes, number++) {
        struct ext4_inode inode = {
            .fs = fs, .number = number, .disk = (struct disk_inode *)(data + at)};

        if (le16_get(&inode.disk->mode) || le16_get(&inode.disk->links)) {
            ext4_inode_set_seed(&inode);
            ext4_inode_seal(&inode);
        }
    }
}

/* The newest descriptor there is: in the log, or at home. */
static uint64_t newest_copy(const struct work *work, uint64_t home)
{
    const struct image *image = work->image;
    uint64_t found = home;

    for (uint32_t i = 0; i < image_count(image, PLACE_LOGGED); i++) {
        uint64_t block = image_place(image, PLACE_LOGGED, i)->block;

        if (image->roles[block].home == home) {
            found = block;
        }
    }
    return found;
}

static void seal_log(struct work *work, uint64_t block);

static void seal_bitmap(struct work *work, const struct role *role, uint8_t *data, bool logged)
{
    struct ext4_fs *fs = work->image->view.fs;
    struct ext4_buf buf = {.data = data,
                           .kind = role->kind == PLACE_BLOCK_BITMAP ? EXT4_KIND_BLOCK_BITMAP
                                                                    : EXT4_KIND_INODE_BITMAP};
    uint64_t home = ext4_group_desc_block(fs, role->number),
             block = logged ? newest_copy(work, home) : home;
    uint32_t at = role->number % (fs->block_bytes / fs->desc_bytes) * fs->desc_bytes;
    struct disk_group *group = (struct disk_group *)(block_of(work, block) + at);

    if (ext4_has_checksums(fs)) {
        ext4_group_set_bitmap_checksum(fs, group, &buf);
        ext4_group_seal(fs, role->number, group);
        changed(work, block);
        if (block != home) {
            seal_log(work, block);
        }
    }
}

/* Of the inode as it is in the image after the replay. */
static uint32_t seed_of(struct image *image, uint32_t number)
{
    struct ext4_fs *fs = image->view.fs;
    struct ext4_inode inode = {.fs = fs, .number = number};
    uint64_t block;
    uint32_t offset;

    CHECK_OK(ext4_inode_place(fs, number, &block, &offset));
    inode.disk =
        (struct disk_inode *)(image->view.bytes + (size_t)block * fs->block_bytes + offset);
    ext4_inode_set_seed(&inode);
    return inode.seed;
}

static void seal_content(struct image *image, uint64_t home, enum ext4_kind kind, uint8_t *data)
{
    struct ext4_fs *fs = image->view.fs;
    struct ext4_buf buf = {.block = home, .data = data, .kind = (uint8_t)kind};

    if (ext4_has_checksums(fs)) {
        buf.seed = kind == EXT4_KIND_XATTR ? 0 : seed_of(image, image->roles[home].number);
        (void)ext4_seal_put(fs, &buf);
    }
}

static void seal_as(struct work *work, uint64_t home, uint8_t *data, bool logged)
{
    struct image *image = work->image;
    const struct role *role = &image->roles[home];

    switch (role->kind) {
    case PLACE_SUPER: seal_super(image->view.fs, data); break;
    case PLACE_GROUP: seal_groups(image->view.fs, role->number, data); break;
    case PLACE_BLOCK_BITMAP:
    case PLACE_INODE_BITMAP: seal_bitmap(work, role, data, logged); break;
    case PLACE_INODE: seal_inodes(image->view.fs, role->number, data); break;
    case PLACE_EXTENTS: seal_content(image, home, EXT4_KIND_EXTENTS, data); break;
    case PLACE_DIRECTORY: seal_content(image, home, EXT4_KIND_DIRECTORY, data); break;
    case PLACE_INDEX: seal_content(image, home, EXT4_KIND_INDEX, data); break;
    case PLACE_XATTR: seal_content(image, home, EXT4_KIND_XATTR, data); break;
    default: break;
    }
}

/* ---- the journal --------------------------------------------------------- */

/* Descriptors and revocations have theirs at the end, commit records in the middle. */
static void seal_record(struct work *work, uint64_t block, size_t offset)
{
    struct ext4_fs *fs = work->image->view.fs;
    struct be32 *field = (struct be32 *)(block_of(work, block) + offset);

    be32_set(field, 0);
    be32_set(field, ext4_crc32c(&fs->crc, fs->journal.seed, block_of(work, block),
                                work->image->block_bytes));
}

static void seal_log(struct work *work, uint64_t block)
{
    struct ext4_fs *fs = work->image->view.fs;
    const struct role *role = &work->image->roles[block];
    uint8_t *descriptor = block_of(work, role->descriptor);
    const struct disk_journal_header *header = (const struct disk_journal_header *)descriptor;

    if (fs->journal.incompat & JOURNAL_CHECKSUM_V3) {
        be32_set(&((struct disk_journal_tag3 *)(descriptor + role->tag))->checksum,
                 ext4_journal_tag_checksum(fs, be32_get(&header->sequence), block_of(work, block)));
        seal_record(work, role->descriptor, work->image->block_bytes - TAIL_BYTES);
        changed(work, role->descriptor);
    }
}

static void seal_journal_super(struct work *work, uint64_t block)
{
    struct ext4_fs *fs = work->image->view.fs;
    struct disk_journal_super *super = (struct disk_journal_super *)block_of(work, block);

    be32_set(&super->checksum, 0);
    be32_set(&super->checksum, ext4_crc32c(&fs->crc, ~0u, super, sizeof(*super)));
}

void image_reseal(struct image *image, uint8_t *bytes, uint64_t block, struct resealed *also)
{
    struct work work = {image, bytes, also};
    const struct role *role = &image->roles[block];
    bool checksums = ext4_journal_checksums(&image->view.fs->journal);

    also->count = 0;
    switch (role->kind) {
    case PLACE_LOGGED:
        seal_as(&work, role->home, block_of(&work, block), true);
        seal_log(&work, block);
        break;
    case PLACE_DESCRIPTOR:
    case PLACE_REVOKE:
        if (checksums) {
            seal_record(&work, block, image->block_bytes - TAIL_BYTES);
        }
        break;
    case PLACE_COMMIT:
        if (checksums) {
            seal_record(&work, block, offsetof(struct disk_journal_commit, checksum));
        }
        break;
    case PLACE_JOURNAL_SUPER:
        if (checksums) {
            seal_journal_super(&work, block);
        }
        break;
    default: seal_as(&work, block, block_of(&work, block), false);
    }
}
