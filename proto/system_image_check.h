// SPDX-License-Identifier: BSD-2-Clause
/*
 * Holds a compiled description against everything its readers rely on: sizes, offsets, every index
 * from one table into another, every range. No other place knows these rules; the builder checks
 * what it wrote, the initialiser what it was given, a fuzzer both.
 */
#pragma once
#include <proto/system_image.h>
#include <stdbool.h>

/* What the rules of one record need. */
struct system_view {
    const struct system_image *image;
    const struct system_object *objects;
    uint32_t object_count, component_count, region_count;
};

static inline uint32_t system_count(const struct system_image *image, enum system_table_kind kind)
{
    return image->tables[kind].count;
}

static inline bool system_is(const struct system_view *view, uint32_t object,
                             enum system_object_kind kind)
{
    return object < view->object_count && view->objects[object].kind == kind;
}

static inline bool system_is_or_none(const struct system_view *view, uint32_t object,
                                     enum system_object_kind kind)
{
    return object == SYSTEM_NONE || system_is(view, object, kind);
}

static inline bool system_is_text(const struct system_view *view, uint32_t text)
{
    return text < system_count(view->image, SYSTEM_TABLE_STRINGS);
}

static inline bool system_is_component(const struct system_view *view, uint32_t component)
{
    return component == SYSTEM_NONE || component < view->component_count;
}

/* Objects first .. first + count - 1 of a run; at least one. */
static inline bool system_is_part(const struct system_view *view, uint32_t object, uint32_t first,
                                  uint32_t count)
{
    return object < view->object_count && count > 0 && first < view->objects[object].count &&
           count <= view->objects[object].count - first;
}

static inline uint64_t system_run_bytes(const struct system_object *object)
{
    return (uint64_t)object->count << object->size_bits;
}

static inline const char *system_check_table(const struct system_image *image,
                                             enum system_table_kind kind)
{
    const struct system_table *table = &image->tables[kind];
    uint64_t bytes = (uint64_t)table->count * table->record_bytes;

    if (table->record_bytes != system_record_bytes(kind)) {
        return "a table has records of another size";
    }
    if (table->offset % 8 || table->offset < sizeof(*image) || table->offset > image->described ||
        bytes > image->described - table->offset) {
        return "a table is not within the description";
    }
    return NULL;
}

static inline const char *system_check_header(const struct system_image *image, uint64_t length)
{
    if (length < sizeof(*image) || image->magic != SYSTEM_IMAGE_MAGIC) {
        return "it does not begin with the magic number";
    }
    if (image->version != SYSTEM_IMAGE_VERSION) {
        return "it has another version";
    }
    if (image->described % 8 || image->described < sizeof(*image) ||
        image->described > image->total || image->total > length) {
        return "its length is wrong";
    }
    if (image->checksum != system_image_sum(image)) {
        return "its checksum is wrong";
    }
    for (unsigned kind = 0; kind < SYSTEM_TABLE_COUNT; kind++) {
        const char *wrong = system_check_table(image, (enum system_table_kind)kind);

        if (wrong) {
            return wrong;
        }
    }
    return NULL;
}

static inline const char *system_check_strings(const struct system_image *image)
{
    uint32_t count = system_count(image, SYSTEM_TABLE_STRINGS);

    return count > 0 && system_text(image, 0)[0] == 0 && system_text(image, count - 1)[0] == 0
               ? NULL
               : "the strings have no end";
}

/* Kinds whose argument indexes a table, or shifts a number. */
static inline bool system_argument_good(const struct system_view *view,
                                        const struct system_object *object)
{
    switch (object->kind) {
    case SYSTEM_CNODE: return object->argument >= 1 && object->argument + 5 == object->size_bits;
    case SYSTEM_PAGE_TABLE:
    case SYSTEM_GUEST_TABLE:
    case SYSTEM_IO_TABLE: return object->argument > SYSTEM_PAGE_BITS && object->argument < 64;
    case SYSTEM_IRQ: return object->argument < system_count(view->image, SYSTEM_TABLE_IRQS);
    case SYSTEM_IO_PORTS:
        return object->argument >> 32 == 0 && (object->argument & 0xffff) <= object->argument >> 16;
    case SYSTEM_IO_SPACE: return object->argument >> 32 == 0;
    case SYSTEM_IMAGE_FRAMES:
        return object->argument % (1u << SYSTEM_PAGE_BITS) == 0 &&
               object->size_bits == SYSTEM_PAGE_BITS && object->argument <= view->image->total &&
               system_run_bytes(object) <= view->image->total - object->argument;
    default: return true;
    }
}

