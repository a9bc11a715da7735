// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.model: random operations on a file system and on a model of what POSIX says, compared step
 * by step and, at the end, by e2fsck and debugfs. A failing sequence is made shorter before it is
 * told.
 *
 *   model_test [--seed N] [--operations N] [--rounds N]     one format a round, seeds count up
 */
#include "support/model.h"

#include <stdlib.h>
#include <string.h>

struct operation {
    uint8_t kind;
    uint32_t r[4];
    bool dropped;
};

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* ---- operations ---------------------------------------------------------- */

static void op_create(const struct operation *op)
{
    static const uint32_t types[] = {EXT4_MODE_FILE, EXT4_MODE_FILE, EXT4_MODE_DIRECTORY,
                                     EXT4_MODE_SYMLINK, EXT4_MODE_FIFO};
    struct node *dir = pick_node(op->r[0], EXT4_MODE_DIRECTORY), *node;
    int name = (int)(op->r[1] % NAMES);
    uint32_t type = types[op->r[2] % 5], mode = op->r[3] % 01000;
    size_t target = 1 + op->r[3] / 512 % 120;
    struct ext4_inode *above = open_node(dir), *inode;
    const char *text = world.names[name];
    enum ext4_status status;

    node = new_node(type);
    if (!node) {
        ext4_inode_put(above);
        return;
    }
    if (type == EXT4_MODE_SYMLINK) {
        memset(node->data, 'a' + (int)(op->r[3] % 26), target);
        node->size = target;
        mode = 0777;
        status = ext4_symlink(above, text, strlen(text), (char *)node->data, target,
                              (struct ext4_owner){7, 8}, &inode);
    } else {
        status = ext4_create(above, text, strlen(text), type | mode, (struct ext4_owner){7, 8}, 0,
                             0, &inode);
    }
    node->mode = mode;
    if (type == EXT4_MODE_DIRECTORY) {
        node->mode |= dir->mode & EXT4_MODE_SETGID;
    }
    if (!is_full(status)) {
        expect(dir->entries[name] ? EXT4_EXISTS : EXT4_OK, status, "create");
    }
    if (status == EXT4_OK) {
        ext4_inode_put(inode);
        dir->entries[name] = node;
        node->links = 1;
        node->parent = type == EXT4_MODE_DIRECTORY ? dir : NULL;
    }
    free_if_gone(node);
    ext4_inode_put(above);
}

static void op_link(const struct operation *op)
{
    struct node *dir = pick_node(op->r[0], EXT4_MODE_DIRECTORY), *node = pick_node(op->r[1], 0);
    int name = (int)(op->r[2] % NAMES);
    struct ext4_inode *above = open_node(dir), *inode = open_node(node);
    enum ext4_status status = ext4_link(above, world.names[name], strlen(world.names[name]), inode);

    if (!is_full(status)) {
        expect(is_dir(node)         ? EXT4_IS_DIRECTORY
               : dir->entries[name] ? EXT4_EXISTS
                                    : EXT4_OK,
               status, "link");
    }
    if (status == EXT4_OK) {
        dir->entries[name] = node;
        node->links++;
    }
    ext4_inode_put(inode);
    ext4_inode_put(above);
}

static void remove_name(struct node *dir, int name)
{
    struct node *node = dir->entries[name];

    dir->entries[name] = NULL;
    node->links--;
    free_if_gone(node);
}

static void op_remove(const struct operation *op)
{
    struct node *dir = pick_node(op->r[0], EXT4_MODE_DIRECTORY), *node;
    int name = (int)(op->r[1] % NAMES);
    bool rmdir = op->r[2] % 3 == 0;
    const char *text = world.names[name];
    struct ext4_inode *above = open_node(dir);
    enum ext4_status expected = EXT4_OK, status;

    node = dir->entries[name];
    if (!node) {
        expected = EXT4_NOT_FOUND;
    } else if (is_dir(node) != rmdir) {
        expected = rmdir ? EXT4_NOT_DIRECTORY : EXT4_IS_DIRECTORY;
    } else if (rmdir && !is_empty(node)) {
        expected = EXT4_NOT_EMPTY;
    }
    status = rmdir ? ext4_rmdir(above, text, strlen(text)) : ext4_unlink(above, text, strlen(text));
    expect(expected, status, rmdir ? "rmdir" : "unlink");
    if (status == EXT4_OK) {
        remove_name(dir, name);
    }
    ext4_inode_put(above);
}

