// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/disks.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char console_level[] = "/proc/sys/kernel/printk";

static bool read_serial(const char *name, char *serial)
{
    char path[DISK_PATH_BYTES];
    int fd;
    ssize_t bytes;

    snprintf(path, sizeof(path), "/sys/block/%.10s/serial", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bytes = read(fd, serial, SERIAL_BYTES - 1);
    close(fd);
    serial[bytes < 0 ? 0 : bytes] = 0;
    serial[strcspn(serial, "\n")] = 0;
    return true;
}

/* From now on the console has all messages of the kernel. */
static void show_messages(void)
{
    FILE *level = fopen(console_level, "w");

    if (level) {
        fprintf(level, "8\n");
        fclose(level);
    }
}

uint32_t disks_find(struct disk *disks)
{
    uint32_t count = 0;

    umask(0);
    show_messages();
    mkdir("/sys", 0755);
    if (mount("sysfs", "/sys", "sysfs", 0, NULL) != 0) {
        perror("worker: /sys");
        exit(1);
    }
    for (char letter = 'a'; letter <= 'z'; letter++) {
        struct disk *disk = &disks[count];

        snprintf(disk->name, sizeof(disk->name), "vd%c", letter);
        if (!read_serial(disk->name, disk->serial)) {
            break;
        }
        snprintf(disk->device, sizeof(disk->device), "/dev/vd%c", letter);
        snprintf(disk->folder, sizeof(disk->folder), "/tmp/%s", disk->serial);
        mkdir(disk->folder, 0755);
        count++;
    }
    return count;
}

int disk_mount(const struct disk *disk, unsigned long flags, const char *options)
{
    int result = mount(disk->device, disk->folder, "ext4", MS_NOATIME | flags, options);

    return result != 0 ? result : chdir(disk->folder);
}

int disk_unmount(const struct disk *disk)
{
    int result = chdir("/");

    return result != 0 ? result : umount(disk->folder);
}
