// SPDX-License-Identifier: BSD-2-Clause
#include "verbs.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

static int complain_path(const char *path, enum ext4_status status)
{
    return complain("%s: %s", path, ext4_status_text(status));
}

/* Control characters in names must not reach a terminal. */
static void print_name(const char *name)
{
    static int terminal = -1;

    terminal = terminal < 0 ? isatty(STDOUT_FILENO) : terminal;
    for (; *name; name++) {
        putchar(terminal && (unsigned char)*name < ' ' ? '?' : *name);
    }
}

static const char type_letters[] = "?-dcbpsl";

static void mode_text(uint32_t mode, char text[11])
{
    static const char letters[] = "rwxrwxrwx";

    text[0] = type_letters[ext4_type_of_mode(mode)];
    for (int i = 0; i < 9; i++) {
        text[1 + i] = '-';
        if (mode & 0400u >> i) {
            text[1 + i] = letters[i];
        }
    }
    if (mode & EXT4_MODE_SETUID) {
        text[3] = mode & 0100 ? 's' : 'S';
    }
    if (mode & EXT4_MODE_SETGID) {
        text[6] = mode & 0010 ? 's' : 'S';
    }
    if (mode & EXT4_MODE_STICKY) {
        text[9] = mode & 0001 ? 't' : 'T';
    }
    text[10] = 0;
}

static void print_time(struct ext4_time time)
{
    time_t seconds = (time_t)time.seconds;
    struct tm parts;
    char text[64] = "?";

    if (gmtime_r(&seconds, &parts)) {
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
    }
    printf("%s", text);
}

static void print_target(struct ext4_inode *inode)
{
    char target[PATH_MAX];
    size_t length;

    if (ext4_readlink(inode, target, sizeof(target) - 1, &length) == EXT4_OK) {
        target[length] = 0;
        printf(" -> ");
        print_name(target);
    }
}

static void print_long(struct ext4_inode *inode, const char *name)
{
    struct ext4_attributes attributes;
    char mode[11];

    ext4_stat(inode, &attributes);
    mode_text(attributes.mode, mode);
    printf("%s %3u %5u %5u %10" PRIu64 " ", mode, attributes.links, attributes.uid, attributes.gid,
           attributes.size);
    print_time(attributes.modified);
    printf(" ");
    print_name(name);
    if (mode[0] == 'l') {
        print_target(inode);
    }
    printf("\n");
}

