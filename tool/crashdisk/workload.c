// SPDX-License-Identifier: BSD-2-Clause
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 8, REPLACED_MAX = 20000, RECORD_MAX = 3000, LOG_MAX = 120000, NAMES = 24 };

static const struct ext4_owner nobody = {0, 0};

static void need(const struct workload *workload, enum ext4_status status, const char *what)
{
    if (status != EXT4_OK) {
        fprintf(stderr, "crashdisk: workload: %s: %s (%s)\n", what, ext4_status_text(status),
                workload->disk->log);
        exit(1);
    }
}

static uint32_t pick(struct workload *workload, uint32_t below)
{
    return (next_random(&workload->random) >> 8) % below;
}

/* ---- contents ------------------------------------------------------------ */

static uint8_t pattern(uint32_t file, uint32_t version, uint32_t at)
{
    uint32_t mixed = (file * 31 + version) * 2654435761u + at * 40503u;

    return (uint8_t)(mixed >> 13);
}

static uint32_t replaced_bytes(uint32_t file, uint32_t version)
{
    return HEAD_BYTES + (file * 7919 + version * 104729) % REPLACED_MAX;
}

static void fill_replaced(uint32_t file, uint32_t version, uint8_t *to)
{
    uint32_t bytes = replaced_bytes(file, version);

    memcpy(to, &file, 4);
    memcpy(to + 4, &version, 4);
    for (uint32_t i = HEAD_BYTES; i < bytes; i++) {
        to[i] = pattern(file, version, i);
    }
}

/* ---- facts --------------------------------------------------------------- */

static void add_fact(struct facts *facts, uint32_t begin, uint32_t end, uint32_t value)
{
    if (facts->count == STEPS_MAX) {
        fprintf(stderr, "crashdisk: too many steps\n");
        exit(1);
    }
    facts->items[facts->count++] = (struct fact){begin, end, value};
}

static uint32_t now(const struct workload *workload)
{
    return workload->disk->event_count;
}

/* The last value that may be there after `event` events: it had begun. */
static uint32_t latest(const struct facts *facts, uint32_t event)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < facts->count && facts->items[i].begin <= event; i++) {
        value = facts->items[i].value;
    }
    return value;
}

/* The last value that was complete then. */
static uint32_t complete(const struct facts *facts, uint32_t event)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < facts->count && facts->items[i].end <= event; i++) {
        value = facts->items[i].value;
    }
    return value;
}

/* When the last sync began that was complete after `event` events. */
static uint32_t last_sync(const struct workload *workload, uint32_t event)
{
    uint32_t begin = 0;

    for (uint32_t i = 0; i < workload->syncs.count; i++) {
        if (workload->syncs.items[i].end <= event) {
            begin = workload->syncs.items[i].begin;
        }
    }
    return begin;
}

/* ---- steps --------------------------------------------------------------- */

static struct ext4_inode *root(struct workload *workload)
{
    struct ext4_inode *inode;

    need(workload, ext4_inode_get(workload->fs, EXT4_ROOT, &inode), "root");
    return inode;
}

/* Opens or creates. */
static struct ext4_inode *open_file(struct workload *workload, struct ext4_inode *dir,
                                    const char *name, uint32_t mode)
{
    struct ext4_inode *inode;
    enum ext4_status status = ext4_lookup(dir, name, strlen(name), &inode);

    if (status == EXT4_NOT_FOUND) {
        status = ext4_create(dir, name, strlen(name), mode, nobody, 0, 0, &inode);
    }
    need(workload, status, name);
    return inode;
}

