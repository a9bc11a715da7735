// SPDX-License-Identifier: BSD-2-Clause
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { RECORD_MAX = 3000, NAMES = 24 };
enum { STACK_BYTES = 256 * 1024, STUCK_AFTER = 1000000 };

/* Works on files of its own, beside the others. */
struct worker {
    struct workload *workload;
    uint32_t number, random, steps;
    bool finished;
    ucontext_t context;
    uint8_t *stack;
    struct ext4_inode *nameless; /* open, and unlinked */
    uint8_t content[HEAD_BYTES + REPLACED_MAX];
};

static const struct ext4_owner nobody = {0, 0};

static void need(const struct workload *workload, enum ext4_status status, const char *what)
{
    if (status != EXT4_OK) {
        fprintf(stderr, "crashdisk: workload: %s: %s (%s)\n", what, ext4_status_text(status),
                workload->disk->log);
        exit(1);
    }
}

static uint32_t pick(struct worker *worker, uint32_t below)
{
    return (next_random(&worker->random) >> 8) % below;
}

/* One of the worker's own among `count` files. */
static uint32_t pick_own(struct worker *worker, uint32_t count)
{
    uint32_t workers = worker->workload->workers;

    return worker->number + workers * pick(worker, (count - worker->number - 1) / workers + 1);
}

