// SPDX-License-Identifier: BSD-2-Clause
#include "image.h"
#include "core/ram_map.h"
#include "lib/elf64.h"
#include "lib/string.h"
#include "low_memory.h"
#include "paging.h"

enum { PAGE_4K_BITS = 12, MACHINE_X86_64 = 62 };

/* Behind the image come the IPC buffer, the boot information and a page of its chunks; all ends
 * below the last page of user space, which must stay unmapped: behind a `syscall` at its very end
 * there is no address that sysret could return to. */
#define USER_TOP          0x7fffffffffffull
#define PAGES_BEHIND      3
#define IMAGE_VADDR_LIMIT (ALIGN_DOWN(USER_TOP, PAGE_4K_BITS) - (PAGES_BEHIND << PAGE_4K_BITS))

/* In memory that is given away, for it is large. */
static BOOT_DATA struct elf64_image image = {.segment_count = 0};

BOOT_CODE static bool ranges_overlap(struct phys_range a, struct phys_range b)
{
    return a.start < b.end && b.start < a.end;
}

/* RAM of `size_bytes`, the highest below 4 GiB, that keeps clear of `taken`. 0: there is none. */
BOOT_CODE static paddr_t find_room(const struct platform *platform, uint64_t size_bytes,
                                   struct phys_range taken)
{
    for (unsigned i = platform->ram_count; i-- > 0;) {
        paddr_t start = MAX(platform->ram[i].start, taken.end);
        paddr_t end = MIN(platform->ram[i].end, LOW_MEMORY_END);

        if (start < end && end - start >= size_bytes) {
            return ALIGN_DOWN(end - size_bytes, PAGE_4K_BITS);
        }
    }
    return 0;
}

/* Boot loaders like to put the module exactly where the task must go: out of the way then. */
BOOT_CODE static paddr_t move_module(const struct platform *platform, struct phys_range module,
                                     struct phys_range place)
{
    uint64_t size_bytes = module.end - module.start;
    paddr_t room;

    if (!ranges_overlap(module, place)) {
        return module.start;
    }
    room = find_room(platform, ALIGN_UP(size_bytes, PAGE_4K_BITS), place);
    if (room == 0) {
        boot_halt("initial task: the file (0x%lx bytes) and the memory image (0x%lx bytes) do not "
                  "fit in RAM together; give the machine more memory or the task a smaller image",
                  size_bytes, place.end - place.start);
    }
    memmove(low_memory(room), low_memory(module.start), size_bytes);
    return room;
}

BOOT_CODE static struct phys_range choose_place(const struct platform *platform)
{
    paddr_t start = ALIGN_UP(platform->kernel.end, PAGE_4K_BITS);
    uint64_t size_bytes = ALIGN_UP(image.end - image.start, PAGE_4K_BITS);
    struct phys_range place = {start, start + size_bytes};

    if (!ram_map_covers(platform, platform->kernel.start, start)) {
        boot_halt("memory: the map of it does not list all of the kernel's own image (0x%lx to "
                  "0x%lx) as available; the boot loader must load the kernel into RAM",
                  platform->kernel.start, start - 1);
    }
    if (place.end > LOW_MEMORY_END || !ram_map_covers(platform, place.start, place.end)) {
        boot_halt(
            "initial task: its image (0x%lx bytes) does not fit in RAM from 0x%lx, behind the "
            "kernel; give the machine more memory or the task a smaller image",
            size_bytes, start);
    }
    return place;
}

BOOT_CODE void image_load(struct platform *platform, struct phys_range module)
{
    char problem[ELF64_PROBLEM_BYTES];
    struct phys_range place;
    paddr_t file;

    if (module.start >= module.end) {
        boot_halt("initial task: the first module is empty; it must be the task's ELF file");
    }
    if (!elf64_read(&image, low_memory(module.start), module.end - module.start, MACHINE_X86_64,
                    IMAGE_VADDR_LIMIT, problem)) {
        boot_halt("initial task (first module): %s", problem);
    }
    place = choose_place(platform);
    file = move_module(platform, module, place);
    elf64_load(&image, low_memory(file), low_memory(place.start));
    /* The last page is the task's to its end, so nothing may be left in it. */
    memset(low_memory(place.start + (image.end - image.start)), 0,
           place.end - place.start - (image.end - image.start));
    platform->task = (struct task_image){
        .paddr_start = place.start,
        .paddr_end = place.end,
        .vaddr_start = image.start,
        .vaddr_end = ALIGN_UP(image.end, PAGE_4K_BITS),
        .entry = image.entry,
    };
}
