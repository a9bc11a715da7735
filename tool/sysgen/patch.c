// SPDX-License-Identifier: BSD-2-Clause
#include "patch.h"
#include <string.h>

enum { NAME_BYTES = 64, WORD_BYTES = 8 };

/* The bits that the library checks before it makes a system call. */
struct permissions {
    uint64_t irqs, notifications, calls, io_ports;
};

static struct permissions permissions_of(const struct system *system,
                                         const struct component *component)
{
    struct permissions bits = {0};

    for (size_t i = 0; i < component->irqs.count; i++) {
        bits.irqs |= UINT64_C(1) << ((struct irq *)component->irqs.items[i])->id;
    }
    for (size_t i = 0; i < component->io_ports.count; i++) {
        bits.io_ports |= UINT64_C(1) << ((struct io_port *)component->io_ports.items[i])->id;
    }
    for (size_t i = 0; i < 2 * system->channels.count; i++) {
        const struct channel *channel = system->channels.items[i / 2];
        const struct channel_end *end = &channel->ends[i % 2];

        if (end->component == component) {
            bits.notifications |= (uint64_t)end->notify << end->id;
            bits.calls |= (uint64_t)end->call << end->id;
        }
    }
    return bits;
}

uint64_t component_bits(const struct system *system, const struct component *component)
{
    uint64_t bits = permissions_of(system, component).irqs;

    for (size_t i = 0; i < 2 * system->channels.count; i++) {
        const struct channel *channel = system->channels.items[i / 2];
        const struct channel_end *end = &channel->ends[i % 2];

        if (end->component == component && channel->ends[!(i % 2)].notify) {
            bits |= UINT64_C(1) << end->id;
        }
    }
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *other = system->components.items[i];

        for (size_t j = 0; j < other->notices.count; j++) {
            const struct restart_notice *notice = other->notices.items[j];

            bits |= notice->neighbour == component ? UINT64_C(1) << notice->id : 0;
        }
    }
    return bits;
}

/* A symbol of the library: it may be larger than what is written. */
static void patch_library(struct job *job, const struct component *component,
                          struct program *program, const char *name, const void *bytes,
                          size_t length)
{
    const struct place *at = &component->program_place;
    const struct elf_symbol *symbol = program_symbol(job, program, component->name, name, at);

    if (symbol->size < length) {
        refuse(job, RULE_SYMBOL_SIZE, at, job_print(job, "a symbol of at least %zu bytes", length),
               "symbol '%s' of protection domain '%s' has %llu bytes in '%s'", name,
               component->name, (unsigned long long)symbol->size, program->symbols->path);
    }
    program_patch(job, program, component->name, name, symbol, bytes, length, at);
}

static void patch_library_symbols(struct job *job, const struct system *system,
                                  const struct component *component, struct program *program)
{
    const struct permissions bits = permissions_of(system, component);
    unsigned char passive = component->passive;
    const struct {
        const char *name;
        const uint64_t *bits;
    } words[] = {{"microkit_irqs", &bits.irqs},
                 {"microkit_notifications", &bits.notifications},
                 {"microkit_pps", &bits.calls},
                 {"microkit_ioports", &bits.io_ports}};

    patch_library(job, component, program, "microkit_name", component->name,
                  strnlen(component->name, NAME_BYTES));
    patch_library(job, component, program, "microkit_passive", &passive, sizeof(passive));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        patch_library(job, component, program, words[i].name, words[i].bits, WORD_BYTES);
    }
}

static uint64_t setvar_value(const struct setvar *setvar)
{
    switch (setvar->kind) {
    case SETVAR_REGION_SIZE: return setvar->region->size;
    case SETVAR_REGION_PADDR: return setvar->region->paddr;
    case SETVAR_REGION_PREFILL: return setvar->region->prefill->length;
    case SETVAR_VALUE: break;
    }
    return setvar->value;
}

static void patch_setvar(struct job *job, const struct component *component,
                         struct program *program, const struct setvar *setvar)
{
    const struct elf_symbol *symbol =
        program_symbol(job, program, component->name, setvar->symbol, &setvar->place);
    uint64_t value = setvar_value(setvar);

    if (symbol->size != WORD_BYTES) {
        refuse(job, RULE_SYMBOL_SIZE, &setvar->place, "a symbol of exactly 8 bytes",
               "symbol '%s' of protection domain '%s' has %llu bytes in '%s'", setvar->symbol,
               component->name, (unsigned long long)symbol->size, program->symbols->path);
    }
    program_patch(job, program, component->name, setvar->symbol, symbol, &value, sizeof(value),
                  &setvar->place);
}

void patch_program(struct job *job, const struct system *system, const struct component *component,
                   struct program *program)
{
    patch_library_symbols(job, system, component, program);
    for (size_t i = 0; i < component->setvars.count; i++) {
        patch_setvar(job, component, program, component->setvars.items[i]);
    }
}
