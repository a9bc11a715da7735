// SPDX-License-Identifier: BSD-2-Clause
/*
 * A window: one page of the caller's own space, through which it looks at frames that are mapped
 * in other spaces, one at a time. The frame's capability is copied, mapped, and deleted again;
 * nothing is allocated for that, so it cannot run out of anything.
 */
#pragma once

#include <process/space.h>

struct window {
    struct space *space; /* borrowed: the caller's own */
    struct region *region;
    seL4_CPtr slot; /* for the copy */
    bool is_open;
};

/* Takes a page of addresses and a slot, and its page table for good. */
enum process_status window_new(struct window *window, struct space *own) PROCESS_MUST_USE;
void window_free(struct window *window);

/* What of the caller's memory shows the frame, until window_close(). Smallest pages only. */
enum process_status window_open(struct window *window, seL4_CPtr frame,
                                void **memory) PROCESS_MUST_USE;
void window_close(struct window *window);

/* Copies to and from addresses of another space (or fills with zeros: `from` null), which must be
 * mapped there in the smallest pages. If that fails in the middle, what came before is done. */
enum process_status window_write(struct window *window, const struct space *to, seL4_Word address,
                                 const void *from, size_t size_bytes) PROCESS_MUST_USE;
enum process_status window_read(struct window *window, const struct space *from, seL4_Word address,
                                void *to, size_t size_bytes) PROCESS_MUST_USE;