static enum ext4_status expect_rename(const struct node *from, int from_name, const struct node *to,
                                      int to_name, enum ext4_rename_mode mode)
{
    const struct node *node = from->entries[from_name], *other = to->entries[to_name];

    if (!node) {
        return EXT4_NOT_FOUND;
    }
    if (!other && mode == EXT4_RENAME_EXCHANGE) {
        return EXT4_NOT_FOUND;
    }
    if (other && mode == EXT4_RENAME_KEEP) {
        return EXT4_EXISTS;
    }
    if (node == other) {
        return EXT4_OK;
    }
    if ((is_dir(node) && is_above(node, to)) ||
        (mode == EXT4_RENAME_EXCHANGE && is_dir(other) && is_above(other, from))) {
        return EXT4_INVALID;
    }
    if (other && mode == EXT4_RENAME_REPLACE) {
        if (is_dir(node) != is_dir(other)) {
            return is_dir(other) ? EXT4_IS_DIRECTORY : EXT4_NOT_DIRECTORY;
        }
        if (is_dir(other) && !is_empty(other)) {
            return EXT4_NOT_EMPTY;
        }
    }
    return EXT4_OK;
}

static void model_rename(struct node *from, int from_name, struct node *to, int to_name,
                         enum ext4_rename_mode mode)
{
    struct node *node = from->entries[from_name], *other = to->entries[to_name];

    if (node == other) {
        return;
    }
    if (mode == EXT4_RENAME_EXCHANGE) {
        from->entries[from_name] = other;
        to->entries[to_name] = node;
        other->parent = is_dir(other) ? from : NULL;
    } else {
        if (other) {
            remove_name(to, to_name);
        }
        from->entries[from_name] = NULL;
        to->entries[to_name] = node;
    }
    node->parent = is_dir(node) ? to : NULL;
}

static void op_rename(const struct operation *op)
{
    struct node *from = pick_node(op->r[0], EXT4_MODE_DIRECTORY);
    struct node *to = pick_node(op->r[1], EXT4_MODE_DIRECTORY);
    int from_name = (int)(op->r[2] % NAMES), to_name = (int)(op->r[3] % NAMES);
    enum ext4_rename_mode mode = (enum ext4_rename_mode)(op->r[3] / NAMES % 3);
    enum ext4_status expected = expect_rename(from, from_name, to, to_name, mode), status;
    struct ext4_inode *from_dir = open_node(from), *to_dir = open_node(to);

    status = ext4_rename(from_dir, world.names[from_name], strlen(world.names[from_name]), to_dir,
                         world.names[to_name], strlen(world.names[to_name]), mode);
    if (!is_full(status)) {
        expect(expected, status, "rename");
    }
    ext4_inode_put(from_dir);
    ext4_inode_put(to_dir);
    if (status == EXT4_OK) {
        model_rename(from, from_name, to, to_name, mode);
    }
}

/* An inode to work on: by its name, or one that is held open. */
static struct node *open_file(uint32_t r, struct ext4_inode **inode, bool *borrowed)
{
    struct node *node;
    unsigned slot = r % (3 * HELD);

    *borrowed =
        slot < HELD && world.held[slot].node && world.held[slot].node->type == EXT4_MODE_FILE;
    if (*borrowed) {
        *inode = world.held[slot].inode;
        return world.held[slot].node;
    }
    /* Often one of a few, so that a file has a history. */
    node = pick_node(r / 16 % 2 ? r / 32 : r / 32 % 3, EXT4_MODE_FILE);
    if (node) {
        *inode = open_node(node);
    }
    return node;
}

static void close_file(struct ext4_inode *inode, bool borrowed)
{
    if (!borrowed) {
        ext4_inode_put(inode);
    }
}

static void op_write(const struct operation *op)
{
    static uint8_t data[SIZE_MAX_BYTES];
    size_t at = op->r[1] % SIZE_MAX_BYTES, bytes = op->r[2] % 40000, done;
    struct ext4_inode *inode;
    bool borrowed;
    struct node *node;
    enum ext4_status status;

    if (op->r[3] % 4 == 0) {
        at = at / 4096 * 4096;
    } else if (op->r[3] % 4 == 1) { /* what an inode may have room for */
        at %= 100;
        bytes %= 150;
    }
    bytes = bytes < SIZE_MAX_BYTES - at ? bytes : SIZE_MAX_BYTES - at;
    node = open_file(op->r[0], &inode, &borrowed);
    if (!node) {
        return;
    }
    for (size_t i = 0; i < bytes; i++) {
        data[i] = (uint8_t)(op->r[3] + i * 13 + i / 251);
    }
    status = ext4_write(inode, at, data, bytes, &done);
    if (!is_full(status)) {
        expect(EXT4_OK, status, "write");
    }
    memcpy(node->data + at, data, done);
    node->size = done && at + done > node->size ? at + done : node->size;
    close_file(inode, borrowed);
}

