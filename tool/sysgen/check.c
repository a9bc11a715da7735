// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rules that need the whole system, in the order of the Microkit format: a file with several
 * faults shows the same one first. Names become pointers on the way.
 */
#include "read.h"
#include <string.h>

#define FOR_EACH(type, item, list)                                                                 \
    for (size_t item##_at = 0; item##_at < (list).count; item##_at++)                              \
        for (type *item = (list).items[item##_at]; item; item = NULL)

static void check_child_vcpus(struct reading *in, const struct component *child)
{
    const struct guest *guest = child->parent->guest;

    if (!guest) {
        return;
    }
    FOR_EACH(const struct vcpu, vcpu, guest->vcpus)
    {
        if ((int)vcpu->id == child->id) {
            refuse(in->job, RULE_CHILD_ID_VCPU, &child->place, NULL,
                   "duplicate id: %d of '%s' clashes with vCPU %u of virtual machine '%s', line %u",
                   child->id, child->name, vcpu->id, guest->name, vcpu->place.line);
        }
    }
}

/* Ids of children: step 3. A pair is found at its second member. */
void check_nesting(struct reading *in)
{
    struct list *all = &in->system->components;

    for (size_t i = 0; i < all->count; i++) {
        const struct component *child = all->items[i];

        for (size_t j = 0; child->parent && j < i; j++) {
            const struct component *other = all->items[j];

            if (other->parent == child->parent && other->id == child->id) {
                refuse(in->job, RULE_CHILD_ID_TWICE, &child->place, NULL,
                       "duplicate id: %d in protection domain '%s', used already in line %u",
                       child->id, child->parent->name, other->place.line);
            }
        }
        if (child->parent) {
            check_child_vcpus(in, child);
        }
    }
}

static void find_cap_components(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    FOR_EACH(struct user_cap, cap, component->caps)
    {
        if (!cap->pd_name) {
            continue;
        }
        cap->component = system_component(in->system, cap->pd_name);
        if (!cap->component) {
            refuse(in->job, RULE_CAP_PD, &cap->place, NULL, "there is no protection domain '%s'",
                   cap->pd_name);
        }
    }
}

static void check_component_count(struct reading *in)
{
    const struct place whole = {.file = in->system->file};
    size_t count = in->system->components.count;

    if (count == 0) {
        refuse(in->job, RULE_PD_COUNT_NONE, &whole, NULL,
               "at least one protection domain must be defined");
    }
    if (count > COMPONENT_MAX) {
        refuse(in->job, RULE_PD_COUNT, &whole, NULL, "too many protection domains: %zu, at most %d",
               count, COMPONENT_MAX);
    }
}

static void check_component_names(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    {
        struct component *first = system_component(in->system, component->name);

        if (first != component) {
            refuse(in->job, RULE_PD_NAME_TWICE, &component->place, NULL,
                   "duplicate protection domain name '%s', used already in line %u",
                   component->name, first->place.line);
        }
        if (strcmp(component->name, "monitor") == 0) {
            refuse(in->job, RULE_PD_NAME_RESERVED, &component->place, NULL,
                   "the name 'monitor' is reserved");
        }
    }
}

static void check_region_names(struct reading *in)
{
    FOR_EACH(struct region, region, in->system->regions)
    {
        struct region *first = system_region(in->system, region->name);

        if (first != region) {
            refuse(in->job, RULE_MR_NAME_TWICE, &region->place, NULL,
                   "duplicate memory region name '%s', used already in line %u", region->name,
                   first->place.line);
        }
    }
}

static void check_guest_name(struct reading *in, const struct component *owner)
{
    for (unsigned i = 0; i < owner->index; i++) {
        const struct component *other = in->system->components.items[i];

        if (other->guest && strcmp(other->guest->name, owner->guest->name) == 0) {
            refuse(in->job, RULE_VM_NAME_TWICE, &owner->guest->place, NULL,
                   "duplicate virtual machine name '%s', used already in line %u",
                   owner->guest->name, other->guest->place.line);
        }
    }
}

static void check_guests(struct reading *in)
{
    size_t vcpus = 0;

    FOR_EACH(struct component, component, in->system->components)
    {
        if (!component->guest) {
            continue;
        }
        check_guest_name(in, component);
        if (target_is(in->target, SYSTEM_X86_64) && component->has_children) {
            refuse(in->job, RULE_VM_CHILDREN, &component->place, NULL,
                   "protection domain '%s' has a virtual machine and child protection domains",
                   component->name);
        }
        vcpus += component->guest->vcpus.count;
        if (vcpus > GUEST_VCPU_MAX) {
            refuse(in->job, RULE_VM_VCPU_COUNT, &component->guest->place, NULL, "%zu vCPUs", vcpus);
        }
    }
}

static void check_irq_number(struct reading *in, const struct component *component,
                             const struct irq *irq)
{
    FOR_EACH(const struct component, other, in->system->components)
    FOR_EACH(const struct irq, earlier, other->irqs)
    {
        if (earlier == irq) {
            return;
        }
        if (earlier->number == irq->number) {
            refuse(in->job, RULE_IRQ_TWICE, &irq->place, NULL,
                   "duplicate %s: %llu in protection domain '%s', used already in line %u",
                   irq->kind == SYSTEM_IRQ_PLAIN ? "irq" : "vector",
                   (unsigned long long)irq->number, component->name, earlier->place.line);
        }
    }
}

static void check_irq_numbers(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct irq, irq, component->irqs)
    {
        check_irq_number(in, component, irq);
    }
}

/* Which ids of each component are taken, and where. */
struct id_table {
    const struct place *users[COMPONENT_MAX][ID_MAX + 1];
};

static void take_id(struct reading *in, struct id_table *ids, const struct component *component,
                    unsigned id, const struct place *place)
{
    const struct place **user = &ids->users[component->index][id];

    if (*user) {
        refuse(in->job, RULE_CHANNEL_ID_TWICE, place, NULL,
               "duplicate channel id: %u in protection domain '%s', used already in line %u", id,
               component->name, (*user)->line);
    }
    *user = place;
}

static void check_call(struct reading *in, const struct channel *channel,
                       const struct component *caller, const struct component *callee)
{
    if (caller->priority >= callee->priority) {
        refuse(in->job, RULE_PPC_PRIORITY, &channel->place, NULL,
               "protected call from '%s' (priority %u) to '%s' (priority %u)", caller->name,
               caller->priority, callee->name, callee->priority);
    }
    if (target_is(in->target, SYSTEM_X86_64) && callee->guest) {
        refuse(in->job, RULE_PPC_VMM, &channel->place, NULL,
               "protected call to '%s', which has a virtual machine, from '%s'", callee->name,
               caller->name);
    }
}

static void check_channels(struct reading *in, struct id_table *ids)
{
    FOR_EACH(const struct channel, channel, in->system->channels)
    {
        for (unsigned i = 0; i < 2; i++) {
            const struct channel_end *end = &channel->ends[i];

            take_id(in, ids, end->component, end->id, &end->place);
        }
        for (unsigned i = 0; i < 2; i++) {
            if (channel->ends[i].call) {
                check_call(in, channel, channel->ends[i].component, channel->ends[!i].component);
            }
        }
    }
}

static void check_notices(struct reading *in, struct id_table *ids)
{
    FOR_EACH(struct component, component, in->system->components)
    FOR_EACH(struct restart_notice, notice, component->notices)
    {
        notice->neighbour = system_component(in->system, notice->pd_name);
        if (!notice->neighbour || notice->neighbour == component) {
            refuse(in->job, RULE_EXT_NOTIFY_PD, &notice->place, NULL,
                   "'%s' is no other protection domain", notice->pd_name);
        }
        take_id(in, ids, notice->neighbour, notice->id, &notice->place);
        if (notice->setvar_id) {
            setvar_add(in, notice->neighbour, notice->setvar_id, &notice->place)->value =
                notice->id;
        }
    }
}

static void check_ids(struct reading *in)
{
    struct id_table *ids = job_take(in->job, sizeof(*ids));

    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct irq, irq, component->irqs)
    {
        take_id(in, ids, component, irq->id, &irq->place);
    }
    check_channels(in, ids);
    check_notices(in, ids);
}

static void check_io_port_ids(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    {
        uint64_t taken = 0;

        FOR_EACH(const struct io_port, port, component->io_ports)
        {
            if (taken >> port->id & 1) {
                refuse(in->job, RULE_IOPORT_ID_TWICE, &port->place, NULL,
                       "duplicate I/O port id: %u in protection domain '%s'", port->id,
                       component->name);
            }
            taken |= UINT64_C(1) << port->id;
        }
    }
}

static void check_ports_apart(struct reading *in, const struct component *a,
                              const struct io_port *first, const struct component *b,
                              const struct io_port *second)
{
    if (first->first < second->first + second->size && second->first < first->first + first->size) {
        refuse(in->job, RULE_IOPORT_OVERLAP, &second->place, NULL,
               "I/O port %u (0x%llx..0x%llx) of protection domain '%s' overlaps I/O port %u "
               "(0x%llx..0x%llx) of '%s' in line %u",
               second->id, (unsigned long long)second->first,
               (unsigned long long)(second->first + second->size), b->name, first->id,
               (unsigned long long)first->first, (unsigned long long)(first->first + first->size),
               a->name, first->place.line);
    }
}

static void check_io_port(struct reading *in, const struct component *component,
                          const struct io_port *port)
{
    FOR_EACH(const struct component, other, in->system->components)
    FOR_EACH(const struct io_port, earlier, other->io_ports)
    {
        if (earlier == port) {
            return;
        }
        check_ports_apart(in, other, earlier, component, port);
    }
}

static void check_io_ports(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct io_port, port, component->io_ports)
    {
        check_io_port(in, component, port);
    }
}

