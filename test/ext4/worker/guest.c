// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/guest.h"
#include "test/ext4/worker/disks.h"
#include "test/ext4/worker/files.h"
#include "test/ext4/worker/manifest.h"
#include "test/ext4/worker/promises.h"
#include "test/ext4/worker/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 200 };
enum part { PROMISES, BEFORE, AFTER };

static const char port[] = "/dev/ttyS1";
static int port_fd, notes_fd = -1;
/* The disk of this process, and its index among those that are not the notes. */
static const struct disk *here;
static uint32_t here_index;

/* ---- saying -------------------------------------------------------------- */

/* In one piece, for several processes have the port. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[LINE_BYTES];
    int used = snprintf(line, sizeof(line) - 1, "%s ", here->serial);
    va_list arguments;

    va_start(arguments, format);
    used += vsnprintf(line + used, sizeof(line) - 1 - (size_t)used, format, arguments);
    va_end(arguments);
    used = used > (int)sizeof(line) - 2 ? (int)sizeof(line) - 2 : used;
    line[used++] = '\n';
    if (write(port_fd, line, (size_t)used) != used) {
        exit(1);
    }
}

static void say_line(const char *line)
{
    say("%s", line);
}

static _Noreturn void give_up(const char *what)
{
    say("broken %s: %s", what, strerror(errno));
    exit(1);
}

/* ---- notes --------------------------------------------------------------- */

static off_t place_of(enum part part)
{
    return ((off_t)here_index * NOTES_PARTS + part) * NOTES_PART_BYTES;
}

static void write_part(enum part part, const char *text, size_t bytes)
{
    off_t at = place_of(part);

    if (bytes > NOTES_PART_BYTES) {
        errno = EFBIG;
        give_up("notes");
    }
    while (bytes > 0) {
        ssize_t written = pwrite(notes_fd, text, bytes, at);

        if (written <= 0) {
            give_up("notes");
        }
        text += written;
        at += written;
        bytes -= (size_t)written;
    }
    if (fsync(notes_fd) != 0) {
        give_up("notes");
    }
}

static void write_manifest(enum part part)
{
    char *text;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    if (!manifest_write(&linux_files, to)) {
        say("broken manifest");
    }
    putc(0, to);
    fclose(to);
    write_part(part, text, bytes);
    free(text);
}

static void judge(void)
{
    static char text[NOTES_PART_BYTES];
    char *verdict;
    size_t bytes;
    FILE *from, *to;
    int count;

    if (pread(notes_fd, text, sizeof(text), place_of(PROMISES)) <= 0) {
        give_up("notes");
    }
    from = fmemopen(text, strnlen(text, sizeof(text)) + 1, "r");
    to = open_memstream(&verdict, &bytes);
    if (!from || !to) {
        give_up("notes");
    }
    count = promises_judge(&linux_files, false, from, to);
    fclose(from);
    fclose(to);
    for (char *line = strtok(verdict, "\n"); line; line = strtok(NULL, "\n")) {
        say("%s", line);
    }
    if (count >= 0) {
        say("judged %d", count);
    }
    free(verdict);
}

/* ---- one disk ------------------------------------------------------------ */

static void mount_here(unsigned long flags)
{
    if (disk_mount(here, flags, NULL) != 0) {
        give_up("mount");
    }
}

static void unmount_here(void)
{
    if (disk_unmount(here) != 0) {
        give_up("unmount");
    }
}

static void work(uint32_t seed, uint32_t steps)
{
    struct work doing;

    work_start(&doing, &linux_files, seed, NULL);
    work_crowd(&doing, 3 * steps);
    while (doing.step < steps) {
        work_step(&doing);
    }
    linux_files.let_go(NULL);
}

static _Noreturn void run_disk(const char *verb, uint32_t seed, uint32_t rounds)
{
    mount_here(0);
    judge();
    write_manifest(BEFORE);
    say("begins");
    if (strcmp(verb, "promise") == 0) {
        promises_make(&linux_files, seed, rounds, say_line);
    } else {
        work(seed, rounds);
    }
    unmount_here();
    mount_here(MS_RDONLY);
    write_manifest(AFTER);
    unmount_here();
    say("ended");
    exit(0);
}

/* ---- all of them --------------------------------------------------------- */

/* The notes are no disk to work on. */
static void open_notes(struct disk *disks, uint32_t *count)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (strcmp(disks[i].serial, "notes") == 0) {
            notes_fd = open(disks[i].device, O_RDWR | O_CLOEXEC);
            memmove(&disks[i], &disks[i + 1], (--*count - i) * sizeof(*disks));
            return;
        }
    }
}

int guest_run(const char *verb, uint32_t seed, uint32_t rounds)
{
    static struct disk disks[DISKS_MOST];
    uint32_t count = disks_find(disks);
    int status, bad = 0;

    open_notes(disks, &count);
    port_fd = open(port, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (count == 0 || notes_fd < 0 || port_fd < 0) {
        fprintf(stderr, "worker: %u disks, notes %d, port %d\n", count, notes_fd, port_fd);
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        here = &disks[i];
        here_index = i;
        if (fork() == 0) {
            run_disk(verb, seed + i, rounds);
        }
    }
    while (wait(&status) > 0) {
        bad += status != 0;
    }
    printf("done\n");
    return bad ? 1 : 0;
}
