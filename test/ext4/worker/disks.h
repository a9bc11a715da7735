// SPDX-License-Identifier: BSD-2-Clause
/* The disks of the Linux machine that this program runs in, each with the serial number it got. */
#pragma once

#include <stdint.h>

enum { DISKS_MOST = 26, SERIAL_BYTES = 21, DISK_PATH_BYTES = 64 };

struct disk {
    char name[DISK_PATH_BYTES]; /* as in /sys/block */
    char device[DISK_PATH_BYTES], folder[DISK_PATH_BYTES], serial[SERIAL_BYTES];
};

/* Makes this process ready to mount them. Gives how many there are; ends the program if it cannot
 * look. */
uint32_t disks_find(struct disk *disks);

/* This process is in the file system then; -1 and errno if it cannot be. `flags` and `options` as
 * for mount(). */
int disk_mount(const struct disk *disk, unsigned long flags, const char *options);
int disk_unmount(const struct disk *disk);