/* One range in an address space, for the rules that all kinds of maps share. */
struct mapped {
    const char *region;
    const struct place *place;
    uint64_t start, size, align;
};

/* The address space and what to call it. */
struct space {
    const char *kind, *name;
    uint64_t limit;
    struct mapped *taken;
    size_t count;
};

static void check_range(struct reading *in, const struct space *space, const struct mapped *map)
{
    uint64_t end;

    if (map->start % map->align) {
        refuse(in->job, RULE_MAP_ALIGN, map->place, NULL,
               "memory region '%s': 0x%llx is not aligned to its page size 0x%llx", map->region,
               (unsigned long long)map->start, (unsigned long long)map->align);
    }
    if (__builtin_add_overflow(map->start, map->size, &end)) {
        refuse(in->job, RULE_MAP_WRAP, map->place, NULL,
               "memory region '%s': 0x%llx bytes from 0x%llx wrap around", map->region,
               (unsigned long long)map->size, (unsigned long long)map->start);
    }
    if (end > space->limit) {
        refuse(in->job, RULE_MAP_BEYOND, map->place, NULL,
               "memory region '%s': 0x%llx..0x%llx ends beyond the address space 0x0..0x%llx",
               map->region, (unsigned long long)map->start, (unsigned long long)end,
               (unsigned long long)space->limit);
    }
}

