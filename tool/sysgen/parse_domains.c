// SPDX-License-Identifier: BSD-2-Clause
/* <domains>, <domain>, <domain_schedule>, <schedule_entry> and <schedule_end_marker>. */
#include "number.h"
#include "read.h"
#include <string.h>

/* Above the limit that the complete element is held against. */
enum { DOMAINS_READ_MAX = 1000 };

static const struct domain *domain_with_id(const struct system *system, int id)
{
    for (size_t i = 0; i < system->domains.count; i++) {
        const struct domain *domain = system->domains.items[i];

        if (domain->id == id) {
            return domain;
        }
    }
    return NULL;
}

static const struct domain *domain_named(const struct system *system, const char *name)
{
    for (size_t i = 0; i < system->domains.count; i++) {
        const struct domain *domain = system->domains.items[i];

        if (strcmp(domain->name, name) == 0) {
            return domain;
        }
    }
    return NULL;
}

static int read_domain_id(struct reading *in, const struct element *element)
{
    uint64_t id;
    const struct domain *other;
    const struct place *at;

    if (!xml_attribute(element, "id")) {
        return -1;
    }
    id = read_number(in, element, "id");
    at = read_place(element, "id");
    if (id >= in->target->options.NUM_DOMAINS) {
        refuse(in->job, RULE_DOMAINS_ID, at, NULL, "domain id %llu is not below %llu",
               (unsigned long long)id, (unsigned long long)in->target->options.NUM_DOMAINS);
    }
    other = domain_with_id(in->system, (int)id);
    if (other) {
        refuse(in->job, RULE_DOMAINS_ID_TWICE, at, NULL,
               "domain id %llu belongs already to domain '%s' in line %u", (unsigned long long)id,
               other->name, other->place.line);
    }
    return (int)id;
}

static void parse_domain(struct reading *in, const struct element *element)
{
    static const char *const names[] = {"name", "id", NULL};
    struct domain *domain = job_take(in->job, sizeof(*domain));

    read_only(in, element, names);
    domain->place = element->place;
    domain->name = read_text(in, element, "name");
    if (domain_named(in->system, domain->name)) {
        refuse(in->job, RULE_DOMAINS_NAME_TWICE, &element->place, NULL,
               "domain '%s' is declared already in line %u", domain->name,
               domain_named(in->system, domain->name)->place.line);
    }
    domain->id = read_domain_id(in, element);
    if (in->system->domains.count > DOMAINS_READ_MAX) {
        refuse(in->job, RULE_DOMAINS_COUNT, &element->place, NULL, "too many domains");
    }
    list_add(in->job, &in->system->domains, domain);
}

/* Domains without an id get the smallest free one, in the order of the file. */
static void choose_ids(struct reading *in, const struct element *element)
{
    struct system *system = in->system;

    if (system->domains.count > in->target->options.NUM_DOMAINS) {
        refuse(in->job, RULE_DOMAINS_COUNT, &element->place, NULL, "%zu domains, at most %llu",
               system->domains.count, (unsigned long long)in->target->options.NUM_DOMAINS);
    }
    for (size_t i = 0; i < system->domains.count; i++) {
        struct domain *domain = system->domains.items[i];
        int id = 0;

        while (domain->id < 0) {
            domain->id = domain_with_id(system, id) ? -1 : id;
            id++;
        }
    }
}

static _Noreturn void refuse_duration(struct reading *in, const struct attribute *duration)
{
    refuse(in->job, RULE_SCHEDULE_DURATION, &duration->place, NULL, "duration '%s'",
           duration->value);
}

static void read_duration(struct reading *in, const struct element *element, struct slice *slice)
{
    const char *text = read_text(in, element, "duration");
    const struct attribute *duration = xml_attribute(element, "duration");
    const char *blank = strchr(text, ' ');

    if (!blank) {
        refuse_duration(in, duration);
    }
    slice->ticks = strcmp(blank + 1, "ticks") == 0;
    if (!slice->ticks && strcmp(blank + 1, "us") != 0) {
        refuse_duration(in, duration);
    }
    if (number_flexible(job_copy(in->job, text, (size_t)(blank - text)), &slice->duration) ||
        slice->duration == 0) {
        refuse_duration(in, duration);
    }
}

