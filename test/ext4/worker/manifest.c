// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_BYTES = 1024, PIECE_BYTES = 64 * CHUNK_BYTES };

struct manifest {
    const struct files *files;
    FILE *to;
    bool good;
};

struct names {
    char **items;
    size_t count, room;
};

/* ---- small things -------------------------------------------------------- */

/* Sums are Fowler, Noll and Vo's, 64 bits, of eight bytes at a time. */
static const uint64_t sum_start = 0xcbf29ce484222325u;

static uint64_t sum_word(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x100000001b3u;
    return sum ^ sum >> 29;
}

static uint64_t sum_bytes(uint64_t sum, const uint8_t *data, size_t bytes)
{
    uint64_t word;

    for (; bytes >= sizeof(word); data += sizeof(word), bytes -= sizeof(word)) {
        memcpy(&word, data, sizeof(word));
        sum = sum_word(sum, word);
    }
    for (; bytes > 0; data++, bytes--) {
        sum = sum_word(sum, *data);
    }
    return sum;
}

static void print_text(FILE *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c > ' ' && c < 127 && c != '%' && c != '=') {
            putc(c, to);
        } else {
            fprintf(to, "%%%02x", c);
        }
    }
}

static void complain(struct manifest *manifest, const char *path, const char *what, int number)
{
    fprintf(manifest->to, "! %s: %s: %s\n", path, what, strerror(number));
    manifest->good = false;
}

static void take(void *context, const char *name)
{
    struct names *names = context;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return;
    }
    if (names->count == names->room) {
        names->room = names->room ? names->room * 2 : 64;
        names->items = realloc(names->items, names->room * sizeof(*names->items));
    }
    if (!names->items || !(names->items[names->count++] = strdup(name))) {
        fprintf(stderr, "worker: out of memory\n");
        exit(1);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct names *names)
{
    if (names->count) {
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    }
}

static void forget(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i]);
    }
    free(names->items);
}

/* ---- one file ------------------------------------------------------------ */

static void print_moment(FILE *to, const char *key, struct moment moment)
{
    fprintf(to, " %s=%" PRId64 ".%09" PRIu32, key, moment.seconds, moment.nanoseconds);
}

static void print_facts(FILE *to, const struct facts *facts)
{
    fprintf(to,
            " inode=%" PRIu64 " mode=%o links=%u uid=%u gid=%u size=%" PRIu64 " sectors=%" PRIu64,
            facts->inode, facts->mode, facts->links, facts->uid, facts->gid, facts->size,
            facts->sectors);
    if (S_ISCHR(facts->mode) || S_ISBLK(facts->mode)) {
        fprintf(to, " device=%u:%u", facts->major, facts->minor);
    }
    print_moment(to, "accessed", facts->accessed);
    print_moment(to, "modified", facts->modified);
    print_moment(to, "changed", facts->changed);
    print_moment(to, "created", facts->created);
}

