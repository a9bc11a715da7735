// SPDX-License-Identifier: BSD-2-Clause
#include <process/window.h>

#include <tiny/string.h>

#include "pointer_priv.h"
#include "space_priv.h"

static seL4_Word window_bytes(void)
{
    return 1ull << process_arch.frames[0].bits;
}

/* A page is mapped once so that its table is made; the table stays. */
static enum process_status make_table_stay(struct window *window)
{
    const enum process_status status = region_map(window->region, 0, window_bytes());

    if (status == PROCESS_OK) {
        table_pin(window->space, process_arch.frames[0].bits, region_start(window->region));
        return region_unmap(window->region, 0, window_bytes());
    }
    return status;
}

enum process_status window_new(struct window *window, struct space *own)
{
    const struct region_want want = {.address = SPACE_ANYWHERE, .size_bytes = window_bytes()};
    enum process_status status;

    *window = (struct window){.space = own};
    status = space_reserve(own, &want, &window->region);
    if (status != PROCESS_OK) {
        return status;
    }
    status = pool_new_slot(own->pool, &window->slot);
    if (status == PROCESS_OK) {
        status = make_table_stay(window);
        if (status != PROCESS_OK) {
            pool_free_slots(own->pool, window->slot, 1);
        }
    }
    if (status != PROCESS_OK) {
        space_release(window->region);
    }
    return status;
}

void window_free(struct window *window)
{
    process_assert(!window->is_open);
    table_page_gone(window->space, process_arch.frames[0].bits, region_start(window->region));
    pool_free_slots(window->space->pool, window->slot, 1);
    space_release(window->region);
}

enum process_status window_open(struct window *window, seL4_CPtr frame, void **memory)
{
    struct pool *pool = window->space->pool;
    const seL4_CPtr root = pool->slots.root;
    const seL4_Word address = region_start(window->region);
    seL4_Error error;

    process_assert(!window->is_open);
    error = seL4_CNode_Copy(root, window->slot, seL4_WordBits, root, frame, seL4_WordBits,
                            seL4_AllRights);
    if (error == seL4_NoError) {
        error = process_arch.map_frame(window->slot, window->space->root, address, seL4_ReadWrite);
    }
    window->is_open = true;
    if (error != seL4_NoError) {
        window_close(window);
        return pool_refused(pool, error);
    }
    *memory = pointer_to(address);
    return PROCESS_OK;
}

void window_close(struct window *window)
{
    process_assert(window->is_open);
    if (seL4_CNode_Delete(window->space->pool->slots.root, window->slot, seL4_WordBits) !=
        seL4_NoError) {
        process_assert(!"an own slot is deleted");
    }
    window->is_open = false;
}

/* ---- copying ---- */

struct copy {
    const char *in; /* one of the two */
    char *out;
};

static void copy_page(const struct copy *copy, char *memory, size_t done, size_t count)
{
    if (copy->out != NULL) {
        tiny_memcpy(copy->out + done, memory, count);
    } else if (copy->in != NULL) {
        tiny_memcpy(memory, copy->in + done, count);
    } else {
        tiny_memset(memory, 0, count);
    }
}

static enum process_status copy_some(struct window *window, const struct space *space,
                                     seL4_Word address, const struct copy *copy, size_t done,
                                     size_t count)
{
    void *memory;
    seL4_CPtr frame;
    unsigned bits;
    enum process_status status = space_frame(space, address, &frame, &bits);

    if (status == PROCESS_OK) {
        status = bits == process_arch.frames[0].bits ? window_open(window, frame, &memory)
                                                     : PROCESS_BAD_ARGUMENT;
    }
    if (status == PROCESS_OK) {
        copy_page(copy, (char *)memory + (address & (window_bytes() - 1)), done, count);
        window_close(window);
    }
    return status;
}

static enum process_status copy_all(struct window *window, const struct space *space,
                                    seL4_Word address, const struct copy *copy, size_t size_bytes)
{
    enum process_status status = PROCESS_OK;
    size_t done = 0;

    while (status == PROCESS_OK && done < size_bytes) {
        const size_t left = window_bytes() - ((address + done) & (window_bytes() - 1));
        const size_t count = left < size_bytes - done ? left : size_bytes - done;

        status = copy_some(window, space, address + done, copy, done, count);
        done += count;
    }
    return status;
}

enum process_status window_write(struct window *window, const struct space *to, seL4_Word address,
                                 const void *from, size_t size_bytes)
{
    const struct copy copy = {.in = from};

    return copy_all(window, to, address, &copy, size_bytes);
}

enum process_status window_read(struct window *window, const struct space *from, seL4_Word address,
                                void *to, size_t size_bytes)
{
    const struct copy copy = {.out = to};

    return copy_all(window, from, address, &copy, size_bytes);
}
