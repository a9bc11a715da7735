// SPDX-License-Identifier: BSD-2-Clause
#include "build.h"
#include "code.h"
#include "compile.h"
#include "patch.h"
#include <string.h>

static const size_t program_bytes_max = (size_t)1 << 30;

/* Files are read once, however many components run them. */
struct shelf {
    const struct build_inputs *inputs;
    struct job *job;
    struct names elves;
};

static struct elf *take_elf(struct shelf *shelf, const char *path, const struct place *at)
{
    const char *why = NULL;
    struct elf *elf = names_find(&shelf->elves, path);
    struct file *file;

    if (elf) {
        return elf;
    }
    file = file_read(shelf->job, path, program_bytes_max, &why);
    if (!file) {
        refuse(shelf->job, RULE_PROGRAM_PATH, at, NULL, "program '%s' cannot be read: %s", path,
               why);
    }
    elf = elf_parse(shelf->job, file, at, shelf->inputs->source.target->arch->elf_machine);
    names_add(shelf->job, &shelf->elves, path, elf);
    return elf;
}

/* A file whose functions and lines go into the image. */
static struct elf *take_program(struct shelf *shelf, const char *path, const struct place *at)
{
    struct elf *elf = take_elf(shelf, path, at);

    if (!elf->code.bytes) {
        elf->code = code_table(shelf->job, elf);
    }
    return elf;
}

static struct elf *find_elf(struct shelf *shelf, const char *path, const struct place *at)
{
    const char *found = file_find(shelf->job, shelf->inputs->source.search, path);

    if (!found) {
        refuse(shelf->job, RULE_PROGRAM_PATH, at, NULL,
               "program '%s' is in none of the search paths", path);
    }
    return take_program(shelf, found, at);
}

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(PAGE_BYTES - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + PAGE_BYTES - 1);
}

/* Segments are in the order of their addresses. */
static void check_segments_apart(struct job *job, const struct elf *elf, uint64_t limit,
                                 const char *owner)
{
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        uint64_t end = page_up(segment->vaddr + segment->memory_size);

        if (segment->vaddr < limit && i &&
            page_up(segment[-1].vaddr + segment[-1].memory_size) > page_down(segment->vaddr)) {
            refuse(job, RULE_ELF_OVERLAP_SEGMENT, &elf->place, NULL,
                   "'%s': the segments at 0x%llx and 0x%llx share a page", elf->path,
                   (unsigned long long)segment[-1].vaddr, (unsigned long long)segment->vaddr);
        }
        if (segment->vaddr >= limit || end > limit) {
            refuse(job, RULE_ELF_OVERLAP_STACK, &elf->place, NULL,
                   "'%s': the segment at 0x%llx..0x%llx reaches the stack of '%s', which begins at "
                   "0x%llx",
                   elf->path, (unsigned long long)segment->vaddr, (unsigned long long)end, owner,
                   (unsigned long long)limit);
        }
    }
}

static void check_map_apart(struct job *job, const struct component *component,
                            const struct map *map, const struct elf *elf)
{
    uint64_t end = map->vaddr + map->region->size;

    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        uint64_t start = page_down(segment->vaddr);
        uint64_t segment_end = page_up(segment->vaddr + segment->memory_size);

        if (map->vaddr < segment_end && start < end) {
            refuse(job, RULE_ELF_OVERLAP_MAP, &map->place, NULL,
                   "map of '%s' (0x%llx..0x%llx) overlaps a segment of the program "
                   "(0x%llx..0x%llx) in protection domain '%s'",
                   map->region->name, (unsigned long long)map->vaddr, (unsigned long long)end,
                   (unsigned long long)start, (unsigned long long)segment_end, component->name);
        }
    }
}

static struct program *load_program(struct shelf *shelf, const struct component *component)
{
    struct job *job = shelf->job;
    struct elf *elf = find_elf(shelf, component->program, &component->program_place);
    struct elf *symbols =
        component->symbols ? find_elf(shelf, component->symbols, &component->symbols_place) : elf;

