// SPDX-License-Identifier: BSD-2-Clause
/*
 * From what the architecture found to the initial thread: docs/kernel/boot.md.
 *
 * All boot objects come from one block in the highest RAM range that holds it.
 * What is left of RAM and everything that is no RAM is handed out as untyped
 * memory; after this nothing in the kernel allocates anything.
 */
#include "core/platform.h"

#include <abi/bootinfo.h>
#include <abi/limits.h>

#include "core/boot_memory.h"
#include "core/core.h"
#include "core/derivation.h"
#include "core/profile.h"
#include "core/sched.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "object/asid.h"
#include "object/irq.h"
#include "object/sched_control.h"
#include "object/vspace.h"
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/irq.h>
#include <arch/kernel_map.h>
#include <arch/vspace.h>

#define PAGE_BYTES        BIT(PAGE_BITS)
#define BOOT_SC_BITS      MIN_SCHED_CONTEXT_BITS
#define EXTENSION_ID      0x534f4641 /* "SOFA" */
#define EXTENSION_VERSION 1
#define IO_LEVELS_NONE    (~0ull)

/* The last chunk of the extra boot information, with sofa_ext=1. */
struct extension_record {
    struct bootinfo_header header;
    uint64_t version;
    uint64_t tcb_flag_trap_all; /* bit of the TCB flags word */
    uint64_t boot_entry_ticks;  /* clock at the kernel's first instruction */
};

/* Where things are while the initial task is put together. */
struct boot {
    const struct platform *platform;
    struct slot *cnode;
    struct bootinfo *info;
    struct tcb *tcb;
    struct cap root; /* VSpace */
    paddr_t next;    /* of the boot object block */
    paddr_t extra_paddr;
    size_t extra_bytes;
    word_t extra_pages; /* a power of two, or 0 */
    vaddr_t end;        /* of the initial virtual region */
    word_t next_slot;
};

BOOT_DATA static struct boot boot;

/* ---- slots ---- */

BOOT_CODE static struct slot *put(word_t slot, struct cap cap)
{
    slot_insert_root(&boot.cnode[slot], cap);
    return &boot.cnode[slot];
}

BOOT_CODE static struct slot *put_next(struct cap cap)
{
    if (boot.next_slot >= BIT(sys.abi.root_cnode_bits)) {
        boot_halt("the initial CSpace of 2^%u slots is too small for this machine and task; "
                  "root_cnode_bits= makes it larger",
                  sys.abi.root_cnode_bits);
    }
    return put(boot.next_slot++, cap);
}

BOOT_CODE static struct slot_region region_from(word_t start)
{
    return (struct slot_region){.start = start, .end = boot.next_slot};
}

/* ---- the block of boot objects ---- */

BOOT_CODE static void *take(word_t size_bytes)
{
    void *object = phys_to_virt(boot.next);

    boot.next += size_bytes;
    return object;
}

/* Tables of `level` (1 or more) that the initial virtual region needs. */
BOOT_CODE static word_t table_count(unsigned level)
{
    const unsigned span_bits = arch_vspace_levels[level - 1].entry_bits;
    const vaddr_t start = ALIGN_DOWN(boot.platform->task.vaddr_start, span_bits);

    return (ALIGN_UP(boot.end, span_bits) - start) >> span_bits;
}

BOOT_CODE static unsigned log2_ceil(word_t x)
{
    return x <= 1 ? 0 : log2_floor(x - 1) + 1;
}

BOOT_CODE static void plan_extra(void)
{
    const struct platform *platform = boot.platform;

    boot.extra_bytes = platform_extra_bytes(platform);
    if (sys.sofa_ext) {
        boot.extra_bytes += sizeof(struct extension_record);
    }
    if (boot.extra_bytes > 0) {
        boot.extra_pages = BIT(log2_ceil(ALIGN_UP(boot.extra_bytes, PAGE_BITS) >> PAGE_BITS));
    }
    boot.end = platform->task.vaddr_end + (2 + boot.extra_pages) * PAGE_BYTES;
}

/* The end of memory is where a map that promises too much shows: what reads there as ones or zeros
 * is no memory. */
BOOT_CODE static void check_block(paddr_t start, word_t size_bytes)
{
    enum { PATTERN = 0x5a };
    volatile uint8_t *first = phys_to_virt(start);
    volatile uint8_t *last = first + size_bytes - 1;

    *first = PATTERN;
    *last = PATTERN;
    if (*first != PATTERN || *last != PATTERN) {
        boot_halt("memory: what is written from 0x%lx to 0x%lx does not stay; the map lists it as "
                  "available RAM",
                  start, start + size_bytes - 1);
    }
}