static uint32_t now(const struct workload *workload)
{
    return workload->disk->event_count;
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

static void step_replace(struct worker *worker)
{
    struct workload *workload = worker->workload;
    uint8_t *content = worker->content;
    uint32_t file = pick_own(worker, REPLACED), begin;
    uint32_t version = workload->versions[file].count + 1;
    struct ext4_inode *dir = root(workload), *inode;
    char name[32], temporary[32];
    size_t done;

    snprintf(name, sizeof(name), "replaced%u", file);
    snprintf(temporary, sizeof(temporary), "new%u", file);
    content_fill(file, version, content, content_bytes(file, version));
    inode = open_file(workload, dir, temporary, EXT4_MODE_FILE | 0644);
    need(workload, ext4_write(inode, 0, content, content_bytes(file, version), &done), "write");
    need(workload, ext4_fsync(inode), "fsync");
    begin = now(workload);
    need(workload,
         ext4_rename(dir, temporary, strlen(temporary), dir, name, strlen(name),
                     EXT4_RENAME_REPLACE),
         "rename");
    facts_add(&workload->versions[file], begin, now(workload), version);
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

/* Both promise what is in the file. */
static void sync_file(struct worker *worker, struct ext4_inode *inode)
{
    if (pick(worker, 2)) {
        need(worker->workload, ext4_fdatasync(inode), "fdatasync");
    } else {
        need(worker->workload, ext4_fsync(inode), "fsync");
    }
}

static void step_append(struct worker *worker)
{
    struct workload *workload = worker->workload;
    uint8_t *record = worker->content;
    uint32_t file = pick_own(worker, LOGS), bytes = 1 + pick(worker, RECORD_MAX), begin;
    uint32_t length = facts_latest(&workload->lengths[file], UINT32_MAX);
    struct ext4_inode *dir = root(workload), *inode;
    char name[32];
    size_t done;

    snprintf(name, sizeof(name), "log%u", file);
    inode = open_file(workload, dir, name, EXT4_MODE_FILE | 0644);
    if (length + bytes <= LOG_MAX) {
        for (uint32_t i = 0; i < bytes; i++) {
            record[i] = content_byte(100 + file, 0, length + i);
        }
        begin = now(workload);
        need(workload, ext4_write(inode, length, record, bytes, &done), "append");
        length += bytes;
        facts_add(&workload->lengths[file], begin, now(workload), length);
    }
    if (pick(worker, 2)) {
        begin = now(workload);
        sync_file(worker, inode);
        facts_add(&workload->synced[file], begin, now(workload), length);
    }
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

/* One sector in place, which is there as a whole or not at all. */
static void step_overwrite(struct worker *worker)
{
    struct workload *workload = worker->workload;
    uint32_t file = pick_own(worker, SLOTS), begin = now(workload);
    uint32_t version = workload->slots[file].count + 1;
    struct ext4_inode *dir = root(workload), *inode;
    char name[32];
    size_t done;

    snprintf(name, sizeof(name), "slot%u", file);
    inode = open_file(workload, dir, name, EXT4_MODE_FILE | 0644);
    content_fill(file, version, worker->content, SLOT_BYTES);
    need(workload, ext4_write(inode, 0, worker->content, SLOT_BYTES, &done), "overwrite");
    facts_add(&workload->slots[file], begin, now(workload), version);
    if (pick(worker, 2)) {
        begin = now(workload);
        sync_file(worker, inode);
        facts_add(&workload->slots_synced[file], begin, now(workload), version);
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
static void step_churn(struct worker *worker)
{
    struct workload *workload = worker->workload;
    struct ext4_inode *dir = root(workload), *inode;
    char name[32];
    enum ext4_status status;

    snprintf(name, sizeof(name), "churn%u.%u", worker->number, pick(worker, 3));
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
static void allocate(struct worker *worker, struct ext4_inode *inode, uint64_t at)
{
    enum ext4_status status =
        ext4_allocate(inode, EXT4_ALLOCATE_KEEP_SIZE, at, 1 + pick(worker, 30000));

    need(worker->workload, status == EXT4_UNSUPPORTED ? EXT4_OK : status, "allocate");
}

static void step_shape(struct worker *worker)
{
    struct workload *workload = worker->workload;
    struct ext4_inode *dir = root(workload), *inode;
    uint64_t at = pick(worker, 200000);
    uint8_t data[5000];
    char name[32];
    size_t done;

    snprintf(name, sizeof(name), "shape%u", worker->number);
    inode = open_file(workload, dir, name, EXT4_MODE_FILE | 0600);
    memset(data, 's', sizeof(data));
    switch (pick(worker, 4)) {
    case 0: need(workload, ext4_truncate(inode, at), "truncate"); break;
    case 1:
        need(workload, ext4_allocate(inode, EXT4_PUNCH_HOLE, at, 1 + pick(worker, 30000)), "punch");
        break;
    case 2: allocate(worker, inode, at); break;
    default: need(workload, ext4_write(inode, at, data, sizeof(data), &done), "write");
    }
    ext4_inode_put(inode);
    ext4_inode_put(dir);
}

static void close_nameless(struct worker *worker)
{
    if (worker->nameless) {
        ext4_inode_put(worker->nameless);
        worker->nameless = NULL;
    }
}

/* A file without a name is held open for some steps. */
static void step_nameless(struct worker *worker)
{
    struct workload *workload = worker->workload;
    struct ext4_inode *dir;
    char name[32];
    size_t done;

    if (worker->nameless) {
        close_nameless(worker);
        return;
    }
    dir = root(workload);
    snprintf(name, sizeof(name), "nameless%u", worker->number);
    worker->nameless = open_file(workload, dir, name, EXT4_MODE_FILE | 0600);
    need(workload, ext4_write(worker->nameless, 0, name, pick(worker, sizeof(name)), &done), name);
    need(workload, ext4_unlink(dir, name, strlen(name)), "unlink");
    need(workload, ext4_write(worker->nameless, 9000, name, sizeof(name), &done), name);
    ext4_inode_put(dir);
}

static void step_sync(struct worker *worker)
{
    struct workload *workload = worker->workload;
    uint32_t begin = now(workload);

    need(workload, ext4_sync(workload->fs), "sync");
    disk_mark(workload->disk); /* a sync may find nothing to do */
    facts_add(&workload->syncs, begin, now(workload), 0);
}

/* Nothing is left to be written when it is read-only. Others would be refused meanwhile. */
static void step_remount(struct worker *worker)
{
    struct workload *workload = worker->workload;
    uint32_t begin = now(workload);

    if (workload->workers > 1) {
        return;
    }
    need(workload, ext4_remount(workload->fs, true), "remount");
    disk_mark(workload->disk);
    facts_add(&workload->syncs, begin, now(workload), 0);
    need(workload, ext4_remount(workload->fs, false), "remount");
}

/* ---- workers ------------------------------------------------------------- */

static ucontext_t scheduler;
static struct worker *working;

static void give_way(void)
{
    swapcontext(&working->context, &scheduler);
}

static void one_step(struct worker *worker)
{
    uint32_t kind = pick(worker, 22);

    if (kind < 5) {
        step_append(worker);
    } else if (kind < 8) {
        step_replace(worker);
    } else if (kind < 12) {
        step_churn(worker);
    } else if (kind < 15) {
        step_shape(worker);
    } else if (kind < 18) {
        step_overwrite(worker);
    } else if (kind < 20) {
        step_nameless(worker);
    } else if (kind < 21) {
        step_sync(worker);
    } else {
        step_remount(worker);
    }
}

static void work(void)
{
    struct worker *worker = working;

    for (uint32_t step = 0; step < worker->steps; step++) {
        one_step(worker);
    }
    close_nameless(worker);
    worker->finished = true;
}

static void start(struct worker *worker, struct workload *workload, uint32_t number, uint32_t seed,
                  uint32_t steps)
{
    *worker = (struct worker){.workload = workload, .number = number, .steps = steps};
    worker->random = (seed + 977 * number) * 2654435761u | 1;
    worker->stack = malloc(STACK_BYTES);
    if (!worker->stack) {
        fprintf(stderr, "crashdisk: out of memory\n");
        exit(1);
    }
    getcontext(&worker->context);
    worker->context.uc_stack.ss_sp = worker->stack;
    worker->context.uc_stack.ss_size = STACK_BYTES;
    worker->context.uc_link = &scheduler;
    makecontext(&worker->context, work, 0);
}

/* Some worker goes on, or some request gets done, until all have finished. */
static void schedule(struct workload *workload, struct worker *workers)
{
    struct disk *disk = workload->disk;
    uint32_t finished = 0, in_vain = 0;

    while (finished < workload->workers) {
        struct worker *chosen = &workers[(next_random(&disk->random) >> 8) % workload->workers];

        if (disk->pending_count > 0 && (next_random(&disk->random) >> 8) % 4 == 0) {
            disk_answer(disk);
            in_vain = 0;
        } else if (!chosen->finished) {
            working = chosen;
            swapcontext(&scheduler, &chosen->context);
            finished += chosen->finished;
            in_vain = disk->pending_count ? 0 : in_vain + 1;
        }
        if (in_vain > STUCK_AFTER) {
            fprintf(stderr, "crashdisk: workload: a deadlock\n");
            exit(1);
        }
    }
}

void workload_run(struct workload *workload, struct disk *disk, uint32_t seed, uint32_t steps,
                  uint32_t workers)
{
    static struct worker all[WORKERS_MAX];

    memset(workload, 0, sizeof(*workload));
    workload->disk = disk;
    workload->workers = workers;
    need(workload, disk_mount(disk, &workload->fs), "mount");
    for (uint32_t i = 0; i < workers; i++) {
        start(&all[i], workload, i, seed, steps / workers);
    }
    disk->deferred = workers > 1;
    disk->give_way = give_way;
    schedule(workload, all);
    disk->give_way = NULL;
    for (uint32_t i = 0; i < workers; i++) {
        free(all[i].stack);
    }
    need(workload, ext4_unmount(workload->fs), "unmount");
    disk->deferred = false;
}
