// SPDX-License-Identifier: BSD-2-Clause
#include "graph.h"
#include <string.h>

/* Colours: few, and told apart without red and green. */
#define INK       "#1f2933"
#define FAINT     "#616e7c"
#define CALL      "#1d5fb4"
#define NOTIFY    "#7b8794"
#define MEMORY    "#b7791f"
#define SHEET     "#fff6dd"
#define BOX       "#eef4fb"
#define PASSIVE   "#f5f0fa"
#define GROUP     "#f7f9fb"
#define HARDWARE  "#e9ebee"
#define RESTARTED "#2f855a"

enum { LARGE_SYSTEM = 12, LISTED_MAX = 4, NAME_MAX_SHOWN = 40 };

/* Text inside a label that Graphviz reads as HTML. */
static void add_escaped(struct text *out, const char *string)
{
    size_t shown = 0;

    for (; *string && shown < NAME_MAX_SHOWN; string++, shown++) {
        switch (*string) {
        case '<': text_print(out, "&lt;"); break;
        case '>': text_print(out, "&gt;"); break;
        case '&': text_print(out, "&amp;"); break;
        case '"': text_print(out, "&quot;"); break;
        default: text_add(out, (unsigned char)*string < ' ' ? "?" : string, 1);
        }
    }
    for (; ((unsigned char)*string & 0xc0) == 0x80; string++) {
        text_add(out, string, 1); /* the rest of a character */
    }
    if (*string) {
        text_print(out, "...");
    }
}

static void add_size(struct text *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;

    while (unit < 4 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    text_print(out, "%llu %s", (unsigned long long)bytes, units[unit]);
}

static void add_line(struct text *out, const char *colour)
{
    text_print(out, "<tr><td align=\"left\"><font point-size=\"9\" color=\"%s\">", colour);
}

static void end_line(struct text *out)
{
    text_print(out, "</font></td></tr>");
}

/* Which components map a region; a region of one only is told in its box. */
static unsigned mapper_count(const struct system *system, const struct region *region)
{
    unsigned count = 0;

    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];
        bool maps = false;

        for (size_t j = 0; j < component->maps.count; j++) {
            maps |= ((struct map *)component->maps.items[j])->region == region;
        }
        count += maps;
    }
    return count;
}

static const char *rights(const struct map *map)
{
    static const char *const words[] = {"-", "x", "w", "wx", "r", "rx", "rw", "rwx"};

    return words[(map->read ? 4 : 0) | (map->write ? 2 : 0) | (map->execute ? 1 : 0)];
}

static bool is_large(const struct system *system)
{
    return system->components.count > LARGE_SYSTEM;
}

/* What there is to say about time: beside the name in large systems, below it in small ones. */
static void add_schedule(struct text *out, const struct component *component, bool large)
{
    text_print(out, "%s%u", large ? "" : "priority ", component->priority);
    if (component->budget_us != component->period_us) {
        text_print(out, ", %llu of %llu \xc2\xb5s", (unsigned long long)component->budget_us,
                   (unsigned long long)component->period_us);
    }
    if (component->passive) {
        text_print(out, ", passive");
    }
}

static void add_title(struct text *out, const struct component *component, bool large)
{
    text_print(out, "<tr><td align=\"left\"><b>");
    add_escaped(out, component->name);
    text_print(out, "</b>");
    if (large) {
        text_print(out, " <font point-size=\"9\" color=\"" FAINT "\">");
        add_schedule(out, component, large);
        text_print(out, "</font></td></tr>");
        return;
    }
    text_print(out, "</td></tr>");
    add_line(out, FAINT);
    add_schedule(out, component, large);
    end_line(out);
}

static void add_restart(struct text *out, const struct component *component)
{
    if (component->restart != SYSTEM_RESTART_NEVER) {
        add_line(out, RESTARTED);
        text_print(out, "restarts %s, %u a minute",
                   component->restart == SYSTEM_RESTART_FAULT ? "after faults" : "always",
                   component->restarts_per_minute);
        end_line(out);
    }
}

/* Memory that only this component has. */
static void add_private_memory(struct text *out, const struct system *system,
                               const struct component *component)
{
    unsigned listed = 0;

    for (size_t i = 0; i < component->maps.count; i++) {
        const struct map *map = component->maps.items[i];

        if (map->region->has_paddr || mapper_count(system, map->region) > 1) {
            continue;
        }
        if (++listed <= LISTED_MAX) {
            add_line(out, MEMORY);
            add_escaped(out, map->region->name);
            text_print(out, ", ");
            add_size(out, map->region->size);
            text_print(out, " %s", rights(map));
            end_line(out);
        }
    }
    if (listed > LISTED_MAX) {
        add_line(out, MEMORY);
        text_print(out, "and %u more regions", listed - LISTED_MAX);
        end_line(out);
    }
}

