// SPDX-License-Identifier: BSD-2-Clause
/* New inputs from old ones: damage is aimed at fields, with values that may matter there. */
#include "../../src/disk.h"
#include "input.h"

#include <string.h>

struct field {
    uint32_t offset, bytes;
};

#define FIELD(structure, name)                                                                     \
    {                                                                                              \
        offsetof(struct structure, name), sizeof(((struct structure *)NULL)->name)                 \
    }
#define PICK(dice, table) (table)[dice_roll(dice, sizeof(table) / sizeof((table)[0]))]

static const struct field super_fields[] = {
    FIELD(disk_super, inodes_count),
    FIELD(disk_super, blocks_count_lo),
    FIELD(disk_super, first_data_block),
    FIELD(disk_super, log_block_size),
    FIELD(disk_super, log_cluster_size),
    FIELD(disk_super, blocks_per_group),
    FIELD(disk_super, inodes_per_group),
    FIELD(disk_super, state),
    FIELD(disk_super, revision),
    FIELD(disk_super, first_inode),
    FIELD(disk_super, inode_size),
    FIELD(disk_super, compat),
    FIELD(disk_super, incompat),
    FIELD(disk_super, ro_compat),
    FIELD(disk_super, journal_inode),
    FIELD(disk_super, last_orphan),
    FIELD(disk_super, hash_version),
    FIELD(disk_super, desc_size),
    FIELD(disk_super, first_meta_bg),
    FIELD(disk_super, blocks_count_hi),
    FIELD(disk_super, flags),
    FIELD(disk_super, reserved_gdt_blocks),
    FIELD(disk_super, free_blocks_lo),
    FIELD(disk_super, default_mount_options),
    FIELD(disk_super, backup_groups[0]),
    FIELD(disk_super, orphan_file_inode),
    FIELD(disk_super, error_count),
    FIELD(disk_super, reserved_blocks_lo),
    FIELD(disk_super, free_inodes),
    FIELD(disk_super, min_extra_isize),
    FIELD(disk_super, clusters_per_group),
};

static const struct field group_fields[] = {
    FIELD(disk_group, block_bitmap_lo), FIELD(disk_group, inode_bitmap_lo),
    FIELD(disk_group, inode_table_lo),  FIELD(disk_group, free_blocks_lo),
    FIELD(disk_group, free_inodes_lo),  FIELD(disk_group, directories_lo),
    FIELD(disk_group, flags),           FIELD(disk_group, unused_inodes_lo),
    FIELD(disk_group, block_bitmap_hi), FIELD(disk_group, inode_table_hi),
    FIELD(disk_group, free_blocks_hi),  FIELD(disk_group, unused_inodes_hi),
    FIELD(disk_group, inode_bitmap_hi),
};

static const struct field inode_fields[] = {
    FIELD(disk_inode, mode),       FIELD(disk_inode, size_lo),
    FIELD(disk_inode, dtime),      FIELD(disk_inode, links),
    FIELD(disk_inode, blocks_lo),  FIELD(disk_inode, flags),
    FIELD(disk_inode, size_hi),    FIELD(disk_inode, xattr_block_lo),
    FIELD(disk_inode, generation), FIELD(disk_inode, extra_size),
    FIELD(disk_inode, blocks_hi),  FIELD(disk_inode, mtime_extra),
};

static const struct field journal_super_fields[] = {
    FIELD(disk_journal_super, header.magic), FIELD(disk_journal_super, header.type),
    FIELD(disk_journal_super, block_bytes),  FIELD(disk_journal_super, block_count),
    FIELD(disk_journal_super, first),        FIELD(disk_journal_super, sequence),
    FIELD(disk_journal_super, start),        FIELD(disk_journal_super, error),
    FIELD(disk_journal_super, compat),       FIELD(disk_journal_super, incompat),
    FIELD(disk_journal_super, ro_compat),    FIELD(disk_journal_super, fast_commit_blocks),
};

static const struct field xattr_fields[] = {
    FIELD(disk_xattr_header, magic),
    FIELD(disk_xattr_header, references),
    FIELD(disk_xattr_header, blocks),
};

static const struct field xattr_entry_fields[] = {
    FIELD(disk_xattr_entry, name_length),  FIELD(disk_xattr_entry, name_index),
    FIELD(disk_xattr_entry, value_offset), FIELD(disk_xattr_entry, value_inode),
    FIELD(disk_xattr_entry, value_size),
};

static const struct field entry_fields[] = {
    FIELD(disk_entry, inode),
    FIELD(disk_entry, length),
    FIELD(disk_entry, name_length),
    FIELD(disk_entry, type),
    {offsetof(struct disk_entry, name), 1},
};

static const struct field header_fields[] = {
    FIELD(disk_extent_header, magic),
    FIELD(disk_extent_header, entries),
    FIELD(disk_extent_header, max),
    FIELD(disk_extent_header, depth),
};

