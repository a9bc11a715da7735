// SPDX-License-Identifier: BSD-2-Clause
/* <irq> and <ioport>. */
#include "read.h"
#include <string.h>

static enum system_irq_kind kind_of(const struct target *target, const struct element *element)
{
    if (xml_attribute(element, "irq")) {
        return SYSTEM_IRQ_PLAIN;
    }
    if (xml_attribute(element, "pin")) {
        return SYSTEM_IRQ_IOAPIC;
    }
    if (xml_attribute(element, "pcidev")) {
        return SYSTEM_IRQ_MSI;
    }
    return target_is(target, SYSTEM_X86_64) ? SYSTEM_IRQ_IOAPIC : SYSTEM_IRQ_PLAIN;
}

static void check_kind(struct reading *in, const struct element *element, enum system_irq_kind kind)
{
    static const char *const names[] = {
        [SYSTEM_IRQ_PLAIN] = "irq", [SYSTEM_IRQ_IOAPIC] = "pin", [SYSTEM_IRQ_MSI] = "pcidev"};
    bool x86 = target_is(in->target, SYSTEM_X86_64);

    if (x86 == (kind == SYSTEM_IRQ_PLAIN)) {
        refuse(in->job, RULE_IRQ_KIND, read_place(element, names[kind]), NULL,
               "an interrupt with attribute '%s' is not available on %s", names[kind],
               in->target->arch->name);
    }
}

static void read_vector(struct reading *in, const struct element *element, struct irq *irq)
{
    int64_t vector = read_plain(in, element, "vector");

    if (vector < 0 || vector > VECTOR_MAX) {
        refuse(in->job, RULE_IRQ_VECTOR, read_place(element, "vector"), NULL,
               "vector %lld is not within 0..%d", (long long)vector, VECTOR_MAX);
    }
    irq->number = (uint64_t)vector;
}

static void read_trigger(struct reading *in, const struct element *element, struct irq *irq)
{
    irq->edge = read_choice(in, element, "trigger", "level", "edge", RULE_IRQ_TRIGGER);
}

static void read_ioapic(struct reading *in, const struct element *element, struct irq *irq)
{
    static const char *const names[] = {"id",     "setvar_id", "pin",      "vector",
                                        "ioapic", "trigger",   "polarity", NULL};

    read_only(in, element, names);
    irq->pin = read_count(in, element, "pin", -1);
    irq->ioapic = read_count(in, element, "ioapic", 0);
    read_trigger(in, element, irq);
    irq->active_low = read_choice(in, element, "polarity", "high", "low", RULE_IRQ_POLARITY);
    read_vector(in, element, irq);
}

static void read_msi(struct reading *in, const struct element *element, struct irq *irq)
{
    static const char *const names[] = {"id", "setvar_id", "pcidev", "handle", "vector", NULL};

    read_only(in, element, names);
    irq->pci = read_pci(in, element, "pcidev");
    irq->handle = read_count(in, element, "handle", -1);
    read_vector(in, element, irq);
}

static void read_line(struct reading *in, const struct element *element, struct irq *irq)
{
    static const char *const names[] = {"id", "setvar_id", "irq", "trigger", NULL};

    read_only(in, element, names);
    irq->number = read_count(in, element, "irq", -1);
    read_trigger(in, element, irq);
}

void parse_irq(struct reading *in, const struct element *element, struct component *component)
{
    struct irq *irq = job_take(in->job, sizeof(*irq));

    irq->place = element->place;
    irq->id = read_id(in, element);
    read_setvar(in, component, element, "setvar_id", irq->id);
    irq->kind = kind_of(in->target, element);
    check_kind(in, element, irq->kind);
    switch (irq->kind) {
    case SYSTEM_IRQ_PLAIN: read_line(in, element, irq); break;
    case SYSTEM_IRQ_IOAPIC: read_ioapic(in, element, irq); break;
    case SYSTEM_IRQ_MSI: read_msi(in, element, irq); break;
    }
    list_add(in->job, &component->irqs, irq);
}

static void read_ports(struct reading *in, const struct element *element, struct io_port *port)
{
    int64_t size;

    port->first = read_number(in, element, "addr");
    size = read_plain(in, element, "size");
    if (size <= 0) {
        refuse(in->job, RULE_IOPORT_SIZE, read_place(element, "size"), NULL,
               "attribute 'size' is %lld", (long long)size);
    }
    port->size = (uint64_t)size;
    if (port->first > 0xffff || port->size > 0x10000 - port->first) {
        refuse(in->job, RULE_IOPORT_END, read_place(element, "addr"), NULL,
               "ports from 0x%llx, %lld of them, go beyond 0xffff", (unsigned long long)port->first,
               (long long)size);
    }
}

void parse_io_port(struct reading *in, const struct element *element, struct component *component)
{
    static const char *const names[] = {"id", "addr", "size", "setvar_id", "setvar_addr", NULL};
    struct io_port *port = job_take(in->job, sizeof(*port));

    if (!in->target->arch->has_io_ports) {
        refuse(in->job, RULE_IOPORT_ARCH, &element->place, NULL,
               "I/O ports are not available on %s", in->target->arch->name);
    }
    read_only(in, element, names);
    port->place = element->place;
    port->id = read_id(in, element);
    read_setvar(in, component, element, "setvar_id", port->id);
    read_ports(in, element, port);
    read_setvar(in, component, element, "setvar_addr", port->first);
    list_add(in->job, &component->io_ports, port);
}
