// SPDX-License-Identifier: BSD-2-Clause
/* Makes images: mkfs.ext4 makes the file system, the library fills it. */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* mkfs.ext4 makes at least one inode for so many bytes. */
enum { MKFS_WORDS = 7, BYTES_PER_INODE = 16384, INODES_AHEAD = 1000 };

static uint64_t tree_bytes, tree_files;

static int add_up(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)path;
    (void)type;
    (void)ftw;
    tree_bytes += (uint64_t)stat->st_blocks * 512 + 1024;
    tree_files++;
    return 0;
}

/* Room for what is there, a journal, tables and some more. */
static uint64_t size_for(const char *folder)
{
    tree_bytes = tree_files = 0;
    if (nftw(folder, add_up, 32, FTW_PHYS) != 0) {
        exit(complain("%s: %s", folder, strerror(errno)));
    }
    return ((tree_bytes + tree_bytes / 4 + tree_files * 4096) >> 20 << 20) + (16 << 20);
}

static uint64_t parse_size(const char *text)
{
    char *end;
    uint64_t size = strtoull(text, &end, 10);
    const char *units = "KMG", *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;

    if (end == text || (*end && (!unit || end[1])) || size == 0 || size >> 34) {
        exit(complain("mkimage: '%s' is no size such as 64M", text) + 1);
    }
    return unit ? size << (10 * (unit - units + 1)) : size;
}

/* With so many inodes, or as many as mkfs.ext4 likes if that is 0. */
static int run_mkfs(const char *image, uint64_t inodes, char **options, int count)
{
    char program[] = "mkfs.ext4", quiet[] = "-qF", how_many[] = "-N", number[32];
    char **words = calloc((size_t)count + MKFS_WORDS, sizeof(char *));
    int status, used = 0;
    pid_t child;

    if (!words) {
        return complain("out of memory");
    }
    words[used++] = program;
    words[used++] = quiet;
    if (inodes > 0) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)inodes);
        words[used++] = how_many;
        words[used++] = number;
    }
    memcpy(words + used, options, (size_t)count * sizeof(char *));
    words[used + count] = (char *)image;
    child = fork();
    if (child == 0) {
        const char *path = getenv("PATH");
        char *more;

        if (asprintf(&more, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin") > 0) {
            setenv("PATH", more, 1);
        }
        execvp(words[0], words);
        _exit(complain("mkfs.ext4: %s; it is in the package e2fsprogs", strerror(errno)));
    }
    free(words);
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
        return complain("%s: mkfs.ext4 failed", image);
    }
    return 0;
}

static bool chooses_inodes(int count, char **options)
{
    for (int i = 0; i < count; i++) {
        if (options[i][0] == '-' && options[i][1] && strchr("NiTt", options[i][1])) {
            return true;
        }
    }
    return false;
}

/* Replaces what was there. */
static int make_file(const char *path, uint64_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0 || ftruncate(file, (off_t)size) != 0) {
        return complain("%s: %s", path, strerror(errno));
    }
    close(file);
    return 0;
}

static int fill(const char *path, const char *folder)
{
    struct image image;
    int result = image_open(&image, path, false), closed;

    if (result) {
        return result;
    }
    result = copy_tree_in(&image, folder);
    closed = image_close(&image);
    if (result) {
        complain("%s: is not complete", path);
    }
    return result ? result : closed;
}

int mkimage(int count, char **items)
{
    const char *folder = items[0], *path = items[1];
    char **options = items + 3;
    int option_count = count > 3 ? count - 3 : 0, result;
    struct stat stat_folder;
    uint64_t size, inodes;

    if (stat(folder, &stat_folder) != 0) {
        return complain("%s: %s", folder, strerror(errno));
    }
    if (!S_ISDIR(stat_folder.st_mode)) {
        return complain("%s: %s", folder, strerror(ENOTDIR));
    }
    size = size_for(folder);
    size = count > 2 ? parse_size(items[2]) : size;
    inodes = tree_files + INODES_AHEAD;
    if (chooses_inodes(option_count, options) || inodes < size / BYTES_PER_INODE) {
        inodes = 0;
    }
    result = make_file(path, size);
    result = result ? result : run_mkfs(path, inodes, options, option_count);
    return result ? result : fill(path, folder);
}