static void take_range(struct reading *in, struct space *space, struct mapped map)
{
    check_range(in, space, &map);
    for (size_t i = 0; i < space->count; i++) {
        const struct mapped *other = &space->taken[i];

        if (map.start < other->start + other->size && other->start < map.start + map.size) {
            refuse(in->job, RULE_MAP_OVERLAP, map.place, NULL,
                   "map of '%s' (0x%llx..0x%llx) overlaps map of '%s' (0x%llx..0x%llx) in line %u "
                   "in %s '%s'",
                   map.region, (unsigned long long)map.start,
                   (unsigned long long)(map.start + map.size), other->region,
                   (unsigned long long)other->start,
                   (unsigned long long)(other->start + other->size), other->place->line,
                   space->kind, space->name);
        }
    }
    space->taken[space->count++] = map;
}

static struct region *find_region(struct reading *in, const char *name, const struct place *place)
{
    struct region *region = system_region(in->system, name);

    if (!region) {
        refuse(in->job, RULE_MAP_REGION, place, NULL, "there is no memory region '%s'", name);
    }
    return region;
}

static void check_maps(struct reading *in, struct list *maps, const char *kind, const char *name,
                       uint64_t limit)
{
    struct space space = {.kind = kind, .name = name, .limit = limit};

    space.taken = job_take(in->job, maps->count * sizeof(*space.taken));
    FOR_EACH(struct map, map, *maps)
    {
        struct region *region = find_region(in, map->region_name, &map->place);

        map->region = region;
        region->used = true;
        take_range(in, &space,
                   (struct mapped){region->name, &map->place, map->vaddr, region->size,
                                   region->page_size});
    }
}

