// SPDX-License-Identifier: BSD-2-Clause
/* The outermost element, and the order in which a description is evaluated. */
#include "read.h"
#include <string.h>

enum { FILE_BYTES_MAX = 16 << 20 };

static void parse_child(struct reading *in, const struct element *child)
{
    static const struct {
        const char *name;
        void (*parse)(struct reading *in, const struct element *element);
    } parts[] = {{"memory_region", parse_region},
                 {"io_address_space", parse_io_space},
                 {"domains", parse_domains}};

    if (strcmp(child->name, "protection_domain") == 0) {
        parse_component(in, child, NULL);
        return;
    }
    if (strcmp(child->name, "channel") == 0) {
        list_add(in->job, &in->channels, child);
        return;
    }
    if (strcmp(child->name, "virtual_machine") == 0) {
        refuse(in->job, RULE_VM_TOP, &child->place, NULL,
               "a virtual machine outside of a protection domain");
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(child->name, parts[i].name) == 0) {
            parts[i].parse(in, child);
            return;
        }
    }
    read_unknown_child(in, child,
                       "protection_domain, memory_region, channel, io_address_space, domains");
}

static void parse_root(struct reading *in, const struct element *root)
{
    if (strcmp(root->name, "system") != 0) {
        refuse(in->job, RULE_ROOT_NAME, &root->place, NULL, "the outermost element is '%s'",
               root->name);
    }
    if (root->text.line) {
        refuse(in->job, RULE_TEXT_STRAY, &root->text, NULL, "unexpected text in 'system'");
    }
    for (const struct element *child = root->first_child; child; child = child->next) {
        parse_child(in, child);
    }
}

struct system *system_parse(const struct system_source *source, const char *name, const void *bytes,
                            size_t length)
{
    struct job *job = source->job;
    struct reading in = {.source = source, .job = job, .target = source->target};
    struct element *root = xml_parse(job, name, bytes, length);

    in.system = job_take(job, sizeof(*in.system));
    in.system->file = name;
    in.system->warnings.job = job;
    parse_root(&in, root);
    check_nesting(&in);
    for (size_t i = 0; i < in.channels.count; i++) {
        parse_channel(&in, in.channels.items[i]);
    }
    check_system(&in);
    return in.system;
}

struct system *system_read(const struct system_source *source, const char *path)
{
    const struct place at = {.file = path};
    const char *why = NULL;
    struct file *file = file_read(source->job, path, FILE_BYTES_MAX, &why);

    if (!file) {
        refuse(source->job, RULE_FILE_UNREADABLE, &at, NULL, "'%s' cannot be read: %s", path, why);
    }
    return system_parse(source, path, file->bytes, file->length);
}

struct component *system_component(const struct system *system, const char *name)
{
    return names_find(&system->component_names, name);
}

struct region *system_region(const struct system *system, const char *name)
{
    return names_find(&system->region_names, name);
}

uint64_t component_map_limit(const struct target *target, const struct component *component)
{
    return target_stack_top(target) - component->stack_size;
}

uint64_t guest_map_limit(const struct target *target)
{
    return target->space.user_top + 1;
}
