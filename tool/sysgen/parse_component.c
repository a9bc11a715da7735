// SPDX-License-Identifier: BSD-2-Clause
/* <protection_domain>, <program_image> and <setvar>. */
#include "read.h"
#include <string.h>

enum {
    STACK_DEFAULT = 0x2000,
    STACK_MIN = 0x1000,
    STACK_MAX = 0x1000000,
    BUDGET_DEFAULT_US = 1000,
    BUDGET_MIN_US = 20,
    /* Above the limit that a complete file is held against, so that its other faults show first. */
    COMPONENTS_READ_MAX = 1000,
    RESTARTS_DEFAULT = 5,
    RESTARTS_MAX = 60,
};
/* Below what the kernel's clocks of all processors can count. */
static const uint64_t period_max_us = UINT64_C(1) << 45;

static const char *const top_names[] = {
    "name", "priority", "budget", "period",   "passive",        "stack_size", "cpu",
    "smc",  "fpu",      "domain", "+restart", "+restart_limit", NULL};
static const char *const child_names[] = {
    "name", "priority", "budget", "period",    "passive",  "stack_size",     "cpu", "smc",
    "fpu",  "domain",   "id",     "setvar_id", "+restart", "+restart_limit", NULL};

/* A child's id is a plain attribute, but of the flexible form. */
static void read_child_id(struct reading *in, const struct element *element,
                          struct component *component)
{
    uint64_t id = read_number(in, element, "id");

    if (id > ID_MAX) {
        refuse(in->job, RULE_ID_RANGE, read_place(element, "id"), NULL,
               "attribute 'id' is %llu, which is not below %d", (unsigned long long)id, ID_MAX + 1);
    }
    component->id = (int)id;
}

static void read_budget(struct reading *in, const struct element *element,
                        struct component *component)
{
    component->budget_us = read_number_or(in, element, "budget", BUDGET_DEFAULT_US);
    component->period_us = read_number_or(in, element, "period", component->budget_us);
    if (component->budget_us > component->period_us) {
        refuse(in->job, RULE_PD_BUDGET, read_place(element, "budget"), NULL,
               "budget (%llu) is above the period (%llu)", (unsigned long long)component->budget_us,
               (unsigned long long)component->period_us);
    }
    if (component->budget_us < BUDGET_MIN_US) {
        refuse(in->job, RULE_PD_BUDGET_MIN, read_place(element, "budget"), NULL,
               "a budget of %llu microseconds is too small to run",
               (unsigned long long)component->budget_us);
    }
    if (component->period_us > period_max_us) {
        refuse(in->job, RULE_PD_PERIOD_MAX, read_place(element, "period"), NULL,
               "a period of %llu microseconds is too long to count",
               (unsigned long long)component->period_us);
    }
}

static void read_smc(struct reading *in, const struct element *element, struct component *component)
{
    component->smc = read_bool(in, element, "smc", false);
    if (component->smc && !in->target->options.ALLOW_SMC_CALLS) {
        refuse(in->job, RULE_PD_SMC, read_place(element, "smc"), NULL,
               "SMC calls are not available on %s", in->target->board->name);
    }
}

static void read_cpu(struct reading *in, const struct element *element, struct component *component)
{
    uint64_t cpu = read_number_or(in, element, "cpu", 0);

    if (cpu >= in->target->options.MAX_NUM_NODES) {
        refuse(in->job, RULE_PD_CPU, read_place(element, "cpu"), NULL,
               "cpu must be less than %llu, got %llu",
               (unsigned long long)in->target->options.MAX_NUM_NODES, (unsigned long long)cpu);
    }
    component->cpu = (unsigned)cpu;
}

static int domain_id(const struct system *system, const char *name)
{
    for (size_t i = 0; i < system->domains.count; i++) {
        const struct domain *domain = system->domains.items[i];

        if (strcmp(domain->name, name) == 0) {
            return domain->id;
        }
    }
    return -1;
}

static void read_domain(struct reading *in, const struct element *element,
                        struct component *component)
{
    const struct attribute *domain = xml_attribute(element, "domain");

