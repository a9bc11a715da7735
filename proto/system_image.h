// SPDX-License-Identifier: BSD-2-Clause
/*
 * The compiled description of a system: what the builder (tool/sysgen) writes and the initialiser
 * and the monitor read. docs/sysgen.md explains it for people.
 *
 * One block of memory, page aligned, little-endian: header, tables, strings, and the bytes that
 * frames are filled with. Everything is found by offset from its start; records are fixed size and
 * aligned to 8, so the reader uses them in place. Records name each other by index into a table.
 *
 * Nothing here depends on a processor: kinds are our own, and the reader knows its kernel's object
 * type for each. What differs (page sizes, levels of page tables) is numbers in records.
 *
 * A reader must pass the block through system_image_check() (system_image_check.h) before it uses
 * anything; after that every index and every range holds.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SYSTEM_IMAGE_MAGIC UINT64_C(0x3153595341464f53) /* "SOFASYS1" in memory */

enum {
    SYSTEM_IMAGE_VERSION = 2,
    SYSTEM_PAGE_BITS = 12,
    SYSTEM_COMPONENTS_MAX = 64, /* 63 of the system file, and the monitor */
    SYSTEM_OBJECTS_MAX = 1 << 20,
};

#define SYSTEM_NONE     UINT32_MAX /* no record */
#define SYSTEM_NO_PADDR UINT64_MAX /* the reader chooses the memory */

enum system_arch { SYSTEM_X86_64 = 1, SYSTEM_AARCH64 = 2, SYSTEM_RISCV64 = 3 };

/* Tables in the order of the header's directory. */
enum system_table_kind {
    SYSTEM_TABLE_STRINGS,    /* bytes: texts, each ended by a zero; 0 is the empty text */
    SYSTEM_TABLE_COMPONENTS, /* struct system_component; protection domains, then the monitor */
    SYSTEM_TABLE_OBJECTS,    /* struct system_object */
    SYSTEM_TABLE_CAPS,       /* struct system_cap */
    SYSTEM_TABLE_MAPPINGS,   /* struct system_mapping; outer page tables first */
    SYSTEM_TABLE_FILLS,      /* struct system_fill */
    SYSTEM_TABLE_SCHEDS,     /* struct system_sched */
    SYSTEM_TABLE_THREADS,    /* struct system_thread; in the order they are started */
    SYSTEM_TABLE_IRQS,       /* struct system_irq */
    SYSTEM_TABLE_REGIONS,    /* struct system_region */
    SYSTEM_TABLE_NOTICES,    /* struct system_notice */
    SYSTEM_TABLE_SLICES,     /* struct system_slice: the domain schedule */
    SYSTEM_TABLE_COUNT
};

struct system_table {
    uint64_t offset;
    uint32_t count;
    uint32_t record_bytes;
};

struct system_image {
    uint64_t magic;
    uint32_t version;
    uint32_t arch;           /* enum system_arch */
    uint64_t described;      /* bytes of header, tables and strings */
    uint64_t total;          /* with the bytes for frames; a multiple of the page size */
    uint64_t checksum;       /* system_image_sum() of `described` bytes, this field as 0 */
    uint32_t object_total;   /* objects of all runs together */
    uint32_t cap_total;      /* and the copies that mappings need: slots the reader must have */
    uint32_t schedule_start; /* index of the slice to begin with */
    uint32_t schedule_shift; /* place of slice 0 in the kernel's schedule */
    uint32_t file;           /* text: the system file, for messages */
    uint32_t monitor;        /* component */
    uint64_t monitor_window; /* address where the monitor has a page table but no pages */
    uint64_t monitor_large_window; /* and where it has room for one large page */
    uint64_t monitor_clock;        /* a page with what the kernel says about the clock, or 0 */
    uint32_t console;              /* enum system_console */
    uint32_t monitor_flags;        /* SYSTEM_MONITOR_JSON */
    struct system_table tables[SYSTEM_TABLE_COUNT];
};

/* Where the monitor's words go; always into its log, too. */
enum system_console { SYSTEM_CONSOLE_KERNEL, SYSTEM_CONSOLE_SERIAL, SYSTEM_CONSOLE_LOG };
enum { SYSTEM_MONITOR_JSON = 1 }; /* a line for machines after each explanation */

