// SPDX-License-Identifier: BSD-2-Clause
/* What is in each address space: programs, stacks, message buffers, regions. */
#include "compile.h"
#include <string.h>

enum { IO_LEVELS = 3, BOOTINFO_TSC = 5 };

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(PAGE_BYTES - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + PAGE_BYTES - 1);
}

static struct mapped_frames *add_range(struct space_plan *space, uint32_t object, uint64_t vaddr,
                                       unsigned rights, enum system_mapping_use use)
{
    struct mapped_frames *frames = &space->frames[space->count++];

    *frames = (struct mapped_frames){.object = object,
                                     .vaddr = vaddr,
                                     .rights = rights,
                                     .use = use,
                                     .region = SYSTEM_NONE,
                                     .line = space->place ? space->place->line : 0};
    return frames;
}

static unsigned segment_rights(uint32_t flags)
{
    return (flags & ELF_READ ? SYSTEM_READ : 0u) | (flags & ELF_WRITE ? SYSTEM_WRITE : 0u) |
           (flags & ELF_EXECUTE ? SYSTEM_EXECUTE : 0u);
}

static void add_segment_fill(struct plan *plan, uint32_t object, const struct program_segment *own)
{
    struct system_fill fill = {
        .object = object, .kind = SYSTEM_FILL_BYTES, .at = own->segment->vaddr % PAGE_BYTES};
    struct plan_bytes *bytes = job_take(plan->job, sizeof(*bytes));

    *bytes = (struct plan_bytes){.segment = own};
    plan_add(plan, SYSTEM_TABLE_FILLS, &fill);
    list_add(plan->job, &plan->fill_bytes, bytes);
}

static void add_program(struct plan *plan, struct component_plan *own, struct space_plan *space)
{
    const struct elf *elf = own->program->elf;

    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        uint64_t start = page_down(segment->vaddr);
        uint64_t pages = (page_up(segment->vaddr + segment->memory_size) - start) >> PAGE_BITS;

        own->segments[i] =
            plan_object(plan, SYSTEM_FRAME, PAGE_BITS, pages, space->component, space->place,
                        job_print(plan->job, "frame_elf_%s_%u", space->name, i));
        add_segment_fill(plan, own->segments[i], &own->program->segments[i]);
        add_range(space, own->segments[i], start, segment_rights(segment->flags),
                  SYSTEM_MAP_PROGRAM);
    }
}

static void add_stack_and_buffer(struct plan *plan, struct component_plan *own,
                                 struct space_plan *space, uint64_t stack_size)
{
    own->stack =
        plan_object(plan, SYSTEM_FRAME, PAGE_BITS, stack_size >> PAGE_BITS, space->component,
                    space->place, job_print(plan->job, "frame_%s_stack", space->name));
    own->buffer = plan_object(plan, SYSTEM_FRAME, PAGE_BITS, 1, space->component, space->place,
                              job_print(plan->job, "frame_ipcbuf_%s", space->name));
    add_range(space, own->stack, target_stack_top(plan->target) - stack_size, RIGHTS_RW,
              SYSTEM_MAP_STACK);
    add_range(space, own->buffer, target_buffer_vaddr(plan->target), RIGHTS_RW,
              SYSTEM_MAP_IPC_BUFFER);
}

static void add_maps(struct space_plan *space, const struct list *maps)
{
    for (size_t i = 0; i < maps->count; i++) {
        const struct map *map = maps->items[i];
        unsigned rights = (map->read ? SYSTEM_READ : 0u) | (map->write ? SYSTEM_WRITE : 0u) |
                          (map->execute ? SYSTEM_EXECUTE : 0u) |
                          (map->cached ? 0u : SYSTEM_UNCACHED);
        struct mapped_frames *frames =
            add_range(space, map->region->object, map->vaddr, rights, SYSTEM_MAP_REGION);

        frames->region = map->region->index;
        frames->line = map->place.line;
        frames->copies = map->region->mapped++ > 0;
    }
}

static void compile_component_space(struct plan *plan, const struct component *component)
{
    struct component_plan *own = &plan->components[component->index];
    struct space_plan space = {.vspace = own->vspace,
                               .component = component->index,
                               .table_kind = SYSTEM_PAGE_TABLE,
                               .name = component->name,
                               .place = &component->place};

    space.frames =
        job_take(plan->job, (SEGMENTS_MAX + 2 + component->maps.count) * sizeof(*space.frames));
    add_program(plan, own, &space);
    add_stack_and_buffer(plan, own, &space, component->stack_size);
    add_maps(&space, &component->maps);
    compile_space(plan, &space);
}

static void compile_guest_space(struct plan *plan, const struct component *component)
{
    struct component_plan *own = &plan->components[component->index];
    const struct guest *guest = component->guest;
    bool x86 = target_is(plan->target, SYSTEM_X86_64);
    struct space_plan space = {.component = component->index,
                               .table_kind = x86 ? SYSTEM_GUEST_TABLE : SYSTEM_PAGE_TABLE,
                               .name = guest->name,
                               .place = &guest->place};

    own->guest_space = plan_object(
        plan, SYSTEM_GUEST_VSPACE, target_object_bits(plan->target, SYSTEM_GUEST_VSPACE), 1,
        component->index, &guest->place, job_print(plan->job, "vspace_vm_%s", guest->name));
    space.vspace = own->guest_space;
    space.frames = job_take(plan->job, guest->maps.count * sizeof(*space.frames));
    add_maps(&space, &guest->maps);
    compile_space(plan, &space);
}

