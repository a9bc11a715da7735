// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include "rig.h"

#include <stdlib.h>
#include <string.h>
#include <tiny/printf.h>
#include <unistd.h>

unsigned rig_failures;

/* ---- services ------------------------------------------------------------ */

static void *rig_alloc(void *context, size_t bytes)
{
    struct rig *rig = context;

    rig->allocs++;
    if (rig->fail_alloc && --rig->fail_alloc == 0) {
        return NULL;
    }
    rig->allocated_bytes += bytes;
    if (rig->allocated_bytes > rig->allocated_most) {
        rig->allocated_most = rig->allocated_bytes;
    }
    return malloc(bytes ? bytes : 1);
}

static void rig_release(void *context, void *memory, size_t bytes)
{
    struct rig *rig = context;

    rig->allocated_bytes -= bytes;
    free(memory);
}

static struct ext4_time rig_now(void *context)
{
    struct rig *rig = context;

    return (struct ext4_time){rig->now_s++, 123456789};
}

/* Tests run each request in a thread of its own, or all in one. */
static const void *rig_self(void *context)
{
    static _Thread_local char self;

    (void)context;
    return &self;
}

static void rig_log(void *context, const char *text)
{
    struct rig *rig = context;

    size_t used = strlen(rig->log);

    snprintf(rig->log + used, sizeof(rig->log) - used, "%s\n", text);
    if (!rig->quiet) {
        fprintf(stderr, "  ext4: %s\n", text);
    }
}

static void rig_print(void *context, char c)
{
    (void)context;
    putc(c, stderr);
}

/* ---- the disk ------------------------------------------------------------ */

static bool must_fail(struct rig *rig, const struct ext4_io *io)
{
    if (io->kind == EXT4_IO_READ) {
        return rig->fail_read && --rig->fail_read == 0;
    }
    return rig->fail_write && --rig->fail_write == 0;
}

static void count(struct rig *rig, const struct ext4_io *io)
{
    rig->reads += io->kind == EXT4_IO_READ;
    rig->writes += io->kind == EXT4_IO_WRITE;
    rig->flushes += io->kind == EXT4_IO_FLUSH;
    rig->forced += io->fua;
    if (io->kind == EXT4_IO_READ) {
        rig->blocks_read += io->segment_count;
    } else {
        rig->blocks_written += io->segment_count;
    }
}

static void carry_out(struct rig *rig, struct ext4_io *io)
{
    uint64_t at = io->offset_bytes;

    count(rig, io);
    if (rig->watch && io->kind != EXT4_IO_READ) {
        rig->watch(rig->watch_context, io);
    }
    io->status = must_fail(rig, io) ? EXT4_IO : EXT4_OK;
    for (uint32_t i = 0; i < io->segment_count && io->status == EXT4_OK; i++) {
        struct ext4_segment *segment = &io->segments[i];

        if (at + segment->bytes > rig->size_bytes) {
            fprintf(stderr, "I/O beyond the end of the disk\n");
            abort();
        }
        if (io->kind == EXT4_IO_READ) {
            memcpy(segment->data, rig->bytes + at, segment->bytes);
        } else {
            memcpy(rig->bytes + at, segment->data, segment->bytes);
        }
        at += segment->bytes;
    }
    io->done = true;
}

/* Of the data of a write. */
static uint64_t sum_of(const struct ext4_io *io)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; io->kind == EXT4_IO_WRITE && i < io->segment_count; i++) {
        const uint8_t *data = io->segments[i].data;

        for (uint32_t at = 0; at < io->segments[i].bytes; at++) {
            sum = (sum ^ data[at]) * 0x100000001b3u;
        }
    }
    return sum;
}

static void rig_submit(void *context, struct ext4_io *io)
{
    struct rig *rig = context;

    io->done = false;
    if (!rig->deferred) {
        carry_out(rig, io);
    } else {
        rig->waiting_sums[rig->waiting_count] = sum_of(io);
        rig->waiting[rig->waiting_count++] = io;
    }
}