static void check_all_maps(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    {
        check_maps(in, &component->maps, "protection domain", component->name,
                   component_map_limit(in->target, component));
        if (component->guest) {
            check_maps(in, &component->guest->maps, "virtual machine", component->guest->name,
                       guest_map_limit(in->target));
        }
    }
}

static void find_io_regions(struct reading *in)
{
    FOR_EACH(struct io_space, space, in->system->io_spaces)
    FOR_EACH(struct io_map, map, space->maps)
    {
        map->region = find_region(in, map->region_name, &map->place);
        map->region->io_mapped = true;
        if (map->region->page_size != PAGE_BYTES) {
            refuse(in->job, RULE_IOMAP_PAGES, &map->place, NULL,
                   "memory region '%s' has pages of 0x%llx bytes, which an IOMMU cannot map",
                   map->region->name, (unsigned long long)map->region->page_size);
        }
    }
}

static void check_io_maps(struct reading *in)
{
    find_io_regions(in);
    FOR_EACH(struct io_space, io_space, in->system->io_spaces)
    {
        struct space space = {.kind = "I/O address space of", .limit = UINT64_C(1) << 39};

        space.name = job_print(in->job, "PCI device %02x:%02x.%x", io_space->pci.bus,
                               io_space->pci.device, io_space->pci.function);
        space.taken = job_take(in->job, io_space->maps.count * sizeof(*space.taken));
        FOR_EACH(struct io_map, map, io_space->maps)
        {
            take_range(in, &space,
                       (struct mapped){map->region->name, &map->place, map->vaddr,
                                       map->region->size, PAGE_BYTES});
        }
    }
}

static _Noreturn void refuse_slot(struct reading *in, const struct component *component,
                                  const struct user_cap *cap)
{
    struct text users = {.job = in->job};

    FOR_EACH(const struct user_cap, other, component->caps)
    {
        if (other->slot == cap->slot) {
            text_print(&users, "\n    %s of '%s' at %s:%u:%u", other->kind_name,
                       other->pd_name ? other->pd_name : component->name, other->place.file,
                       other->place.line, other->place.column);
        }
    }
    refuse(in->job, RULE_CAP_SLOT_TWICE, &cap->place, NULL,
           "slot %u of protection domain '%s' is used more than once:%s", cap->slot,
           component->name, users.bytes);
}

static void check_slots(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    {
        uint64_t taken = 0;

        FOR_EACH(const struct user_cap, cap, component->caps)
        {
            if (taken >> cap->slot & 1) {
                refuse_slot(in, component, cap);
            }
            taken |= UINT64_C(1) << cap->slot;
        }
    }
}

static void check_physical_pair(struct reading *in, const struct region *first,
                                const struct region *second)
{
    if (first->paddr < second->paddr + second->size && second->paddr < first->paddr + first->size) {
        refuse(in->job, RULE_MR_PHYS_OVERLAP, &second->place, NULL,
               "memory region '%s' physical range [0x%llx..0x%llx) overlaps '%s' "
               "[0x%llx..0x%llx) in line %u",
               second->name, (unsigned long long)second->paddr,
               (unsigned long long)(second->paddr + second->size), first->name,
               (unsigned long long)first->paddr, (unsigned long long)(first->paddr + first->size),
               first->place.line);
    }
}