/* The page behind the window, in the same page table: how fast the clock counts. */
static void add_monitor_clock(struct plan *plan, struct space_plan *space)
{
    struct system_fill fill = {
        .kind = SYSTEM_FILL_BOOTINFO, .source = BOOTINFO_TSC, .length = PAGE_BYTES};

    if (!target_is(plan->target, SYSTEM_X86_64)) {
        return; /* the others can ask the processor */
    }
    plan->monitor_clock = plan->monitor_window + PAGE_BYTES;
    fill.object =
        plan_object(plan, SYSTEM_FRAME, PAGE_BITS, 1, space->component, NULL, "frame_clock");
    plan_add(plan, SYSTEM_TABLE_FILLS, &fill);
    list_add(plan->job, &plan->fill_bytes, NULL);
    add_range(space, fill.object, plan->monitor_clock, SYSTEM_READ, SYSTEM_MAP_IMAGE);
}

/* Behind that; the second thread's stack is in the monitor's own data. */
static void add_teller_buffer(struct plan *plan, struct space_plan *space)
{
    plan->teller.buffer_vaddr = plan->monitor_window + 2 * PAGE_BYTES;
    plan->teller.buffer = plan_object(plan, SYSTEM_FRAME, PAGE_BITS, 1, space->component, NULL,
                                      "frame_ipcbuf_teller");
    add_range(space, plan->teller.buffer, plan->teller.buffer_vaddr, RIGHTS_RW,
              SYSTEM_MAP_IPC_BUFFER);
}

/* The monitor sees the compiled description itself, and has windows through which it reaches
 * memory of the components: a page table for single pages, and room for a large page. */
static void compile_monitor_space(struct plan *plan)
{
    struct component_plan *own = &plan->monitor;
    const struct elf *elf = own->program->elf;
    const struct elf_segment *last = &elf->segments[elf->segment_count - 1];
    uint64_t end = page_up(last->vaddr + last->memory_size);
    struct space_plan space = {.vspace = own->vspace,
                               .component = (uint32_t)plan->system->components.count,
                               .table_kind = SYSTEM_PAGE_TABLE,
                               .name = "monitor"};

    plan->monitor_window = (end + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;
    plan->monitor_large_window = plan->monitor_window + LARGE_PAGE_BYTES;
    plan->monitor_image_vaddr = plan->monitor_large_window + LARGE_PAGE_BYTES;
    space.frames = job_take(plan->job, (SEGMENTS_MAX + 6) * sizeof(*space.frames));
    add_program(plan, own, &space);
    add_stack_and_buffer(plan, own, &space, MONITOR_STACK_BYTES);
    add_range(&space, SYSTEM_NONE, plan->monitor_window, 0, SYSTEM_MAP_TABLE);
    add_monitor_clock(plan, &space);
    add_teller_buffer(plan, &space);
    add_range(&space, plan->monitor_image_object, plan->monitor_image_vaddr, SYSTEM_READ,
              SYSTEM_MAP_IMAGE);
    compile_space(plan, &space);
}

static void add_io_map(const struct io_map *map, struct space_plan *space)
{
    struct mapped_frames *frames = add_range(
        space, map->region->object, map->vaddr,
        (map->read ? SYSTEM_READ : 0u) | (map->write ? SYSTEM_WRITE : 0u), SYSTEM_MAP_REGION);

    frames->region = map->region->index;
    frames->line = map->place.line;
    frames->copies = map->region->mapped++ > 0;
}

/* Its page tables are those of a tree of 39 bits; where the hardware has more levels, the
 * initialiser adds one table for each at the top. */
static void compile_io_space(struct plan *plan, const struct io_space *io_space)
{
    const struct space_shape io_shape = {UINT64_MAX, PAGE_BITS, IO_LEVELS, {39, 30, 21}};
    struct target target = *plan->target;
    const struct target *own_target = plan->target;
    struct space_plan space = {.component = SYSTEM_NONE,
                               .table_kind = SYSTEM_IO_TABLE,
                               .name = io_space->name,
                               .place = &io_space->place};

    space.vspace = plan_object(plan, SYSTEM_IO_SPACE, 0, 1, SYSTEM_NONE, &io_space->place,
                               job_print(plan->job, "iospace_%s", io_space->name));
    plan_object_at(plan, space.vspace)->argument = io_space->pci.bus << 8 |
                                                   io_space->pci.device << 3 |
                                                   io_space->pci.function | io_space->domain << 16;
    space.frames = job_take(plan->job, io_space->maps.count * sizeof(*space.frames));
    for (size_t i = 0; i < io_space->maps.count; i++) {
        add_io_map(io_space->maps.items[i], &space);
    }
    target.space = io_shape;
    plan->target = &target;
    compile_space(plan, &space);
    plan->target = own_target;
}

void compile_spaces(struct plan *plan)
{
    const struct system *system = plan->system;

    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        compile_component_space(plan, component);
        if (component->guest) {
            compile_guest_space(plan, component);
        }
    }
    plan->monitor_image_object =
        plan_object(plan, SYSTEM_IMAGE_FRAMES, PAGE_BITS, plan->image_pages,
                    (uint32_t)system->components.count, NULL, "frame_system_image");
    compile_monitor_space(plan);
    for (size_t i = 0; i < system->io_spaces.count; i++) {
        compile_io_space(plan, system->io_spaces.items[i]);
    }
}