static void add_caps(struct text *out, const struct component *component)
{
    if (component->guest) {
        add_line(out, INK);
        text_print(out, "guest ");
        add_escaped(out, component->guest->name);
        text_print(out, ", %zu vCPU%s", component->guest->vcpus.count,
                   component->guest->vcpus.count == 1 ? "" : "s");
        end_line(out);
    }
    for (size_t i = 0; i < component->caps.count && i <= LISTED_MAX; i++) {
        const struct user_cap *cap = component->caps.items[i];

        add_line(out, INK);
        if (i == LISTED_MAX) {
            text_print(out, "and %zu more capabilities", component->caps.count - i);
        } else {
            text_print(out, "holds %s", cap->kind_name);
            if (cap->component && cap->component != component) {
                text_print(out, " of ");
                add_escaped(out, cap->pd_name);
            } else if (cap->kind == CAP_UNTYPED) {
                text_print(out, " ");
                add_size(out, UINT64_C(1) << cap->size_bits);
            }
        }
        end_line(out);
    }
}

static void add_component(struct text *out, const struct system *system,
                          const struct component *component)
{
    text_print(out,
               "  c%u [fillcolor=\"%s\", label=<<table border=\"0\" cellborder=\"0\" "
               "cellspacing=\"0\" cellpadding=\"1\">",
               component->index, component->passive ? PASSIVE : BOX);
    add_title(out, component, is_large(system));
    add_restart(out, component);
    add_private_memory(out, system, component);
    add_caps(out, component);
    text_print(out, "</table>>];\n");
}

/* A component with children is drawn inside a frame with them. */
static void add_family(struct text *out, const struct system *system,
                       const struct component *component)
{
    if (component->has_children) {
        text_print(out,
                   "  subgraph cluster_%u {\n  label=<<font color=\"" FAINT
                   "\" point-size=\"9\">children of ",
                   component->index);
        add_escaped(out, component->name);
        text_print(out, "</font>>; labeljust=l; style=\"rounded,filled\"; color=\"#cbd2d9\"; "
                        "fillcolor=\"" GROUP "\"; labelloc=t;\n");
    }
    add_component(out, system, component);
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *child = system->components.items[i];

        if (child->parent == component) {
            add_family(out, system, child);
            text_print(out,
                       "  c%u -> c%u [style=dotted, color=\"" FAINT
                       "\", arrowhead=none, weight=2];\n",
                       component->index, child->index);
        }
    }
    if (component->has_children) {
        text_print(out, "  }\n");
    }
}

/* Everything between two components, in the direction from `from` to `to`. */
struct link {
    const struct component *from, *to;
    unsigned calls, notifications, notifications_back;
};

static bool same_pair(const struct link *link, const struct channel *channel)
{
    const struct component *a = channel->ends[0].component, *b = channel->ends[1].component;

    return (link->from == a && link->to == b) || (link->from == b && link->to == a);
}

static struct link *find_link(struct job *job, struct list *links, const struct channel *channel)
{
    struct link *link;
    unsigned from = channel->ends[1].call; /* callers first, so that they stand above */

    for (size_t i = 0; i < links->count; i++) {
        link = links->items[i];
        if (same_pair(link, channel) &&
            (channel->ends[from].call ? link->calls || !link->notifications_back : true)) {
            return link;
        }
    }
    link = job_take(job, sizeof(*link));
    link->from = channel->ends[from].component;
    link->to = channel->ends[!from].component;
    list_add(job, links, link);
    return link;
}

static void collect_links(struct job *job, const struct system *system, struct list *links)
{
    for (unsigned calls = 0; calls < 2; calls++) {
        for (size_t i = 0; i < system->channels.count; i++) {
            const struct channel *channel = system->channels.items[i];
            struct link *link;

            if ((channel->ends[0].call || channel->ends[1].call) == calls) {
                continue; /* those with calls in the first round */
            }
            link = find_link(job, links, channel);
            for (unsigned end = 0; end < 2; end++) {
                bool forth = channel->ends[end].component == link->from;

                link->calls += channel->ends[end].call;
                link->notifications += channel->ends[end].notify && forth;
                link->notifications_back += channel->ends[end].notify && !forth;
            }
        }
    }
}