static inline const char *system_check_objects(const struct system_view *view)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < view->object_count; i++) {
        const struct system_object *object = &view->objects[i];

        if (object->kind >= SYSTEM_OBJECT_KINDS || object->count == 0 || object->id != total ||
            object->size_bits > 47 || !system_is_text(view, object->name) ||
            !system_is_component(view, object->component)) {
            return "an object is none";
        }
        total += object->count;
        if (total > SYSTEM_OBJECTS_MAX || total > view->image->object_total) {
            return "there are too many objects";
        }
        if (!system_argument_good(view, object)) {
            return "an object has a wrong argument";
        }
        if (object->paddr != SYSTEM_NO_PADDR &&
            (object->paddr % (UINT64_C(1) << object->size_bits) || object->paddr >> 52)) {
            return "an object has a wrong physical address";
        }
    }
    return total == view->image->object_total && total <= view->image->cap_total &&
                   view->image->cap_total <= SYSTEM_OBJECTS_MAX
               ? NULL
               : "the number of objects is wrong";
}

static inline const char *system_check_caps(const struct system_view *view)
{
    const struct system_cap *caps = system_table(view->image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_CAPS); i++) {
        const struct system_cap *cap = &caps[i];
        uint64_t slots;

        if (!system_is(view, cap->cnode, SYSTEM_CNODE) ||
            !system_is_part(view, cap->object, cap->index, cap->count) || cap->meaning == 0 ||
            cap->meaning >= SYSTEM_CAP_MEANINGS || !system_is_component(view, cap->peer) ||
            (cap->rights & ~SYSTEM_RIGHTS_ALL)) {
            return "a capability is none";
        }
        slots = UINT64_C(1) << view->objects[cap->cnode].argument;
        if (cap->slot >= slots || cap->count > slots - cap->slot) {
            return "a capability is outside of its CNode";
        }
    }
    return NULL;
}

static inline bool system_is_space(const struct system_view *view, uint32_t object)
{
    return system_is(view, object, SYSTEM_VSPACE) || system_is(view, object, SYSTEM_GUEST_VSPACE) ||
           system_is(view, object, SYSTEM_IO_SPACE);
}

static inline bool system_is_mappable(const struct system_view *view, uint32_t object)
{
    return system_is(view, object, SYSTEM_FRAME) || system_is(view, object, SYSTEM_PAGE_TABLE) ||
           system_is(view, object, SYSTEM_GUEST_TABLE) ||
           system_is(view, object, SYSTEM_IO_TABLE) || system_is(view, object, SYSTEM_IMAGE_FRAMES);
}

static inline const char *system_check_mappings(const struct system_view *view)
{
    const struct system_mapping *mappings = system_table(view->image, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_MAPPINGS); i++) {
        const struct system_mapping *map = &mappings[i];

        if (!system_is_space(view, map->vspace) || !system_is_mappable(view, map->object) ||
            !system_is_part(view, map->object, map->first, map->count) || map->use == 0 ||
            map->use >= SYSTEM_MAP_USES || !system_is_component(view, map->component) ||
            (map->region != SYSTEM_NONE && map->region >= view->region_count) ||
            (map->rights & ~SYSTEM_RIGHTS_ALL)) {
            return "a mapping is none";
        }
        if (map->stride == 0 || map->vaddr >> 56 || map->stride > UINT64_C(1) << 48 ||
            (map->stride - 1) & map->stride || map->vaddr & (map->stride - 1)) {
            return "a mapping has a wrong address";
        }
        if (map->cap_id >= view->image->cap_total ||
            map->count > view->image->cap_total - map->cap_id) {
            return "a mapping has a wrong capability";
        }
    }
    return NULL;
}

