// SPDX-License-Identifier: BSD-2-Clause
/* sysgen.layout: the compiled description has no hidden gaps, which would hold whatever was in
 * memory before and make equal systems differ; its checker refuses a block with one thing wrong. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#include <proto/system_code.h>
#include <proto/system_image.h>
#pragma GCC diagnostic pop
#include <proto/system_image_check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned failures;

/* The smallest block that is right: a monitor and the objects it must have. */
struct block {
    struct system_image header;
    struct system_component component;
    struct system_object objects[8];
    struct system_cap cap;
    struct system_mapping mapping;
    struct system_fill fill;
    struct system_sched sched;
    struct system_thread thread;
    struct system_irq irq;
    struct system_region region;
    struct system_notice notice;
    struct system_slice slice;
    char strings[8];
    char bytes[64];
};

enum { TCB, CNODE, REPLY, SCHED, VSPACE, FRAME, NOTIFICATION, IRQ };

static void set_table(struct block *block, enum system_table_kind kind, size_t offset,
                      uint32_t count)
{
    block->header.tables[kind] = (struct system_table){offset, count, system_record_bytes(kind)};
}

static void set_tables(struct block *block)
{
    set_table(block, SYSTEM_TABLE_STRINGS, offsetof(struct block, strings), 8);
    set_table(block, SYSTEM_TABLE_COMPONENTS, offsetof(struct block, component), 1);
    set_table(block, SYSTEM_TABLE_OBJECTS, offsetof(struct block, objects), 8);
    set_table(block, SYSTEM_TABLE_CAPS, offsetof(struct block, cap), 1);
    set_table(block, SYSTEM_TABLE_MAPPINGS, offsetof(struct block, mapping), 1);
    set_table(block, SYSTEM_TABLE_FILLS, offsetof(struct block, fill), 1);
    set_table(block, SYSTEM_TABLE_SCHEDS, offsetof(struct block, sched), 1);
    set_table(block, SYSTEM_TABLE_THREADS, offsetof(struct block, thread), 1);
    set_table(block, SYSTEM_TABLE_IRQS, offsetof(struct block, irq), 1);
    set_table(block, SYSTEM_TABLE_REGIONS, offsetof(struct block, region), 1);
    set_table(block, SYSTEM_TABLE_NOTICES, offsetof(struct block, notice), 1);
    set_table(block, SYSTEM_TABLE_SLICES, offsetof(struct block, slice), 1);
}

static void set_objects(struct block *block)
{
    static const struct {
        uint8_t kind, bits;
    } kinds[8] = {{SYSTEM_TCB, 11},          {SYSTEM_CNODE, 14},  {SYSTEM_REPLY, 5},
                  {SYSTEM_SCHED_CONTEXT, 8}, {SYSTEM_VSPACE, 12}, {SYSTEM_FRAME, 12},
                  {SYSTEM_NOTIFICATION, 6},  {SYSTEM_IRQ, 0}};

    for (uint32_t i = 0; i < 8; i++) {
        block->objects[i] = (struct system_object){.kind = kinds[i].kind,
                                                   .size_bits = kinds[i].bits,
                                                   .count = 1,
                                                   .paddr = SYSTEM_NO_PADDR,
                                                   .id = i,
                                                   .component = SYSTEM_NONE};
    }
    block->objects[CNODE].argument = 9;
}

static struct block good_block(void)
{
    struct block block = {.header = {.magic = SYSTEM_IMAGE_MAGIC,
                                     .version = SYSTEM_IMAGE_VERSION,
                                     .arch = SYSTEM_X86_64,
                                     .described = offsetof(struct block, bytes),
                                     .total = sizeof(struct block),
                                     .object_total = 8,
                                     .cap_total = 8}};

    set_tables(&block);
    set_objects(&block);
    block.component = (struct system_component){.parent = SYSTEM_NONE,
                                                .tcb = TCB,
                                                .sched = SCHED,
                                                .notification = NOTIFICATION,
                                                .endpoint = SYSTEM_NONE,
                                                .reply = REPLY,
                                                .cnode_root = SYSTEM_NONE,
                                                .cnode = CNODE,
                                                .vspace = VSPACE};
    block.cap = (struct system_cap){
        .cnode = CNODE, .slot = 511, .object = TCB, .meaning = SYSTEM_CAP_USER, .count = 1};
    block.mapping = (struct system_mapping){.vspace = VSPACE,
                                            .object = FRAME,
                                            .count = 1,
                                            .vaddr = 0x200000,
                                            .stride = 0x1000,
                                            .use = SYSTEM_MAP_PROGRAM,
                                            .cap_id = 5,
                                            .region = 0};
    block.fill = (struct system_fill){.object = FRAME,
                                      .kind = SYSTEM_FILL_BYTES,
                                      .at = 0x1000 - sizeof(block.bytes),
                                      .source = offsetof(struct block, bytes),
                                      .length = sizeof(block.bytes)};
    block.sched = (struct system_sched){.object = SCHED, .budget_us = 100, .period_us = 100};
    block.thread = (struct system_thread){.tcb = TCB,
                                          .cspace = CNODE,
                                          .cspace_guard_bits = 55,
                                          .vspace = VSPACE,
                                          .buffer = FRAME,
                                          .sched = SCHED,
                                          .notification = NOTIFICATION,
                                          .fault_endpoint = SYSTEM_NONE,
                                          .vcpu = SYSTEM_NONE,
                                          .guest = SYSTEM_NONE,
                                          .priority = 255};
    block.irq =
        (struct system_irq){.object = IRQ, .notification = NOTIFICATION, .kind = SYSTEM_IRQ_IOAPIC};
    block.region = (struct system_region){.object = FRAME, .size = 0x1000};
    block.slice = (struct system_slice){.duration = 1};
    return block;
}

