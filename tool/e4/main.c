// SPDX-License-Identifier: BSD-2-Clause
/* e4: work on ext4 images without mounting them. */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USAGE = 2 };

struct verb {
    const char *name;
    int (*run)(struct words *words);
    bool changes;
    const char *help;
};

static const struct verb verbs[] = {
    {"ls", verb_ls, false, "ls [-l] [-a] [:PATH...]      what is in directories"},
    {"tree", verb_tree, false, "tree [:PATH]                 everything below"},
    {"cat", verb_cat, false, "cat :PATH...                 contents of files"},
    {"stat", verb_stat, false, "stat :PATH...                all about files"},
    {"df", verb_df, false, "df                           how much is free"},
    {"check", verb_check, false,
     "check                        read everything, say what is damaged"},
    {"journal", verb_journal, false, "journal                      the journal's state"},
    {"dump", verb_dump, false, "dump INODE                   an inode and where its blocks lie"},
    {"cp", verb_cp, true,
     "cp [-r] FROM... TO           copy in or out; paths in the image have a colon"},
    {"mkdir", verb_mkdir, true, "mkdir [-p] :PATH...          make directories"},
    {"rm", verb_rm, true, "rm [-r] :PATH...             remove"},
    {"mv", verb_mv, true, "mv :FROM... :TO              rename or move"},
    {"ln", verb_ln, true, "ln [-s] :OLD :NEW            link; with -s OLD is the text"},
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(FILE *to)
{
    fprintf(to, "e4 IMAGE VERB ...: work on an ext4 image. Paths in it begin with a colon.\n\n");
    for (int i = 0; i < VERBS; i++) {
        fprintf(to, "  e4 IMAGE %s\n", verbs[i].help);
    }
    fprintf(to, "  e4 mkimage DIR IMAGE [SIZE [MKFS-OPTION...]]\n"
                "           make an image with what is in DIR; SIZE as 64M; calls mkfs.ext4\n\n"
                "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

bool take_options(struct words *words, const char *known, const char *verb, bool *set)
{
    while (words->count > 0 && words->items[0][0] == '-' && words->items[0][1]) {
        for (const char *letter = words->items[0] + 1; *letter; letter++) {
            if (!strchr(known, *letter)) {
                complain("%s: unknown option -%c; known: -%s", verb, *letter, known);
                return false;
            }
            set[(unsigned char)*letter & 127] = true;
        }
        words->items++;
        words->count--;
    }
    return true;
}

/* ---- mkimage ------------------------------------------------------------- */

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

static int run_mkfs(const char *image, char **options, int count)
{
    char program[] = "mkfs.ext4", quiet[] = "-qF";
    char **words = calloc((size_t)count + 5, sizeof(char *));
    int status;
    pid_t child;

    if (!words) {
        return complain("out of memory");
    }
    words[0] = program;
    words[1] = quiet;
    memcpy(words + 2, options, (size_t)count * sizeof(char *));
    words[count + 2] = (char *)image;
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

static int make_image(int count, char **items)
{
    struct image image;
    uint64_t size;
    FILE *file;
    int result;

    if (count < 2) {
        return complain("mkimage: expected DIR IMAGE [SIZE [MKFS-OPTION...]]") + 1;
    }
    size = count > 2 ? parse_size(items[2]) : size_for(items[0]);
    file = fopen(items[1], "wb");
    if (!file || ftruncate(fileno(file), (off_t)size) != 0) {
        return complain("%s: %s", items[1], strerror(errno));
    }
    fclose(file);
    result = run_mkfs(items[1], items + 3, count > 3 ? count - 3 : 0);
    if (result == 0) {
        image_open(&image, items[1], false);
        result = copy_tree_in(&image, items[0]);
        result |= image_close(&image);
    }
    return result;
}

/* ---- main ---------------------------------------------------------------- */

static int run_verb(const struct verb *verb, const char *path, int count, char **items)
{
    struct image image;
    struct words words = {&image, count, items};
    int result, closed;

    image_open(&image, path, !verb->changes);
    result = verb->run(&words);
    closed = image_close(&image);
    if (fflush(stdout) != 0) {
        result = complain("standard output: %s", strerror(errno));
    }
    return result ? result : closed;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        print_help(argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : USAGE;
    }
    if (strcmp(argv[1], "mkimage") == 0) {
        return make_image(argc - 2, argv + 2);
    }
    for (int i = 0; i < VERBS; i++) {
        if (strcmp(argv[2], verbs[i].name) == 0) {
            return run_verb(&verbs[i], argv[1], argc - 3, argv + 3);
        }
    }
    complain("'%s' is no verb; e4 --help lists them", argv[2]);
    return USAGE;
}