static const struct field extent_fields[] = {
    FIELD(disk_extent, first),
    FIELD(disk_extent, length),
    FIELD(disk_extent, start_hi),
    FIELD(disk_extent, start_lo),
};

static struct field moved(struct field field, uint32_t by)
{
    return (struct field){field.offset + by, field.bytes};
}

/* ---- which field --------------------------------------------------------- */

static struct field extent_field(struct dice *dice, uint32_t base)
{
    uint32_t entry = dice_roll(dice, 4);

    if (dice_roll(dice, 2)) {
        return moved(PICK(dice, header_fields), base);
    }
    return moved(PICK(dice, extent_fields), base + 12 + 12 * entry);
}

/* The first attribute, or one of the next. */
static uint32_t near_start(struct dice *dice)
{
    return dice_roll(dice, 2) ? 0 : 4 * dice_roll(dice, 12);
}

static struct field inode_field(struct dice *dice)
{
    uint32_t room = offsetof(struct disk_inode, room);

    switch (dice_roll(dice, 5)) {
    case 0: return extent_field(dice, room);
    case 1: return (struct field){room + 4 * dice_roll(dice, 15), 4};
    case 2: /* attributes in the inode, behind their magic number */
        return moved(PICK(dice, xattr_entry_fields),
                     (uint32_t)sizeof(struct disk_inode) + 4 + near_start(dice));
    default: return PICK(dice, inode_fields);
    }
}

/* Entries are found by their lengths, as they are before the damage. */
static struct field entry_field(struct dice *dice, const uint8_t *block, uint32_t bytes)
{
    uint32_t at = 0, steps = dice_roll(dice, 12);

    while (steps-- > 0) {
        uint32_t length = le16_get(&((const struct disk_entry *)(block + at))->length);

        if (length < EXT4_ENTRY_BYTES || at + length + EXT4_ENTRY_BYTES >= bytes) {
            break;
        }
        at += length;
    }
    return moved(PICK(dice, entry_fields), at);
}

static struct field index_field(struct dice *dice)
{
    uint32_t base = dice_roll(dice, 3) ? EXT4_INDEX_ROOT_OFFSET : EXT4_INDEX_NODE_OFFSET;

    switch (dice_roll(dice, 3)) {
    case 0: return (struct field){EXT4_INDEX_INFO_OFFSET + 4 + dice_roll(dice, 4), 1};
    case 1: return (struct field){base + 2 * dice_roll(dice, 4), 2};
    default: return (struct field){base + 4 * dice_roll(dice, 16), 4};
    }
}

static struct field field_of(struct dice *dice, const struct image *image,
                             const struct place *place)
{
    const uint8_t *bytes = image->fresh.bytes + place_at(image, place);

    switch (place->kind) {
    case PLACE_SUPER: return PICK(dice, super_fields);
    case PLACE_GROUP: return PICK(dice, group_fields);
    case PLACE_INODE: return inode_field(dice);
    case PLACE_EXTENTS: return extent_field(dice, 0);
    case PLACE_INDIRECT: return (struct field){4 * dice_roll(dice, place->bytes / 4), 4};
    case PLACE_DIRECTORY: return entry_field(dice, bytes, place->bytes);
    case PLACE_INDEX: return index_field(dice);
    case PLACE_XATTR:
        return dice_roll(dice, 4) ? moved(PICK(dice, xattr_entry_fields), 32 + near_start(dice))
                                  : PICK(dice, xattr_fields);
    case PLACE_JOURNAL_SUPER: return PICK(dice, journal_super_fields);
    case PLACE_DESCRIPTOR:
    case PLACE_REVOKE:
    case PLACE_COMMIT: return (struct field){4 * dice_roll(dice, 20), 4};
    default: return (struct field){dice_roll(dice, place->bytes), 1u << dice_roll(dice, 3)};
    }
}

/* A block in the log is damaged as what it is at home. */
static struct field field_in(struct dice *dice, const struct image *image,
                             const struct place *place)
{
    struct place home = *place;

    if (place->kind == PLACE_LOGGED) {
        home.kind = image->roles[image->roles[place->block].home].kind;
        if (home.kind == PLACE_SUPER) {
            return moved(PICK(dice, super_fields), EXT4_SUPER_OFFSET % image->block_bytes);
        }
        if (home.kind == PLACE_INODE) {
            uint32_t size = image->places[image->first[PLACE_INODE]].bytes;

            return moved(inode_field(dice), size * dice_roll(dice, image->block_bytes / size));
        }
    }
    return field_of(dice, image, &home);
}

/* ---- steps --------------------------------------------------------------- */

