// SPDX-License-Identifier: BSD-2-Clause
/*
 * The images that are damaged: one for each format, made by mkfs.ext4 and filled by the library,
 * the same bytes each time. With each comes a map of what lies where, so that damage can be aimed.
 */
#pragma once

#include "../support/rig.h"

enum place_kind {
    PLACE_SUPER,
    PLACE_GROUP,
    PLACE_BLOCK_BITMAP,
    PLACE_INODE_BITMAP,
    PLACE_INODE,
    PLACE_EXTENTS,
    PLACE_INDIRECT,
    PLACE_DIRECTORY,
    PLACE_INDEX,
    PLACE_XATTR,
    PLACE_JOURNAL_SUPER,
    PLACE_DESCRIPTOR,
    PLACE_REVOKE,
    PLACE_COMMIT,
    PLACE_LOGGED, /* a block's content in the log */
    PLACE_DATA,
    PLACE_BLOCK, /* any block */
    PLACE_KINDS,
};

struct place {
    enum place_kind kind;
    uint32_t number; /* of the group, or the inode it belongs to */
    uint64_t block;
    uint32_t offset, bytes; /* within the block */
};

/* What a block is, if it is one thing: a kind of place, or PLACE_BLOCK. */
struct role {
    enum place_kind kind;
    uint32_t number;
    uint64_t home;       /* of what is in the log */
    uint64_t descriptor; /* the block that has its tag */
    uint32_t tag;        /* where in the descriptor */
};

struct image {
    struct rig fresh; /* the bytes before the damage */
    struct rig view;  /* the same after the replay, mounted read-only */
    struct role *roles;
    struct place *places; /* in order of kinds */
    uint32_t first[PLACE_KINDS + 1];
    uint32_t block_bytes, block_count;
};

uint32_t image_formats(void);
/* Made when it is first asked for. */
struct image *image_get(uint32_t format);

static inline uint32_t image_count(const struct image *image, enum place_kind kind)
{
    return image->first[kind + 1] - image->first[kind];
}

/* Any number names a place; null if there is none of this kind. */
static inline const struct place *image_place(const struct image *image, enum place_kind kind,
                                              uint32_t number)
{
    uint32_t count = image_count(image, kind);

    return count ? &image->places[image->first[kind] + number % count] : NULL;
}

static inline size_t place_at(const struct image *image, const struct place *place)
{
    return (size_t)place->block * image->block_bytes + place->offset;
}

/* ---- map.c --------------------------------------------------------------- */

/* Fills in what lies where. */
void image_map(struct image *image);

/* ---- reseal.c ------------------------------------------------------------ */

/* Makes the checksums of a block right after it was changed in `bytes`, a copy of the image; tells
 * which other blocks changed by that. */
struct resealed {
    uint64_t blocks[4];
    uint32_t count;
};

void image_reseal(struct image *image, uint8_t *bytes, uint64_t block, struct resealed *also);
