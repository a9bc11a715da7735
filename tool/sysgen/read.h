// SPDX-License-Identifier: BSD-2-Clause
/* Attributes of an element as values, refused if they have the wrong form. Private to parse_*.c. */
#pragma once
#include "model.h"
#include "xml.h"

/* What reading an element needs. */
struct reading {
    const struct system_source *source;
    struct job *job;
    const struct target *target;
    struct system *system;
    struct list channels;       /* elements, evaluated when all components are known */
    struct component *top_last; /* the newest component */
};

/* Refuses attributes that are not in the list, which ends with a null. Names that start with '+'
 * are extensions: known, but refused by the strict format. */
void read_only(struct reading *in, const struct element *element, const char *const *names);

/* Where the attribute stands, or the element if it has none of that name. */
const struct place *read_place(const struct element *element, const char *name);

const char *read_text(struct reading *in, const struct element *element, const char *name);
const char *read_text_or(const struct element *element, const char *name, const char *otherwise);
uint64_t read_number(struct reading *in, const struct element *element, const char *name);
uint64_t read_number_or(struct reading *in, const struct element *element, const char *name,
                        uint64_t otherwise);
int64_t read_plain(struct reading *in, const struct element *element, const char *name);
int64_t read_plain_or(struct reading *in, const struct element *element, const char *name,
                      int64_t otherwise);
/* A plain number that is not negative. */
uint64_t read_count(struct reading *in, const struct element *element, const char *name,
                    int64_t otherwise);
bool read_bool(struct reading *in, const struct element *element, const char *name, bool otherwise);
/* A plain number from 0 to 61; required. */
unsigned read_id(struct reading *in, const struct element *element);
/* 0 for the first word, 1 for the second; absent is the first. */
bool read_choice(struct reading *in, const struct element *element, const char *name,
                 const char *first, const char *second, enum rule rule);
struct pci_address read_pci(struct reading *in, const struct element *element, const char *name);

/* Refuses an element of a kind that does not belong into its parent. */
_Noreturn void read_unknown_child(struct reading *in, const struct element *child,
                                  const char *accepted);
_Noreturn void read_twice(struct reading *in, const struct element *child);

/* The component's program gets `value` under the symbol that the attribute, if any, names. */
void read_setvar(struct reading *in, struct component *component, const struct element *element,
                 const char *name, uint64_t value);
struct setvar *setvar_add(struct reading *in, struct component *component, const char *symbol,
                          const struct place *place);

/* The parts of a system; each in the file parse_*.c that has the name of its element. */
void parse_component(struct reading *in, const struct element *element, struct component *parent);
void parse_map(struct reading *in, const struct element *element, struct component *component,
               struct guest *guest);
void parse_region(struct reading *in, const struct element *element);
void parse_irq(struct reading *in, const struct element *element, struct component *component);
void parse_io_port(struct reading *in, const struct element *element, struct component *component);
void parse_guest(struct reading *in, const struct element *element, struct component *component);
void parse_cspace(struct reading *in, const struct element *element, struct component *component);
void parse_channel(struct reading *in, const struct element *element);
void parse_io_space(struct reading *in, const struct element *element);
void parse_domains(struct reading *in, const struct element *element);

/* Rules that need the whole system. */
void check_nesting(struct reading *in);
void check_system(struct reading *in);