static void check_physical(struct reading *in)
{
    struct list *regions = &in->system->regions;

    for (size_t i = 0; i < regions->count; i++) {
        const struct region *second = regions->items[i];

        for (size_t j = 0; second->has_paddr && j < i; j++) {
            const struct region *first = regions->items[j];

            if (first->has_paddr) {
                check_physical_pair(in, first, second);
            }
        }
    }
}

static void warn_unused(struct reading *in)
{
    FOR_EACH(const struct region, region, in->system->regions)
    {
        if (!region->used) {
            text_print(&in->system->warnings, "WARNING: unused memory region '%s': %s:%u:%u\n",
                       region->name, region->place.file, region->place.line, region->place.column);
        }
    }
}

static bool all_maps_large(const struct list *maps, const struct region *region)
{
    FOR_EACH(const struct map, map, *maps)
    {
        if (map->region == region && map->vaddr % LARGE_PAGE_BYTES) {
            return false;
        }
    }
    return true;
}

/* Large pages where everything about the region is a multiple of them. */
static bool fits_large(const struct system *system, const struct region *region)
{
    if (region->io_mapped || region->size % LARGE_PAGE_BYTES ||
        (region->has_paddr && region->paddr % LARGE_PAGE_BYTES)) {
        return false;
    }
    FOR_EACH(const struct component, component, system->components)
    {
        if (!all_maps_large(&component->maps, region) ||
            (component->guest && !all_maps_large(&component->guest->maps, region))) {
            return false;
        }
    }
    return true;
}

static void choose_page_sizes(struct reading *in)
{
    FOR_EACH(struct region, region, in->system->regions)
    {
        if (!region->page_size_given && fits_large(in->system, region)) {
            region->page_size = LARGE_PAGE_BYTES;
        }
    }
}

static void check_prefill_sizes(struct reading *in, const struct component *component)
{
    FOR_EACH(const struct map, map, component->maps)
    {
        if (map->wants_prefill_size && !map->region->prefill) {
            refuse(in->job, RULE_PREFILL_SIZE_NONE, &map->region->place, NULL,
                   "setvar_prefill_size is given in line %u, but memory region '%s' has no "
                   "prefill_path",
                   map->place.line, map->region->name);
        }
    }
}

static void check_paddr(struct reading *in, const struct setvar *setvar)
{
    struct region *region = setvar->region;

    if (!region->has_paddr && !in->target->arch->chooses_paddr) {
        refuse(in->job, RULE_SETVAR_PADDR, &setvar->place, NULL,
               "the physical address of memory region '%s' is not known on %s: it has no "
               "'phys_addr'",
               region->name, in->target->arch->name);
    }
    region->wants_paddr = true;
}

static void check_setvars(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    {
        check_prefill_sizes(in, component);
        FOR_EACH(struct setvar, setvar, component->setvars)
        {
            if (!setvar->region_name) {
                continue;
            }
            setvar->region = system_region(in->system, setvar->region_name);
            if (!setvar->region) {
                refuse(in->job, RULE_SETVAR_REGION, &setvar->place, NULL,
                       "there is no memory region '%s'", setvar->region_name);
            }
            if (setvar->kind == SETVAR_REGION_PADDR) {
                check_paddr(in, setvar);
            }
        }
    }
}

void check_system(struct reading *in)
{
    find_cap_components(in);
    check_component_count(in);
    check_component_names(in);
    check_region_names(in);
    check_guests(in);
    check_irq_numbers(in);
    check_ids(in);
    check_io_port_ids(in);
    check_io_ports(in);
    check_all_maps(in);
    check_io_maps(in);
    check_slots(in);
    check_physical(in);
    warn_unused(in);
    choose_page_sizes(in);
    check_setvars(in);
}
