// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the fuzzer plays: a head, and then steps of 16 bytes, each damage or an operation. Damage
 * that comes before the first operation is done before the mount; later it is a disk that lies.
 * Every sequence of bytes means something, and a step means the same wherever it stands.
 */
#pragma once

#include "../../src/bytes.h"
#include "image.h"

enum { INPUT_STEPS_MAX = 64, STEP_BYTES = 16 };

struct head {
    uint8_t format;
    uint8_t flags;
    uint8_t policy;    /* EXT4_ON_ERROR_ */
    uint8_t data_mode; /* EXT4_DATA_ */
    struct le16 random;
    struct le16 fail_read, fail_write, fail_alloc; /* the nth; 0: none */
    uint8_t unused[4];
};

enum {
    HEAD_READ_ONLY = 1,        /* the mount */
    HEAD_READ_ONLY_DEVICE = 2, /* and the device */
    HEAD_DEFERRED = 4,         /* requests end in an order by `random` */
    HEAD_LARGE_CACHE = 8,
    HEAD_WALK = 16,   /* at the end: everything is looked at, */
    HEAD_CHANGE = 32, /* and some of it changed, by `random` */
};

enum step_verb {
    STEP_DAMAGE,
    STEP_LOOKUP,
    STEP_OPEN,
    STEP_PUT,
    STEP_READ,
    STEP_WRITE,
    STEP_TRUNCATE,
    STEP_ALLOCATE,
    STEP_SEEK,
    STEP_PIECE,
    STEP_READDIR,
    STEP_CREATE,
    STEP_SYMLINK,
    STEP_LINK,
    STEP_UNLINK,
    STEP_RMDIR,
    STEP_RENAME,
    STEP_READLINK,
    STEP_XATTR_GET,
    STEP_XATTR_LIST,
    STEP_XATTR_SET,
    STEP_XATTR_REMOVE,
    STEP_SET_ATTRIBUTES,
    STEP_FSYNC,
    STEP_SYNC,
    STEP_REMOUNT,
    STEP_CRASH,
    STEP_CHURN, /* changes and syncs, to fill the log */
    STEP_VERBS,
};

enum damage_mode {
    DAMAGE_SET,      /* to `value` */
    DAMAGE_XOR,      /* with it */
    DAMAGE_ADD,      /* it */
    DAMAGE_FILL,     /* with its low byte, `more` times */
    DAMAGE_COPY,     /* as many bytes from place `value` of kind `more` */
    DAMAGE_BLOCK_OF, /* the number of the block that place is in */
    DAMAGE_INODE_OF, /* or of its inode */
    DAMAGE_MODES,
};

/* In `width`: the lowest two bits say 1, 2, 4 or 8 bytes. */
enum { DAMAGE_UNSEALED = 0x10, DAMAGE_WIDTH_MASK = 3 };

struct step {
    uint8_t verb;
    uint8_t kind; /* damage: of place; else two slots of open inodes, four bits each */
    uint8_t mode;
    uint8_t width;
    struct le16 index; /* damage: which place; else a name */
    struct le16 offset;
    struct le32 value, more;
};

_Static_assert(sizeof(struct head) == STEP_BYTES, "head");
_Static_assert(sizeof(struct step) == STEP_BYTES, "step");

struct input {
    struct head head;
    struct step steps[INPUT_STEPS_MAX];
    uint32_t step_count;
};

/* Too short is zeros, too long is cut. */
void input_decode(struct input *input, const uint8_t *bytes, size_t size);
size_t input_encode(const struct input *input, uint8_t *bytes, size_t room);

/* ---- mutate.c ------------------------------------------------------------ */

struct dice {
    uint32_t state;
};

static inline uint32_t dice_roll(struct dice *dice, uint32_t below)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 17;
    dice->state ^= dice->state << 5;
    return (dice->state >> 4) % below;
}

void input_mutate(struct input *input, struct dice *dice);
/* A beginning of one, an end of the other. */
void input_cross(struct input *input, const struct input *other, struct dice *dice);
void input_generate(struct input *input, struct dice *dice);

/* ---- run.c --------------------------------------------------------------- */

/* Ends the program when something is wrong. */
void hostile_run(const uint8_t *bytes, size_t size);
