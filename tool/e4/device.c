// SPDX-License-Identifier: BSD-2-Clause
#include "device.h"

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The library never writes less. */
enum { UNIT_BYTES = 1024 };

/* ---- opening ------------------------------------------------------------- */

/* A device that is mounted, or used by another, cannot be opened exclusively. */
static int open_file(const char *path, const struct stat *stat, bool read_only)
{
    if (read_only) {
        return open(path, O_RDONLY | O_CLOEXEC);
    }
    return open(path, O_RDWR | O_CLOEXEC | (S_ISBLK(stat->st_mode) ? O_EXCL : 0));
}

static bool find_size(struct device *device, const struct stat *stat)
{
    off_t end;

    if (S_ISBLK(stat->st_mode)) {
        return ioctl(device->file, BLKGETSIZE64, &device->size) == 0;
    }
    end = lseek(device->file, 0, SEEK_END);
    device->size = (uint64_t)end;
    return end >= 0;
}

bool device_open(struct device *device, const char *path, bool read_only)
{
    struct stat found;

    *device = (struct device){.path = path, .read_only = read_only, .overlay = -1};
    if (stat(path, &found) != 0) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(found.st_mode) && !S_ISBLK(found.st_mode)) {
        complain("%s: is neither a file nor a block device", path);
        return false;
    }
    device->on = found.st_dev;
    device->inode = found.st_ino;
    device->file = open_file(path, &found, read_only);
    if (device->file < 0 || !find_size(device, &found)) {
        complain("%s: %s%s", path, strerror(errno), errno == EBUSY ? "; is it mounted?" : "");
        return false;
    }
    if (flock(device->file, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        complain("%s: another e4 works on it", path);
        return false;
    }
    return true;
}

void device_close(struct device *device)
{
    if (device->overlay >= 0) {
        munmap(device->written, (size_t)(device->size / UNIT_BYTES / 8 + 1));
        close(device->overlay);
    }
    close(device->file);
}

/* ---- reading and writing ------------------------------------------------- */

static bool transfer(int file, bool reading, uint8_t *data, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t part = reading ? pread(file, data + done, bytes - done, (off_t)(offset + done))
                               : pwrite(file, data + done, bytes - done, (off_t)(offset + done));

        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part <= 0) {
            return false;
        }
        done += (size_t)part;
    }
    return true;
}

/* As large as the device, but only what is written takes memory. */
static bool make_overlay(struct device *device)
{
    size_t bytes = (size_t)(device->size / UNIT_BYTES / 8 + 1);

    device->written = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (device->written == MAP_FAILED) {
        return false;
    }
    device->overlay = memfd_create("e4", MFD_CLOEXEC);
    return device->overlay >= 0 && ftruncate(device->overlay, (off_t)device->size) == 0;
}

static bool is_written(const struct device *device, uint64_t unit)
{
    return device->overlay >= 0 && device->written[unit / 8] >> (unit % 8) & 1;
}

static bool read_through(struct device *device, uint8_t *data, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        bool written = is_written(device, (offset + done) / UNIT_BYTES);
        size_t part = 0;

        while (done + part < bytes &&
               is_written(device, (offset + done + part) / UNIT_BYTES) == written) {
            part += UNIT_BYTES;
        }
        part = part < bytes - done ? part : bytes - done;
        if (!transfer(written ? device->overlay : device->file, true, data + done, part,
                      offset + done)) {
            return false;
        }
        done += part;
    }
    return true;
}

static bool write_aside(struct device *device, uint8_t *data, size_t bytes, uint64_t offset)
{
    if (device->overlay < 0 && !make_overlay(device)) {
        return false;
    }
    for (uint64_t unit = offset / UNIT_BYTES; unit * UNIT_BYTES < offset + bytes; unit++) {
        device->written[unit / 8] |= (uint8_t)(1u << (unit % 8));
    }
    return transfer(device->overlay, false, data, bytes, offset);
}

static bool move(struct device *device, const struct ext4_io *io,
                 const struct ext4_segment *segment, uint64_t offset)
{
    bool reading = io->kind == EXT4_IO_READ;

    if (!device->read_only) {
        return transfer(device->file, reading, segment->data, segment->bytes, offset);
    }
    return reading ? read_through(device, segment->data, segment->bytes, offset)
                   : write_aside(device, segment->data, segment->bytes, offset);
}

void device_submit(void *context, struct ext4_io *io)
{
    struct device *device = context;
    uint64_t offset = io->offset_bytes;
    bool good = true;

    for (uint32_t i = 0; i < io->segment_count && good; i++) {
        good = move(device, io, &io->segments[i], offset);
        offset += io->segments[i].bytes;
    }
    if (!good) {
        complain("%s: at byte %llu: %s", device->path, (unsigned long long)io->offset_bytes,
                 strerror(errno));
    }
    if (good && !device->read_only && (io->kind == EXT4_IO_FLUSH || io->fua)) {
        good = fdatasync(device->file) == 0;
    }
    io->status = good ? EXT4_OK : EXT4_IO;
    io->done = true;
}
