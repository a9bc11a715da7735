// SPDX-License-Identifier: BSD-2-Clause
#include "read.h"
#include "number.h"
#include <string.h>

static bool listed(const char *const *names, const char *name, bool extension)
{
    for (; *names; names++) {
        if (((*names)[0] == '+') == extension && strcmp(*names + extension, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The names one may write, for a message. */
static const char *listing(struct reading *in, const char *const *names)
{
    struct text text = {.job = in->job};

    for (; *names; names++) {
        bool extension = (*names)[0] == '+';

        if (!extension || in->source->extensions) {
            text_print(&text, "%s%s", text.length ? ", " : "", *names + extension);
        }
    }
    return text.length ? text.bytes : "no attributes";
}

void read_only(struct reading *in, const struct element *element, const char *const *names)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct attribute *attribute = &element->attributes[i];

        if (listed(names, attribute->name, false)) {
            continue;
        }
        if (!listed(names, attribute->name, true)) {
            refuse(in->job, RULE_ATTR_UNKNOWN, &attribute->place, listing(in, names),
                   "invalid attribute '%s'", attribute->name);
        }
        if (!in->source->extensions) {
            refuse(in->job, RULE_EXT_STRICT, &attribute->place, NULL,
                   "attribute '%s' is an extension", attribute->name);
        }
    }
}

const struct place *read_place(const struct element *element, const char *name)
{
    const struct attribute *attribute = xml_attribute(element, name);

    return attribute ? &attribute->place : &element->place;
}

static const struct attribute *required(struct reading *in, const struct element *element,
                                        const char *name)
{
    const struct attribute *attribute = xml_attribute(element, name);

    if (!attribute) {
        refuse(in->job, RULE_ATTR_MISSING, &element->place,
               job_print(in->job, "%s=\"...\" on <%s>", name, element->name),
               "missing required attribute '%s'", name);
    }
    return attribute;
}

const char *read_text(struct reading *in, const struct element *element, const char *name)
{
    return required(in, element, name)->value;
}

const char *read_text_or(const struct element *element, const char *name, const char *otherwise)
{
    const struct attribute *attribute = xml_attribute(element, name);

    return attribute ? attribute->value : otherwise;
}

uint64_t read_number(struct reading *in, const struct element *element, const char *name)
{
    const struct attribute *attribute = required(in, element, name);
    uint64_t value;
    const char *wrong = number_flexible(attribute->value, &value);

    if (wrong) {
        refuse(in->job, RULE_NUMBER_FORM, &attribute->place, NULL,
               "attribute '%s': '%s' is no number: %s", name, attribute->value, wrong);
    }
    return value;
}

uint64_t read_number_or(struct reading *in, const struct element *element, const char *name,
                        uint64_t otherwise)
{
    return xml_attribute(element, name) ? read_number(in, element, name) : otherwise;
}

int64_t read_plain(struct reading *in, const struct element *element, const char *name)
{
    const struct attribute *attribute = required(in, element, name);
    int64_t value;
    const char *wrong = number_plain(attribute->value, &value);

    if (wrong) {
        refuse(in->job, RULE_PLAIN_FORM, &attribute->place, NULL,
               "attribute '%s': '%s' is no plain number: %s", name, attribute->value, wrong);
    }
    return value;
}

int64_t read_plain_or(struct reading *in, const struct element *element, const char *name,
                      int64_t otherwise)
{
    return xml_attribute(element, name) ? read_plain(in, element, name) : otherwise;
}

uint64_t read_count(struct reading *in, const struct element *element, const char *name,
                    int64_t otherwise)
{
    int64_t value =
        otherwise < 0 ? read_plain(in, element, name) : read_plain_or(in, element, name, otherwise);

    if (value < 0) {
        refuse(in->job, RULE_IRQ_NEGATIVE, read_place(element, name), NULL,
               "attribute '%s' is %lld", name, (long long)value);
    }
    return (uint64_t)value;
}

bool read_bool(struct reading *in, const struct element *element, const char *name, bool otherwise)
{
    const struct attribute *attribute = xml_attribute(element, name);

    if (!attribute) {
        return otherwise;
    }
    if (strcmp(attribute->value, "true") != 0 && strcmp(attribute->value, "false") != 0) {
        refuse(in->job, RULE_BOOL_FORM, &attribute->place, NULL, "attribute '%s' is '%s'", name,
               attribute->value);
    }
    return attribute->value[0] == 't';
}

unsigned read_id(struct reading *in, const struct element *element)
{
    int64_t id = read_plain(in, element, "id");

    if (id < 0 || id > ID_MAX) {
        refuse(in->job, RULE_ID_RANGE, read_place(element, "id"), NULL,
               "attribute 'id' is %lld, which is not from 0 and below %d", (long long)id,
               ID_MAX + 1);
    }
    return (unsigned)id;
}

bool read_choice(struct reading *in, const struct element *element, const char *name,
                 const char *first, const char *second, enum rule rule)
{
    const struct attribute *attribute = xml_attribute(element, name);

    if (!attribute || strcmp(attribute->value, first) == 0) {
        return false;
    }
    if (strcmp(attribute->value, second) != 0) {
        refuse(in->job, rule, &attribute->place, NULL, "attribute '%s' is '%s'", name,
               attribute->value);
    }
    return true;
}

static unsigned pci_part(struct reading *in, const struct attribute *attribute, const char *name,
                         const char *start, const char *end, int64_t limit)
{
    int64_t value;
    const char *wrong = number_hex_part(start, end, &value);

    if (wrong) {
        refuse(in->job, RULE_PCI_FORM, &attribute->place, NULL,
               "attribute '%s': in '%s' the %s is no hexadecimal number: %s", attribute->name,
               attribute->value, name, wrong);
    }
    if (value < 0 || value > limit) {
        refuse(in->job, RULE_PCI_RANGE, &attribute->place, NULL,
               "attribute '%s': in '%s' the %s is not within 0..%lld", attribute->name,
               attribute->value, name, (long long)limit);
    }
    return (unsigned)value;
}

struct pci_address read_pci(struct reading *in, const struct element *element, const char *name)
{
    const struct attribute *attribute = required(in, element, name);
    const char *text = attribute->value;
    const char *colon = strchr(text, ':');
    const char *dot = colon ? strchr(colon, '.') : NULL;
    struct pci_address pci;

    if (!dot) {
        refuse(in->job, RULE_PCI_FORM, &attribute->place, NULL,
               "attribute '%s': '%s' does not have the form of a PCI address", name, text);
    }
    pci.bus = pci_part(in, attribute, "bus", text, colon, 255);
    pci.device = pci_part(in, attribute, "device", colon + 1, dot, 31);
    pci.function = pci_part(in, attribute, "function", dot + 1, text + strlen(text), 7);
    return pci;
}

void read_unknown_child(struct reading *in, const struct element *child, const char *accepted)
{
    refuse(in->job, RULE_ELEM_UNKNOWN, &child->place, accepted,
           "element '%s' is not valid inside '%s'", child->name, child->parent->name);
}

void read_twice(struct reading *in, const struct element *child)
{
    refuse(in->job, RULE_ELEM_ONCE, &child->place, NULL, "a second '%s' inside '%s'", child->name,
           child->parent->name);
}

struct setvar *setvar_add(struct reading *in, struct component *component, const char *symbol,
                          const struct place *place)
{
    struct setvar *setvar = job_take(in->job, sizeof(*setvar));
    const struct setvar *earlier = names_add(in->job, &component->symbols_set, symbol, setvar);

    if (earlier) {
        refuse(in->job, RULE_SYMBOL_TWICE, place, NULL,
               "symbol '%s' of protection domain '%s' is already set by '%s' in line %u", symbol,
               component->name, earlier->place.element, earlier->place.line);
    }
    setvar->symbol = symbol;
    setvar->place = *place;
    list_add(in->job, &component->setvars, setvar);
    return setvar;
}

void read_setvar(struct reading *in, struct component *component, const struct element *element,
                 const char *name, uint64_t value)
{
    const struct attribute *attribute = xml_attribute(element, name);

    if (attribute) {
        setvar_add(in, component, attribute->value, &attribute->place)->value = value;
    }
}