static uint32_t value_for(struct dice *dice, const struct image *image)
{
    static const uint32_t values[] = {0,      1,      2,          3,          4,         7,
                                      8,      12,     0x80,       0xff,       0x7fff,    0x8000,
                                      0xffff, 0xf30a, 0x7fffffff, 0x80000000, 0xffffffff};

    switch (dice_roll(dice, 6)) {
    case 0: return dice_roll(dice, 256);
    case 1: return image->block_count + dice_roll(dice, 3) - 1;
    case 2: return 1u << dice_roll(dice, 32);
    case 3: return dice_roll(dice, 0x10000000);
    default: return PICK(dice, values);
    }
}

/* Where there is more to get wrong, more is damaged. */
static enum place_kind pick_kind(struct dice *dice, const struct image *image)
{
    static const enum place_kind likely[] = {PLACE_SUPER,   PLACE_GROUP,    PLACE_INODE,
                                             PLACE_EXTENTS, PLACE_INDIRECT, PLACE_DIRECTORY,
                                             PLACE_INDEX,   PLACE_XATTR,    PLACE_LOGGED};
    enum place_kind kind = PLACE_SUPER;

    for (int i = 0; i < 8; i++) {
        kind =
            dice_roll(dice, 3) ? PICK(dice, likely) : (enum place_kind)dice_roll(dice, PLACE_KINDS);
        if (image_count(image, kind) > 0) {
            break;
        }
    }
    return kind;
}

/* Twice what is there, or half, or so. */
static uint32_t value_near(struct dice *dice, const struct image *image, const struct place *place,
                           struct field field)
{
    const uint8_t *at = image->fresh.bytes + place_at(image, place) + field.offset;
    uint32_t old = 0, shift = 1 + dice_roll(dice, 3);

    for (uint32_t i = 0; i < field.bytes && field.offset + i < place->bytes; i++) {
        old |= (uint32_t)at[i] << 8 * i;
    }
    return dice_roll(dice, 2) ? old << shift : old >> shift;
}

static void damage_at(struct step *step, struct dice *dice, const struct image *image,
                      enum place_kind kind, uint32_t index)
{
    const struct place *place = image_place(image, kind, index);
    struct field field = place ? field_in(dice, image, place) : (struct field){0, 1};

    memset(step, 0, sizeof(*step));
    step->verb = STEP_DAMAGE;
    step->kind = (uint8_t)kind;
    step->mode = (uint8_t)(dice_roll(dice, 2) ? DAMAGE_SET : dice_roll(dice, DAMAGE_MODES));
    step->width = (uint8_t)(field.bytes == 1 ? 0 : field.bytes == 2 ? 1 : 2);
    step->width |= dice_roll(dice, 20) ? 0 : DAMAGE_UNSEALED;
    le16_set(&step->index, index);
    le16_set(&step->offset, field.offset);
    le32_set(&step->value, place && field.bytes <= 4 && dice_roll(dice, 4) == 0
                               ? value_near(dice, image, place, field)
                               : value_for(dice, image));
    if (step->mode >= DAMAGE_COPY) {
        le32_set(&step->value, dice_roll(dice, 1000));
        le32_set(&step->more, pick_kind(dice, image));
    } else if (step->mode == DAMAGE_ADD) {
        le32_set(&step->value, dice_roll(dice, 9) - 4);
    } else if (step->mode == DAMAGE_FILL) {
        le32_set(&step->more, dice_roll(dice, 64));
    }
}

static void set_damage(struct step *step, struct dice *dice, const struct image *image)
{
    enum place_kind kind = pick_kind(dice, image);

    /* Of many, most are alike: the first come first. */
    damage_at(step, dice, image, kind,
              dice_roll(dice, (image_count(image, kind) >> dice_roll(dice, 5)) + 1));
}

/* What one wrong number does not do, two beside each other may. */
static void set_beside(struct step *step, struct dice *dice, const struct image *image,
                       const struct step *other)
{
    uint32_t offset = le16_get(&other->offset), fields = dice_roll(dice, 9);

    damage_at(step, dice, image, (enum place_kind)(other->kind % PLACE_KINDS),
              le16_get(&other->index));
    if (dice_roll(dice, 2)) {
        le16_set(&step->offset, offset + 2 * fields < 8 ? 0 : offset + 2 * fields - 8);
    }
}

static void set_operation(struct step *step, struct dice *dice, const struct image *image)
{
    memset(step, 0, sizeof(*step));
    step->verb =
        (uint8_t)(1 + dice_roll(dice, dice_roll(dice, 4) ? STEP_REMOUNT - 1 : STEP_VERBS - 1));
    step->kind = (uint8_t)(dice_roll(dice, 4) | dice_roll(dice, 4) << 4);
    step->mode = (uint8_t)dice_roll(dice, 32);
    step->width = (uint8_t)dice_roll(dice, 4);
    le16_set(&step->index, dice_roll(dice, 500));
    le16_set(&step->offset, dice_roll(dice, 2) ? dice_roll(dice, 500) : dice_roll(dice, 65536));
    le32_set(&step->value, dice_roll(dice, 2) ? dice_roll(dice, 9000) : value_for(dice, image));
    le32_set(&step->more, dice_roll(dice, 500));
}

