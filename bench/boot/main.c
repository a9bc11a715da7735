// SPDX-License-Identifier: BSD-2-Clause
/*
 * What booting costs: from the kernel's first instruction, whose time the extension
 * record tells, to the first one of this task. Reported as boot.RAM, with the machine's
 * memory in the name; boot.start.RAM is what the task's own start code takes up to main.
 */
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

#include <tiny/printf.h>

#include "report.h"

#define PAGE_BYTES       4096ull
#define MIB_BITS         20
#define LEAST_PAGES      1000 /* of the image: not much less than 4 MiB, and not more */
#define MOST_PAGES       1024
#define EXTENSION_ID     0x534f4641
#define MULTIBOOT_USABLE 1

extern uint64_t first_ticks; /* entry.S */
extern const uint64_t ballast_first, ballast_last;

struct extension_record {
    seL4_BootInfoHeader header;
    uint64_t version;
    uint64_t tcb_flag_trap_all;
    uint64_t boot_entry_ticks;
};

static uint64_t timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The chunk of extra boot information with this number, NULL if there is none. */
static const void *find_extra(const seL4_BootInfo *info, seL4_Word id)
{
    const char *chunks = (const char *)info + PAGE_BYTES;
    seL4_Word at = 0;

    while (at + sizeof(seL4_BootInfoHeader) <= info->extraLen) {
        const seL4_BootInfoHeader *header = (const void *)(chunks + at);

        if (header->id == id) {
            return header;
        }
        if (header->len < sizeof(*header)) {
            break;
        }
        at += header->len;
    }
    return NULL;
}

/* RAM of the machine; the firmware keeps a little of it to itself. */
static seL4_Word ram_mib(const seL4_X86_BootInfo_mmap_t *map)
{
    seL4_Word bytes = 0;

    for (seL4_Word i = 0; i < map->mmap_length / sizeof(map->mmap[0]); i++) {
        if (map->mmap[i].type == MULTIBOOT_USABLE) {
            bytes += map->mmap[i].length;
        }
    }
    return (bytes + (1ull << MIB_BITS) - 1) >> MIB_BITS;
}

static void name_ram(char name[16], const seL4_BootInfo *info)
{
    const seL4_X86_BootInfo_mmap_t *map = find_extra(info, SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    const seL4_Word mib = map == NULL ? 0 : ram_mib(map);
    const bool whole_gib = mib >= 1024 && mib % 1024 == 0;

    tiny_snprintf(name, 16, whole_gib ? "%luG" : "%luM", whole_gib ? mib / 1024 : mib);
}

/* A wrong size would make the figure worthless; so would a kernel that did not copy all of it. */
static bool image_is_as_planned(const seL4_BootInfo *info)
{
    const seL4_Word pages = info->userImageFrames.end - info->userImageFrames.start;

    return pages >= LEAST_PAGES && pages <= MOST_PAGES && ballast_first == ballast_last &&
           ballast_first != 0;
}

int main(const seL4_BootInfo *info)
{
    const uint64_t main_ticks = timestamp();
    const struct extension_record *record = find_extra(info, EXTENSION_ID);
    char ram[16];

    report_init(info->empty.start);
    name_ram(ram, info);
    if (!image_is_as_planned(info)) {
        report_fail("expected an image of nearly 4 MiB, all of it loaded");
    } else if (record == NULL || record->header.len < sizeof(*record)) {
        report_skip("this kernel has no record of its first instruction");
    } else {
        report_value("boot.", ram, first_ticks - record->boot_entry_ticks);
        report_value("boot.start.", ram, main_ticks - first_ticks);
    }
    report_done();
}
