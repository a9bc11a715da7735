// SPDX-License-Identifier: BSD-2-Clause
/* Looking at everything that can be reached, with a bound. What is given must make sense. */
#include "world.h"

#include <string.h>

enum {
    DEPTH_MAX = 5,
    ENTRIES_MAX = 24,
    BUFFER_BYTES = 50000,
    INODES_MAX = 150,
    LISTED_MAX = 500000
};

/* ---- directories --------------------------------------------------------- */

struct taking {
    struct world *world;
    struct listing *listing;
    uint64_t next;
    bool any;
};

static bool take(void *context, const struct ext4_entry *entry)
{
    struct taking *taking = context;
    struct listing *listing = taking->listing;

    if (entry->length == 0 || entry->length > EXT4_NAME_MAX || entry->inode == 0 ||
        memchr(entry->name, '/', entry->length) || memchr(entry->name, 0, entry->length)) {
        world_fail(taking->world, "gives a name of %zu bytes for inode %u that cannot be one",
                   entry->length, entry->inode);
    }
    if (entry->next < taking->next) {
        world_fail(taking->world, "goes back to position %llu", (unsigned long long)entry->next);
    }
    taking->next = entry->next;
    taking->any = true;
    if (listing->names) {
        memcpy(listing->names[listing->count], entry->name, entry->length);
        listing->lengths[listing->count] = entry->length;
    }
    return ++listing->count < listing->room;
}

enum ext4_status list(struct world *world, struct ext4_inode *dir, uint64_t *position,
                      struct listing *listing)
{
    struct taking taking = {.world = world, .listing = listing};
    enum ext4_status status;

    listing->count = 0;
    status = CALL(world, ext4_readdir(dir, *position, take, &taking));
    if (taking.any && taking.next <= *position) {
        world_fail(world, "goes from position %llu to %llu", (unsigned long long)*position,
                   (unsigned long long)taking.next);
    }
    *position = taking.any ? taking.next : 0;
    return status;
}

/* ---- one inode ----------------------------------------------------------- */

static uint8_t buffer[BUFFER_BYTES];

static void look_at_data(struct world *world, struct ext4_inode *inode, uint64_t offset)
{
    struct ext4_attributes attributes;
    struct ext4_piece piece;
    uint64_t place = 0;
    size_t done = 0;

    ext4_stat(inode, &attributes);
    if (CALL(world, ext4_read(inode, offset, buffer, sizeof(buffer), &done)) == EXT4_OK) {
        uint64_t left = offset < attributes.size ? attributes.size - offset : 0;

        if (done != (left < sizeof(buffer) ? left : sizeof(buffer))) {
            world_fail(world, "%zu bytes at %llu of %llu", done, (unsigned long long)offset,
                       (unsigned long long)attributes.size);
        }
    }
    if (CALL(world, ext4_seek(inode, offset & 1, offset, &place)) == EXT4_OK && place < offset) {
        world_fail(world, "seeks back from %llu to %llu", (unsigned long long)offset,
                   (unsigned long long)place);
    }
    if (CALL(world, ext4_piece_at(inode, offset, &piece)) == EXT4_OK &&
        (piece.bytes == 0 || (piece.kind != EXT4_PIECE_HOLE &&
                              piece.device_offset + piece.bytes > world->rig.size_bytes))) {
        world_fail(world, "a piece of %llu bytes", (unsigned long long)piece.bytes);
    }
}

static void take_attribute(void *context, const char *prefix, const char *name, size_t length)
{
    struct world *world = context;

    if (!prefix || length > EXT4_NAME_MAX || (length && memchr(name, 0, length))) {
        world_fail(world, "an attribute's name of %zu bytes", length);
    }
}

void look_at(struct world *world, struct ext4_inode *inode)
{
    struct ext4_attributes attributes;
    size_t length = 0;

    ext4_stat(inode, &attributes);
    look_at_data(world, inode, 0);
    look_at_data(world, inode, attributes.size / 2 | 1);
    if (CALL(world, ext4_readlink(inode, (char *)buffer, sizeof(buffer), &length)) == EXT4_OK &&
        length > sizeof(buffer)) {
        world_fail(world, "a target of %zu bytes", length);
    }
    (void)CALL(world, ext4_xattr_list(inode, take_attribute, world));
    if (CALL(world, ext4_xattr_get(inode, "user.b", 6, buffer, 600, &length)) == EXT4_OK &&
        length > 600) {
        world_fail(world, "a value of %zu bytes", length);
    }
}