static void rig_wait(void *context, const void *what)
{
    struct rig *rig = context;
    unsigned chosen;

    (void)what;
    if (rig->waiting_count == 0) {
        fprintf(stderr, "waits for nothing: a deadlock\n");
        abort();
    }
    rig->random = rig->random * 1664525 + 1013904223;
    chosen = (rig->random >> 16) % rig->waiting_count;
    if (sum_of(rig->waiting[chosen]) != rig->waiting_sums[chosen]) {
        fprintf(stderr, "data changed while it was written\n");
        abort();
    }
    carry_out(rig, rig->waiting[chosen]);
    rig->waiting[chosen] = rig->waiting[--rig->waiting_count];
    rig->waiting_sums[chosen] = rig->waiting_sums[rig->waiting_count];
}

/* ---- making -------------------------------------------------------------- */

void rig_blank(struct rig *rig, size_t size_bytes)
{
    rig_attach(rig, calloc(1, size_bytes), size_bytes);
}

void rig_attach(struct rig *rig, uint8_t *bytes, size_t size_bytes)
{
    memset(rig, 0, sizeof(*rig));
    tiny_set_output(rig_print, NULL);
    rig->bytes = bytes;
    rig->size_bytes = size_bytes;
    rig->quiet = true;
    rig->now_s = 1700000000;
    rig->config = (struct ext4_config){
        .device = {.context = rig, .size_bytes = size_bytes, .submit = rig_submit},
        .host = {.context = rig,
                 .alloc = rig_alloc,
                 .free = rig_release,
                 .now = rig_now,
                 .wait = rig_wait,
                 .log = rig_log,
                 .self = rig_self},
        .cache_bytes = 1024 * 1024,
        .inode_count = 64,
    };
}

void rig_copy(struct rig *rig, const struct rig *from)
{
    rig_blank(rig, from->size_bytes);
    memcpy(rig->bytes, from->bytes, from->size_bytes);
}

static char *temporary(void)
{
    const char *folder = getenv("TMPDIR");
    char *path;
    int fd;

    if (asprintf(&path, "%s/ext4.XXXXXX", folder ? folder : "/tmp") < 0) {
        abort();
    }
    fd = mkstemp(path);
    if (fd < 0) {
        perror(path);
        exit(2);
    }
    close(fd);
    return path;
}

/* Runs a shell command; gives its output and status. */
static int run(const char *command, char **output)
{
    FILE *pipe = popen(command, "r");
    size_t room = 65536, length = 0, got;
    char *text = malloc(room + 1);

    if (!pipe || !text) {
        abort();
    }
    while ((got = fread(text + length, 1, room - length, pipe)) > 0) {
        length += got;
        if (length == room) {
            room *= 2;
            text = realloc(text, room + 1);
            if (!text) {
                abort();
            }
        }
    }
    text[length] = 0;
    if (output) {
        *output = text;
    } else {
        free(text);
    }
    return pclose(pipe);
}

__attribute__((format(printf, 2, 3))) static int run_format(char **output, const char *format, ...)
{
    char command[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    return run(command, output);
}

#define TOOLS "PATH=/usr/sbin:/sbin:$PATH MKE2FS_DEVICE_SECTSIZE=512 "

void rig_make(struct rig *rig, unsigned mib, const char *options)
{
    char *path = temporary(), *output;

    if (run_format(&output, TOOLS "mkfs.ext4 -q -F %s %s %uM 2>&1", options, path, mib) != 0) {
        fprintf(stderr, "mkfs.ext4 %s: %s\n", options, output);
        exit(2);
    }
    free(output);
    rig_blank(rig, (size_t)mib << 20);
    rig_load(rig, path);
    unlink(path);
    free(path);
}

void rig_free(struct rig *rig)
{
    CHECK(rig->allocated_bytes == 0);
    free(rig->bytes);
    rig->bytes = NULL;
}

enum ext4_status rig_mount(struct rig *rig)
{
    rig->log[0] = 0;
    return ext4_mount(&rig->config, &rig->fs);
}

enum ext4_status rig_unmount(struct rig *rig)
{
    enum ext4_status status = ext4_unmount(rig->fs);

    rig->fs = NULL;
    return status;
}

void rig_crash(struct rig *rig)
{
    ext4_abandon(rig->fs);
    rig->fs = NULL;
}

/* ---- judging ------------------------------------------------------------- */

char *rig_save(const struct rig *rig)
{
    char *path = temporary();
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(rig->bytes, 1, rig->size_bytes, file) != rig->size_bytes) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return path;
}

