// SPDX-License-Identifier: BSD-2-Clause
/*
 * A system file as the builder understands it, with every default applied. Built by parse.c, held
 * against the rules that need the whole by check.c, then only read.
 *
 * Lists are in the order of the file. References between parts are names until check.c has found
 * what they name; the pointers beside them are set then.
 */
#pragma once
#include "file.h"
#include "job.h"
#include "names.h"
#include "target.h"

enum {
    ID_MAX = 61,
    PRIORITY_MAX = 254,
    COMPONENT_MAX = 63,
    USER_SLOT_MAX = 63,
    SCHEDULE_MAX = 99,
    VECTOR_MAX = 107,
    GUEST_VCPU_MAX = 64,
    NO_ID = -1,
};

struct region {
    const char *name;
    struct place place;
    uint64_t size, page_size; /* page_size 0 until chosen */
    bool page_size_given, has_paddr, persistent, used, io_mapped, wants_paddr;
    uint64_t paddr;
    const struct file *prefill;
    int bootinfo_id; /* -1: none */
    uint32_t object; /* set by the compiler */
    uint32_t mapped; /* how often: the second and later ones need copies of capabilities */
    uint32_t index;
};

struct map {
    const char *region_name;
    struct region *region;
    struct place place;
    uint64_t vaddr;
    bool read, write, execute, cached;
    bool wants_prefill_size;
};

enum setvar_kind {
    SETVAR_VALUE,
    SETVAR_REGION_SIZE,
    SETVAR_REGION_PADDR,
    SETVAR_REGION_PREFILL,
};

/* A symbol of a program that the builder writes. */
struct setvar {
    const char *symbol;
    struct place place;
    enum setvar_kind kind;
    const char *region_name;
    struct region *region;
    uint64_t value;
};

struct pci_address {
    unsigned bus, device, function;
};

struct irq {
    struct place place;
    unsigned id;
    enum system_irq_kind kind;
    uint64_t number; /* interrupt or vector */
    bool edge, active_low;
    uint64_t ioapic, pin, handle;
    struct pci_address pci;
};

struct io_port {
    struct place place;
    unsigned id;
    uint64_t first, size;
};

enum user_cap_kind {
    CAP_TCB,
    CAP_SC,
    CAP_VSPACE,
    CAP_UNTYPED,
    CAP_ASID_POOL,
    CAP_SCHED_CONTROL,
    CAP_IRQ_CONTROL,
    CAP_IO_PORT_CONTROL,
    CAP_CNODE,
};

struct user_cap {
    struct place place;
    enum user_cap_kind kind;
    const char *kind_name; /* after cap_ */
    unsigned slot;
    const char *pd_name; /* null for kinds that name none */
    struct component *component;
    unsigned size_bits; /* untyped */
    unsigned core;      /* scheduling control */
};

struct vcpu {
    struct place place;
    unsigned id, cpu;
};

struct guest {
    const char *name;
    struct place place;
    unsigned priority;
    uint64_t budget_us, period_us;
    struct list vcpus, maps;
};

struct restart_notice {
    struct place place;
    const char *pd_name;
    struct component *neighbour;
    unsigned id;
    const char *setvar_id;
};

struct component {
    const char *name;
    struct place place;
    struct component *parent;
    int id; /* among the parent's children, or NO_ID */
    unsigned index;
    unsigned priority, cpu;
    uint64_t budget_us, period_us, stack_size;
    bool passive, smc, fpu;
    int domain; /* id, or -1 */
    const char *program, *symbols;
    struct place program_place, symbols_place;
    struct list maps, irqs, io_ports, setvars, caps, notices;
    struct names symbols_set;
    struct guest *guest;
    bool has_cspace, has_children;
    enum system_restart restart;
    unsigned restarts_per_minute;
};

struct channel_end {
    struct place place;
    struct component *component;
    unsigned id;
    bool call, notify;
    const char *setvar_id;
};

struct channel {
    struct place place;
    struct channel_end ends[2];
};

struct io_map {
    const char *region_name;
    struct region *region;
    struct place place;
    uint64_t vaddr;
    bool read, write;
};

struct io_space {
    const char *name;
    struct place place;
    uint64_t domain;
    struct pci_address pci;
    struct list maps;
};

struct domain {
    const char *name;
    struct place place;
    int id; /* -1 until chosen */
};

struct slice {
    bool end;
    unsigned domain;
    uint64_t duration;
    bool ticks;
};

struct system {
    const char *file;
    struct list components; /* by index: parents before their children's subtrees */
    struct list regions, channels, io_spaces, domains, slices;
    struct names component_names, region_names; /* the first of each name */
    bool has_domains;
    uint64_t schedule_start, schedule_shift;
    struct text warnings;
};

enum console_wish { CONSOLE_FITTING, CONSOLE_KERNEL, CONSOLE_SERIAL, CONSOLE_LOG };

struct system_source {
    struct job *job;
    const struct target *target;
    const struct list *search; /* folders, for programs and prefill files */
    bool extensions;
    enum console_wish console; /* of the monitor */
    bool fault_json;           /* it also writes a line for machines */
};

/* Reads and checks a whole description; refuses at the first rule that is broken. */
struct system *system_read(const struct system_source *source, const char *path);
/* The same for text in memory. */
struct system *system_parse(const struct system_source *source, const char *name, const void *bytes,
                            size_t length);

struct component *system_component(const struct system *system, const char *name);
struct region *system_region(const struct system *system, const char *name);

/* First address that a map of the component may not reach. */
uint64_t component_map_limit(const struct target *target, const struct component *component);
uint64_t guest_map_limit(const struct target *target);