enum system_object_kind {
    /* Made from untyped memory. */
    SYSTEM_UNTYPED,
    SYSTEM_TCB,
    SYSTEM_ENDPOINT,
    SYSTEM_NOTIFICATION,
    SYSTEM_REPLY,
    SYSTEM_CNODE, /* size_bits: of the memory; argument: bits of the number of slots */
    SYSTEM_SCHED_CONTEXT,
    SYSTEM_FRAME,
    SYSTEM_VSPACE,
    SYSTEM_PAGE_TABLE, /* argument: bits of the span that one table covers */
    SYSTEM_VCPU,
    SYSTEM_GUEST_VSPACE, /* root of a guest's memory */
    SYSTEM_GUEST_TABLE,  /* as SYSTEM_PAGE_TABLE, of a guest */
    SYSTEM_IO_TABLE,     /* page table of an I/O address space */
    SYSTEM_ASID_POOL,    /* takes a page of memory */
    /* Not made of memory: issued by authority that the reader holds, or lent from it. */
    SYSTEM_IRQ,      /* argument: index into the table of interrupts */
    SYSTEM_IO_PORTS, /* argument: first port | last port << 16 */
    SYSTEM_IO_SPACE, /* argument: PCI address (bus 8, device 5, function 3 bits) | domain << 16 */
    SYSTEM_IMAGE_FRAMES, /* pages of this very block; argument: offset in it */
    SYSTEM_SMC,
    SYSTEM_SCHED_CONTROL, /* argument: core */
    SYSTEM_IRQ_CONTROL,
    SYSTEM_IO_PORT_CONTROL,
    SYSTEM_OBJECT_KINDS
};

enum { SYSTEM_MEMORY_KINDS = SYSTEM_IRQ };

/* A run of `count` equal objects. Objects are numbered over all runs; id is the first's number. */
struct system_object {
    uint8_t kind; /* enum system_object_kind */
    uint8_t size_bits;
    uint16_t reserved;
    uint32_t count;
    uint64_t paddr; /* of the first; the others follow without gaps */
    uint64_t argument;
    uint32_t id;
    uint32_t name;
    uint32_t component; /* whose it is, or SYSTEM_NONE */
    uint32_t line;      /* of the system file that asked for it; 0: every component has one */
};

enum {
    SYSTEM_READ = 1,
    SYSTEM_WRITE = 2,
    SYSTEM_GRANT = 4,
    SYSTEM_EXECUTE = 8, /* mappings only */
    SYSTEM_UNCACHED = 16,
    SYSTEM_RIGHTS_ALL = 31,
};

/* What a capability is for; the monitor explains faults with it. */
enum system_cap_meaning {
    SYSTEM_CAP_CNODE = 1,
    SYSTEM_CAP_INPUT,
    SYSTEM_CAP_FAULT,
    SYSTEM_CAP_VSPACE,
    SYSTEM_CAP_REPLY,
    SYSTEM_CAP_MONITOR,
    SYSTEM_CAP_OWN_TCB,
    SYSTEM_CAP_SMC,
    SYSTEM_CAP_NOTIFY,
    SYSTEM_CAP_CALL,
    SYSTEM_CAP_IRQ,
    SYSTEM_CAP_CHILD,
    SYSTEM_CAP_VCPU_TCB,
    SYSTEM_CAP_VCPU,
    SYSTEM_CAP_IO_PORTS,
    SYSTEM_CAP_USER,    /* asked for in <cspace> */
    SYSTEM_CAP_WATCHED, /* the monitor's hold on a component */
    SYSTEM_CAP_RESTART, /* what the monitor needs to restart one; see below */
    SYSTEM_CAP_TELLER,  /* the monitor's second thread, and what wakes it */
    SYSTEM_CAP_MEANINGS
};

/*
 * Objects index .. index + count - 1 of a run, in consecutive slots. The reader copies or mints
 * from the capability it made the object with, except that it moves
 * - control over interrupts and I/O ports, which cannot be copied; given once, last of all;
 * - untyped memory that the monitor holds as SYSTEM_CAP_RESTART: the component's is a copy, made
 *   before, so that revoking the monitor's takes back what the component made of it.
 */
