// SPDX-License-Identifier: BSD-2-Clause
/* The system builder. Called `microkit`, it is that command; otherwise the first word chooses. */
#include "command.h"
#include <string.h>

static const char usage[] = "usage: sysgen check|build|files|graph ...\n"
                            "  check  hold a system file against the rules\n"
                            "  build  make an image; the same as the command microkit\n"
                            "  files  list the files that a system names\n"
                            "  graph  draw a system\n"
                            "sysgen COMMAND --help says more\n";

int main(int count, char **words)
{
    static const struct {
        const char *name;
        int (*run)(int count, char **words);
    } commands[] = {
        {"check", command_check},
        {"build", command_microkit},
        {"files", command_files},
        {"graph", command_graph},
    };

    if (count > 0 && strcmp(text_basename(words[0]), "microkit") == 0) {
        return command_microkit(count, words);
    }
    for (size_t i = 0; count > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(words[1], commands[i].name) == 0) {
            return commands[i].run(count - 1, words + 1);
        }
    }
    fputs(usage, count > 1 && strcmp(words[1], "--help") == 0 ? stdout : stderr);
    return count > 1 && strcmp(words[1], "--help") == 0 ? 0 : 1;
}