static void truncate_to(struct node *node, struct ext4_inode *inode, size_t size)
{
    enum ext4_status status = ext4_truncate(inode, size);

    if (!is_full(status)) {
        expect(EXT4_OK, status, "truncate");
    }
    if (status == EXT4_OK) {
        if (size < node->size) {
            memset(node->data + size, 0, node->size - size);
        }
        node->size = size;
    }
}

/* Often longer again at once: nothing of the old content may come back. */
static void op_truncate(const struct operation *op)
{
    size_t most = op->r[2] % 4 ? SIZE_MAX_BYTES : 200;
    size_t size = op->r[2] / 4 % 3 ? op->r[1] % most : 0, longer = size + op->r[3] % 5000;
    struct ext4_inode *inode;
    bool borrowed;
    struct node *node = open_file(op->r[0], &inode, &borrowed);

    if (node) {
        truncate_to(node, inode, size);
        if (op->r[3] / 5000 % 2 && longer <= SIZE_MAX_BYTES) {
            truncate_to(node, inode, longer);
        }
        close_file(inode, borrowed);
    }
}

/* A full disk stopped it: each byte in the range is what it was, or zero. */
static void take_half_done(struct node *node, struct ext4_inode *inode, size_t at, size_t end)
{
    static uint8_t got[SIZE_MAX_BYTES];
    size_t done;

    expect(EXT4_OK, ext4_read(inode, 0, got, sizeof(got), &done), "read");
    for (size_t i = at; i < end && i < done; i++) {
        if (got[i] != node->data[i] && got[i] != 0) {
            FAIL("step %u: half of a range was zeroed, byte %zu is wrong", world.step, i);
        }
        node->data[i] = got[i];
    }
}

static void op_allocate(const struct operation *op)
{
    size_t at = op->r[1] % (SIZE_MAX_BYTES - 1), bytes = 1 + op->r[2] % 60000, end;
    enum ext4_allocate_mode mode = (enum ext4_allocate_mode)(op->r[3] % 4);
    struct ext4_inode *inode;
    bool borrowed;
    struct node *node = open_file(op->r[0], &inode, &borrowed);
    enum ext4_status status;
    struct ext4_attributes attributes;

    if (!node) {
        return;
    }
    bytes = bytes < SIZE_MAX_BYTES - at ? bytes : SIZE_MAX_BYTES - at;
    end = at + bytes;
    status = ext4_allocate(inode, mode, at, bytes);
    if (status == EXT4_UNSUPPORTED && mode != EXT4_PUNCH_HOLE) {
        close_file(inode, borrowed);
        return; /* without extents */
    }
    if (!is_full(status)) {
        expect(EXT4_OK, status, "allocate");
    }
    if (mode == EXT4_ALLOCATE) {
        /* A full disk may stop half-way. */
        ext4_stat(inode, &attributes);
        node->size = status == EXT4_OK && end > node->size ? end : attributes.size;
    } else if (mode != EXT4_ALLOCATE_KEEP_SIZE && at < node->size && status == EXT4_OK) {
        memset(node->data + at, 0, (end < node->size ? end : node->size) - at);
    } else if (status != EXT4_OK && mode != EXT4_ALLOCATE_KEEP_SIZE) {
        take_half_done(node, inode, at, end);
    }
    close_file(inode, borrowed);
}

static void op_xattr(const struct operation *op)
{
    struct node *node = pick_node(op->r[0], 0);
    int which = (int)(op->r[1] % XATTRS);
    uint8_t units = (uint8_t)(op->r[2] % 20), value[400];
    struct ext4_inode *inode = open_node(node);
    enum ext4_status status;
    char name[64];

    xattr_name(name, which);
    memset(value, (int)op->r[3], sizeof(value));
    if (units == 0) {
        status = ext4_xattr_remove(inode, name, strlen(name));
        expect(node->xattr_bytes[which] ? EXT4_OK : EXT4_NOT_FOUND, status, "remove attribute");
    } else {
        status = ext4_xattr_set(inode, name, strlen(name), value, units * 20u, EXT4_XATTR_ANY);
        /* Three values may not fit in one small block. */
        if (status == EXT4_NO_SPACE) {
            ext4_inode_put(inode);
            return;
        }
        expect(EXT4_OK, status, "set attribute");
    }
    if (status == EXT4_OK) {
        node->xattr_bytes[which] = units;
        node->xattr_fill[which] = (uint8_t)op->r[3];
    }
    ext4_inode_put(inode);
}

