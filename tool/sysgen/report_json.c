// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"
#include <string.h>

/* A JSON string. Names may hold any character; bytes are UTF-8 as XML guarantees. */
static const char *quoted(struct job *job, const char *string)
{
    struct text text = {.job = job};

    text_add(&text, "\"", 1);
    for (const char *c = string; *c; c++) {
        if (*c == '"' || *c == '\\') {
            text_print(&text, "\\%c", *c);
        } else if ((unsigned char)*c < ' ' || *c == 0x7f) {
            text_print(&text, "\\u%04x", (unsigned)*c);
        } else {
            text_add(&text, c, 1);
        }
    }
    text_add(&text, "\"", 1);
    return text.bytes;
}

static void print_memory(struct text *out, const struct plan *plan, uint32_t component)
{
    struct component_memory memory = report_memory(plan, component);

    text_print(out,
               "\"memory\": {\"code\": %llu, \"data\": %llu, \"stack\": %llu, \"ipc_buffer\": "
               "%llu, \"page_tables\": %llu, \"kernel_objects\": %llu, \"untyped\": %llu, "
               "\"mapped_regions\": %llu}",
               (unsigned long long)memory.code, (unsigned long long)memory.data,
               (unsigned long long)memory.stack, (unsigned long long)memory.buffer,
               (unsigned long long)memory.tables, (unsigned long long)memory.objects,
               (unsigned long long)memory.untyped, (unsigned long long)memory.regions);
}

static void print_cap(struct text *out, const struct plan *plan, const struct system_cap *cap,
                      uint64_t address)
{
    text_print(out, "{\"address\": \"0x%llx\", \"object\": %s, \"count\": %u, \"rights\": %s, ",
               (unsigned long long)address,
               quoted(plan->job, report_object_name(plan, cap->object)), cap->count,
               quoted(plan->job, report_rights(plan->job, cap->rights)));
    text_print(out, "\"badge\": \"0x%llx\", \"why\": %s, \"line\": %u}",
               (unsigned long long)cap->badge, quoted(plan->job, report_cap_words(plan, cap)),
               cap->line);
}

static void print_caps(struct text *out, const struct plan *plan, uint32_t component)
{
    const struct system_cap *caps = plan_records(plan, SYSTEM_TABLE_CAPS);
    const char *comma = "";

    text_print(out, "\"capabilities\": [");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_CAPS]; i++) {
        uint32_t owner;
        uint64_t address;

        if (report_cap_owner(plan, &caps[i], &owner, &address) && owner == component) {
            text_print(out, "%s\n      ", comma);
            print_cap(out, plan, &caps[i], address);
            comma = ",";
        }
    }
    text_print(out, "]");
}

static void print_machine(struct text *out, const struct memory_use *use)
{
    text_print(out,
               "  \"machine\": {\"ram\": %llu, \"kernel_and_initial_task\": %llu, \"objects\": "
               "%llu, \"fixed\": %llu, \"left\": %llu, \"device\": %llu},\n",
               (unsigned long long)use->ram_bytes, (unsigned long long)use->kernel_bytes,
               (unsigned long long)use->object_bytes, (unsigned long long)use->fixed_bytes,
               (unsigned long long)use->left_bytes, (unsigned long long)use->device_bytes);
}

void report_json(struct text *out, const struct build *build)
{
    const struct plan *plan = build->plan;

    text_print(out, "{\"system\": %s, \"board\": %s, \"config\": %s,\n",
               quoted(plan->job, plan->system->file), quoted(plan->job, plan->target->board->name),
               quoted(plan->job, plan->target->config));
    text_print(out, "  \"image_bytes\": %llu, \"objects\": %llu, \"capabilities\": %llu,\n",
               (unsigned long long)build->task.length, (unsigned long long)plan->object_total,
               (unsigned long long)plan->cap_total);
    print_machine(out, &build->memory);
    text_print(out, "  \"components\": [");
    for (uint32_t i = 0; i <= plan->system->components.count; i++) {
        text_print(out, "%s\n    {\"name\": %s,\n     ", i ? "," : "",
                   quoted(plan->job, report_component_name(plan, i)));
        print_memory(out, plan, i);
        text_print(out, ",\n     ");
        print_caps(out, plan, i);
        text_print(out, "}");
    }
    text_print(out, "]}\n");
}

static void print_objects(struct text *out, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(plan, i);

        text_print(out, "%s\n    {\"name\": %s, \"kind\": %u, \"size_bits\": %u, \"count\": %u, ",
                   i ? "," : "", quoted(plan->job, report_object_name(plan, i)), object->kind,
                   object->size_bits, object->count);
        if (object->paddr != SYSTEM_NO_PADDR) {
            text_print(out, "\"paddr\": \"0x%llx\", ", (unsigned long long)object->paddr);
        }
        text_print(out, "\"argument\": \"0x%llx\"}", (unsigned long long)object->argument);
    }
}

static void print_all_caps(struct text *out, const struct plan *plan)
{
    const struct system_cap *caps = plan_records(plan, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_CAPS]; i++) {
        text_print(out,
                   "%s\n    {\"cnode\": %s, \"slot\": %u, \"object\": %s, \"first\": %u, "
                   "\"count\": %u, \"rights\": %s, \"badge\": \"0x%llx\"}",
                   i ? "," : "", quoted(plan->job, report_object_name(plan, caps[i].cnode)),
                   caps[i].slot, quoted(plan->job, report_object_name(plan, caps[i].object)),
                   caps[i].index, caps[i].count,
                   quoted(plan->job, report_rights(plan->job, caps[i].rights)),
                   (unsigned long long)caps[i].badge);
    }
}

static void print_mappings(struct text *out, const struct plan *plan)
{
    const struct system_mapping *mappings = plan_records(plan, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_MAPPINGS]; i++) {
        const struct system_mapping *map = &mappings[i];

        text_print(out,
                   "%s\n    {\"vspace\": %s, \"object\": %s, \"count\": %u, \"vaddr\": "
                   "\"0x%llx\", \"stride\": \"0x%llx\", \"rights\": %s}",
                   i ? "," : "", quoted(plan->job, report_object_name(plan, map->vspace)),
                   quoted(plan->job, report_object_name(plan, map->object)), map->count,
                   (unsigned long long)map->vaddr, (unsigned long long)map->stride,
                   quoted(plan->job, report_rights(plan->job, map->rights)));
    }
}

void report_objects_json(struct text *out, const struct plan *plan)
{
    text_print(out, "{\"objects\": [");
    print_objects(out, plan);
    text_print(out, "],\n  \"capabilities\": [");
    print_all_caps(out, plan);
    text_print(out, "],\n  \"mappings\": [");
    print_mappings(out, plan);
    text_print(out, "]}\n");
}
