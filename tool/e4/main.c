// SPDX-License-Identifier: BSD-2-Clause
/* e4: work on ext4 images without mounting them. */
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { USAGE = 2 };

struct verb {
    const char *name;
    int (*run)(struct words *words);
    int least; /* words besides options */
    bool changes;
    const char *usage, *help;
};

static const struct verb verbs[] = {
    {"ls", verb_ls, 0, false, "ls [-l] [-a] [:PATH...]",
     "Lists directories, or the files that are named; the root if there is no PATH.\n"
     "  -l  with mode, links, owner, group, size and time (UTC)\n"
     "  -a  also . and ..\n"},
    {"tree", verb_tree, 0, false, "tree [:PATH]", "Lists everything below a directory.\n"},
    {"cat", verb_cat, 1, false, "cat :PATH...", "Writes what is in files to standard output.\n"},
    {"stat", verb_stat, 1, false, "stat :PATH...",
     "Says all that an inode says: type, mode, owner, size, times, extended attributes.\n"
     "A symbolic link is not followed.\n"},
    {"df", verb_df, 0, false, "df", "Says how many blocks and inodes are free.\n"},
    {"check", verb_check, 0, false, "check",
     "Compares everything that the file system says twice: bitmaps and counters with what\n"
     "inodes have, names with link counts, directories with their indexes. Names what is\n"
     "wrong, where, and what was expected. Never writes; a journal is replayed in memory.\n"
     "Exit status: 0 sound, 4 damaged, 1 could not look, 2 wrong usage.\n"},
    {"journal", verb_journal, 0, false, "journal",
     "Says how large the journal is and where it is.\n"},
    {"dump", verb_dump, 1, false, "dump INODE",
     "Says all about the inode with that number, and where its blocks lie, in bytes.\n"},
    {"cp", verb_cp, 2, true, "cp [-r] FROM... TO",
     "Copies into the image, out of it, or within it: what begins with a colon is in the\n"
     "image. Keeps modes, owners, times, holes, hard and symbolic links, special files and\n"
     "extended attributes; owners out of an image only for root. If TO is a directory, or\n"
     "there are several FROM, they go into it. Without -r symbolic links that are named are\n"
     "followed.\n"
     "  -r  directories, with everything below\n"},
    {"mkdir", verb_mkdir, 1, true, "mkdir [-p] :PATH...",
     "Makes directories.\n"
     "  -p  and those above, as far as they are missing\n"},
    {"rm", verb_rm, 1, true, "rm [-r] :PATH...",
     "Removes names.\n"
     "  -r  directories, with everything below\n"},
    {"mv", verb_mv, 2, true, "mv :FROM... :TO",
     "Renames. If TO is a directory, or there are several FROM, they go into it. An existing\n"
     "file TO is replaced.\n"},
    {"ln", verb_ln, 2, true, "ln [-s] :OLD :NEW",
     "Gives a file one more name.\n"
     "  -s  makes a symbolic link instead, in which OLD stands as it is\n"},
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static const char mkimage_usage[] = "e4 mkimage DIR IMAGE [SIZE [MKFS-OPTION...]]";
static const char mkimage_help[] =
    "Makes IMAGE, with an ext4 file system that holds what is in DIR. SIZE as 64M or 2G; without\n"
    "it there is room for DIR and a quarter more. MKFS-OPTIONs go to mkfs.ext4, of e2fsprogs.\n"
    "An IMAGE that exists is replaced.\n";

static int print_help(FILE *to)
{
    fprintf(to, "e4 IMAGE VERB ...: works on an ext4 image or block device without mounting it.\n"
                "Paths in it begin with a colon.\n\n");
    for (int i = 0; i < VERBS; i++) {
        fprintf(to, "  e4 IMAGE %s\n", verbs[i].usage);
    }
    fprintf(to,
            "  %s\n\n"
            "e4 VERB --help says more. -- ends options.\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 4 damaged.\n",
            mkimage_usage);
    return to == stdout ? 0 : USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool take_options(struct words *words, const char *known, const char *verb, bool *set)
{
    while (words->count > 0 && words->items[0][0] == '-' && words->items[0][1]) {
        const char *word = words->items[0];

        words->items++;
        words->count--;
        if (strcmp(word, "--") == 0) {
            break;
        }
        for (const char *letter = word + 1; *letter; letter++) {
            if (!strchr(known, *letter)) {
                complain("%s: unknown option -%c; known: %s%s", verb, *letter,
                         *known ? "-" : "none", known);
                return false;
            }
            set[(unsigned char)*letter & 127] = true;
        }
    }
    return true;
}

/* ---- main ---------------------------------------------------------------- */

static const struct verb *find_verb(const char *name)
{
    for (int i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int print_verb_help(const struct verb *verb)
{
    printf("e4 IMAGE %s\n\n%s", verb->usage, verb->help);
    return 0;
}

static int count_paths(int count, char **items)
{
    int options = 0;

    while (options < count && items[options][0] == '-' && items[options][1]) {
        options++;
        if (strcmp(items[options - 1], "--") == 0) {
            break;
        }
    }
    return count - options;
}

static int run_verb(const struct verb *verb, const char *path, int count, char **items)
{
    struct image image;
    struct words words = {&image, count, items};
    int result, closed;

    if (count > 0 && is_help(items[0])) {
        return print_verb_help(verb);
    }
    if (count_paths(count, items) < verb->least) {
        complain("%s: too few words; usage: e4 IMAGE %s", verb->name, verb->usage);
        return USAGE;
    }
    result = image_open(&image, path, !verb->changes);
    if (result) {
        return verb->run == verb_check ? result : 1;
    }
    result = verb->run(&words);
    closed = image_close(&image);
    if (fflush(stdout) != 0) {
        result = complain("standard output: %s", strerror(errno));
    }
    return result ? result : closed;
}

static int run_mkimage(int count, char **items)
{
    if (count > 0 && is_help(items[0])) {
        printf("%s\n\n%s", mkimage_usage, mkimage_help);
        return 0;
    }
    if (count < 2) {
        complain("mkimage: too few words; usage: %s", mkimage_usage);
        return USAGE;
    }
    return mkimage(count, items);
}

int main(int argc, char **argv)
{
    const struct verb *verb = argc > 2 ? find_verb(argv[2]) : NULL;

    if (argc == 2 && (is_help(argv[1]) || strcmp(argv[1], "help") == 0)) {
        return print_help(stdout);
    }
    if (argc > 1 && strcmp(argv[1], "mkimage") == 0) {
        return run_mkimage(argc - 2, argv + 2);
    }
    if (argc == 3 && is_help(argv[2]) && find_verb(argv[1])) {
        return print_verb_help(find_verb(argv[1]));
    }
    if (argc < 3) {
        return print_help(stderr);
    }
    if (!verb) {
        complain("'%s' is no verb; e4 --help lists them", argv[2]);
        return USAGE;
    }
    return run_verb(verb, argv[1], argc - 3, argv + 3);
}