static bool is_directory(struct ext4_inode *inode)
{
    struct ext4_attributes attributes;

    ext4_stat(inode, &attributes);
    return (attributes.mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY;
}

/* ---- ls, tree ------------------------------------------------------------ */

static enum ext4_status list(struct image *image, struct ext4_inode *dir, bool all, bool long_form)
{
    struct names names;
    enum ext4_status status = names_read(dir, all, &names);

    for (size_t i = 0; i < names.count && status == EXT4_OK; i++) {
        struct ext4_inode *inode;

        if (!long_form) {
            print_name(names.items[i].text);
            printf("\n");
            continue;
        }
        status = ext4_inode_get(image->fs, names.items[i].inode, &inode);
        if (status == EXT4_OK) {
            print_long(inode, names.items[i].text);
            ext4_inode_put(inode);
        }
    }
    names_free(&names);
    return status;
}

int verb_ls(struct words *words)
{
    bool set[128] = {false};
    char top[] = ":/", *root[] = {top};
    int result = 0;

    if (!take_options(words, "la", "ls", set)) {
        return 2;
    }
    if (words->count == 0) {
        words->items = root;
        words->count = 1;
    }
    for (int i = 0; i < words->count; i++) {
        struct ext4_inode *inode;
        enum ext4_status status = image_find(words->image, words->items[i], !set['l'], &inode);

        if (status == EXT4_OK) {
            if (is_directory(inode)) {
                status = list(words->image, inode, set['a'], set['l']);
            } else if (set['l']) {
                print_long(inode, words->items[i]);
            } else {
                printf("%s\n", words->items[i]);
            }
            ext4_inode_put(inode);
        }
        result = status == EXT4_OK ? result : complain_path(words->items[i], status);
    }
    return result;
}

static enum ext4_status tree(struct image *image, struct ext4_inode *dir, int depth)
{
    struct names names;
    enum ext4_status status = names_read(dir, false, &names);

    for (size_t i = 0; i < names.count && status == EXT4_OK; i++) {
        struct ext4_inode *inode;

        status = ext4_inode_get(image->fs, names.items[i].inode, &inode);
        if (status != EXT4_OK) {
            break;
        }
        printf("%*s", depth * 2, "");
        print_name(names.items[i].text);
        if (is_directory(inode)) {
            printf("/\n");
            status = depth < PATH_MAX ? tree(image, inode, depth + 1) : EXT4_TOO_BIG;
        } else {
            print_target(inode);
            printf("\n");
        }
        ext4_inode_put(inode);
    }
    names_free(&names);
    return status;
}

int verb_tree(struct words *words)
{
    const char *path = words->count ? words->items[0] : ":/";
    struct ext4_inode *inode;
    enum ext4_status status = image_find(words->image, path, true, &inode);

    if (status == EXT4_OK) {
        status = tree(words->image, inode, 0);
        ext4_inode_put(inode);
    }
    return status == EXT4_OK ? 0 : complain_path(path, status);
}

/* ---- cat ----------------------------------------------------------------- */

static enum ext4_status print_file(struct ext4_inode *inode)
{
    uint8_t *chunk = malloc(CHUNK);
    enum ext4_status status = chunk ? EXT4_OK : EXT4_NO_MEMORY;
    size_t done = 1;

    for (uint64_t at = 0; status == EXT4_OK && done > 0; at += done) {
        status = ext4_read(inode, at, chunk, CHUNK, &done);
        if (fwrite(chunk, 1, done, stdout) != done) {
            status = EXT4_IO;
        }
    }
    free(chunk);
    return status;
}

int verb_cat(struct words *words)
{
    int result = 0;

    for (int i = 0; i < words->count; i++) {
        struct ext4_inode *inode;
        enum ext4_status status = image_find(words->image, words->items[i], true, &inode);

        if (status == EXT4_OK) {
            status = print_file(inode);
            ext4_inode_put(inode);
        }
        result = status == EXT4_OK ? result : complain_path(words->items[i], status);
    }
    return result;
}

/* ---- stat, dump ---------------------------------------------------------- */

static void print_stamp(const char *name, struct ext4_time time)
{
    printf("%-10s ", name);
    print_time(time);
    printf(".%09u UTC\n", time.nanoseconds);
}

static void print_xattr(void *context, const char *prefix, const char *name, size_t length)
{
    (void)context;
    printf("%-10s %s%.*s\n", "attribute", prefix, (int)length, name);
}

static enum ext4_status print_stat(struct ext4_inode *inode)
{
    struct ext4_attributes attributes;
    char mode[11];

    ext4_stat(inode, &attributes);
    mode_text(attributes.mode, mode);
    printf("%-10s %u, generation %u\n", "inode", attributes.inode, attributes.generation);
    printf("%-10s %s (%06o)\n", "mode", mode, attributes.mode);
    printf("%-10s %u, user %u, group %u\n", "links", attributes.links, attributes.uid,
           attributes.gid);
    printf("%-10s %" PRIu64 " bytes, %" PRIu64 " sectors of 512\n", "size", attributes.size,
           attributes.sectors);
    printf("%-10s 0x%x\n", "flags", attributes.flags);
    if (mode[0] == 'b' || mode[0] == 'c') {
        printf("%-10s %u:%u\n", "device", attributes.device_major, attributes.device_minor);
    }
    if (mode[0] == 'l') {
        printf("%-10s", "target");
        print_target(inode);
        printf("\n");
    }
    print_stamp("accessed", attributes.accessed);
    print_stamp("modified", attributes.modified);
    print_stamp("changed", attributes.changed);
    print_stamp("created", attributes.created);
    return ext4_xattr_list(inode, print_xattr, NULL);
}

int verb_stat(struct words *words)
{
    int result = 0;

    for (int i = 0; i < words->count; i++) {
        struct ext4_inode *inode;
        enum ext4_status status = image_find(words->image, words->items[i], false, &inode);

        if (status == EXT4_OK) {
            printf("%s\n", words->items[i]);
            status = print_stat(inode);
            ext4_inode_put(inode);
        }
        result = status == EXT4_OK ? result : complain_path(words->items[i], status);
    }
    return result;
}

static enum ext4_status print_runs(struct ext4_inode *inode)
{
    static const char *const kinds[] = {"hole", "written", "unwritten", "inline"};
    struct ext4_piece piece;
    uint64_t offset = 0;
    enum ext4_status status;

    while ((status = ext4_piece_at(inode, offset, &piece)) == EXT4_OK) {
        printf("%12" PRIu64 " +%-12" PRIu64 " %-9s", offset, piece.bytes, kinds[piece.kind]);
        if (piece.kind == EXT4_PIECE_WRITTEN || piece.kind == EXT4_PIECE_UNWRITTEN) {
            printf(" at %" PRIu64, piece.device_offset);
        }
        printf("\n");
        offset += piece.bytes;
    }
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

int verb_dump(struct words *words)
{
    struct ext4_inode *inode;
    enum ext4_status status;
    char *end;
    unsigned long number;

    if (words->count != 1) {
        return complain("dump: expected one inode number") + 1;
    }
    number = strtoul(words->items[0], &end, 10);
    if (*end || end == words->items[0] || number > UINT32_MAX) {
        return complain("dump: '%s' is no inode number", words->items[0]) + 1;
    }
    status = ext4_inode_get(words->image->fs, (uint32_t)number, &inode);
    if (status == EXT4_OK) {
        status = print_stat(inode);
        if (status == EXT4_OK) {
            status = print_runs(inode);
        }
        ext4_inode_put(inode);
    }
    if (status == EXT4_NOT_FOUND) {
        return complain("dump: inode %lu is not in use, or the file system's own", number);
    }
    return status == EXT4_OK ? 0 : complain_path(words->items[0], status);
}

/* ---- df, journal --------------------------------------------------------- */

int verb_df(struct words *words)
{
    struct ext4_statfs statfs;

    ext4_statfs(words->image->fs, &statfs);
    printf("%-10s %s\n", "label", statfs.label);
    printf("%-10s %" PRIu64 " blocks of %u bytes, %" PRIu64 " free, %" PRIu64 " for everybody\n",
           "space", statfs.blocks, statfs.block_bytes, statfs.free_blocks, statfs.available_blocks);
    printf("%-10s %" PRIu64 ", %" PRIu64 " free\n", "inodes", statfs.inodes, statfs.free_inodes);
    return 0;
}

int verb_journal(struct words *words)
{
    struct ext4_journal_state state;

    if (!ext4_journal_state(words->image->fs, &state)) {
        printf("no journal\n");
        return 0;
    }
    printf("%-10s %u blocks, %u in use\n", "log", state.blocks, state.used);
    printf("%-10s %u\n", "next", state.sequence);
    printf("%-10s 0x%x%s%s%s%s\n", "features", state.features,
           state.features & 1 ? " revocations" : "", state.features & 2 ? " 64bit" : "",
           state.features & 8 ? " checksums-2" : "", state.features & 16 ? " checksums-3" : "");
    return 0;
}

/* ---- check --------------------------------------------------------------- */

int verb_check(struct words *words)
{
    struct ext4_check_result result;
    enum ext4_status status = ext4_check(words->image->fs, &result);

    if (status != EXT4_OK) {
        return complain_path(words->image->path, status);
    }
    printf("%u directories, %u files, %u others, %u inodes to be finished: ", result.directories,
           result.files, result.others, result.orphans);
    printf(result.problems ? "%u problems\n" : "sound\n", result.problems);
    return result.problems ? IMAGE_DAMAGED : 0;
}