static void set_step(struct step *step, struct dice *dice, const struct image *image)
{
    if (dice_roll(dice, 2)) {
        set_damage(step, dice, image);
    } else {
        set_operation(step, dice, image);
    }
}

/* ---- inputs -------------------------------------------------------------- */

static void mutate_head(struct head *head, struct dice *dice)
{
    switch (dice_roll(dice, 8)) {
    case 0: head->format = (uint8_t)dice_roll(dice, image_formats()); break;
    case 1: head->policy = (uint8_t)dice_roll(dice, 3); break;
    case 2: head->data_mode = (uint8_t)dice_roll(dice, 4); break;
    case 3: head->flags ^= (uint8_t)(1u << dice_roll(dice, 6)); break;
    case 4: head->flags |= HEAD_WALK | HEAD_CHANGE; break;
    case 5: le16_set(&head->fail_read, dice_roll(dice, 3) ? 0 : dice_roll(dice, 200)); break;
    case 6: le16_set(&head->fail_write, dice_roll(dice, 3) ? 0 : dice_roll(dice, 60)); break;
    default: le16_set(&head->random, dice_roll(dice, 65536));
    }
}

static void insert(struct input *input, struct dice *dice, const struct image *image)
{
    uint32_t at = dice_roll(dice, input->step_count + 1);
    bool any = input->step_count > 0;
    struct step other = input->steps[any ? dice_roll(dice, input->step_count) : 0];

    if (input->step_count == INPUT_STEPS_MAX) {
        return;
    }
    memmove(&input->steps[at + 1], &input->steps[at],
            (input->step_count - at) * sizeof(struct step));
    input->step_count++;
    if (any && other.verb % STEP_VERBS == STEP_DAMAGE && dice_roll(dice, 3) == 0) {
        set_beside(&input->steps[at], dice, image, &other);
    } else if (any && dice_roll(dice, 8) == 0) {
        input->steps[at] = other;
    } else {
        set_step(&input->steps[at], dice, image);
    }
}

static void drop(struct input *input, struct dice *dice)
{
    uint32_t at = dice_roll(dice, input->step_count);

    input->step_count--;
    memmove(&input->steps[at], &input->steps[at + 1],
            (input->step_count - at) * sizeof(struct step));
}

static void mutate_step(struct step *step, struct dice *dice, const struct image *image)
{
    struct step other;

    set_step(&other, dice, image);
    switch (dice_roll(dice, 8)) {
    case 0: *step = other; break;
    case 1: step->mode = other.mode; break;
    case 2: step->index = other.index; break;
    case 3: le16_set(&step->offset, le16_get(&step->offset) + dice_roll(dice, 25) - 12); break;
    case 4: le32_set(&step->value, le32_get(&step->value) + dice_roll(dice, 17) - 8); break;
    case 5: le32_set(&step->value, value_for(dice, image)); break;
    case 6: step->width = other.width; break;
    default: step->kind = other.kind;
    }
}

void input_mutate(struct input *input, struct dice *dice)
{
    const struct image *image = image_get(input->head.format);

    for (uint32_t times = 1 + dice_roll(dice, 3); times > 0; times--) {
        uint32_t what = dice_roll(dice, 10);

        if (what < 1) {
            mutate_head(&input->head, dice);
        } else if (what < 5 || input->step_count == 0) {
            insert(input, dice, image);
        } else if (what < 7) {
            drop(input, dice);
        } else {
            mutate_step(&input->steps[dice_roll(dice, input->step_count)], dice, image);
        }
    }
}

void input_cross(struct input *input, const struct input *other, struct dice *dice)
{
    uint32_t keep = dice_roll(dice, input->step_count + 1),
             from = dice_roll(dice, other->step_count + 1);

    input->step_count = keep;
    while (from < other->step_count && input->step_count < INPUT_STEPS_MAX) {
        input->steps[input->step_count++] = other->steps[from++];
    }
}

void input_generate(struct input *input, struct dice *dice)
{
    memset(input, 0, sizeof(*input));
    input->head.format = (uint8_t)dice_roll(dice, image_formats());
    input->head.flags = HEAD_WALK | HEAD_CHANGE;
    le16_set(&input->head.random, dice_roll(dice, 65536));
    input->head.policy = (uint8_t)dice_roll(dice, 3);
    if (dice_roll(dice, 4) == 0) {
        mutate_head(&input->head, dice);
    }
    for (uint32_t steps = 1 + dice_roll(dice, 10); steps > 0; steps--) {
        insert(input, dice, image_get(input->head.format));
    }
}