void rig_load(struct rig *rig, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file || fread(rig->bytes, 1, rig->size_bytes, file) != rig->size_bytes) {
        perror(path);
        exit(2);
    }
    fclose(file);
}

bool rig_is_sound(const struct rig *rig)
{
    char *path = rig_save(rig), *output;
    int status = run_format(&output, TOOLS "e2fsck -fn %s 2>&1", path);

    if (status != 0) {
        fprintf(stderr, "%s", output);
    }
    free(output);
    unlink(path);
    free(path);
    return status == 0;
}

void rig_repair(struct rig *rig)
{
    char *path = rig_save(rig), *output;

    run_format(&output, TOOLS "e2fsck -fy %s 2>&1", path);
    free(output);
    rig_load(rig, path);
    unlink(path);
    free(path);
}

char *rig_debugfs(struct rig *rig, const char *commands)
{
    char *path = rig_save(rig), *output;

    run_format(&output, TOOLS "debugfs -w %s 2>&1 <<'END'\n%s\nEND\n", path, commands);
    rig_load(rig, path);
    unlink(path);
    free(path);
    return output;
}

size_t rig_debugfs_cat(const struct rig *rig, const char *path, uint8_t *to, size_t size)
{
    char *image = rig_save(rig), *out = temporary(), *output;
    size_t got = 0;
    FILE *file;

    run_format(&output, TOOLS "debugfs -R 'dump \"%s\" %s' %s 2>&1", path, out, image);
    free(output);
    file = fopen(out, "rb");
    if (file) {
        got = fread(to, 1, size, file);
        fclose(file);
    }
    unlink(out);
    unlink(image);
    free(out);
    free(image);
    return got;
}

/* ---- paths --------------------------------------------------------------- */

static enum ext4_status walk(struct rig *rig, const char *path, size_t length,
                             struct ext4_inode **inode)
{
    struct ext4_inode *at, *next;
    enum ext4_status status = ext4_inode_get(rig->fs, EXT4_ROOT, &at);

    for (size_t i = 0; status == EXT4_OK && i < length;) {
        size_t end = i;

        while (end < length && path[end] != '/') {
            end++;
        }
        if (end > i) {
            status = ext4_lookup(at, path + i, end - i, &next);
            ext4_inode_put(at);
            at = next;
        }
        i = end + 1;
    }
    *inode = at;
    return status;
}

enum ext4_status rig_walk(struct rig *rig, const char *path, struct ext4_inode **inode)
{
    return walk(rig, path, strlen(path), inode);
}

enum ext4_status rig_parent(struct rig *rig, const char *path, struct ext4_inode **dir,
                            const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash ? slash + 1 : path;
    return walk(rig, path, slash ? (size_t)(slash - path) : 0, dir);
}

static enum ext4_status make(struct rig *rig, const char *path, uint32_t mode)
{
    struct ext4_inode *dir, *inode;
    const char *name;
    enum ext4_status status = rig_parent(rig, path, &dir, &name);

    if (status != EXT4_OK) {
        return status;
    }
    status =
        ext4_create(dir, name, strlen(name), mode, (struct ext4_owner){1000, 1000}, 0, 0, &inode);
    if (status == EXT4_OK) {
        ext4_inode_put(inode);
    }
    ext4_inode_put(dir);
    return status;
}