/* ---- the tree ------------------------------------------------------------ */

static const uint8_t zeros[5000];

static void change_data(struct world *world, struct ext4_inode *inode, uint32_t how)
{
    uint64_t at = dice_roll(&world->dice, 400000);
    size_t done;

    switch (how) {
    case 0: (void)CALL(world, ext4_write(inode, at, zeros, sizeof(zeros), &done)); break;
    case 1: (void)CALL(world, ext4_truncate(inode, at)); break;
    case 2: (void)CALL(world, ext4_allocate(inode, EXT4_PUNCH_HOLE, at, 20000)); break;
    case 3: (void)CALL(world, ext4_allocate(inode, EXT4_ZERO_RANGE, at, 20000)); break;
    case 4: (void)CALL(world, ext4_allocate(inode, EXT4_ALLOCATE, at, 20000)); break;
    default: (void)CALL(world, ext4_xattr_set(inode, "user.c", 6, zeros, at % 900, EXT4_XATTR_ANY));
    }
}

static void change_names(struct world *world, struct ext4_inode *dir, struct ext4_inode *inode,
                         const char *name, size_t length, uint32_t how)
{
    struct ext4_inode *made;

    switch (how) {
    case 0: (void)CALL(world, ext4_unlink(dir, name, length)); break;
    case 1: (void)CALL(world, ext4_rmdir(dir, name, length)); break;
    case 2:
        (void)CALL(world, ext4_rename(dir, name, length, dir, "renamed", 7, EXT4_RENAME_REPLACE));
        break;
    case 3: (void)CALL(world, ext4_link(dir, "linked", 6, inode)); break;
    case 4: (void)CALL(world, ext4_xattr_remove(inode, "user.b", 6)); break;
    default:
        if (CALL(world, ext4_create(inode, "new", 3, EXT4_MODE_DIRECTORY | 0755,
                                    (struct ext4_owner){0, 0}, 0, 0, &made)) == EXT4_OK) {
            ext4_inode_put(made);
        }
    }
}

static void visit(struct world *world, struct ext4_inode *dir, uint32_t depth, uint32_t *left,
                  bool change);

static void visit_entry(struct world *world, struct ext4_inode *dir, const char *name,
                        size_t length, uint32_t depth, uint32_t *left, bool change)
{
    struct ext4_inode *inode;

    if (name[0] == '.' || *left == 0 ||
        CALL(world, ext4_lookup(dir, name, length, &inode)) != EXT4_OK) {
        return;
    }
    --*left;
    look_at(world, inode);
    if (depth < DEPTH_MAX) {
        visit(world, inode, depth + 1, left, change);
    }
    if (change && dice_roll(&world->dice, 3) == 0) {
        change_data(world, inode, dice_roll(&world->dice, 6));
    } else if (change && dice_roll(&world->dice, 3) == 0) {
        change_names(world, dir, inode, name, length, dice_roll(&world->dice, 6));
    }
    world_enter(world, "put");
    ext4_inode_put(inode);
    (void)world_leave(world, EXT4_OK);
}

/* Some of the beginning; then on from there, to see that it ends. */
static void visit(struct world *world, struct ext4_inode *dir, uint32_t depth, uint32_t *left,
                  bool change)
{
    char names[ENTRIES_MAX][EXT4_NAME_MAX];
    size_t lengths[ENTRIES_MAX];
    struct listing listing = {names, lengths, ENTRIES_MAX, 0};
    uint64_t position = 0;

    if (list(world, dir, &position, &listing) != EXT4_OK) {
        return;
    }
    for (uint32_t i = 0; i < listing.count; i++) {
        visit_entry(world, dir, names[i], lengths[i], depth, left, change);
    }
    listing = (struct listing){.room = LISTED_MAX};
    if (position != 0 && list(world, dir, &position, &listing) == EXT4_OK &&
        listing.count == LISTED_MAX) {
        world_fail(world, "gives %d names", LISTED_MAX);
    }
}

void walk(struct world *world, bool change)
{
    struct ext4_inode *root;
    uint32_t left = INODES_MAX;

    if (CALL(world, ext4_inode_get(world->rig.fs, EXT4_ROOT, &root)) == EXT4_OK) {
        look_at(world, root);
        visit(world, root, 0, &left, change);
        ext4_inode_put(root);
    }
}
