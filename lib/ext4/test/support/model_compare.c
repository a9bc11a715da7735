// SPDX-License-Identifier: BSD-2-Clause
/* The file system and the model side by side: node by node, and as debugfs reads the image. */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct listing {
    const struct node *dir;
    unsigned seen, dots;
    uint64_t next;
    unsigned left; /* entries to take before stopping */
    bool stranger;
};

static bool take_entry(void *context, const struct ext4_entry *entry)
{
    struct listing *listing = context;
    bool known = false;

    listing->next = entry->next;
    listing->left--;
    if (entry->name[0] == '.' || (entry->length == 10 && !memcmp(entry->name, "lost+found", 10))) {
        listing->dots++;
        return listing->left > 0;
    }
    for (int i = 0; i < NAMES; i++) {
        known |= listing->dir->entries[i] && strlen(world.names[i]) == entry->length &&
                 memcmp(world.names[i], entry->name, entry->length) == 0;
    }
    listing->stranger |= !known;
    listing->seen++;
    return listing->left > 0;
}

/* In pieces, as a caller with a small buffer would. */
static void compare_entries(const struct node *node, struct ext4_inode *inode)
{
    struct listing listing = {.dir = node};
    unsigned count = 0;

    for (int i = 0; i < NAMES; i++) {
        count += node->entries[i] != NULL;
    }
    do {
        listing.left = 7;
        expect(EXT4_OK, ext4_readdir(inode, listing.next, take_entry, &listing), "readdir");
    } while (listing.left == 0);
    if (listing.seen != count || listing.stranger || listing.dots != (node == root() ? 3u : 2u)) {
        FAIL("step %u: a directory of %u entries shows %u%s, and %u others", world.step, count,
             listing.seen, listing.stranger ? ", some unknown" : "", listing.dots);
    }
}

static void compare_xattrs(const struct node *node, struct ext4_inode *inode)
{
    for (int i = 0; i < XATTRS; i++) {
        uint8_t value[400], expected[400];
        size_t length;
        char name[64];
        enum ext4_status status;

        xattr_name(name, i);
        memset(expected, node->xattr_fill[i], sizeof(expected));
        status = ext4_xattr_get(inode, name, strlen(name), value, sizeof(value), &length);
        expect(node->xattr_bytes[i] ? EXT4_OK : EXT4_NOT_FOUND, status, "attribute");
        if (status == EXT4_OK &&
            (length != node->xattr_bytes[i] * 20u || memcmp(value, expected, length) != 0)) {
            FAIL("step %u: attribute %s differs", world.step, name);
        }
    }
}

static void compare_content(const struct node *node, struct ext4_inode *inode)
{
    static uint8_t got[SIZE_MAX_BYTES + 1];
    size_t done;

    expect(EXT4_OK, ext4_read(inode, 0, got, sizeof(got), &done), "read");
    if (done != node->size || memcmp(got, node->data, done) != 0) {
        size_t at = 0;

        while (at < done && at < node->size && got[at] == node->data[at]) {
            at++;
        }
        FAIL("step %u: a file of %zu bytes reads %zu, different at %zu", world.step, node->size,
             done, at);
    }
}

static unsigned expected_links(const struct node *node)
{
    unsigned links = 2;

    if (!is_dir(node)) {
        return node->links;
    }
    for (int i = 0; i < NAMES; i++) {
        links += is_dir(node->entries[i]);
    }
    return links + (node == root()); /* lost+found */
}

void compare_node(struct node *node)
{
    struct ext4_inode *inode = open_node(node);
    struct ext4_attributes attributes;
    char target[200];
    size_t length;

    ext4_stat(inode, &attributes);
    if ((attributes.mode & EXT4_MODE_TYPE) != node->type ||
        (node != root() && (attributes.mode & 07777) != node->mode) ||
        attributes.links != expected_links(node)) {
        FAIL("step %u: mode %o, links %u; expected %o, %u", world.step, attributes.mode,
             attributes.links, node->type | node->mode, expected_links(node));
    }
    if (is_dir(node)) {
        compare_entries(node, inode);
    } else if (node->type == EXT4_MODE_FILE) {
        compare_content(node, inode);
    } else if (node->type == EXT4_MODE_SYMLINK) {
        expect(EXT4_OK, ext4_readlink(inode, target, sizeof(target), &length), "readlink");
        if (length != node->size || memcmp(target, node->data, length) != 0) {
            FAIL("step %u: a symbolic link differs", world.step);
        }
    }
    compare_xattrs(node, inode);
    ext4_inode_put(inode);
}

void compare_all(void)
{
    for (int i = 0; i < NODES; i++) {
        if (world.nodes[i].type && (i == 0 || world.nodes[i].links)) {
            compare_node(&world.nodes[i]);
        }
    }
}

/* Of data in an inode debugfs copies at least 60 bytes, whatever the size says. */
static bool is_size_in_debugfs(const struct node *node, size_t bytes)
{
    return bytes == node->size ||
           (bytes == 60 && node->size < 60 && strstr(world.format, "inline_data"));
}

/* What debugfs copies out of the image must be the same files. */
static void compare_dump(const struct node *dir, const char *folder)
{
    static uint8_t got[SIZE_MAX_BYTES + 1];
    char path[2000];

    for (int i = 0; i < NAMES; i++) {
        const struct node *node = dir->entries[i];
        FILE *file;
        size_t done;

        if (!node || strlen(folder) > 1500) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, world.names[i]);
        if (is_dir(node)) {
            compare_dump(node, path);
        } else if (node->type == EXT4_MODE_FILE) {
            file = fopen(path, "rb");
            done = file ? fread(got, 1, sizeof(got), file) : 0;
            if (file) {
                fclose(file);
            }
            if (!file || !is_size_in_debugfs(node, done) || memcmp(got, node->data, done) != 0) {
                FAIL("debugfs reads %zu bytes of %zu, or others: %s", done, node->size, path);
            }
        }
    }
}

void compare_by_debugfs(void)
{
    const char *parent = getenv("TMPDIR");
    char folder[256], command[600], *output;

    snprintf(folder, sizeof(folder), "%s/ext4.model.XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        FAIL("no temporary folder");
    }
    snprintf(command, sizeof(command), "rdump / %s", folder);
    output = rig_debugfs(&world.rig, command);
    free(output);
    compare_dump(root(), folder);
    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    if (system(command) != 0) {
        FAIL("cannot remove %s", folder);
    }
}