enum ext4_status rig_mkdir(struct rig *rig, const char *path)
{
    return make(rig, path, EXT4_MODE_DIRECTORY | 0755);
}

enum ext4_status rig_create(struct rig *rig, const char *path)
{
    return make(rig, path, EXT4_MODE_FILE | 0644);
}

enum ext4_status rig_write(struct rig *rig, const char *path, uint64_t offset, const void *data,
                           size_t bytes)
{
    struct ext4_inode *inode;
    enum ext4_status status = rig_walk(rig, path, &inode);
    size_t done;

    if (status == EXT4_OK) {
        status = ext4_write(inode, offset, data, bytes, &done);
        ext4_inode_put(inode);
    }
    return status;
}

enum ext4_status rig_read(struct rig *rig, const char *path, uint64_t offset, void *data,
                          size_t bytes, size_t *done)
{
    struct ext4_inode *inode;
    enum ext4_status status = rig_walk(rig, path, &inode);

    *done = 0;
    if (status == EXT4_OK) {
        status = ext4_read(inode, offset, data, bytes, done);
        ext4_inode_put(inode);
    }
    return status;
}

static enum ext4_status remove_name(struct rig *rig, const char *path,
                                    enum ext4_status (*how)(struct ext4_inode *dir,
                                                            const char *name, size_t length))
{
    struct ext4_inode *dir;
    const char *name;
    enum ext4_status status = rig_parent(rig, path, &dir, &name);

    if (status == EXT4_OK) {
        status = how(dir, name, strlen(name));
        ext4_inode_put(dir);
    }
    return status;
}

enum ext4_status rig_unlink(struct rig *rig, const char *path)
{
    return remove_name(rig, path, ext4_unlink);
}

enum ext4_status rig_rmdir(struct rig *rig, const char *path)
{
    return remove_name(rig, path, ext4_rmdir);
}

enum ext4_status rig_rename(struct rig *rig, const char *from, const char *to,
                            enum ext4_rename_mode mode)
{
    struct ext4_inode *from_dir, *to_dir;
    const char *from_name, *to_name;
    enum ext4_status status = rig_parent(rig, from, &from_dir, &from_name);

    if (status != EXT4_OK) {
        return status;
    }
    status = rig_parent(rig, to, &to_dir, &to_name);
    if (status == EXT4_OK) {
        status = ext4_rename(from_dir, from_name, strlen(from_name), to_dir, to_name,
                             strlen(to_name), mode);
        ext4_inode_put(to_dir);
    }
    ext4_inode_put(from_dir);
    return status;
}

enum ext4_status rig_truncate(struct rig *rig, const char *path, uint64_t size)
{
    struct ext4_inode *inode;
    enum ext4_status status = rig_walk(rig, path, &inode);

    if (status == EXT4_OK) {
        status = ext4_truncate(inode, size);
        ext4_inode_put(inode);
    }
    return status;
}

enum ext4_status rig_symlink(struct rig *rig, const char *path, const char *target)
{
    struct ext4_inode *dir, *inode;
    const char *name;
    enum ext4_status status = rig_parent(rig, path, &dir, &name);

    if (status != EXT4_OK) {
        return status;
    }
    status = ext4_symlink(dir, name, strlen(name), target, strlen(target),
                          (struct ext4_owner){0, 0}, &inode);
    if (status == EXT4_OK) {
        ext4_inode_put(inode);
    }
    ext4_inode_put(dir);
    return status;
}

enum ext4_status rig_link(struct rig *rig, const char *path, const char *old)
{
    struct ext4_inode *dir, *inode;
    const char *name;
    enum ext4_status status = rig_walk(rig, old, &inode);

    if (status != EXT4_OK) {
        return status;
    }
    status = rig_parent(rig, path, &dir, &name);
    if (status == EXT4_OK) {
        status = ext4_link(dir, name, strlen(name), inode);
        ext4_inode_put(dir);
    }
    ext4_inode_put(inode);
    return status;
}