static inline const char *system_check_fills(const struct system_view *view)
{
    const struct system_fill *fills = system_table(view->image, SYSTEM_TABLE_FILLS);

    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_FILLS); i++) {
        const struct system_fill *fill = &fills[i];
        uint64_t size;

        if (!system_is(view, fill->object, SYSTEM_FRAME)) {
            return "a filling is for no frames";
        }
        size = system_run_bytes(&view->objects[fill->object]);
        if (fill->at > size || fill->length > size - fill->at) {
            return "a filling is longer than its frames";
        }
        if (fill->kind != SYSTEM_FILL_BOOTINFO &&
            (fill->kind != SYSTEM_FILL_BYTES || fill->source < view->image->described ||
             fill->source > view->image->total ||
             fill->length > view->image->total - fill->source)) {
            return "a filling has no bytes";
        }
    }
    return NULL;
}

static inline const char *system_check_threads(const struct system_view *view)
{
    const struct system_thread *threads = system_table(view->image, SYSTEM_TABLE_THREADS);
    const struct system_sched *scheds = system_table(view->image, SYSTEM_TABLE_SCHEDS);

    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_SCHEDS); i++) {
        if (!system_is(view, scheds[i].object, SYSTEM_SCHED_CONTEXT) || scheds[i].budget_us == 0 ||
            scheds[i].budget_us > scheds[i].period_us) {
            return "a scheduling context has no time";
        }
    }
    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_THREADS); i++) {
        const struct system_thread *thread = &threads[i];

        if (!system_is(view, thread->tcb, SYSTEM_TCB) ||
            !system_is(view, thread->cspace, SYSTEM_CNODE) ||
            !(system_is(view, thread->vspace, SYSTEM_VSPACE) ||
              system_is(view, thread->vspace, SYSTEM_GUEST_VSPACE)) ||
            !system_is(view, thread->buffer, SYSTEM_FRAME) ||
            !system_is_or_none(view, thread->sched, SYSTEM_SCHED_CONTEXT) ||
            !system_is_or_none(view, thread->notification, SYSTEM_NOTIFICATION) ||
            !system_is_or_none(view, thread->fault_endpoint, SYSTEM_ENDPOINT) ||
            !system_is_or_none(view, thread->vcpu, SYSTEM_VCPU) ||
            !system_is_or_none(view, thread->guest, SYSTEM_GUEST_VSPACE) ||
            thread->component >= view->component_count || !system_is_text(view, thread->name) ||
            thread->priority > 255 || thread->control_priority > 255 ||
            thread->cspace_guard_bits > 63) {
            return "a thread is none";
        }
    }
    return NULL;
}

static inline const char *system_check_devices(const struct system_view *view)
{
    const struct system_irq *irqs = system_table(view->image, SYSTEM_TABLE_IRQS);
    const struct system_region *regions = system_table(view->image, SYSTEM_TABLE_REGIONS);

    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_IRQS); i++) {
        if (!system_is(view, irqs[i].object, SYSTEM_IRQ) ||
            view->objects[irqs[i].object].argument != i ||
            !system_is(view, irqs[i].notification, SYSTEM_NOTIFICATION) || irqs[i].kind == 0 ||
            irqs[i].kind > SYSTEM_IRQ_MSI) {
            return "an interrupt is none";
        }
    }
    for (uint32_t i = 0; i < view->region_count; i++) {
        if (!system_is(view, regions[i].object, SYSTEM_FRAME) ||
            system_run_bytes(&view->objects[regions[i].object]) != regions[i].size ||
            !system_is_text(view, regions[i].name)) {
            return "a memory region is none";
        }
    }
    return NULL;
}

