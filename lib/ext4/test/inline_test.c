// SPDX-License-Identifier: BSD-2-Clause
/* ext4.inline: contents in inodes, ours and those of others, to the byte with which they move. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An inode of 256 bytes has 96 behind its fields; 28 are for the attribute's name and both ends. */
enum { INLINE_MOST = 128, LONGEST = 300, FLAG_INLINE = 0x10000000, LATER = 40, ROOM = 60 };

static uint8_t text[LONGEST];

static struct ext4_attributes stat_of(struct rig *rig, const char *path)
{
    struct ext4_attributes attributes = {0};
    struct ext4_inode *inode;

    CHECK_OK(rig_walk(rig, path, &inode));
    ext4_stat(inode, &attributes);
    ext4_inode_put(inode);
    return attributes;
}

static bool is_inline(struct rig *rig, const char *path)
{
    return stat_of(rig, path).flags & FLAG_INLINE;
}

static void check_content(struct rig *rig, const char *path, const uint8_t *expected, size_t bytes)
{
    uint8_t got[LONGEST + 1];
    size_t done;

    CHECK_OK(rig_read(rig, path, 0, got, sizeof(got), &done));
    if (done != bytes || memcmp(got, expected, bytes) != 0) {
        fprintf(stderr, "%s: %zu bytes of %zu, or others\n", path, done, bytes);
        rig_failures++;
    }
}

static void set_xattr(struct rig *rig, const char *path, const char *name, size_t bytes)
{
    struct ext4_inode *inode;

    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_xattr_set(inode, name, strlen(name), text, bytes, EXT4_XATTR_ANY));
    ext4_inode_put(inode);
}

static void check_xattr(struct rig *rig, const char *path, const char *name, size_t bytes)
{
    uint8_t got[LONGEST];
    struct ext4_inode *inode;
    size_t length;

    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_xattr_get(inode, name, strlen(name), got, sizeof(got), &length));
    CHECK(length == bytes && memcmp(got, text, bytes) == 0);
    ext4_inode_put(inode);
}

static void begin(struct rig *rig, const char *format)
{
    rig_make(rig, 8, format);
    CHECK_OK(rig_mount(rig));
}

static void begin_with_file(struct rig *rig, const char *format, size_t bytes)
{
    begin(rig, format);
    CHECK_OK(rig_create(rig, "/f"));
    CHECK_OK(rig_write(rig, "/f", 0, text, bytes));
}

static void end(struct rig *rig)
{
    CHECK_OK(rig_unmount(rig));
    CHECK(rig_is_sound(rig));
    rig_free(rig);
}

/* ---- files --------------------------------------------------------------- */

/* Byte by byte to a block, and down again. */
static void test_sizes(const char *format, size_t most)
{
    struct rig rig;

    begin(&rig, format);
    CHECK_OK(rig_create(&rig, "/f"));
    for (size_t i = 0; i < LONGEST; i++) {
        CHECK(is_inline(&rig, "/f") == (i <= most));
        CHECK_OK(rig_write(&rig, "/f", i, text + i, 1));
        check_content(&rig, "/f", text, i + 1);
    }
    CHECK_OK(rig_create(&rig, "/g"));
    CHECK_OK(rig_write(&rig, "/g", 0, text, most));
    CHECK(stat_of(&rig, "/g").sectors == (most + 511) / 512);
    for (size_t i = most; i > 0; i--) {
        CHECK_OK(rig_truncate(&rig, "/g", i));
        check_content(&rig, "/g", text, i);
        CHECK(is_inline(&rig, "/g"));
    }
    end(&rig);
}

/* What a size has hidden is zero when a larger one shows it. */
static void test_gaps(void)
{
    uint8_t expected[LONGEST] = {0};
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 110);
    CHECK_OK(rig_truncate(&rig, "/f", 30));
    CHECK_OK(rig_write(&rig, "/f", 100, text, 10));
    memcpy(expected, text, 30);
    memcpy(expected + 100, text, 10);
    check_content(&rig, "/f", expected, 110);
    CHECK_OK(rig_truncate(&rig, "/f", 80));
    CHECK_OK(rig_truncate(&rig, "/f", 120));
    memset(expected + 80, 0, 40);
    check_content(&rig, "/f", expected, 120);
    CHECK(is_inline(&rig, "/f"));
    CHECK_OK(rig_truncate(&rig, "/f", 200));
    check_content(&rig, "/f", expected, 200);
    CHECK(!is_inline(&rig, "/f"));
    end(&rig);
}