    check_segments_apart(job, elf, component_map_limit(shelf->inputs->source.target, component),
                         component->name);
    for (size_t i = 0; i < component->maps.count; i++) {
        check_map_apart(job, component, component->maps.items[i], elf);
    }
    return program_new(job, elf, symbols);
}

/* Initialiser or monitor, which belong to the SDK. */
static struct program *load_own(struct shelf *shelf, const char *path, const char *name)
{
    const struct place at = {.file = path};
    const struct target *target = shelf->inputs->source.target;
    struct elf *elf = take_program(shelf, path, &at);

    check_segments_apart(shelf->job, elf, target_stack_top(target) - PAGE_BYTES, name);
    if (elf->segments[0].vaddr % PAGE_BYTES) {
        refuse(shelf->job, RULE_IMAGE_TASK, &at, NULL,
               "'%s' of the SDK does not begin at a page: 0x%llx", name,
               (unsigned long long)elf->segments[0].vaddr);
    }
    return program_new(shelf->job, elf, elf);
}

static struct range kernel_range(struct shelf *shelf)
{
    const struct place at = {.file = shelf->inputs->kernel_path};
    struct elf *elf = take_elf(shelf, shelf->inputs->kernel_path, &at);
    struct range range = {UINT64_MAX, 0};

    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];

        if (segment->paddr < range.start) {
            range.start = page_down(segment->paddr);
        }
        if (segment->paddr + segment->memory_size > range.end) {
            range.end = page_up(segment->paddr + segment->memory_size);
        }
    }
    return range;
}

static void patch_all(struct job *job, const struct system *system, struct program **programs)
{
    for (size_t i = 0; i < system->components.count; i++) {
        patch_program(job, system, system->components.items[i], programs[i]);
    }
}

/* The monitor sees the block, so the block's length is in the plan, and with it in the block. It
 * comes to rest at the second attempt; at the third if chosen addresses made bytes differ. */
struct build build_programs(const struct system_source *source, const struct system *system,
                            struct program **programs, struct program *initialiser,
                            struct program *monitor, struct machine *machine)
{
    enum { ATTEMPTS = 6 };
    struct build build = {.system = system};
    uint64_t pages = 0, made = 1;

    for (unsigned attempt = 0; attempt < ATTEMPTS && made != pages; attempt++) {
        pages = made;
        patch_all(source->job, system, programs);
        build.plan = compile_system(source, system, programs, monitor, pages);
        build.task_memory = image_task_bytes(initialiser->elf, pages << PAGE_BITS);
        machine->task_bytes = build.task_memory;
        build.memory = memory_place(build.plan, machine);
        patch_all(source->job, system, programs);
        image_tell_monitor(build.plan, pages << PAGE_BITS);
        build.block = image_block(build.plan);
        made = build.block.length >> PAGE_BITS;
    }
    if (made != pages) {
        refuse(source->job, RULE_IMAGE_TASK, NULL, NULL, "the description does not come to rest");
    }
    image_check(build.plan, build.block);
    build.task = image_task(source->job, initialiser, build.block);
    return build;
}

struct build build_image(const struct build_inputs *inputs)
{
    const struct system_source *source = &inputs->source;
    struct shelf shelf = {.inputs = inputs, .job = source->job};
    struct machine machine = {.task_bytes = 0};
    const struct system *system = system_read(source, inputs->system_path);
    struct program **programs, *initialiser, *monitor;

    programs = job_take(source->job, system->components.count * sizeof(struct program *));
    for (size_t i = 0; i < system->components.count; i++) {
        programs[i] = load_program(&shelf, system->components.items[i]);
    }
    initialiser = load_own(&shelf, inputs->initialiser_path, "initialiser");
    monitor = load_own(&shelf, inputs->monitor_path, "monitor");
    machine_set_ram(&machine, source->target, inputs->ram_bytes);
    machine.kernel = kernel_range(&shelf);
    return build_programs(source, system, programs, initialiser, monitor, &machine);
}
