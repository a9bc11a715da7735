// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/*
 * A model of what POSIX says about a file system, and one on a disk in memory that must do the
 * same. There is one of each in a program. What differs ends in FAIL, which leaves by world.failed.
 */
#include "rig.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { NAMES = 40, NODES = 400, SIZE_MAX_BYTES = 300000, HELD = 4, XATTRS = 3, DISK_MIB = 12 };

struct node {
    uint32_t type; /* EXT4_MODE_...; 0: unused */
    uint32_t mode;
    unsigned links; /* names that are not a directory's own */
    struct node *entries[NAMES], *parent;
    uint8_t *data; /* SIZE_MAX_BYTES, or the target of a link */
    size_t size;
    uint8_t xattr_bytes[XATTRS]; /* 0: none; the value is that many bytes, times 20 */
    uint8_t xattr_fill[XATTRS];
};

struct world {
    struct rig rig;
    struct node nodes[NODES];
    struct {
        struct node *node;
        struct ext4_inode *inode;
    } held[HELD];
    char names[NAMES][EXT4_NAME_MAX + 1];
    const char *format;
    unsigned step;
    jmp_buf failed;
    char why[6000];
};

extern struct world world;

#define FAIL(...)                                                                                  \
    do {                                                                                           \
        snprintf(world.why, sizeof(world.why), __VA_ARGS__);                                       \
        longjmp(world.failed, 1);                                                                  \
    } while (0)

void expect(enum ext4_status expected, enum ext4_status got, const char *what);
/* A disk that is nearly full may say so. */
bool is_full(enum ext4_status status);

/* ---- the model ----------------------------------------------------------- */

struct node *root(void);
struct node *new_node(uint32_t type);
void free_if_gone(struct node *node);
bool is_dir(const struct node *node);
bool is_empty(const struct node *node);
bool is_above(const struct node *node, const struct node *below);
/* The nth (of those there are) that `r` picks, of a type or, with 0, of any. */
struct node *pick_node(uint32_t r, uint32_t type);

/* ---- from nodes to inodes ------------------------------------------------ */

bool find_name(const struct node *node, struct node **dir, int *name);
struct ext4_inode *open_node(const struct node *node);
void xattr_name(char *name, int which);

/* ---- comparing ----------------------------------------------------------- */

void compare_node(struct node *node);
void compare_all(void);
/* What debugfs copies out of the image must be the same files. */
void compare_by_debugfs(void);