/* The same when others have left something there; and we leave nothing: debugfs shows 60 bytes of a
 * shorter file. */
static void test_hidden_bytes(void)
{
    uint8_t expected[LONGEST] = {0}, got[LONGEST];
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 110);
    CHECK_OK(rig_create(&rig, "/g"));
    CHECK_OK(rig_write(&rig, "/g", 0, text, 110));
    CHECK_OK(rig_truncate(&rig, "/g", 20));
    CHECK_OK(rig_unmount(&rig));
    memcpy(expected, text, 20);
    CHECK(rig_debugfs_cat(&rig, "/g", got, sizeof(got)) == ROOM);
    CHECK(memcmp(got, expected, ROOM) == 0);
    free(rig_debugfs(&rig, "sif f size 20"));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_truncate(&rig, "/f", 105));
    check_content(&rig, "/f", expected, 105);
    end(&rig);
}

static void test_room_and_holes(void)
{
    struct ext4_inode *inode;
    struct ext4_piece piece;
    uint64_t place;
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 100);
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_seek(inode, false, 40, &place));
    CHECK(place == 40);
    CHECK_OK(ext4_seek(inode, true, 40, &place));
    CHECK(place == 100);
    CHECK_STATUS(EXT4_NOT_FOUND, ext4_seek(inode, false, 100, &place));
    CHECK_OK(ext4_piece_at(inode, 10, &piece));
    CHECK(piece.kind == EXT4_PIECE_INLINE && piece.bytes == 90);
    CHECK_OK(ext4_allocate(inode, EXT4_PUNCH_HOLE, 10, 20));
    CHECK_OK(ext4_piece_at(inode, 0, &piece));
    CHECK(piece.kind == EXT4_PIECE_WRITTEN);
    ext4_inode_put(inode);
    memset(text + 10, 0, 20);
    check_content(&rig, "/f", text, 100);
    CHECK_OK(rig_create(&rig, "/g"));
    CHECK_OK(rig_walk(&rig, "/g", &inode));
    CHECK_OK(ext4_allocate(inode, EXT4_ALLOCATE_KEEP_SIZE, 0, 5000));
    ext4_inode_put(inode);
    CHECK(stat_of(&rig, "/g").sectors == 10);
    CHECK_OK(rig_create(&rig, "/h"));
    CHECK_OK(
        rig_write(&rig, "/h", (uint64_t)1 << 35, text, 10)); /* more than blocks without extents */
    end(&rig);
}

static void sync_file(struct rig *rig, const char *path)
{
    struct ext4_inode *inode;

    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_fsync(inode));
    ext4_inode_put(inode);
}

/* The journal has the data: fsync makes it durable, and without that the old is there. */
static void test_crash(void)
{
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 90);
    sync_file(&rig, "/f");
    CHECK_OK(rig_write(&rig, "/f", 0, text + 100, 90));
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    check_content(&rig, "/f", text, 90);
    end(&rig);
}

/* What has moved to a block is home before somebody else's commit. */
static void test_crash_after_move(void)
{
    struct ext4_inode *inode;
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 90);
    sync_file(&rig, "/f");
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_allocate(inode, EXT4_ALLOCATE_KEEP_SIZE, 0, 5000));
    ext4_inode_put(inode);
    CHECK_OK(rig_create(&rig, "/other"));
    sync_file(&rig, "/other");
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK(!is_inline(&rig, "/f"));
    check_content(&rig, "/f", text, 90);
    end(&rig);
}

/* No block is left to move to: nothing changes. */
static void test_full(void)
{
    static uint8_t zeros[1 << 16];
    enum ext4_status status = EXT4_OK;
    uint64_t at = 0;
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 100);
    CHECK_OK(rig_mkdir(&rig, "/d"));
    CHECK_OK(rig_create(&rig, "/d/a"));
    CHECK_OK(rig_create(&rig, "/fill"));
    for (size_t bytes = sizeof(zeros); bytes >= 1; bytes /= 2) {
        while ((status = rig_write(&rig, "/fill", at, zeros, bytes)) == EXT4_OK) {
            at += bytes;
        }
        CHECK_STATUS(EXT4_NO_SPACE, status);
    }
    CHECK_STATUS(EXT4_NO_SPACE, rig_write(&rig, "/f", 100, text + 100, 100));
    CHECK_STATUS(EXT4_NO_SPACE, rig_truncate(&rig, "/f", 1000));
    check_content(&rig, "/f", text, 100);
    CHECK(is_inline(&rig, "/f"));
    CHECK_STATUS(EXT4_NO_SPACE,
                 rig_create(&rig, "/d/a name that is too long for what is left of the inode, and "
                                  "for all of what it has: two hundred bytes at the very least"));
    CHECK_OK(rig_create(&rig, "/d/b"));
    CHECK(is_inline(&rig, "/d"));
    end(&rig);
}