BOOT_CODE static void allocate_block(void)
{
    const unsigned cnode_bits = sys.abi.root_cnode_bits + SLOT_BITS;
    const unsigned align_bits = MAX(cnode_bits, PAGE_BITS + log2_ceil(MAX(boot.extra_pages, 1ull)));
    word_t size = BIT(cnode_bits) + BIT(TCB_BITS) + BIT(vspace_table_bits(0)) + BIT(BOOT_SC_BITS) +
                  (3 + boot.extra_pages) * PAGE_BYTES;

    for (unsigned level = 1; level < ARCH_VSPACE_LEVELS; level++) {
        size += table_count(level) << vspace_table_bits(level);
    }
    boot.next = boot_memory_take(size, align_bits);
    check_block(boot.next, size);
    memset(phys_to_virt(boot.next), 0, size);
}

/* ---- the initial address space ---- */

BOOT_CODE static void create_root(void)
{
    void *root = take(BIT(vspace_table_bits(0)));

    arch_init_root(root);
    boot.root = cap_table(root, 0);
    cap_set_mapping(&boot.root, 1, 0);
    put(SLOT_INIT_VSPACE, boot.root);
}

BOOT_CODE static void create_tables(void)
{
    const word_t first = boot.next_slot;

    for (unsigned level = 1; level < ARCH_VSPACE_LEVELS; level++) {
        const unsigned span_bits = arch_vspace_levels[level - 1].entry_bits;
        vaddr_t vaddr = ALIGN_DOWN(boot.platform->task.vaddr_start, span_bits);

        for (word_t count = table_count(level); count > 0; count--, vaddr += BIT(span_bits)) {
            struct cap table = cap_table(take(BIT(vspace_table_bits(level))), level);

            vspace_boot_map(boot.root, &table, vaddr);
            put_next(table);
        }
    }
    boot.info->user_image_paging = region_from(first);
}

BOOT_CODE static struct cap mapped_frame(paddr_t paddr, vaddr_t vaddr)
{
    struct cap frame = cap_frame(paddr, PAGE_BITS, false);

    vspace_boot_map(boot.root, &frame, vaddr);
    return frame;
}

BOOT_CODE static struct slot_region create_frames(paddr_t paddr, vaddr_t vaddr, word_t count)
{
    const word_t first = boot.next_slot;

    for (word_t i = 0; i < count; i++) {
        put_next(mapped_frame(paddr + i * PAGE_BYTES, vaddr + i * PAGE_BYTES));
    }
    return region_from(first);
}

/* ---- boot information ---- */

BOOT_CODE static void write_extra(void)
{
    char *to = phys_to_virt(boot.extra_paddr);

    boot.info->extra_bytes = boot.extra_bytes;
    platform_extra_write(boot.platform, to);
    if (sys.sofa_ext) {
        const struct extension_record record = {
            .header = {.id = EXTENSION_ID, .len = sizeof(record)},
            .version = EXTENSION_VERSION,
            .tcb_flag_trap_all = TCB_FLAG_TRAP_ALL,
            .boot_entry_ticks = boot.platform->entry_ticks,
        };
        memcpy(to + platform_extra_bytes(boot.platform), &record, sizeof(record));
    }
}

BOOT_CODE static void put_untyped(paddr_t base, unsigned bits, bool is_device)
{
    const word_t index = boot.next_slot - boot.info->untyped.start;

    if (index < MAX_BOOTINFO_UNTYPEDS) {
        put_next(cap_untyped(base, bits, is_device));
        boot.info->untyped_list[index] = (struct untyped_desc){
            .paddr = base, .size_bits = (uint8_t)bits, .is_device = is_device};
    }
}

BOOT_CODE static void create_untypeds(void)
{
    boot.info->untyped.start = boot.next_slot;
    boot_memory_for_each_untyped(put_untyped);
    boot.info->untyped.end = boot.next_slot;
}

BOOT_CODE static void fill_bootinfo(void)
{
    struct bootinfo *info = boot.info;

    info->node_count = 1; /* cores that run, whatever the profile's number of core capabilities */
    info->io_page_table_levels = sys.abi.iommu ? 0 : IO_LEVELS_NONE;
    info->ipc_buffer = boot.platform->task.vaddr_end;
    info->root_cnode_bits = sys.abi.root_cnode_bits;
    info->empty.start = boot.next_slot;
    info->empty.end = BIT(sys.abi.root_cnode_bits);
}

/* ---- the initial thread ---- */

BOOT_CODE static struct sched_context *create_context(void)
{
    struct sched_context *sc = take(BIT(BOOT_SC_BITS));
    struct cap cap = cap_of_object(CAP_SCHED_CONTEXT, sc);

    cap.bits = BOOT_SC_BITS;
    put(SLOT_INIT_SC, cap);
    refill_configure(sc, clock_from_us(BOOT_TIME_SLICE_MS * 1000), 0, MIN_REFILLS);
    return sc;
}