/* Checks the block after `length` bytes at `offset` became `value`; null: it is good. */
static const char *check_with(size_t offset, uint64_t value, size_t length)
{
    static struct block block;

    block = good_block();
    memcpy((char *)&block + offset, &value, length);
    if (block.header.described <= sizeof(block) && block.header.described % 8 == 0) {
        block.header.checksum = system_image_sum(&block.header);
    }
    return system_image_check(&block, sizeof(block));
}

#define REFUSES(field, value)                                                                      \
    do {                                                                                           \
        if (!check_with(offsetof(struct block, field), value,                                      \
                        sizeof(((struct block *)0)->field))) {                                     \
            fprintf(stderr, "%s:%d: " #field " = " #value " was taken\n", __FILE__, __LINE__);     \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void test_header(void)
{
    REFUSES(header.magic, 0);
    REFUSES(header.version, SYSTEM_IMAGE_VERSION + 1);
    REFUSES(header.console, 3);
    REFUSES(header.described, 8);
    REFUSES(header.described, sizeof(struct block) + 8);
    REFUSES(header.total, sizeof(struct block) + 8);
    REFUSES(header.object_total, 7);
    REFUSES(header.cap_total, 7);
    REFUSES(header.monitor, 1);
    REFUSES(header.file, 8);
    REFUSES(header.schedule_start, 1);
    REFUSES(header.tables[SYSTEM_TABLE_CAPS].record_bytes, 32);
    REFUSES(header.tables[SYSTEM_TABLE_CAPS].offset, 0);
    REFUSES(header.tables[SYSTEM_TABLE_CAPS].offset, sizeof(struct block));
    REFUSES(header.tables[SYSTEM_TABLE_CAPS].offset, offsetof(struct block, cap) + 4);
    REFUSES(header.tables[SYSTEM_TABLE_CAPS].count, 0x10000000);
    REFUSES(strings[7], 'x');
    REFUSES(strings[0], 'x');
}

static void test_objects(void)
{
    REFUSES(objects[TCB].kind, SYSTEM_OBJECT_KINDS);
    REFUSES(objects[TCB].count, 0);
    REFUSES(objects[TCB].count, 2);
    REFUSES(objects[REPLY].id, 3);
    REFUSES(objects[TCB].size_bits, 48);
    REFUSES(objects[TCB].name, 8);
    REFUSES(objects[TCB].component, 1);
    REFUSES(objects[CNODE].argument, 10);
    REFUSES(objects[IRQ].argument, 1);
    REFUSES(objects[FRAME].paddr, 0x800);
    REFUSES(objects[FRAME].paddr, UINT64_C(1) << 60);
    REFUSES(objects[FRAME].kind, SYSTEM_IMAGE_FRAMES);
    REFUSES(objects[FRAME].kind, SYSTEM_PAGE_TABLE);
}

static void test_caps_and_memory(void)
{
    REFUSES(cap.cnode, TCB);
    REFUSES(cap.slot, 512);
    REFUSES(cap.count, 2);
    REFUSES(cap.count, 0);
    REFUSES(cap.object, 8);
    REFUSES(cap.index, 1);
    REFUSES(cap.meaning, 0);
    REFUSES(cap.rights, 32);
    REFUSES(cap.peer, 1);
    REFUSES(mapping.vspace, FRAME);
    REFUSES(mapping.object, TCB);
    REFUSES(mapping.first, 1);
    REFUSES(mapping.count, 2);
    REFUSES(mapping.vaddr, 0x200800);
    REFUSES(mapping.stride, 0x3000);
    REFUSES(mapping.stride, 0);
    REFUSES(mapping.use, 0);
    REFUSES(mapping.cap_id, 8);
    REFUSES(mapping.region, 1);
    REFUSES(fill.object, TCB);
    REFUSES(fill.at, 0x1000 - 63);
    REFUSES(fill.length, 65);
    REFUSES(fill.source, 0);
    REFUSES(fill.source, UINT64_MAX);
    REFUSES(fill.kind, 3);
    REFUSES(region.object, TCB);
    REFUSES(region.size, 0x2000);
}

static void test_threads(void)
{
    REFUSES(sched.object, TCB);
    REFUSES(sched.budget_us, 0);
    REFUSES(sched.period_us, 99);
    REFUSES(thread.tcb, CNODE);
    REFUSES(thread.cspace, TCB);
    REFUSES(thread.vspace, TCB);
    REFUSES(thread.buffer, TCB);
    REFUSES(thread.sched, TCB);
    REFUSES(thread.notification, TCB);
    REFUSES(thread.fault_endpoint, NOTIFICATION);
    REFUSES(thread.vcpu, TCB);
    REFUSES(thread.guest, VSPACE);
    REFUSES(thread.component, 1);
    REFUSES(thread.priority, 256);
    REFUSES(thread.cspace_guard_bits, 64);
    REFUSES(irq.object, TCB);
    REFUSES(irq.notification, TCB);
    REFUSES(irq.kind, 4);
    REFUSES(component.tcb, CNODE);
    REFUSES(component.endpoint, TCB);
    REFUSES(component.parent, 1);
    REFUSES(component.restart, 3);
    REFUSES(component.code_bytes, 8);
    REFUSES(component.notice_count, 2);
    REFUSES(notice.neighbour, 1);
    REFUSES(notice.id, 62);
    REFUSES(slice.unit, 3);
    REFUSES(slice.domain, 256);
}

int main(void)
{
    const char *wrong = check_with(offsetof(struct block, header.checksum), 0, 8);

    if (wrong) {
        fprintf(stderr, "the good block was refused: %s\n", wrong);
        failures++;
    }
    test_header();
    test_objects();
    test_caps_and_memory();
    test_threads();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
