// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rules that need the whole system, in the order of the Microkit format: a file with several
 * faults shows the same one first. Names become pointers on the way.
 */
#include "check_priv.h"
#include <string.h>

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
    check_controls(in);
    check_physical(in);
    warn_unused(in);
    choose_page_sizes(in);
    check_setvars(in);
}
