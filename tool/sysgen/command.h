// SPDX-License-Identifier: BSD-2-Clause
/* The commands of the program. Each takes its arguments (the command's own name first) and gives an
 * exit status: 0 done, 1 refused or wrong usage, as the microkit command has it. */
#pragma once
#include "job.h"
#include <stdio.h>

int command_check(int count, char **words);
int command_files(int count, char **words);
int command_graph(int count, char **words);
int command_microkit(int count, char **words);

/* Goes through the words of a command line. */
struct words {
    const char *program; /* for messages */
    char **words;
    int count, at;
    bool wrong; /* a message was printed */
};

/* The next word, or null. */
const char *words_next(struct words *words);
/* The value of `option`: the next word. Complains if there is none. */
const char *words_value(struct words *words, const char *option);
/* All words up to the next one that starts with a dash. */
void words_values(struct words *words, struct job *job, struct list *values);
/* "PROGRAM: error: ..." on standard error. */
void words_complain(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