/* "2 calls" beside the arrow; a single one needs no number. */
static void add_count(struct text *out, unsigned count)
{
    if (count > 1) {
        text_print(out, ", label=<<font point-size=\"9\" color=\"" FAINT "\">\xc3\x97%u</font>>",
                   count);
    }
}

/* A ring at an end of a call's line: this side is also notified. */
static void add_call(struct text *out, const struct link *link)
{
    text_print(out,
               "  c%u -> c%u [color=\"" CALL "\", penwidth=1.8, dir=both, arrowhead=\"%s\", "
               "arrowtail=\"%s\"",
               link->from->index, link->to->index, link->notifications ? "normalodot" : "normal",
               link->notifications_back ? "odot" : "none");
    add_count(out, link->calls);
    text_print(out, "];\n");
}

static void add_notifications(struct text *out, const struct link *link)
{
    bool forth = link->notifications, back = link->notifications_back;

    if (!forth && !back) {
        return;
    }
    text_print(out, "  c%u -> c%u [color=\"" NOTIFY "\", style=dashed, arrowsize=0.7, dir=%s",
               link->from->index, link->to->index,
               forth && back ? "both"
               : forth       ? "forward"
                             : "back");
    add_count(out, link->notifications > link->notifications_back ? link->notifications
                                                                  : link->notifications_back);
    text_print(out, "];\n");
}

static void add_channels(struct text *out, const struct system *system)
{
    struct list links = {0};

    collect_links(out->job, system, &links);
    for (size_t i = 0; i < links.count; i++) {
        const struct link *link = links.items[i];

        if (link->calls) {
            add_call(out, link);
        } else {
            add_notifications(out, link);
        }
    }
}

static void add_notices(struct text *out, const struct component *component)
{
    for (size_t i = 0; i < component->notices.count; i++) {
        const struct restart_notice *notice = component->notices.items[i];

        text_print(out,
                   "  c%u -> c%u [color=\"" RESTARTED "\", style=dotted, penwidth=1.5, "
                   "constraint=false];\n",
                   component->index, notice->neighbour->index);
    }
}

static void add_region_label(struct text *out, const struct region *region)
{
    text_print(out, "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">"
                    "<tr><td>");
    add_escaped(out, region->name);
    text_print(out, "</td></tr><tr><td><font point-size=\"9\" color=\"" FAINT "\">");
    add_size(out, region->size);
    if (region->has_paddr) {
        text_print(out, " at 0x%llx", (unsigned long long)region->paddr);
    }
    text_print(out, "%s</font></td></tr></table>", region->persistent ? ", persistent" : "");
}

/* Arrows show the way data can go. Large systems leave "rw" to them. */
static void add_map_edge(struct text *out, const struct component *component, const struct map *map,
                         bool large)
{
    bool device = map->region->has_paddr, both = map->read && map->write;

    text_print(out, "  %c%u -> c%u [color=\"%s\"", device ? 'd' : 'm', map->region->index,
               component->index, device ? NOTIFY : MEMORY);
    text_print(out, ", dir=%s, arrowsize=0.5, penwidth=0.9",
               both         ? "both"
               : map->write ? "back"
                            : "forward");
    if (!both || !large) {
        text_print(out, ", label=<<font point-size=\"9\" color=\"" MEMORY "\">%s</font>>",
                   rights(map));
    }
    text_print(out, "];\n");
}

/* Memory that several see, and devices. */
static void add_regions(struct text *out, const struct system *system)
{
    for (size_t i = 0; i < system->regions.count; i++) {
        const struct region *region = system->regions.items[i];
        unsigned count = mapper_count(system, region);

        if (region->has_paddr && count) {
            text_print(out,
                       "  d%u [shape=box, style=filled, fillcolor=\"" HARDWARE "\", color=\"" NOTIFY
                       "\", label=<",
                       region->index);
        } else if (count > 1) {
            text_print(out,
                       "  m%u [shape=note, style=filled, fillcolor=\"" SHEET "\", color=\"" MEMORY
                       "\", label=<",
                       region->index);
        } else {
            continue;
        }
        add_region_label(out, region);
        text_print(out, ">];\n");
    }
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        for (size_t j = 0; j < component->maps.count; j++) {
            const struct map *map = component->maps.items[j];

            if (map->region->has_paddr || mapper_count(system, map->region) > 1) {
                add_map_edge(out, component, map, is_large(system));
            }
        }
    }
}

