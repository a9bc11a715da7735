// SPDX-License-Identifier: BSD-2-Clause
/* What e4 can do. Each verb gets the words after it and gives an exit status. */
#pragma once

#include "image.h"

struct words {
    struct image *image;
    int count;
    char **items;
};

/* Takes the letters of leading words with `-` into a set, up to `--`; false, with a complaint, for
 * one that is not in `known`. */
bool take_options(struct words *words, const char *known, const char *verb, bool *set);

/* show.c */
int verb_ls(struct words *words);
int verb_tree(struct words *words);
int verb_cat(struct words *words);
int verb_stat(struct words *words);
int verb_df(struct words *words);
int verb_check(struct words *words);
int verb_dump(struct words *words);
int verb_journal(struct words *words);

/* change.c */
int verb_mkdir(struct words *words);
int verb_rm(struct words *words);
int verb_mv(struct words *words);
int verb_ln(struct words *words);

/* copy.c */
int verb_cp(struct words *words);
/* Everything in a folder of this machine becomes the root of the image. */
int copy_tree_in(struct image *image, const char *from);

/* mkimage.c: DIR IMAGE [SIZE [MKFS-OPTION...]]; gives an exit status. */
int mkimage(int count, char **items);
