// SPDX-License-Identifier: BSD-2-Clause
/* <virtual_machine> and <vcpu>. */
#include "read.h"
#include <string.h>

enum { BUDGET_DEFAULT_US = 1000, BUDGET_MIN_US = 20 };

static void read_schedule(struct reading *in, const struct element *element, struct guest *guest)
{
    uint64_t priority;

    guest->budget_us = read_number_or(in, element, "budget", BUDGET_DEFAULT_US);
    guest->period_us = read_number_or(in, element, "period", guest->budget_us);
    if (guest->budget_us > guest->period_us) {
        refuse(in->job, RULE_PD_BUDGET, &element->place, NULL,
               "budget (%llu) of virtual machine '%s' is above the period (%llu)",
               (unsigned long long)guest->budget_us, guest->name,
               (unsigned long long)guest->period_us);
    }
    if (guest->budget_us < BUDGET_MIN_US) {
        refuse(in->job, RULE_PD_BUDGET_MIN, &element->place, NULL,
               "a budget of %llu microseconds is too small to run",
               (unsigned long long)guest->budget_us);
    }
    priority = read_number_or(in, element, "priority", 0);
    if (priority > PRIORITY_MAX) {
        refuse(in->job, RULE_VM_PRIORITY, read_place(element, "priority"), NULL,
               "priority %llu is not between 0 and %d", (unsigned long long)priority, PRIORITY_MAX);
    }
    guest->priority = (unsigned)priority;
}

static void check_vcpu_id(struct reading *in, const struct guest *guest, const struct vcpu *vcpu)
{
    for (size_t i = 0; i < guest->vcpus.count; i++) {
        const struct vcpu *other = guest->vcpus.items[i];

        if (other->id == vcpu->id) {
            refuse(in->job, RULE_VM_VCPU_TWICE, &vcpu->place, NULL,
                   "vCPU id %u of virtual machine '%s' is used already in line %u", vcpu->id,
                   guest->name, other->place.line);
        }
    }
}

static void parse_vcpu(struct reading *in, const struct element *element,
                       struct component *component)
{
    static const char *const names[] = {"id", "cpu", "setvar_id", NULL};
    struct vcpu *vcpu = job_take(in->job, sizeof(*vcpu));
    uint64_t cpu;

    read_only(in, element, names);
    vcpu->place = element->place;
    vcpu->id = read_id(in, element);
    cpu = read_number_or(in, element, "cpu", component->cpu);
    if (cpu >= in->target->options.MAX_NUM_NODES) {
        refuse(in->job, RULE_PD_CPU, &element->place, NULL, "cpu must be less than %llu, got %llu",
               (unsigned long long)in->target->options.MAX_NUM_NODES, (unsigned long long)cpu);
    }
    vcpu->cpu = (unsigned)cpu;
    check_vcpu_id(in, component->guest, vcpu);
    read_setvar(in, component, element, "setvar_id", vcpu->id);
    list_add(in->job, &component->guest->vcpus, vcpu);
}

static void parse_members(struct reading *in, const struct element *element,
                          struct component *component)
{
    for (const struct element *child = element->first_child; child; child = child->next) {
        if (strcmp(child->name, "vcpu") == 0) {
            parse_vcpu(in, child, component);
        } else if (strcmp(child->name, "map") == 0) {
            parse_map(in, child, component, component->guest);
        } else {
            read_unknown_child(in, child, "vcpu, map");
        }
    }
}

static void check_vcpu_count(struct reading *in, const struct element *element,
                             const struct guest *guest)
{
    if (guest->vcpus.count == 0) {
        refuse(in->job, RULE_VM_VCPU_NONE, &element->place, NULL,
               "missing 'vcpu' element on virtual machine '%s'", guest->name);
    }
    if (target_is(in->target, SYSTEM_X86_64) && guest->vcpus.count > 1) {
        refuse(in->job, RULE_VM_VCPU_ONE, &element->place, NULL,
               "virtual machine '%s' has %zu vCPUs", guest->name, guest->vcpus.count);
    }
}

void parse_guest(struct reading *in, const struct element *element, struct component *component)
{
    static const char *const own_thread[] = {"name", "priority", "budget", "period", NULL};
    static const char *const shared_thread[] = {"name", NULL};
    bool x86 = target_is(in->target, SYSTEM_X86_64);

    if (!target_has_guests(in->target)) {
        refuse(in->job, RULE_VM_ARCH, &element->place, NULL,
               "the kernel of board %s cannot run virtual machines", in->target->board->name);
    }
    if (component->guest) {
        read_twice(in, element);
    }
    read_only(in, element, x86 ? shared_thread : own_thread);
    component->guest = job_take(in->job, sizeof(*component->guest));
    component->guest->place = element->place;
    component->guest->name = read_text(in, element, "name");
    read_schedule(in, element, component->guest);
    parse_members(in, element, component);
    check_vcpu_count(in, element, component->guest);
}
