// SPDX-License-Identifier: BSD-2-Clause
/*
 * sysgen files: what has to be there before a system can be built. Only the document is read, not
 * the description: the files may still have to be made.
 */
#include "command.h"
#include "file.h"
#include "xml.h"
#include <string.h>

static const char usage[] =
    "usage: sysgen files SYSTEM\n"
    "Prints a line for each file that the system names: kind, file and owner, separated by tabs.\n"
    "Kinds: program and symbols (owner: the component), prefill (owner: the memory region).\n";

enum { FILE_MAX_BYTES = 16 << 20 };

/* Which attribute of which element names a file; the owner is the element's or its parent's name.
 */
static const struct {
    const char *element, *attribute, *kind;
    bool owner_is_parent;
} places[] = {
    {"program_image", "path", "program", true},
    {"program_image", "path_for_symbols", "symbols", true},
    {"memory_region", "prefill_path", "prefill", false},
};

struct files {
    struct job job;
    const char *path;
};

static void print_field(const char *text, char end)
{
    for (; *text; text++) {
        putchar(*text == '\t' || *text == '\n' ? ' ' : *text);
    }
    putchar(end);
}

static void print_files_of(const struct element *element)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct attribute *file = xml_attribute(element, places[i].attribute);
        const struct element *owner = places[i].owner_is_parent ? element->parent : element;
        const struct attribute *name = owner ? xml_attribute(owner, "name") : NULL;

        if (file && strcmp(element->name, places[i].element) == 0) {
            print_field(places[i].kind, '\t');
            print_field(file->value, '\t');
            print_field(name ? name->value : "", '\n');
        }
    }
}

/* In the order of the document. */
static void print_tree(const struct element *root)
{
    const struct element *element = root;

    while (element) {
        print_files_of(element);
        if (element->first_child) {
            element = element->first_child;
            continue;
        }
        while (element != root && !element->next) {
            element = element->parent;
        }
        element = element == root ? NULL : element->next;
    }
}

static void print_files(void *argument)
{
    struct files *files = argument;
    const struct place at = {.file = files->path};
    const char *why = NULL;
    const struct file *file = file_read(&files->job, files->path, FILE_MAX_BYTES, &why);

    if (!file) {
        refuse(&files->job, RULE_FILE_UNREADABLE, &at, NULL, "cannot be read: %s", why);
    }
    print_tree(xml_parse(&files->job, files->path, file->bytes, file->length));
}

static int run(struct files *files, int count, char **words)
{
    if (count == 2 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    if (count != 2 || words[1][0] == '-') {
        fputs(usage, stderr);
        return 1;
    }
    files->path = words[1];
    if (!job_run(&files->job, print_files, files)) {
        fputs(files->job.message, stderr);
        return 1;
    }
    return 0;
}

int command_files(int count, char **words)
{
    struct files files = {0};
    int status;

    job_init(&files.job);
    status = run(&files, count, words);
    job_fini(&files.job);
    return status;
}
