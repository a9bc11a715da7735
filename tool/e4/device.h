// SPDX-License-Identifier: BSD-2-Clause
/* A file or block device of this machine as a disk for the library. */
#pragma once

#include <ext4/device.h>

#include <sys/types.h>

struct device {
    const char *path;
    int file;
    uint64_t size;
    /* For who only reads: what the library writes, as when it replays a journal, stays in memory,
     * in units whose bits are set. The file is never changed. */
    bool read_only;
    int overlay;
    uint8_t *written;
    dev_t on; /* with `inode`: which file it is */
    ino_t inode;
};

/* False, with a complaint, if it cannot be opened. Others of us must not change it meanwhile. */
bool device_open(struct device *device, const char *path, bool read_only);
void device_close(struct device *device);

/* For struct ext4_device. */
void device_submit(void *device, struct ext4_io *io);