static bool is_zero(const uint8_t *data, size_t bytes)
{
    return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

/* Adds what is not zero of a run of data, so that holes and zeros sum up to the same. A run begins
 * and ends with a block, or where the file does. */
static int sum_run(struct manifest *manifest, const char *path, uint64_t at, uint64_t end,
                   uint64_t *sum)
{
    static uint8_t piece[PIECE_BYTES];

    while (at < end) {
        size_t wanted = end - at < sizeof(piece) ? (size_t)(end - at) : sizeof(piece), done;
        int number =
            manifest->files->read(manifest->files->context, path, at, piece, wanted, &done);

        if (number != 0 || done == 0) {
            return number ? number : EIO;
        }
        for (size_t i = 0; i < done; i += CHUNK_BYTES) {
            size_t bytes = done - i < CHUNK_BYTES ? done - i : CHUNK_BYTES;

            if (!is_zero(piece + i, bytes)) {
                *sum = sum_bytes(sum_word(*sum, at + i), piece + i, bytes);
            }
        }
        at += done;
    }
    return 0;
}

/* Goes through the runs of data: prints where they are or, with `sum`, sums up what they have. */
static int go_through(struct manifest *manifest, const char *path, uint64_t *sum)
{
    const struct files *files = manifest->files;
    uint64_t at = 0, data, hole;
    int number;

    while ((number = files->seek(files->context, path, false, at, &data)) == 0) {
        number = files->seek(files->context, path, true, data, &hole);
        if (number == 0 && sum) {
            number = sum_run(manifest, path, data, hole, sum);
        } else if (number == 0) {
            fprintf(manifest->to, "%" PRIu64 "-%" PRIu64 ",", data, hole);
        }
        if (number != 0) {
            return number;
        }
        at = hole;
    }
    return number == ENXIO ? 0 : number;
}

/* Runs first, before anything is read. */
static void print_content(struct manifest *manifest, const char *path)
{
    uint64_t sum = sum_start;
    int number;

    fprintf(manifest->to, " runs=");
    number = go_through(manifest, path, NULL);
    number = number ? number : go_through(manifest, path, &sum);
    fprintf(manifest->to, " data=%016" PRIx64, sum);
    if (number != 0) {
        complain(manifest, path, "contents", number);
    }
}

static void print_target(struct manifest *manifest, const char *path)
{
    char target[PATH_BYTES];
    size_t length;
    int number =
        manifest->files->read_link(manifest->files->context, path, target, sizeof(target), &length);

    if (number != 0) {
        complain(manifest, path, "target", number);
        return;
    }
    fprintf(manifest->to, " target=");
    print_text(manifest->to, target, length);
}

static void print_attributes(struct manifest *manifest, const char *path)
{
    static uint8_t value[ATTRIBUTE_BYTES];
    const struct files *files = manifest->files;
    struct names names = {0};
    int number = files->list_attributes(files->context, path, take, &names);

    sort(&names);
    for (size_t i = 0; i < names.count && number == 0; i++) {
        size_t length;

        number =
            files->attribute(files->context, path, names.items[i], value, sizeof(value), &length);
        fprintf(manifest->to, " attribute:");
        print_text(manifest->to, names.items[i], strlen(names.items[i]));
        fprintf(manifest->to, "=%zu:%016" PRIx64, length, sum_bytes(sum_start, value, length));
    }
    if (number != 0) {
        complain(manifest, path, "attributes", number);
    }
    forget(&names);
}

/* ---- all of them --------------------------------------------------------- */

static void write_below(struct manifest *manifest, const char *path);

static void write_one(struct manifest *manifest, const char *path)
{
    struct facts facts;
    int number = manifest->files->facts(manifest->files->context, path, &facts);

    if (number != 0) {
        complain(manifest, path, "facts", number);
        return;
    }
    print_text(manifest->to, path, strlen(path));
    print_facts(manifest->to, &facts);
    if (S_ISREG(facts.mode)) {
        print_content(manifest, path);
    } else if (S_ISLNK(facts.mode)) {
        print_target(manifest, path);
    }
    print_attributes(manifest, path);
    putc('\n', manifest->to);
    if (S_ISDIR(facts.mode)) {
        write_below(manifest, path);
    }
}

static void write_below(struct manifest *manifest, const char *path)
{
    struct names names = {0};
    char below[PATH_BYTES];
    int number = manifest->files->list(manifest->files->context, path, take, &names);

    if (number != 0) {
        complain(manifest, path, "entries", number);
    }
    sort(&names);
    for (size_t i = 0; i < names.count; i++) {
        if (snprintf(below, sizeof(below), "%s/%s", path, names.items[i]) >= (int)sizeof(below)) {
            complain(manifest, path, "depth", ENAMETOOLONG);
            break;
        }
        write_one(manifest, below);
    }
    forget(&names);
}

bool manifest_write(const struct files *files, FILE *to)
{
    struct manifest manifest = {files, to, true};

    write_one(&manifest, ".");
    return manifest.good;
}