struct system_cap {
    uint32_t cnode; /* object run, a CNode */
    uint32_t slot;
    uint32_t object;
    uint32_t index;
    uint64_t badge; /* CNode: size of its guard, which is 0 */
    uint16_t rights;
    uint16_t meaning; /* enum system_cap_meaning */
    uint32_t peer;    /* component at the other end, or SYSTEM_NONE */
    uint32_t line;
    uint32_t count;
};

enum system_mapping_use {
    SYSTEM_MAP_TABLE = 1,
    SYSTEM_MAP_PROGRAM,
    SYSTEM_MAP_STACK,
    SYSTEM_MAP_IPC_BUFFER,
    SYSTEM_MAP_REGION,
    SYSTEM_MAP_IMAGE, /* this block, for the monitor */
    SYSTEM_MAP_USES
};

/* Objects first .. first + count - 1 of a run, mapped `stride` bytes apart. */
struct system_mapping {
    uint32_t vspace; /* object run: VSPACE, GUEST_VSPACE or IO_SPACE */
    uint32_t object;
    uint32_t first, count;
    uint64_t vaddr, stride;
    uint16_t rights;
    uint16_t use;    /* enum system_mapping_use */
    uint32_t cap_id; /* number of the first capability to map: the object's own, or a copy's */
    uint32_t region;
    uint32_t component;
    uint32_t line;
    uint32_t reserved;
};

enum system_fill_kind { SYSTEM_FILL_BYTES = 1, SYSTEM_FILL_BOOTINFO };

struct system_fill {
    uint32_t object; /* run of frames */
    uint16_t kind;   /* enum system_fill_kind */
    uint16_t reserved;
    uint64_t at;     /* bytes from the start of the run */
    uint64_t source; /* offset in this block; BOOTINFO: the number of the record */
    uint64_t length; /* BOOTINFO: at most */
};

struct system_sched {
    uint32_t object;
    uint32_t core;
    uint64_t budget_us, period_us;
    uint64_t badge;
};

enum { SYSTEM_THREAD_NO_FPU = 1, SYSTEM_THREAD_SUSPENDED = 2 };

struct system_thread {
    uint32_t tcb;
    uint32_t cspace, cspace_guard_bits;
    uint32_t vspace;
    uint32_t buffer;         /* frame run */
    uint32_t sched;          /* object run, or SYSTEM_NONE */
    uint32_t notification;   /* bound, or SYSTEM_NONE */
    uint32_t fault_endpoint; /* used to send, with grant; or SYSTEM_NONE */
    uint64_t fault_badge;
    uint64_t buffer_vaddr;
    uint64_t pc, sp;
    uint32_t vcpu;  /* or SYSTEM_NONE */
    uint32_t guest; /* GUEST_VSPACE the thread runs (x86_64), or SYSTEM_NONE */
    uint16_t priority, control_priority;
    uint16_t core, domain;
    uint32_t flags;
    uint32_t component;
    uint32_t name;
    uint32_t reserved;
};

enum system_irq_kind { SYSTEM_IRQ_PLAIN = 1, SYSTEM_IRQ_IOAPIC, SYSTEM_IRQ_MSI };

/* Delivered as `badge` to `notification`. */
struct system_irq {
    uint32_t object, notification;
    uint64_t badge;
    uint16_t kind;              /* enum system_irq_kind */
    uint16_t level, active_low; /* as the kernel wants them */
    uint16_t core;
    uint32_t number; /* interrupt (plain) or vector */
    uint32_t ioapic, pin;
    uint32_t bus, device, function, handle;
    uint32_t line, reserved[2];
};

enum { SYSTEM_REGION_PERSISTENT = 1, SYSTEM_REGION_FIXED = 2 };

struct system_region {
    uint32_t name;
    uint32_t object;
    uint64_t size;
    uint32_t flags;
    uint32_t line;
};

/* A component that is told of another's restart: its notification gets bit `id`. */
struct system_notice {
    uint32_t component, neighbour;
    uint32_t id;
    uint32_t line;
};

enum { SYSTEM_SLICE_TICKS, SYSTEM_SLICE_US, SYSTEM_SLICE_END };

struct system_slice {
    uint64_t duration;
    uint32_t domain;
    uint32_t unit;
};