static void op_mode(const struct operation *op)
{
    struct node *node = pick_node(op->r[0], 0);
    struct ext4_attributes attributes = {
        .mode = op->r[1] % 010000, .modified = {(int64_t)op->r[2] * 3, op->r[3] % 1000000000}};
    struct ext4_inode *inode = open_node(node);

    expect(EXT4_OK, ext4_set_attributes(inode, EXT4_SET_MODE | EXT4_SET_MODIFIED, &attributes),
           "attributes");
    node->mode = attributes.mode;
    ext4_stat(inode, &attributes);
    if (world.format[0] == '-' && !strstr(world.format, "-I 128") &&
        (attributes.modified.seconds != (int64_t)op->r[2] * 3 ||
         attributes.modified.nanoseconds != op->r[3] % 1000000000)) {
        FAIL("step %u: time %lld.%u became %lld.%u", world.step, (long long)op->r[2] * 3,
             op->r[3] % 1000000000, (long long)attributes.modified.seconds,
             attributes.modified.nanoseconds);
    }
    ext4_inode_put(inode);
}

static void drop_held(int slot)
{
    struct node *node = world.held[slot].node;

    if (node) {
        world.held[slot].node = NULL;
        ext4_inode_put(world.held[slot].inode);
        free_if_gone(node);
    }
}

/* Opens something and keeps it open, also when its names go. */
static void op_hold(const struct operation *op)
{
    int slot = (int)(op->r[0] % HELD);
    struct node *node;

    drop_held(slot);
    node = pick_node(op->r[1], op->r[2] % 4 ? EXT4_MODE_FILE : 0);
    if (node) {
        world.held[slot].inode = open_node(node);
        world.held[slot].node = node;
    }
}

static void op_compare(const struct operation *op)
{
    struct node *node = pick_node(op->r[0], 0);

    compare_node(node);
}

static void op_sync(const struct operation *op)
{
    struct ext4_inode *inode;
    bool borrowed;

    if (op->r[0] % 3 == 0) {
        expect(EXT4_OK, ext4_sync(world.rig.fs), "sync");
    } else if (open_file(op->r[1], &inode, &borrowed)) {
        expect(EXT4_OK, ext4_fsync(inode), "fsync");
        close_file(inode, borrowed);
    }
}

static void op_remount(const struct operation *op)
{
    for (int i = 0; i < HELD; i++) {
        drop_held(i);
    }
    if (op->r[0] % 2 == 0) { /* after sync a crash loses nothing */
        expect(EXT4_OK, ext4_sync(world.rig.fs), "sync");
        rig_crash(&world.rig);
    } else {
        expect(EXT4_OK, rig_unmount(&world.rig), "unmount");
    }
    world.rig.config.data_mode = (enum ext4_data_mode)(op->r[1] % (EXT4_DATA_JOURNAL + 1));
    expect(EXT4_OK, rig_mount(&world.rig), "mount");
}