static void parse_entry(struct reading *in, const struct element *element)
{
    static const char *const names[] = {"domain", "duration", NULL};
    struct slice *slice = job_take(in->job, sizeof(*slice));
    const struct domain *domain;
    const char *name;

    read_only(in, element, names);
    name = read_text(in, element, "domain");
    read_duration(in, element, slice);
    domain = domain_named(in->system, name);
    if (!domain) {
        refuse(in->job, RULE_SCHEDULE_DOMAIN, &element->place, NULL, "there is no domain '%s'",
               name);
    }
    slice->domain = (unsigned)domain->id;
    list_add(in->job, &in->system->slices, slice);
}

static void parse_marker(struct reading *in, const struct element *element)
{
    static const char *const names[] = {NULL};
    struct slice *slice = job_take(in->job, sizeof(*slice));

    read_only(in, element, names);
    slice->end = true;
    list_add(in->job, &in->system->slices, slice);
}

static void check_schedule(struct reading *in, const struct element *element)
{
    const struct system *system = in->system;
    size_t count = system->slices.count;
    uint64_t limit = in->target->options.NUM_DOMAIN_SCHEDULES;

    if (count == 0) {
        refuse(in->job, RULE_SCHEDULE_EMPTY, &element->place, NULL, "a schedule without entries");
    }
    if (count >= limit) {
        refuse(in->job, RULE_SCHEDULE_COUNT, &element->place, NULL,
               "%zu entries and end markers, must be below %llu", count, (unsigned long long)limit);
    }
    if (system->schedule_start >= count) {
        refuse(in->job, RULE_SCHEDULE_START, &element->place, NULL,
               "start_index %llu is not below the number of entries, %zu",
               (unsigned long long)system->schedule_start, count);
    }
    if (((struct slice *)system->slices.items[system->schedule_start])->end) {
        refuse(in->job, RULE_SCHEDULE_START_MARKER, &element->place, NULL,
               "start_index %llu is an end marker", (unsigned long long)system->schedule_start);
    }
    if (system->schedule_shift >= limit - count) {
        refuse(in->job, RULE_SCHEDULE_SHIFT, &element->place, NULL,
               "index_shift %llu and %zu entries reach slot %llu",
               (unsigned long long)system->schedule_shift, count, (unsigned long long)limit);
    }
}

static void parse_schedule(struct reading *in, const struct element *element)
{
    static const char *const names[] = {"start_index", "index_shift", NULL};

    read_only(in, element, names);
    in->system->schedule_start = read_number_or(in, element, "start_index", 0);
    in->system->schedule_shift = read_number_or(in, element, "index_shift", 0);
    for (const struct element *child = element->first_child; child; child = child->next) {
        if (strcmp(child->name, "schedule_entry") == 0) {
            parse_entry(in, child);
        } else if (strcmp(child->name, "schedule_end_marker") == 0) {
            parse_marker(in, child);
        } else {
            read_unknown_child(in, child, "schedule_entry, schedule_end_marker");
        }
    }
    check_schedule(in, element);
}

/* Domains first, wherever the schedule stands: its entries name them. */
void parse_domains(struct reading *in, const struct element *element)
{
    static const char *const names[] = {NULL};
    const struct element *schedule = NULL;

    if (in->target->options.MAX_NUM_NODES > 1) {
        refuse(in->job, RULE_DOMAINS_SMP, &element->place, NULL,
               "a configuration with %llu cores has no domains",
               (unsigned long long)in->target->options.MAX_NUM_NODES);
    }
    if (in->system->has_domains) {
        read_twice(in, element);
    }
    read_only(in, element, names);
    for (const struct element *child = element->first_child; child; child = child->next) {
        if (strcmp(child->name, "domain") == 0) {
            parse_domain(in, child);
        } else if (strcmp(child->name, "domain_schedule") != 0) {
            read_unknown_child(in, child, "domain, domain_schedule");
        } else if (schedule) {
            read_twice(in, child);
        } else {
            schedule = child;
        }
    }
    choose_ids(in, element);
    if (!schedule) {
        refuse(in->job, RULE_SCHEDULE_NONE, &element->place, NULL, "domains without a schedule");
    }
    parse_schedule(in, schedule);
    in->system->has_domains = true;
}
