// SPDX-License-Identifier: BSD-2-Clause
#include "../../src/fs.h"
#include "world.h"

#include <sanitizer/asan_interface.h>

static void *(*rig_alloc)(void *context, size_t bytes);

/* The first that a mount allocates is the file system itself. */
static void *alloc(void *context, size_t bytes)
{
    struct world *world = context;
    void *memory = rig_alloc(context, bytes);

    if (!world->fs) {
        world->fs = memory;
    }
    return memory;
}

void guard_configure(struct world *world)
{
    _Static_assert(offsetof(struct world, rig) == 0, "the rig's context is the world");
    rig_alloc = world->rig.config.host.alloc;
    world->rig.config.host.alloc = alloc;
    world->rig.config.guard_bytes = GUARD_BYTES;
}

void guard_begin_mount(struct world *world)
{
    world->fs = NULL;
    world->guarded = false;
}

bool guard_sees_journal(const struct world *world)
{
    return world->fs && world->fs->journal.present;
}

void guard_raise(struct world *world)
{
    struct ext4_fs *fs = world->fs;

    if (!fs || world->guarded || !fs->inodes.memory) {
        return;
    }
    for (uint32_t i = 0; i < fs->cache.frame_count; i++) {
        ASAN_POISON_MEMORY_REGION(fs->cache.bufs[i].data + fs->block_bytes, GUARD_BYTES);
    }
    for (uint32_t i = 0; i < fs->inodes.count; i++) {
        ASAN_POISON_MEMORY_REGION((uint8_t *)fs->inodes.pool[i].disk + fs->inode_bytes,
                                  GUARD_BYTES);
    }
    world->guarded = true;
}