    component->domain = -1;
    if (!in->system->has_domains) {
        if (domain) {
            refuse(in->job, RULE_PD_DOMAIN_NONE, &domain->place, NULL,
                   "domain '%s' is given, but no domain schedule precedes", domain->value);
        }
        return;
    }
    if (!domain) {
        refuse(in->job, RULE_PD_DOMAIN_MISSING, &element->place, NULL,
               "missing required attribute 'domain'");
    }
    component->domain = domain_id(in->system, domain->value);
    if (component->domain < 0) {
        refuse(in->job, RULE_PD_DOMAIN_UNKNOWN, &domain->place, NULL,
               "protection domain '%s' names domain '%s', which is not declared", component->name,
               domain->value);
    }
}

static void check_stack(struct reading *in, const struct element *element,
                        const struct component *component)
{
    unsigned long long size = component->stack_size;

    if (size < STACK_MIN || size > STACK_MAX) {
        refuse(in->job, RULE_PD_STACK_RANGE, read_place(element, "stack_size"), NULL,
               "stack size 0x%llx is not between 0x%x and 0x%x", size, STACK_MIN, STACK_MAX);
    }
    if (size % PAGE_BYTES) {
        refuse(in->job, RULE_PD_STACK_ALIGN, read_place(element, "stack_size"), NULL,
               "stack size 0x%llx is not a multiple of the page size", size);
    }
}

static void read_priority(struct reading *in, const struct element *element,
                          struct component *component)
{
    uint64_t priority = read_number_or(in, element, "priority", 0);

    if (priority > PRIORITY_MAX) {
        refuse(in->job, RULE_PD_PRIORITY, read_place(element, "priority"), NULL,
               "priority %llu is not between 0 and %d", (unsigned long long)priority, PRIORITY_MAX);
    }
    component->priority = (unsigned)priority;
}

static enum system_restart restart_named(struct reading *in, const struct element *element)
{
    static const char *const words[] = {"never", "fault", "always"};
    const char *word = read_text_or(element, "restart", "never");

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            return (enum system_restart)i;
        }
    }
    refuse(in->job, RULE_EXT_RESTART, read_place(element, "restart"), NULL,
           "attribute 'restart' is '%s'", word);
}

/* Extension: what the monitor does when the component has stopped. */
static void read_restart(struct reading *in, const struct element *element,
                         struct component *component)
{
    uint64_t limit = read_number_or(in, element, "restart_limit", RESTARTS_DEFAULT);

    component->restart = restart_named(in, element);
    if (limit < 1 || limit > RESTARTS_MAX) {
        refuse(in->job, RULE_EXT_RESTART_LIMIT, read_place(element, "restart_limit"), NULL,
               "restart_limit is %llu", (unsigned long long)limit);
    }
    if (component->restart == SYSTEM_RESTART_NEVER && xml_attribute(element, "restart_limit")) {
        refuse(in->job, RULE_EXT_RESTART_NEVER, read_place(element, "restart_limit"), NULL,
               "a restart limit for a component that is never restarted");
    }
    if (component->restart != SYSTEM_RESTART_NEVER && component->parent) {
        refuse(in->job, RULE_EXT_RESTART_CHILD, read_place(element, "restart"), NULL,
               "'%s' is a child of '%s'", component->name, component->parent->name);
    }
    component->restarts_per_minute = (unsigned)limit;
}

static void read_attributes(struct reading *in, const struct element *element,
                            struct component *component)
{
    struct component *parent = component->parent;

    read_only(in, element, parent ? child_names : top_names);
    component->name = read_text(in, element, "name");
    if (!component->name[0]) {
        refuse(in->job, RULE_PD_NAME_EMPTY, read_place(element, "name"), NULL, "the name is empty");
    }
    component->id = NO_ID;
    if (parent) {
        read_child_id(in, element, component);
        read_setvar(in, parent, element, "setvar_id", (uint64_t)component->id);
    }
    read_budget(in, element, component);
    component->passive = read_bool(in, element, "passive", false);
    component->stack_size = read_number_or(in, element, "stack_size", STACK_DEFAULT);
    read_smc(in, element, component);
    read_cpu(in, element, component);
    read_domain(in, element, component);
    check_stack(in, element, component);
    read_priority(in, element, component);
    component->fpu = read_bool(in, element, "fpu", true);
    read_restart(in, element, component);
}