/* Only where the table of code is: what is in it, its readers check (system_code.h). */
static inline bool system_code_within(const struct system_view *view,
                                      const struct system_component *component)
{
    return component->code_bytes == 0 ||
           (component->code % 8 == 0 && component->code >= view->image->described &&
            component->code <= view->image->total &&
            component->code_bytes <= view->image->total - component->code);
}

static inline bool system_component_good(const struct system_view *view,
                                         const struct system_component *component)
{
    uint32_t notices = system_count(view->image, SYSTEM_TABLE_NOTICES);

    return system_is_text(view, component->name) && system_is_text(view, component->program) &&
           system_is_component(view, component->parent) &&
           system_is(view, component->tcb, SYSTEM_TCB) &&
           system_is(view, component->sched, SYSTEM_SCHED_CONTEXT) &&
           system_is_or_none(view, component->notification, SYSTEM_NOTIFICATION) &&
           system_is_or_none(view, component->endpoint, SYSTEM_ENDPOINT) &&
           system_is(view, component->reply, SYSTEM_REPLY) &&
           system_is_or_none(view, component->cnode_root, SYSTEM_CNODE) &&
           system_is(view, component->cnode, SYSTEM_CNODE) &&
           system_is(view, component->vspace, SYSTEM_VSPACE) &&
           system_code_within(view, component) && component->restart <= SYSTEM_RESTART_ALWAYS &&
           component->notice_first <= notices &&
           component->notice_count <= notices - component->notice_first;
}

static inline const char *system_check_components(const struct system_view *view)
{
    const struct system_component *components = system_table(view->image, SYSTEM_TABLE_COMPONENTS);
    const struct system_notice *notices = system_table(view->image, SYSTEM_TABLE_NOTICES);
    const struct system_slice *slices = system_table(view->image, SYSTEM_TABLE_SLICES);
    uint32_t slice_count = system_count(view->image, SYSTEM_TABLE_SLICES);

    if (view->image->console > SYSTEM_CONSOLE_LOG) {
        return "the monitor has no such console";
    }
    if (view->component_count > SYSTEM_COMPONENTS_MAX ||
        view->image->monitor >= view->component_count || !system_is_text(view, view->image->file)) {
        return "the components are too many, or the monitor is missing";
    }
    for (uint32_t i = 0; i < view->component_count; i++) {
        if (!system_component_good(view, &components[i])) {
            return "a component is none";
        }
    }
    for (uint32_t i = 0; i < system_count(view->image, SYSTEM_TABLE_NOTICES); i++) {
        if (notices[i].component >= view->component_count ||
            notices[i].neighbour >= view->component_count || notices[i].id > 61) {
            return "a restart notice is none";
        }
    }
    for (uint32_t i = 0; i < slice_count; i++) {
        if (slices[i].unit > SYSTEM_SLICE_END || slices[i].domain > 255) {
            return "a slice of the schedule is none";
        }
    }
    return slice_count == 0 || view->image->schedule_start < slice_count
               ? NULL
               : "the schedule starts nowhere";
}

/* Null if the block is good, or what is wrong with it. `block` is aligned to 8 bytes. */
static inline const char *system_image_check(const void *block, uint64_t length)
{
    static const char *(*const checks[])(const struct system_view *view) = {
        system_check_objects, system_check_caps,    system_check_mappings,  system_check_fills,
        system_check_threads, system_check_devices, system_check_components};
    const struct system_image *image = block;
    const char *wrong = system_check_header(image, length);
    struct system_view view;

    if (!wrong) {
        wrong = system_check_strings(image);
    }
    if (wrong) {
        return wrong;
    }
    view = (struct system_view){.image = image,
                                .objects = system_table(image, SYSTEM_TABLE_OBJECTS),
                                .object_count = system_count(image, SYSTEM_TABLE_OBJECTS),
                                .component_count = system_count(image, SYSTEM_TABLE_COMPONENTS),
                                .region_count = system_count(image, SYSTEM_TABLE_REGIONS)};
    for (unsigned i = 0; !wrong && i < sizeof(checks) / sizeof(checks[0]); i++) {
        wrong = checks[i](&view);
    }
    return wrong;
}
