// SPDX-License-Identifier: BSD-2-Clause
/* An image while it is played with: a disk that watches, and what the player has open. */
#pragma once

#include "input.h"

/* As long as most blocks, so that half of what goes astray lands there. */
enum { GUARD_BYTES = 1024 };

enum { SLOTS = 8, PAGE_BYTES = 4096, PAGES_MAX = (16 << 20) / PAGE_BYTES };

struct world {
    struct rig rig; /* first: what it calls gets it. bytes: a copy that is kept, and undone */
    const struct input *input;
    struct image *image;
    struct ext4_inode *slots[SLOTS];
    struct dice dice;
    bool mounted;

    /* What must hold. */
    bool may_write;             /* the library, now */
    unsigned long requests_max; /* until this operation is over */
    size_t mounted_bytes;       /* of memory, right after the mount */
    bool wrote;                 /* since the mount began, */
    bool wrote_first_marks;     /* and not what a replay writes first */
    const char *doing;

    /* The file system being mounted, whose memory gets guards as soon as there is any. */
    struct ext4_fs *fs;
    bool guarded;
};

/* Says what is wrong and ends the program. */
_Noreturn void world_fail(const struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void world_begin(struct world *world, const struct input *input);
void world_end(struct world *world);
/* Bytes are about to change: they will be as before at the end. */
void world_touch(struct world *world, uint64_t offset, uint64_t bytes);

void world_mount(struct world *world);
/* With a status that is to be looked at, or as if the power went. */
void world_unmount(struct world *world, bool crash);
void world_put(struct world *world, uint32_t slot);

/* Around every call of the library; the status is given on. */
void world_enter(struct world *world, const char *doing);
enum ext4_status world_leave(struct world *world, enum ext4_status status);

#define CALL(world, call) (world_enter(world, #call), world_leave(world, call))

/* ---- guard.c ------------------------------------------------------------- */

/* Whoever touches what lies between blocks and inodes in memory is found by the sanitizer. */
void guard_configure(struct world *world);
void guard_begin_mount(struct world *world);
/* As soon as something is read. */
void guard_raise(struct world *world);
/* In the file system that is being mounted. */
bool guard_sees_journal(const struct world *world);

/* ---- damage.c ------------------------------------------------------------ */

void damage(struct world *world, const struct step *step);

/* ---- operate.c ----------------------------------------------------------- */

void operate(struct world *world, const struct step *step);

/* ---- walk.c -------------------------------------------------------------- */

/* Looks at everything that can be reached, and changes some of it if `change`. */
void walk(struct world *world, bool change);
/* What an operation that succeeded must have given. */
void look_at(struct world *world, struct ext4_inode *inode);
/* At most `room` entries, of which names are kept if there are some; then where to go on, or 0. */
struct listing {
    char (*names)[EXT4_NAME_MAX]; /* may be null */
    size_t *lengths;
    uint32_t room, count;
};

enum ext4_status list(struct world *world, struct ext4_inode *dir, uint64_t *position,
                      struct listing *listing);