static void parse_program(struct reading *in, const struct element *element,
                          struct component *component)
{
    static const char *const names[] = {"path", "path_for_symbols", NULL};

    read_only(in, element, names);
    if (component->program) {
        refuse(in->job, RULE_ELEM_ONCE, &element->place, NULL,
               "a second 'program_image' in protection domain '%s'", component->name);
    }
    component->program = read_text(in, element, "path");
    component->program_place = element->place;
    component->symbols = read_text_or(element, "path_for_symbols", NULL);
    component->symbols_place = *read_place(element, "path_for_symbols");
}

static void parse_setvar(struct reading *in, const struct element *element,
                         struct component *component)
{
    static const char *const names[] = {"symbol", "region_paddr", NULL};
    struct setvar *setvar;
    const char *symbol, *region;

    read_only(in, element, names);
    symbol = read_text(in, element, "symbol");
    region = read_text(in, element, "region_paddr");
    setvar = setvar_add(in, component, symbol, &element->place);
    setvar->kind = SETVAR_REGION_PADDR;
    setvar->region_name = region;
}

/* Extension: a neighbour that is told when this component was restarted. */
static void parse_notice(struct reading *in, const struct element *element,
                         struct component *component)
{
    static const char *const names[] = {"pd", "id", "setvar_id", NULL};
    struct restart_notice *notice = job_take(in->job, sizeof(*notice));

    if (!in->source->extensions) {
        refuse(in->job, RULE_EXT_STRICT, &element->place, NULL, "element '%s' is an extension",
               element->name);
    }
    read_only(in, element, names);
    notice->place = element->place;
    notice->pd_name = read_text(in, element, "pd");
    notice->id = read_id(in, element);
    notice->setvar_id = read_text_or(element, "setvar_id", NULL);
    if (component->restart == SYSTEM_RESTART_NEVER) {
        refuse(in->job, RULE_EXT_RESTART_NEVER, &element->place, NULL,
               "a restart notice of a component that is never restarted");
    }
    list_add(in->job, &component->notices, notice);
}

static void parse_child_component(struct reading *in, const struct element *element,
                                  struct component *component)
{
    component->has_children = true;
    parse_component(in, element, component);
}

static void parse_component_map(struct reading *in, const struct element *element,
                                struct component *component)
{
    parse_map(in, element, component, NULL);
}

static void parse_member(struct reading *in, const struct element *child,
                         struct component *component)
{
    static const struct {
        const char *name;
        void (*parse)(struct reading *in, const struct element *element,
                      struct component *component);
    } members[] = {
        {"program_image", parse_program},
        {"map", parse_component_map},
        {"irq", parse_irq},
        {"ioport", parse_io_port},
        {"setvar", parse_setvar},
        {"protection_domain", parse_child_component},
        {"virtual_machine", parse_guest},
        {"cspace", parse_cspace},
        {"restart_notify", parse_notice},
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(child->name, members[i].name) == 0) {
            members[i].parse(in, child, component);
            return;
        }
    }
    read_unknown_child(in, child,
                       "program_image, map, irq, ioport, setvar, protection_domain, "
                       "virtual_machine, cspace");
}

void parse_component(struct reading *in, const struct element *element, struct component *parent)
{
    struct component *component = job_take(in->job, sizeof(*component));

    component->place = element->place;
    component->parent = parent;
    component->index = (unsigned)in->system->components.count;
    read_attributes(in, element, component);
    list_add(in->job, &in->system->components, component);
    names_add(in->job, &in->system->component_names, component->name, component);
    if (in->system->components.count > COMPONENTS_READ_MAX) {
        refuse(in->job, RULE_PD_COUNT, &element->place, NULL, "too many protection domains");
    }
    for (const struct element *child = element->first_child; child; child = child->next) {
        parse_member(in, child, component);
    }
    if (!component->program) {
        refuse(in->job, RULE_PD_PROGRAM, &element->place, NULL,
               "missing 'program_image' element on protection domain '%s'", component->name);
    }
}