/* ---- attributes ---------------------------------------------------------- */

static void name_shown(void *context, const char *prefix, const char *name, size_t length)
{
    *(bool *)context |= strcmp(prefix, "system.") == 0 && length == 4 && !memcmp(name, "data", 4);
}

static void test_hidden(struct rig *rig)
{
    struct ext4_inode *inode;
    bool shown = false;
    size_t length;

    CHECK_OK(rig_walk(rig, "/f", &inode));
    CHECK_OK(ext4_xattr_list(inode, name_shown, &shown));
    CHECK(!shown);
    CHECK_STATUS(EXT4_INVALID, ext4_xattr_get(inode, "system.data", 11, NULL, 0, &length));
    CHECK_STATUS(EXT4_INVALID, ext4_xattr_set(inode, "system.data", 11, text, 10, EXT4_XATTR_ANY));
    CHECK_STATUS(EXT4_INVALID, ext4_xattr_remove(inode, "system.data", 11));
    ext4_inode_put(inode);
}

/* Data and attributes share the inode; what comes later has to go elsewhere. */
static void test_attributes(void)
{
    struct rig rig;

    begin_with_file(&rig, "-b 1024 -O inline_data", 70);
    set_xattr(&rig, "/f", "user.a", 20);
    CHECK(stat_of(&rig, "/f").sectors == 1); /* no block */
    CHECK_OK(rig_write(&rig, "/f", 70, text + 70, 14));
    CHECK(is_inline(&rig, "/f"));
    set_xattr(&rig, "/f", "user.b", 50);
    CHECK(is_inline(&rig, "/f") && stat_of(&rig, "/f").sectors == 1 + 2);
    check_content(&rig, "/f", text, 84);
    test_hidden(&rig);
    CHECK_OK(rig_write(&rig, "/f", 84, text + 84, 16));
    CHECK(!is_inline(&rig, "/f"));
    check_content(&rig, "/f", text, 100);
    check_xattr(&rig, "/f", "user.a", 20);
    check_xattr(&rig, "/f", "user.b", 50);
    CHECK_OK(rig_mkdir(&rig, "/d"));
    set_xattr(&rig, "/d", "user.a", 44);
    CHECK_OK(rig_create(&rig, "/d/as long as the first part allows to be 4567890"));
    CHECK(is_inline(&rig, "/d"));
    CHECK_OK(rig_create(&rig, "/d/b"));
    CHECK(!is_inline(&rig, "/d"));
    check_xattr(&rig, "/d", "user.a", 44);
    end(&rig);
}

/* ---- directories --------------------------------------------------------- */

struct seen {
    unsigned counts[LATER + 10], all, left;
    uint64_t next;
};

static bool take(void *context, const struct ext4_entry *entry)
{
    struct seen *seen = context;
    char name[20] = {0};

    memcpy(name, entry->name, entry->length < 19 ? entry->length : 19);
    seen->counts[name[0] == '.' ? LATER + strlen(name) : strtoul(name, NULL, 10) % LATER]++;
    seen->all++;
    seen->next = entry->next;
    return --seen->left > 0;
}

static void read_some(struct rig *rig, struct seen *seen, unsigned count)
{
    struct ext4_inode *dir;

    seen->left = count;
    CHECK_OK(rig_walk(rig, "/d", &dir));
    CHECK_OK(ext4_readdir(dir, seen->next, take, seen));
    ext4_inode_put(dir);
}

static void create_number(struct rig *rig, unsigned number)
{
    char path[40];

    snprintf(path, sizeof(path), "/d/%u", number);
    CHECK_OK(rig_create(rig, path));
}

