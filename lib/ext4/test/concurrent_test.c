// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.concurrent: many requests at a time. Each worker is a thread that runs only while it has the
 * baton and gives it up in the wait hook, so together they are coroutines. The scheduler picks by
 * chance who goes on and which I/O gets done. Every worker must see its own files right; afterwards
 * e2fsck must find nothing. A deadlock is when nobody gets on and no I/O is left. The disk finds
 * out when data changes while it is being written.
 */
#include "support/rig.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKERS = 6,
    ROUNDS = 25,
    CONTENT = 30000,
    COMMON = 15000,
    STUCK_AFTER = 100000,
    WRITTEN = 100,       /* bytes of a small change */
    TURNS_ENOUGH = 1000, /* for a small change that waits for no I/O */
};

struct worker {
    pthread_t thread;
    int number;
    bool finished;
    void (*job)(int number);
};

static struct rig rig;
static enum ext4_data_mode mode;
static struct worker workers[WORKERS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int baton = -1; /* whose turn it is; -1: the scheduler's */
static __thread int self = -1;
static unsigned most_in_flight, steps;

/* ---- the baton ----------------------------------------------------------- */

static void pass_to(int whom)
{
    baton = whom;
    pthread_cond_broadcast(&changed);
}

static void wait_for(int me)
{
    while (baton != me) {
        pthread_cond_wait(&changed, &mutex);
    }
}

static void (*carry_out_one)(void *context, const void *what);

/* For workers: somebody else goes on. Outside of them the disk works at once. */
static void give_way(void *context, const void *what)
{
    if (self < 0) {
        carry_out_one(context, what);
        return;
    }
    pass_to(-1);
    wait_for(self);
}

static uint32_t next_random(void)
{
    rig.random = rig.random * 1664525 + 1013904223;
    return rig.random >> 12;
}

static bool all_finished(void)
{
    for (int i = 0; i < WORKERS; i++) {
        if (!workers[i].finished) {
            return false;
        }
    }
    return true;
}

static void schedule(void)
{
    unsigned without_io = 0;

    while (!all_finished()) {
        int chosen = (int)(next_random() % WORKERS);

        most_in_flight = rig.waiting_count > most_in_flight ? rig.waiting_count : most_in_flight;
        if (rig.waiting_count > 0 && (next_random() % 4 == 0 || rig.waiting_count > 40)) {
            carry_out_one(&rig, NULL);
            without_io = 0;
        } else if (!workers[chosen].finished) {
            pass_to(chosen);
            wait_for(-1);
            steps++;
            without_io = rig.waiting_count ? 0 : without_io + 1;
        }
        if (without_io > STUCK_AFTER) {
            fprintf(stderr, "a deadlock\n");
            abort();
        }
    }
}

/* ---- the work ------------------------------------------------------------ */

static void fill(uint8_t *data, int number, int round)
{
    for (int i = 0; i < CONTENT; i++) {
        data[i] = (uint8_t)(number * 50 + round + i * 3);
    }
}

static void check_content(const char *path, int number, int round)
{
    uint8_t *got = malloc(CONTENT + 1), *expected = malloc(CONTENT);
    size_t done;

    fill(expected, number, round);
    CHECK_OK(rig_read(&rig, path, 0, got, CONTENT + 1, &done));
    CHECK(done == CONTENT && memcmp(got, expected, CONTENT) == 0);
    free(got);
    free(expected);
}

/* Written by one request at a time, so all bytes are of the same round. */
static void check_common(uint8_t *data)
{
    size_t done;

    CHECK_OK(rig_read(&rig, "/common", 0, data, COMMON, &done));
    CHECK(done == COMMON);
    for (size_t i = 1; i < done; i++) {
        if (data[i] != data[0]) {
            CHECK(!"mixed rounds");
            break;
        }
    }
}

static void work_round(int number, int round)
{
    uint8_t *data = malloc(CONTENT);
    char path[64], other[64];
    struct ext4_inode *inode;

    fill(data, number, round);
    snprintf(path, sizeof(path), "/shared/new%d", number);
    snprintf(other, sizeof(other), "/shared/old%d", number);
    CHECK_OK(rig_create(&rig, path));
    CHECK_OK(rig_write(&rig, path, 0, data, CONTENT));
    check_content(path, number, round);
    if (round % 3 == 0) {
        CHECK_OK(rig_walk(&rig, path, &inode));
        CHECK_OK(ext4_fsync(inode));
        ext4_inode_put(inode);
    }
    CHECK_OK(rig_rename(&rig, path, other, EXT4_RENAME_REPLACE));
    check_content(other, number, round);
    if (number == 0) {
        memset(data, round, COMMON);
        CHECK_OK(rig_write(&rig, "/common", 0, data, COMMON));
    }
    check_common(data);
    if (round % 5 == 4) {
        CHECK_OK(rig_truncate(&rig, other, 1000));
        CHECK_OK(rig_unlink(&rig, other));
    }
    free(data);
}

static void work_all_rounds(int number)
{
    for (int round = 0; round < ROUNDS; round++) {
        work_round(number, round);
    }
}

/* ---- starting and ending ------------------------------------------------- */

static void *work(void *context)
{
    struct worker *worker = context;

    pthread_mutex_lock(&mutex);
    self = worker->number;
    wait_for(self);
    worker->job(worker->number);
    worker->finished = true;
    pass_to(-1);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* All workers wait for their first turn; the caller has the mutex until end_work(). */
static void begin_work(void (*job)(int number))
{
    memset(workers, 0, sizeof(workers));
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].number = i;
        workers[i].job = job;
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
}

static void end_work(void)
{
    schedule();
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
}

static void begin_rig(const char *format, uint32_t seed, size_t cache_bytes)
{
    rig_make(&rig, 16, format);
    rig.random = seed;
    rig.deferred = true;
    carry_out_one = rig.config.host.wait;
    rig.config.host.wait = give_way;
    rig.config.cache_bytes = cache_bytes;
    rig.config.data_mode = mode;
    CHECK_OK(rig_mount(&rig));
}

static void end_rig(void)
{
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* ---- everything at once -------------------------------------------------- */

static const char *const formats[] = {"-b 1024", "-b 1024 -O ^has_journal",
                                      "-b 1024 -O orphan_file", "-b 1024 -O inline_data -I 512"};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static void test_all(const char *format, uint32_t seed)
{
    static uint8_t common[COMMON];

    /* Small, so that there is I/O; one handle can still write the common file. */
    mode = (enum ext4_data_mode)(seed / 2 % (EXT4_DATA_JOURNAL + 1));
    begin_rig(format, seed, 260 * 1024);
    mode = EXT4_DATA_DEFAULT;
    CHECK_OK(rig_mkdir(&rig, "/shared"));
    CHECK_OK(rig_create(&rig, "/common"));
    CHECK_OK(rig_write(&rig, "/common", 0, common, COMMON));
    begin_work(work_all_rounds);
    end_work();
    end_rig();
}

/* ---- changes beside a commit --------------------------------------------- */

static void turn_of(int number)
{
    pass_to(number);
    wait_for(-1);
}

static bool flush_in_flight(void)
{
    for (unsigned i = 0; i < rig.waiting_count; i++) {
        if (rig.waiting[i]->kind == EXT4_IO_FLUSH) {
            return true;
        }
    }
    return false;
}

/* The first worker syncs; the others change what it syncs. */
static void sync_or_change(int number)
{
    char path[64];

    snprintf(path, sizeof(path), "/dir/file%d", number);
    if (number == 0) {
        CHECK_OK(ext4_sync(rig.fs));
        return;
    }
    CHECK_OK(rig_write(&rig, path, 0, path, sizeof(path)));
    CHECK_OK(rig_rename(&rig, path, "/dir/renamed", EXT4_RENAME_REPLACE));
    CHECK_OK(rig_create(&rig, path));
}

/* While a commit waits for its flush, changes of the same blocks come to their end. */
static void test_beside_commit(void)
{
    char path[64];

    begin_rig("-b 1024", 1, 1 << 20);
    CHECK_OK(rig_mkdir(&rig, "/dir"));
    for (int i = 0; i < WORKERS; i++) {
        snprintf(path, sizeof(path), "/dir/file%d", i);
        CHECK_OK(rig_create(&rig, path));
    }
    begin_work(sync_or_change);
    while (!flush_in_flight() && !workers[0].finished) {
        turn_of(0);
        if (rig.waiting_count > 0 && !flush_in_flight()) {
            carry_out_one(&rig, NULL);
        }
    }
    CHECK(!workers[0].finished);
    for (int i = 1; i < WORKERS; i++) {
        for (int turn = 0; turn < TURNS_ENOUGH && !workers[i].finished; turn++) {
            turn_of(i);
        }
        CHECK(workers[i].finished);
    }
    CHECK(flush_in_flight());
    end_work();
    CHECK_OK(rig_unlink(&rig, "/dir/renamed"));
    end_rig();
}

/* ---- changes beside changes ---------------------------------------------- */

static struct ext4_inode *cold[WORKERS];

static void make_cold_files(void)
{
    static uint8_t data[CONTENT];
    char path[64];

    for (int i = 0; i < WORKERS; i++) {
        snprintf(path, sizeof(path), "/file%d", i);
        CHECK_OK(rig_create(&rig, path));
        fill(data, i, 0);
        CHECK_OK(rig_write(&rig, path, 0, data, CONTENT));
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK_OK(rig_mount(&rig));
    for (int i = 0; i < WORKERS; i++) {
        snprintf(path, sizeof(path), "/file%d", i);
        CHECK_OK(rig_walk(&rig, path, &cold[i]));
    }
}

static void write_into_cold(int number)
{
    uint8_t data[CONTENT];
    size_t done;

    fill(data, number, 0);
    CHECK_OK(ext4_write(cold[number], WRITTEN, data + WRITTEN, WRITTEN, &done));
}

/* Each change needs a block from the disk: they wait for them together. */
static void test_overlap(void)
{
    char path[64];

    begin_rig("-b 1024", 1, 1 << 20);
    make_cold_files();
    begin_work(write_into_cold);
    for (int turn = 0; turn < TURNS_ENOUGH; turn++) {
        turn_of(turn % WORKERS);
    }
    printf("%u changes wait for the disk\n", rig.waiting_count);
    CHECK(rig.waiting_count == WORKERS);
    end_work();
    for (int i = 0; i < WORKERS; i++) {
        snprintf(path, sizeof(path), "/file%d", i);
        ext4_inode_put(cold[i]);
        check_content(path, i, 0);
    }
    end_rig();
}

/* ---- one commit for many ------------------------------------------------- */

static void append_and_sync(int number)
{
    struct ext4_inode *inode;
    char path[64];
    size_t done;

    snprintf(path, sizeof(path), "/file%d", number);
    CHECK_OK(rig_create(&rig, path));
    CHECK_OK(rig_walk(&rig, path, &inode));
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_OK(ext4_write(inode, (uint64_t)round * sizeof(path), path, sizeof(path), &done));
        CHECK_OK(ext4_fsync(inode));
    }
    ext4_inode_put(inode);
}

/* Who waits for a commit shares the next one with others: half as many flushes, or fewer. */
static void test_group_commit(void)
{
    begin_rig("-b 1024", 1, 1 << 20);
    rig.flushes = 0;
    begin_work(append_and_sync);
    end_work();
    printf("%lu flushes for %d times fsync\n", rig.flushes, WORKERS * ROUNDS);
    CHECK(rig.flushes < WORKERS * ROUNDS / 2);
    end_rig();
}

/* ---- remounting beside the work ------------------------------------------- */

static unsigned refused, openings;
static bool closed; /* from the end of a remount to the end of the next */

/* Whatever is in the middle when nothing can be changed any more may end so. */
static bool is_expected(enum ext4_status status)
{
    refused += status == EXT4_READ_ONLY;
    return status == EXT4_OK || status == EXT4_READ_ONLY || status == EXT4_NOT_FOUND ||
           status == EXT4_EXISTS;
}

/* What begins and ends while nothing can be changed has changed nothing. */
static void check_write(struct ext4_inode *inode)
{
    bool was_closed = closed;
    unsigned openings_before = openings;
    size_t done;
    enum ext4_status status = ext4_write(inode, 0, "content", 7, &done);

    CHECK(is_expected(status));
    CHECK(!was_closed || openings != openings_before || status == EXT4_READ_ONLY);
}

static void work_on_one_file(int number, int round)
{
    static uint8_t data[CONTENT];
    struct ext4_inode *inode;
    char path[64];
    size_t done;

    snprintf(path, sizeof(path), "/file%d", number);
    CHECK(is_expected(rig_create(&rig, path)));
    if (rig_walk(&rig, path, &inode) != EXT4_OK) {
        return;
    }
    CHECK(is_expected(ext4_write(inode, (uint64_t)round * 1000, data, CONTENT, &done)));
    CHECK(is_expected(ext4_fsync(inode)));
    CHECK(is_expected(ext4_truncate(inode, (uint64_t)(round % 4) * 5000)));
    CHECK(is_expected(rig_unlink(&rig, path)));
    check_write(inode);
    CHECK(is_expected(ext4_fdatasync(inode)));
    ext4_inode_put(inode);
}

/* While nothing can be changed the disk is as after an unmount, but for files without names. */
static void check_still(void)
{
    unsigned long writes = rig.writes;

    for (int turn = 0; turn < 50; turn++) {
        give_way(&rig, NULL);
    }
    CHECK(rig.writes == writes);
}

static void remount(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_OK(ext4_remount(rig.fs, true));
        closed = true;
        check_still();
        CHECK_OK(ext4_remount(rig.fs, false));
        closed = false;
        openings++;
        for (int turn = 0; turn < 20; turn++) {
            give_way(&rig, NULL);
        }
    }
}

static void remount_or_work(int number)
{
    struct ext4_inode *inode;

    if (number == 0) {
        remount();
        return;
    }
    CHECK_OK(rig_walk(&rig, "/common", &inode));
    for (int round = 0; openings < ROUNDS; round++) {
        work_on_one_file(number, round);
        check_write(inode);
        give_way(&rig, NULL);
    }
    ext4_inode_put(inode);
}

static void test_remount(const char *format, uint32_t seed)
{
    begin_rig(format, seed, 300 * 1024);
    refused = openings = 0;
    CHECK_OK(rig_create(&rig, "/common"));
    begin_work(remount_or_work);
    end_work();
    end_rig();
    CHECK(refused > 0);
}

int main(int argc, char **argv)
{
    uint32_t seeds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 8;

    for (uint32_t seed = 1; seed <= seeds && rig_failures == 0; seed++) {
        test_all(formats[seed % FORMATS], seed);
    }
    for (uint32_t seed = 1; seed <= seeds && rig_failures == 0; seed++) {
        test_remount(seed % 2 ? "-b 1024" : "-b 1024 -O ^has_journal", seed);
    }
    test_beside_commit();
    test_overlap();
    test_group_commit();
    printf("%u turns, up to %u requests in flight\n", steps, most_in_flight);
    CHECK(most_in_flight > 1);
    return rig_failures ? 1 : 0;
}