static void add_irq_line(struct text *out, const struct irq *irq)
{
    switch (irq->kind) {
    case SYSTEM_IRQ_PLAIN: text_print(out, "IRQ %llu", (unsigned long long)irq->number); break;
    case SYSTEM_IRQ_IOAPIC: text_print(out, "IRQ pin %llu", (unsigned long long)irq->pin); break;
    case SYSTEM_IRQ_MSI:
        text_print(out, "MSI of %x:%x.%x", irq->pci.bus, irq->pci.device, irq->pci.function);
        break;
    }
    text_print(out, "<br/>");
}

/* Interrupts and ports of a component, in one box. */
static void add_hardware(struct text *out, const struct component *component)
{
    if (component->irqs.count + component->io_ports.count == 0) {
        return;
    }
    text_print(out,
               "  h%u [shape=box, style=filled, fontsize=9, fillcolor=\"" HARDWARE
               "\", color=\"" NOTIFY "\", label=<",
               component->index);
    for (size_t i = 0; i < component->irqs.count; i++) {
        add_irq_line(out, component->irqs.items[i]);
    }
    for (size_t i = 0; i < component->io_ports.count; i++) {
        const struct io_port *port = component->io_ports.items[i];

        text_print(out, "ports 0x%llx-0x%llx<br/>", (unsigned long long)port->first,
                   (unsigned long long)(port->first + port->size - 1));
    }
    text_print(out, ">];\n  h%u -> c%u [color=\"" NOTIFY "\", dir=%s, arrowsize=0.6];\n",
               component->index, component->index, component->irqs.count ? "forward" : "none");
}

static bool has_restarts(const struct system *system)
{
    bool restarts = false;

    for (size_t i = 0; i < system->components.count; i++) {
        restarts |= ((struct component *)system->components.items[i])->notices.count > 0;
    }
    return restarts;
}

/* One sign of the legend: UTF-8 drawing characters in the colour of what they stand for. */
static void add_sign(struct text *out, const char *colour, const char *sign, const char *meaning)
{
    text_print(out, "<font color=\"%s\">%s</font> %s &nbsp; ", colour, sign, meaning);
}

static void add_legend(struct text *out, const struct system *system)
{
    text_print(out, "<font point-size=\"9\" color=\"" FAINT "\">");
    add_sign(out, CALL, "\xe2\x94\x81\xe2\x96\xb6", "calls");
    add_sign(out, CALL, "\xe2\x97\x8b", "and is notified");
    add_sign(out, NOTIFY, "\xe2\x95\x8c\xe2\x96\xb6", "notifies");
    add_sign(out, MEMORY, "\xe2\x94\x80\xe2\x96\xb8", "reads memory");
    add_sign(out, MEMORY, "\xe2\x97\x82\xe2\x94\x80", "writes it");
    if (has_restarts(system)) {
        add_sign(out, RESTARTED, "\xe2\x94\x88\xe2\x96\xb6", "is told of restarts");
    }
    text_print(out, "</font>");
}

static void add_header(struct text *out, const struct system *system)
{
    bool large = is_large(system);

    text_print(out,
               "digraph system {\n"
               "  graph [rankdir=%s, bgcolor=white, pad=0.3, nodesep=%s, ranksep=%s, "
               "outputorder=edgesfirst, fontname=\"DejaVu Sans\", labelloc=b, label=<",
               large ? "LR" : "TB", large ? "0.14" : "0.45", large ? "0.9" : "0.6");
    add_legend(out, system);
    text_print(out, ">];\n  node [shape=box, style=\"rounded,filled\", color=\"" CALL
                    "\", fontcolor=\"" INK "\", fontname=\"DejaVu Sans\", fontsize=11, "
                    "margin=\"0.10,0.04\", height=0.25];\n"
                    "  edge [fontname=\"DejaVu Sans\", fontsize=9, arrowsize=0.8];\n");
}

void graph_dot(struct text *out, const struct system *system)
{
    add_header(out, system);
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        if (!component->parent) {
            add_family(out, system, component);
        }
    }
    add_channels(out, system);
    add_regions(out, system);
    for (size_t i = 0; i < system->components.count; i++) {
        add_notices(out, system->components.items[i]);
        add_hardware(out, system->components.items[i]);
    }
    text_print(out, "}\n");
}