/* Between two entries the directory moves to a block: each is seen once. */
static void test_positions(const char *format, unsigned before)
{
    struct seen seen = {0};
    struct rig rig;

    begin(&rig, format);
    CHECK_OK(rig_mkdir(&rig, "/d"));
    for (unsigned i = 0; i < 7; i++) {
        create_number(&rig, i);
    }
    CHECK_OK(rig_unlink(&rig, "/d/2"));
    CHECK(is_inline(&rig, "/d"));
    read_some(&rig, &seen, before);
    CHECK(seen.all == before);
    for (unsigned i = 7; i < LATER; i++) {
        create_number(&rig, i);
    }
    CHECK(!is_inline(&rig, "/d"));
    read_some(&rig, &seen, 1000);
    for (unsigned i = 0; i < 7; i++) {
        CHECK(seen.counts[i] == (i != 2));
    }
    CHECK(seen.counts[LATER + 1] == 1 && seen.counts[LATER + 2] == 1);
    end(&rig);
}

static void test_directories(const char *format)
{
    struct ext4_inode *dir, *above;
    struct rig rig;

    begin(&rig, format);
    CHECK_OK(rig_mkdir(&rig, "/a"));
    CHECK_OK(rig_mkdir(&rig, "/b"));
    CHECK_OK(rig_mkdir(&rig, "/a/sub"));
    CHECK_STATUS(EXT4_NOT_EMPTY, rig_rmdir(&rig, "/a"));
    CHECK_OK(rig_rename(&rig, "/a/sub", "/b/moved", EXT4_RENAME_REPLACE));
    CHECK(stat_of(&rig, "/a").links == 2 && stat_of(&rig, "/b").links == 3);
    CHECK_OK(rig_walk(&rig, "/b/moved", &dir));
    CHECK_OK(ext4_lookup(dir, "..", 2, &above));
    CHECK(ext4_inode_number(above) == stat_of(&rig, "/b").inode);
    ext4_inode_put(above);
    ext4_inode_put(dir);
    CHECK_STATUS(EXT4_INVALID, rig_rename(&rig, "/b", "/b/moved/x", EXT4_RENAME_REPLACE));
    CHECK_OK(rig_create(&rig, "/a/1"));
    CHECK_OK(rig_create(&rig, "/a/2"));
    CHECK_OK(rig_rename(&rig, "/a/1", "/b/moved", EXT4_RENAME_EXCHANGE));
    CHECK_OK(rig_rename(&rig, "/a/2", "/a/3", EXT4_RENAME_REPLACE));
    CHECK_OK(rig_unlink(&rig, "/a/3"));
    CHECK_STATUS(EXT4_NOT_FOUND, rig_unlink(&rig, "/a/2"));
    CHECK(is_inline(&rig, "/a") && is_inline(&rig, "/b") && is_inline(&rig, "/a/1"));
    CHECK_OK(rig_rmdir(&rig, "/a/1"));
    CHECK_OK(rig_rmdir(&rig, "/a"));
    end(&rig);
}

/* ---- of others ----------------------------------------------------------- */

static const char *const fill =
    "set -e; rm -rf $F; mkdir -p $F/d/e $F/few; for i in 0 1 59 60 61 100 120 128 129 200; do "
    "head -c $i /bin/sh >$F/f$i; done; for i in 59 60 90 120 127 200; do "
    "ln -s $(printf %0${i}d 7) $F/l$i; done; touch $F/d/a $F/d/b; touch $F/few/$(printf %040d 1);"
    "mkfs.ext4 -qF -b 1024 -O inline_data -d $F $I 8M 2>/dev/null";

static void check_of_others(struct rig *rig)
{
    static const unsigned files[] = {0, 1, 59, 60, 61, 100, 120, 128, 129, 200};
    static const unsigned links[] = {59, 60, 90, 120, 127, 200};
    uint8_t content[LONGEST];
    char path[20], target[LONGEST];
    struct ext4_inode *inode;
    size_t length;
    FILE *file = fopen("/bin/sh", "rb");

    CHECK(file && fread(content, 1, sizeof(content), file) == sizeof(content));
    fclose(file);
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "/f%u", files[i]);
        check_content(rig, path, content, files[i]);
    }
    for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        snprintf(path, sizeof(path), "/l%u", links[i]);
        CHECK_OK(rig_walk(rig, path, &inode));
        CHECK_OK(ext4_readlink(inode, target, sizeof(target), &length));
        CHECK(length == links[i] && target[0] == '0' && target[length - 1] == '7');
        ext4_inode_put(inode);
    }
    CHECK(is_inline(rig, "/f61") && is_inline(rig, "/l90") && is_inline(rig, "/d"));
}

