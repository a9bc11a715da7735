// SPDX-License-Identifier: BSD-2-Clause
#include "model.h"

#include <stdlib.h>
#include <string.h>

struct world world;

void expect(enum ext4_status expected, enum ext4_status got, const char *what)
{
    if (expected != got) {
        FAIL("step %u: %s: expected '%s', got '%s' (%s)", world.step, what,
             ext4_status_text(expected), ext4_status_text(got),
             world.rig.log + (strlen(world.rig.log) > 200 ? strlen(world.rig.log) - 200 : 0));
    }
}

struct node *root(void)
{
    return &world.nodes[0];
}

struct node *new_node(uint32_t type)
{
    for (int i = 0; i < NODES; i++) {
        struct node *node = &world.nodes[i];

        if (node->type == 0) {
            memset(node, 0, sizeof(*node));
            node->type = type;
            node->data = calloc(1, SIZE_MAX_BYTES);
            return node;
        }
    }
    return NULL;
}

static bool is_held(const struct node *node)
{
    for (int i = 0; i < HELD; i++) {
        if (world.held[i].node == node) {
            return true;
        }
    }
    return false;
}

void free_if_gone(struct node *node)
{
    if (node->links == 0 && node != root() && !is_held(node)) {
        free(node->data);
        memset(node, 0, sizeof(*node));
    }
}

bool is_dir(const struct node *node)
{
    return node && node->type == EXT4_MODE_DIRECTORY;
}

bool is_empty(const struct node *node)
{
    for (int i = 0; i < NAMES; i++) {
        if (node->entries[i]) {
            return false;
        }
    }
    return true;
}

bool is_above(const struct node *node, const struct node *below)
{
    for (; below; below = below->parent) {
        if (below == node) {
            return true;
        }
    }
    return false;
}

struct node *pick_node(uint32_t r, uint32_t type)
{
    unsigned count = 0;

    for (int i = 0; i < NODES; i++) {
        count += world.nodes[i].type && (!type || world.nodes[i].type == type) &&
                 (i == 0 || world.nodes[i].links > 0);
    }
    if (count == 0) {
        return NULL;
    }
    r %= count;
    for (int i = 0;; i++) {
        if (world.nodes[i].type && (!type || world.nodes[i].type == type) &&
            (i == 0 || world.nodes[i].links > 0) && r-- == 0) {
            return &world.nodes[i];
        }
    }
}

/* ---- from nodes to inodes ------------------------------------------------ */

bool find_name(const struct node *node, struct node **dir, int *name)
{
    for (int i = 0; i < NODES; i++) {
        for (int n = 0; is_dir(&world.nodes[i]) && n < NAMES; n++) {
            if (world.nodes[i].entries[n] == node && (i == 0 || world.nodes[i].links)) {
                *dir = &world.nodes[i];
                *name = n;
                return true;
            }
        }
    }
    return false;
}

struct ext4_inode *open_node(const struct node *node)
{
    struct ext4_inode *above, *inode;
    struct node *dir;
    int name;

    if (node == root()) {
        expect(EXT4_OK, ext4_inode_get(world.rig.fs, EXT4_ROOT, &inode), "root");
        return inode;
    }
    if (!find_name(node, &dir, &name)) {
        FAIL("the model has lost a node");
    }
    above = open_node(dir);
    expect(EXT4_OK, ext4_lookup(above, world.names[name], strlen(world.names[name]), &inode),
           "lookup");
    ext4_inode_put(above);
    return inode;
}

bool is_full(enum ext4_status status)
{
    struct ext4_statfs statfs;

    ext4_statfs(world.rig.fs, &statfs);
    return status == EXT4_NO_SPACE && statfs.free_blocks < statfs.blocks / 10;
}

void xattr_name(char *name, int which)
{
    static const char *const prefixes[XATTRS] = {"user.", "trusted.", "security."};

    snprintf(name, 64, "%sattribute%d", prefixes[which], which);
}