BOOT_CODE static void give_copy(enum tcb_slot to, word_t from)
{
    struct slot *source = &boot.cnode[from];
    struct cap copy = source->cap;

    if (copy.type == CAP_FRAME) {
        cap_clear_mapping(&copy);
    }
    slot_insert(&boot.tcb->slots[to], source, copy);
}

BOOT_CODE static void create_thread(struct sched_context *sc)
{
    const struct task_image *task = &boot.platform->task;
    struct tcb *tcb = boot.tcb;

    tcb_init(tcb);
    context_start(&tcb->context, task->entry, task->vaddr_end + PAGE_BYTES);
    tcb->priority = MAX_PRIORITY;
    tcb->max_controlled_priority = MAX_PRIORITY;
    tcb->ipc_buffer = task->vaddr_end;
    memcpy(tcb->name, "rootserver", sizeof("rootserver"));
    put(SLOT_INIT_TCB, cap_of_object(CAP_TCB, tcb));
    give_copy(TCB_SLOT_CSPACE, SLOT_INIT_CNODE);
    give_copy(TCB_SLOT_VSPACE, SLOT_INIT_VSPACE);
    give_copy(TCB_SLOT_BUFFER, SLOT_INIT_IPC_BUFFER);
    tcb->state = THREAD_RUNNING;
    sched_context_bind_tcb(sc, tcb);
}

/* ---- in order ---- */

BOOT_CODE static void create_cnode(void)
{
    const unsigned bits = sys.abi.root_cnode_bits;

    boot.cnode = take(BIT(bits + SLOT_BITS));
    put(SLOT_INIT_CNODE, cap_cnode(boot.cnode, bits, 0, WORD_BITS - bits));
    boot.next_slot = SLOT_INITIAL_COUNT;
}

BOOT_CODE static void create_control_caps(void)
{
    const word_t first = boot.next_slot;

    put(SLOT_IRQ_CONTROL, (struct cap){.type = CAP_IRQ_CONTROL});
    put(SLOT_ASID_CONTROL, (struct cap){.type = CAP_ASID_CONTROL});
    put(SLOT_DOMAIN, (struct cap){.type = CAP_DOMAIN});
    arch_boot_control_caps(boot.cnode);
    for (unsigned core = 0; core < sys.abi.nodes; core++) {
        put_next((struct cap){.type = CAP_SCHED_CONTROL, .data = core});
    }
    boot.info->sched_control = region_from(first);
}

BOOT_CODE static void create_task(void)
{
    const struct task_image *task = &boot.platform->task;
    const word_t image_pages = (task->vaddr_end - task->vaddr_start) >> PAGE_BITS;

    create_cnode();
    boot.extra_paddr = virt_to_phys(take(boot.extra_pages * PAGE_BYTES));
    const paddr_t buffer = virt_to_phys(take(PAGE_BYTES));
    const paddr_t info = virt_to_phys(take(PAGE_BYTES));
    struct asid_pool *pool = take(BIT(ASID_POOL_BITS));

    boot.info = phys_to_virt(info);
    create_root();
    asid_boot(pool, cap_object(boot.root));
    put(SLOT_INIT_ASID_POOL, cap_of_object(CAP_ASID_POOL, pool));
    create_control_caps();
    create_tables();
    put(SLOT_INIT_IPC_BUFFER, mapped_frame(buffer, task->vaddr_end));
    put(SLOT_BOOT_INFO_FRAME, mapped_frame(info, task->vaddr_end + PAGE_BYTES));
    boot.info->extra_pages =
        create_frames(boot.extra_paddr, task->vaddr_end + 2 * PAGE_BYTES, boot.extra_pages);
    boot.info->user_image_frames = create_frames(task->paddr_start, task->vaddr_start, image_pages);
    write_extra();
    boot.tcb = take(BIT(TCB_BITS));
    create_thread(create_context());
    create_untypeds();
    fill_bootinfo();
}

BOOT_CODE static void init_system(const struct platform *platform)
{
    struct core *core = arch_boot_core(platform->options);

    sys.abi = platform->options->abi;
    sys.sofa_ext = platform->options->sofa_ext;
    sys.report = platform->options->report;
    memcpy(sys.ram, platform->ram, sizeof(sys.ram));
    sys.ram_count = platform->ram_count;
    profile_fill_labels(&sys.abi, sys.method_of_label);
    sys.schedule[0] = (struct domain_entry){.duration = MASK(DOMAIN_DURATION_BITS)};
    sched_control_init();
    sched_init(core);
    irq_reserve(IRQ_TIMER);
}

BOOT_CODE void kernel_boot(const struct platform *platform)
{
    boot.platform = platform;
    init_system(platform);
    boot_memory_init(platform);
    plan_extra();
    allocate_block();
    create_task();
    kprintf("Booting all finished, dropped to user space\n");
    arch_boot_done();
}