enum system_restart { SYSTEM_RESTART_NEVER, SYSTEM_RESTART_FAULT, SYSTEM_RESTART_ALWAYS };
enum { SYSTEM_COMPONENT_PASSIVE = 1 };

struct system_component {
    uint32_t name, program;
    uint32_t line;
    uint32_t parent, child_id; /* component, or SYSTEM_NONE */
    uint32_t tcb, sched, notification, endpoint, reply;
    uint32_t cnode_root, cnode, vspace;
    uint32_t flags;
    uint16_t restart; /* enum system_restart */
    uint16_t restarts_per_minute;
    uint32_t notice_first, notice_count;
    uint32_t channel_bits_low, channel_bits_high; /* every bit its notification can carry */
    uint32_t reserved;
    uint64_t entry, stack_bottom, stack_top;
    uint64_t code, code_bytes; /* in this block: struct system_code; 0 bytes: there is none */
};

_Static_assert(sizeof(struct system_image) == 96 + 16 * SYSTEM_TABLE_COUNT, "no gaps");
_Static_assert(sizeof(struct system_object) == 40, "no gaps");
_Static_assert(sizeof(struct system_cap) == 40, "no gaps");
_Static_assert(sizeof(struct system_mapping) == 56, "no gaps");
_Static_assert(sizeof(struct system_fill) == 32, "no gaps");
_Static_assert(sizeof(struct system_sched) == 32, "no gaps");
_Static_assert(sizeof(struct system_thread) == 96, "no gaps");
_Static_assert(sizeof(struct system_irq) == 64, "no gaps");
_Static_assert(sizeof(struct system_region) == 24, "no gaps");
_Static_assert(sizeof(struct system_component) == 120, "no gaps");

/* What both builder and initialiser say when memory is too small: KiB needed, KiB there. */
#define SYSTEM_MEMORY_MESSAGE "the system needs %llu KiB of memory, but only %llu KiB are free"

/* Where the block lies in the memory of initialiser or monitor. Each defines a variable of this
 * type called `system_image_place`, in initialised data; the builder fills it in. */
struct system_image_place {
    uint64_t address, length;
};

/* Size of one record of each table. */
static inline uint32_t system_record_bytes(enum system_table_kind kind)
{
    static const uint32_t bytes[SYSTEM_TABLE_COUNT] = {
        [SYSTEM_TABLE_STRINGS] = 1,
        [SYSTEM_TABLE_COMPONENTS] = sizeof(struct system_component),
        [SYSTEM_TABLE_OBJECTS] = sizeof(struct system_object),
        [SYSTEM_TABLE_CAPS] = sizeof(struct system_cap),
        [SYSTEM_TABLE_MAPPINGS] = sizeof(struct system_mapping),
        [SYSTEM_TABLE_FILLS] = sizeof(struct system_fill),
        [SYSTEM_TABLE_SCHEDS] = sizeof(struct system_sched),
        [SYSTEM_TABLE_THREADS] = sizeof(struct system_thread),
        [SYSTEM_TABLE_IRQS] = sizeof(struct system_irq),
        [SYSTEM_TABLE_REGIONS] = sizeof(struct system_region),
        [SYSTEM_TABLE_NOTICES] = sizeof(struct system_notice),
        [SYSTEM_TABLE_SLICES] = sizeof(struct system_slice),
    };

    return bytes[kind];
}

/* First record of a table. The block has been checked. */
static inline const void *system_table(const struct system_image *image,
                                       enum system_table_kind kind)
{
    return (const char *)image + image->tables[kind].offset;
}

static inline const char *system_text(const struct system_image *image, uint32_t text)
{
    return (const char *)system_table(image, SYSTEM_TABLE_STRINGS) + text;
}

/* Sum over whole words; the word of the checksum itself counts as 0. */
static inline uint64_t system_image_sum(const struct system_image *image)
{
    const uint64_t *words = (const uint64_t *)image;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < image->described / sizeof(*words); i++) {
        uint64_t word =
            i == offsetof(struct system_image, checksum) / sizeof(*words) ? 0 : words[i];

        sum = (sum ^ word) * UINT64_C(0x100000001b3);
    }
    return sum;
}