static void test_of_others(void)
{
    char image[] = "/tmp/ext4.inline.XXXXXX", command[1500];
    struct rig rig;

    close(mkstemp(image));
    snprintf(command, sizeof(command), "PATH=/usr/sbin:/sbin:$PATH; I=%s F=%s.d; %s; rm -rf $F",
             image, image, fill);
    CHECK(system(command) == 0);
    rig_blank(&rig, 8 << 20);
    rig_load(&rig, image);
    unlink(image);
    CHECK_OK(rig_mount(&rig));
    check_of_others(&rig);
    CHECK_OK(rig_write(&rig, "/f61", 61, text, 30));
    CHECK_OK(rig_truncate(&rig, "/f100", 10));
    CHECK_OK(rig_write(&rig, "/f120", 120, text, 100));
    CHECK_OK(rig_unlink(&rig, "/l90"));
    CHECK_OK(rig_create(&rig, "/d/c"));
    CHECK_OK(rig_rename(&rig, "/d/e", "/few/e", EXT4_RENAME_REPLACE));
    CHECK_OK(rig_unlink(&rig, "/d/a"));
    end(&rig);
}

/* ---- damage -------------------------------------------------------------- */

/* Without checksums: what debugfs sets is believed. */
static void test_damage(void)
{
    uint8_t got[LONGEST];
    struct rig rig;
    size_t done;

    begin_with_file(&rig, "-b 1024 -O inline_data,^metadata_csum", 100);
    CHECK_OK(rig_mkdir(&rig, "/d"));
    CHECK_OK(rig_mkdir(&rig, "/e"));
    CHECK_OK(rig_create(&rig, "/e/as long as the first part allows to be 4567890"));
    CHECK_OK(rig_create(&rig, "/e/b"));
    CHECK_OK(rig_create(&rig, "/e/c"));
    CHECK_OK(rig_unmount(&rig));
    /* In /e, the entry in the first part reaches over the first of the second: 68 for 56 bytes. */
    free(rig_debugfs(&rig, "sif f size 120\nsif d block[1] 77777777\nsif e block[2] 0x12e0044"));
    rig.config.policy = EXT4_ON_ERROR_CONTINUE;
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_CORRUPT, rig_read(&rig, "/f", 0, got, sizeof(got), &done));
    CHECK(strstr(rig.log, "size 120, but 100 bytes of data") != NULL);
    CHECK_STATUS(EXT4_CORRUPT, rig_create(&rig, "/d/x"));
    CHECK_STATUS(EXT4_CORRUPT, rig_unlink(&rig, "/e/c"));
    CHECK(strstr(rig.log, "has length 68, name length 46") != NULL);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* The size stays, and it is only data; but it lies in metadata. */
static void test_data_sync(void)
{
    struct ext4_inode *inode;
    struct rig rig;
    size_t done;

    begin_with_file(&rig, "-b 1024 -O inline_data", 50);
    CHECK_OK(ext4_sync(rig.fs));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_write(inode, 0, text + 1, 50, &done));
    CHECK_OK(ext4_fdatasync(inode));
    ext4_inode_put(inode);
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    check_content(&rig, "/f", text + 1, 50);
    end(&rig);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * 37 + 1);
    }
    test_of_others();
    test_sizes("-b 1024 -O inline_data", INLINE_MOST);
    test_sizes("-b 4096 -O inline_data,^metadata_csum", INLINE_MOST);
    test_sizes("-b 1024 -O inline_data,^extent,^64bit", INLINE_MOST);
    test_gaps();
    test_hidden_bytes();
    test_crash();
    test_crash_after_move();
    test_data_sync();
    test_full();
    test_attributes();
    for (unsigned i = 1; i < 8; i++) {
        test_positions("-b 1024 -O inline_data", i);
        test_positions("-b 1024 -O inline_data,^dir_index", i);
    }
    test_directories("-b 1024 -O inline_data");
    test_directories("-b 4096 -O inline_data,^dir_index,^filetype");
    test_damage();
    test_room_and_holes();
    return rig_failures ? 1 : 0;
}
