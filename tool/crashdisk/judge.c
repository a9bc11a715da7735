// SPDX-License-Identifier: BSD-2-Clause
#include "workload.h"

#include <stdio.h>
#include <string.h>

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
    uint32_t oldest =
        facts_complete(&workload->versions[file], facts_last_begin(&workload->syncs, event));
    uint32_t newest = facts_latest(&workload->versions[file], event), version = 0;
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
        content_fill(file, version, expected, content_bytes(file, version));
        if (bytes != content_bytes(file, version) || memcmp(found, expected, bytes) != 0) {
            snprintf(verdict, sizeof(verdict), "%s: version %u is not whole", name, version);
            return false;
        }
    }
    return true;
}

/* In writeback mode new blocks may be durable before their data. */
static bool may_be_foreign(const struct workload *workload)
{
    return workload->disk->data_mode == EXT4_DATA_WRITEBACK;
}

static bool judge_log(const struct workload *workload, struct ext4_fs *fs, uint32_t file,
                      uint32_t event)
{
    static uint8_t found[LOG_MAX + 1];
    uint32_t promised = facts_complete(&workload->synced[file], event);
    uint32_t all =
        facts_complete(&workload->lengths[file], facts_last_begin(&workload->syncs, event));
    uint32_t most = facts_latest(&workload->lengths[file], event);
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
    for (uint32_t i = 0; i < (may_be_foreign(workload) ? promised : bytes); i++) {
        if (found[i] != content_byte(100 + file, 0, i)) {
            snprintf(verdict, sizeof(verdict), "%s: wrong at byte %u of %zu, %u were promised",
                     name, i, bytes, promised);
            return false;
        }
    }
    return true;
}

static bool judge_slot(const struct workload *workload, struct ext4_fs *fs, uint32_t file,
                       uint32_t event)
{
    uint8_t found[SLOT_BYTES + 1], expected[SLOT_BYTES];
    uint32_t promised = facts_complete(&workload->slots_synced[file], event), version = 0;
    uint32_t all =
        facts_complete(&workload->slots[file], facts_last_begin(&workload->syncs, event));
    uint32_t newest = facts_latest(&workload->slots[file], event);
    char name[32];
    size_t bytes;

    promised = all > promised ? all : promised;
    snprintf(name, sizeof(name), "slot%u", file);
    if (!read_found(fs, name, found, sizeof(found), &bytes)) {
        return false;
    }
    if (promised == 0 && may_be_foreign(workload)) {
        return true;
    }
    if (bytes == SLOT_BYTES) {
        memcpy(&version, found + 4, 4);
        content_fill(file, version, expected, SLOT_BYTES);
    }
    if (version < promised || version > newest || (bytes != 0 && bytes != SLOT_BYTES) ||
        (bytes > 0 && memcmp(found, expected, SLOT_BYTES) != 0)) {
        snprintf(verdict, sizeof(verdict), "%s: version %u of %zu bytes, promised %u, written %u",
                 name, version, bytes, promised, newest);
        return false;
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
    for (uint32_t file = 0; file < SLOTS; file++) {
        if (!judge_slot(workload, fs, file, event)) {
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
