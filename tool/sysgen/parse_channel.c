// SPDX-License-Identifier: BSD-2-Clause
/* <channel> and <end>. */
#include "read.h"
#include <string.h>

static void parse_end(struct reading *in, const struct element *element, struct channel_end *end)
{
    static const char *const names[] = {"pd", "id", "pp", "notify", "setvar_id", NULL};
    const char *pd;

    read_only(in, element, names);
    pd = read_text(in, element, "pd");
    end->place = element->place;
    end->id = read_id(in, element);
    end->notify = read_bool(in, element, "notify", true);
    end->call = read_bool(in, element, "pp", false);
    end->setvar_id = read_text_or(element, "setvar_id", NULL);
    end->component = system_component(in->system, pd);
    if (!end->component) {
        refuse(in->job, RULE_CHANNEL_PD, read_place(element, "pd"), NULL,
               "there is no protection domain '%s'", pd);
    }
}

static unsigned parse_ends(struct reading *in, const struct element *element,
                           struct channel *channel)
{
    unsigned count = 0;
    struct channel_end spare;

    for (const struct element *child = element->first_child; child; child = child->next) {
        if (strcmp(child->name, "end") != 0) {
            read_unknown_child(in, child, "end");
        }
        parse_end(in, child, count < 2 ? &channel->ends[count] : &spare);
        count++;
    }
    return count;
}

void parse_channel(struct reading *in, const struct element *element)
{
    static const char *const names[] = {NULL};
    struct channel *channel = job_take(in->job, sizeof(*channel));
    unsigned count;

    read_only(in, element, names);
    channel->place = element->place;
    count = parse_ends(in, element, channel);
    if (count != 2) {
        refuse(in->job, RULE_CHANNEL_ENDS, &element->place, NULL, "a channel with %u ends", count);
    }
    if (channel->ends[0].call && channel->ends[1].call) {
        refuse(in->job, RULE_CHANNEL_BOTH_PP, &element->place, NULL,
               "protected calls in both directions, between '%s' and '%s'",
               channel->ends[0].component->name, channel->ends[1].component->name);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct channel_end *end = &channel->ends[i];

        if (end->setvar_id) {
            setvar_add(in, end->component, end->setvar_id, &end->place)->value = end->id;
        }
    }
    list_add(in->job, &in->system->channels, channel);
}
