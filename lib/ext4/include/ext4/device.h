// SPDX-License-Identifier: BSD-2-Clause
/*
 * What lies below the library: a block device with requests that finish later.
 *
 * submit() takes a request and returns at once or when it likes; the request and what it points to
 * are borrowed until the device sets `status` and then `done`. Requests in flight may finish, and
 * reach the medium, in any order. A write is durable when a flush that was submitted after the
 * write was done is itself done, or, with `fua`, when the write itself is done.
 */
#pragma once

#include <ext4/status.h>

#include <stdbool.h>
#include <stdint.h>

enum ext4_io_kind { EXT4_IO_READ, EXT4_IO_WRITE, EXT4_IO_FLUSH };

struct ext4_segment {
    void *data;
    uint32_t bytes;
};

/* One request: `segments` one after the other from `offset_bytes` on; none for a flush. */
struct ext4_io {
    enum ext4_io_kind kind;
    bool fua;
    uint64_t offset_bytes;
    struct ext4_segment *segments;
    uint32_t segment_count;
    enum ext4_status status; /* the device's answer: EXT4_OK or EXT4_IO */
    bool done;
};

struct ext4_device {
    void *context;
    uint64_t size_bytes;
    bool read_only;
    void (*submit)(void *context, struct ext4_io *io);
};