static const struct {
    void (*run)(const struct operation *op);
    unsigned weight;
} kinds[] = {
    {op_create, 22},  {op_link, 5},     {op_remove, 9},  {op_rename, 12}, {op_write, 18},
    {op_truncate, 6}, {op_allocate, 8}, {op_xattr, 8},   {op_mode, 3},    {op_hold, 6},
    {op_compare, 6},  {op_sync, 2},     {op_remount, 1},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
/* ---- running ------------------------------------------------------------- */

static void start(const char *format)
{
    memset(&world, 0, offsetof(struct world, failed));
    world.format = format;
    for (int i = 0; i < NAMES; i++) {
        int length = i % 5 == 0 ? 150 + i : 3 + i;

        snprintf(world.names[i], sizeof(world.names[i]), "%d%0*d", i, length, 0);
    }
    rig_make(&world.rig, DISK_MIB, format);
    world.rig.deferred = true;
    new_node(EXT4_MODE_DIRECTORY);
}

static void stop(void)
{
    for (int i = 0; i < HELD; i++) {
        world.held[i].node = NULL;
    }
    for (int i = 0; i < NODES; i++) {
        free(world.nodes[i].data);
    }
    if (world.rig.fs) {
        rig_crash(&world.rig);
    }
    rig_free(&world.rig);
}

static void run_all(const struct operation *operations, unsigned count)
{
    expect(EXT4_OK, rig_mount(&world.rig), "mount");
    for (world.step = 0; world.step < count; world.step++) {
        if (!operations[world.step].dropped) {
            kinds[operations[world.step].kind].run(&operations[world.step]);
        }
    }
    compare_all();
    for (int i = 0; i < HELD; i++) {
        drop_held(i);
    }
    expect(EXT4_OK, rig_unmount(&world.rig), "unmount");
    if (!rig_is_sound(&world.rig)) {
        FAIL("e2fsck finds something");
    }
    compare_by_debugfs();
}

/* True if all went well. */
static bool run(const char *format, const struct operation *operations, unsigned count)
{
    volatile bool good = false; /* longjmp keeps it */

    start(format);
    if (setjmp(world.failed) == 0) {
        run_all(operations, count);
        good = true;
    }
    stop();
    return good;
}

/* Drops what is not needed to fail, in ever smaller pieces. */
static void shrink(const char *format, struct operation *operations, unsigned count)
{
    for (unsigned piece = count / 2; piece > 0; piece /= 2) {
        for (unsigned at = 0; at < count; at += piece) {
            bool changed = false;

            for (unsigned i = at; i < at + piece && i < count; i++) {
                changed |= !operations[i].dropped;
                operations[i].dropped = true;
            }
            if (changed && run(format, operations, count)) {
                for (unsigned i = at; i < at + piece && i < count; i++) {
                    operations[i].dropped = false;
                }
            }
        }
    }
}

static void generate(uint32_t seed, struct operation *operations, unsigned count)
{
    uint32_t state = seed * 2654435761u | 1;
    unsigned total = 0;

    for (int i = 0; i < KINDS; i++) {
        total += kinds[i].weight;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned chosen = next_random(&state) % total;

        memset(&operations[i], 0, sizeof(operations[i]));
        while (chosen >= kinds[operations[i].kind].weight) {
            chosen -= kinds[operations[i].kind++].weight;
        }
        for (int r = 0; r < 4; r++) {
            operations[i].r[r] = next_random(&state) >> 4;
        }
    }
}

static void tell(const struct operation *operations, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!operations[i].dropped) {
            fprintf(stderr, "  %u: kind %u, %u %u %u %u\n", i, operations[i].kind,
                    operations[i].r[0], operations[i].r[1], operations[i].r[2], operations[i].r[3]);
        }
    }
}

static const char *const formats[] = {"-b 1024",
                                      "-b 4096",
                                      "-b 1024 -O ^has_journal",
                                      "-t ext3 -b 1024",
                                      "-b 2048 -O ^metadata_csum -I 128",
                                      "-b 1024 -O orphan_file",
                                      "-b 1024 -O inline_data,orphan_file",
                                      "-b 4096 -O inline_data -I 1024",
                                      "-b 1024 -O inline_data,^dir_index,^extent,^64bit",
                                      "-t ext2 -b 1024 -O ^dir_index"};

static unsigned long option(int argc, char **argv, const char *name, unsigned long value)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            value = strtoul(argv[i + 1], NULL, 10);
        }
    }
    return value;
}

int main(int argc, char **argv)
{
    unsigned seed = (unsigned)option(argc, argv, "--seed", 1);
    unsigned count = (unsigned)option(argc, argv, "--operations", 600);
    unsigned rounds = (unsigned)option(argc, argv, "--rounds", 10);
    struct operation *operations = calloc(count, sizeof(*operations));

    for (unsigned round = 0; round < rounds; round++) {
        const char *format = formats[(seed + round) % (sizeof(formats) / sizeof(formats[0]))];

        generate(seed + round, operations, count);
        if (!run(format, operations, count)) {
            fprintf(stderr, "%s, seed %u: %s\nmaking it shorter\n", format, seed + round,
                    world.why);
            shrink(format, operations, count);
            run(format, operations, count);
            fprintf(stderr, "%s, seed %u: %s, after\n", format, seed + round, world.why);
            tell(operations, count);
            free(operations);
            return 1;
        }
    }
    printf("%u rounds of %u operations\n", rounds, count);
    free(operations);
    return rig_failures ? 1 : 0;
}