static void step_replace(struct workload *workload)
{
    static uint8_t content[HEAD_BYTES + REPLACED_MAX];
    uint32_t file = pick(workload, REPLACED), begin;
    uint32_t version = workload->versions[file].count + 1;
    struct ext4_inode *dir = root(workload), *inode;
    char name[32], temporary[32];
    size_t done;

    snprintf(name, sizeof(name), "replaced%u", file);
    snprintf(temporary, sizeof(temporary), "new%u", file);
    fill_replaced(file, version, content);
    inode = open_file(workload, dir, temporary, EXT4_MODE_FILE | 0644);
    need(workload, ext4_write(inode, 0, content, replaced_bytes(file, version), &done), "write");
    need(workload, ext4_fsync(inode), "fsync");
    begin = now(workload);
    need(workload,
         ext4_rename(dir, temporary, strlen(temporary), dir, name, strlen(name),
                     EXT4_RENAME_REPLACE),
         "rename");
    add_fact(&workload->versions[file], begin, now(workload), version);
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

static void step_append(struct workload *workload)
{
    static uint8_t record[RECORD_MAX];
    uint32_t file = pick(workload, LOGS), bytes = 1 + pick(workload, RECORD_MAX), begin;
    uint32_t length = latest(&workload->lengths[file], UINT32_MAX);
    struct ext4_inode *dir = root(workload), *inode;
    char name[32];
    size_t done;

    snprintf(name, sizeof(name), "log%u", file);
    inode = open_file(workload, dir, name, EXT4_MODE_FILE | 0644);
    if (length + bytes <= LOG_MAX) {
        for (uint32_t i = 0; i < bytes; i++) {
            record[i] = pattern(100 + file, 0, length + i);
        }
        begin = now(workload);
        need(workload, ext4_write(inode, length, record, bytes, &done), "append");
        length += bytes;
        add_fact(&workload->lengths[file], begin, now(workload), length);
    }
    if (pick(workload, 2)) {
        begin = now(workload);
        need(workload, ext4_fsync(inode), "fsync");
        add_fact(&workload->synced[file], begin, now(workload), length);
    }
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

static void fill_directory(struct workload *workload, struct ext4_inode *dir)
{
    uint8_t value[600];
    struct ext4_inode *inode;
    char name[120];
    size_t done;

    memset(value, 'v', sizeof(value));
    for (uint32_t i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "%u a name as long as it takes to fill several blocks %u %u",
                 i, i, workload->churn);
        inode = open_file(workload, dir, name, EXT4_MODE_FILE | 0600);
        if (i % 8 == 0) {
            need(workload, ext4_write(inode, i * 700, value, sizeof(value), &done), "write");
            need(workload, ext4_xattr_set(inode, "user.x", 6, value, 100 + i * 20, EXT4_XATTR_ANY),
                 "attribute");
        }
        ext4_inode_put(inode);
    }
}

static bool collect_name(void *context, const struct ext4_entry *entry)
{
    char *name = context;

    if (entry->name[0] == '.') {
        return true;
    }
    snprintf(name, EXT4_NAME_MAX + 1, "%.*s", (int)entry->length, entry->name);
    return false;
}

static void empty_directory(struct workload *workload, struct ext4_inode *dir)
{
    char name[EXT4_NAME_MAX + 1];

    for (;;) {
        name[0] = 0;
        need(workload, ext4_readdir(dir, 0, collect_name, name), "readdir");
        if (!name[0]) {
            return;
        }
        need(workload, ext4_unlink(dir, name, strlen(name)), "unlink");
    }
}

/* A directory full of files is made in one turn and removed in the next. */
static void step_churn(struct workload *workload)
{
    struct ext4_inode *dir = root(workload), *inode;
    char name[32];
    enum ext4_status status;

    snprintf(name, sizeof(name), "churn%u", pick(workload, 3));
    status = ext4_lookup(dir, name, strlen(name), &inode);
    if (status == EXT4_OK) {
        empty_directory(workload, inode);
        need(workload, ext4_rmdir(dir, name, strlen(name)), "rmdir");
    } else {
        inode = open_file(workload, dir, name, EXT4_MODE_DIRECTORY | 0755);
        workload->churn++;
        fill_directory(workload, inode);
    }
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

/* Files without extents cannot have room ahead. */
static void allocate(struct workload *workload, struct ext4_inode *inode, uint64_t at)
{
    enum ext4_status status =
        ext4_allocate(inode, EXT4_ALLOCATE_KEEP_SIZE, at, 1 + pick(workload, 30000));

    need(workload, status == EXT4_UNSUPPORTED ? EXT4_OK : status, "allocate");
}

static void step_shape(struct workload *workload)
{
    struct ext4_inode *dir = root(workload);
    struct ext4_inode *inode = open_file(workload, dir, "shape", EXT4_MODE_FILE | 0600);
    uint64_t at = pick(workload, 200000);
    uint8_t data[5000];
    size_t done;

    memset(data, 's', sizeof(data));
    switch (pick(workload, 4)) {
    case 0: need(workload, ext4_truncate(inode, at), "truncate"); break;
    case 1:
        need(workload, ext4_allocate(inode, EXT4_PUNCH_HOLE, at, 1 + pick(workload, 30000)),
             "punch");
        break;
    case 2: allocate(workload, inode, at); break;
    default: need(workload, ext4_write(inode, at, data, sizeof(data), &done), "write");
    }
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

static void step_sync(struct workload *workload)
{
    uint32_t begin = now(workload);

    need(workload, ext4_sync(workload->fs), "sync");
    add_fact(&workload->syncs, begin, now(workload), 0);
}

void workload_run(struct workload *workload, struct disk *disk, uint32_t seed, uint32_t steps)
{
    memset(workload, 0, sizeof(*workload));
    workload->disk = disk;
    workload->random = seed * 2654435761u | 1;
    need(workload, disk_mount(disk, &workload->fs), "mount");
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t kind = pick(workload, 16);

        if (kind < 5) {
            step_append(workload);
        } else if (kind < 8) {
            step_replace(workload);
        } else if (kind < 12) {
            step_churn(workload);
        } else if (kind < 15) {
            step_shape(workload);
        } else {
            step_sync(workload);
        }
    }
    need(workload, ext4_unmount(workload->fs), "unmount");
}

/* ---- judging ------------------------------------------------------------- */

static char verdict[400];

static bool open_found(struct ext4_fs *fs, const char *name, struct ext4_inode **inode,
                       enum ext4_status *status)
{
    struct ext4_inode *dir;

    *status = ext4_inode_get(fs, EXT4_ROOT, &dir);
    if (*status == EXT4_OK) {
        *status = ext4_lookup(dir, name, strlen(name), inode);
        ext4_inode_put(dir);
    }
    return *status == EXT4_OK;
}

/* The whole content; false with a verdict. */
static bool read_found(struct ext4_fs *fs, const char *name, uint8_t *to, size_t room,
                       size_t *bytes)
{
    struct ext4_inode *inode;
    enum ext4_status status;

    *bytes = 0;
    if (open_found(fs, name, &inode, &status)) {
        status = ext4_read(inode, 0, to, room, bytes);
        ext4_inode_put(inode);
    }
    if (status != EXT4_OK && status != EXT4_NOT_FOUND) {
        snprintf(verdict, sizeof(verdict), "%s: %s", name, ext4_status_text(status));
        return false;
    }
    return true;
}

static bool judge_replaced(const struct workload *workload, struct ext4_fs *fs, uint32_t file,
                           uint32_t event)
{
    static uint8_t found[2 * REPLACED_MAX], expected[HEAD_BYTES + REPLACED_MAX];
    uint32_t oldest = complete(&workload->versions[file], last_sync(workload, event));
    uint32_t newest = latest(&workload->versions[file], event), version = 0;
    char name[32];
    size_t bytes;

    snprintf(name, sizeof(name), "replaced%u", file);
    if (!read_found(fs, name, found, sizeof(found), &bytes)) {
        return false;
    }
    if (bytes >= HEAD_BYTES) {
        memcpy(&version, found + 4, 4);
    }
    if (version < oldest || version > newest || (version == 0 && bytes > 0)) {
        snprintf(verdict, sizeof(verdict), "%s: version %u of %zu bytes, expected %u to %u", name,
                 version, bytes, oldest, newest);
        return false;
    }
    if (version > 0) {
        fill_replaced(file, version, expected);
        if (bytes != replaced_bytes(file, version) || memcmp(found, expected, bytes) != 0) {
            snprintf(verdict, sizeof(verdict), "%s: version %u is not whole", name, version);
            return false;
        }
    }
    return true;
}

static bool judge_log(const struct workload *workload, struct ext4_fs *fs, uint32_t file,
                      uint32_t event)
{
    static uint8_t found[LOG_MAX + 1];
    uint32_t promised = complete(&workload->synced[file], event);
    uint32_t all = complete(&workload->lengths[file], last_sync(workload, event));
    uint32_t most = latest(&workload->lengths[file], event);
    char name[32];
    size_t bytes;

    promised = all > promised ? all : promised;
    snprintf(name, sizeof(name), "log%u", file);
    if (!read_found(fs, name, found, sizeof(found), &bytes)) {
        return false;
    }
    if (bytes < promised || bytes > most) {
        snprintf(verdict, sizeof(verdict), "%s: %zu bytes, promised %u, written %u", name, bytes,
                 promised, most);
        return false;
    }
    for (uint32_t i = 0; i < bytes; i++) {
        if (found[i] != pattern(100 + file, 0, i)) {
            snprintf(verdict, sizeof(verdict), "%s: wrong at byte %u of %zu, %u were promised",
                     name, i, bytes, promised);
            return false;
        }
    }
    return true;
}

static bool judge_contents(const struct workload *workload, struct ext4_fs *fs, uint32_t event)
{
    for (uint32_t file = 0; file < REPLACED; file++) {
        if (!judge_replaced(workload, fs, file, event)) {
            return false;
        }
    }
    for (uint32_t file = 0; file < LOGS; file++) {
        if (!judge_log(workload, fs, file, event)) {
            return false;
        }
    }
    return true;
}

const char *workload_judge(const struct workload *workload, struct disk *disk, uint32_t event)
{
    struct ext4_fs *fs;
    enum ext4_status status = disk_mount(disk, &fs);
    bool good;

    if (status != EXT4_OK) {
        snprintf(verdict, sizeof(verdict), "cannot be mounted: %s (%s)", ext4_status_text(status),
                 disk->log);
        return verdict;
    }
    good = judge_contents(workload, fs, event);
    status = ext4_unmount(fs);
    if (good && status != EXT4_OK) {
        snprintf(verdict, sizeof(verdict), "cannot be unmounted: %s (%s)", ext4_status_text(status),
                 disk->log);
        return verdict;
    }
    return good ? NULL : verdict;
}
