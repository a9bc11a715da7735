// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a system is built for: facts about processors, boards and configurations, as data.
 * A new board is a row in boards.c; a new processor a row in each table of target.c.
 */
#pragma once
#include <proto/system_image.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_BITS = 12,
    LARGE_PAGE_BITS = 21,
    PAGE_BYTES = 1 << PAGE_BITS,
    LARGE_PAGE_BYTES = 1 << LARGE_PAGE_BITS,
    LEVELS_MAX = 3,
    RAM_RANGES_MAX = 3,
    KEPT_RANGES_MAX = 3,
    CORES_MAX = 16,
};

/* End is exclusive. */
struct range {
    uint64_t start, end;
};

/* The shape of an address space. */
struct space_shape {
    uint64_t user_top;              /* last byte a user may map */
    unsigned root_bits;             /* memory of the root table */
    unsigned level_count;           /* tables below the root */
    unsigned span_bits[LEVELS_MAX]; /* what one table of a level covers, outermost first */
};

struct arch {
    const char *name;
    enum system_arch number;
    uint16_t elf_machine;
    unsigned tcb_bits, tcb_bits_hwdebug, vcpu_bits;
    unsigned untyped_bits_max;
    uint64_t untyped_bias;  /* alignment of untyped memory is that of address + bias */
    unsigned physical_bits; /* if the board does not say */
    bool has_io_ports, has_uncached, has_execute;
    bool chooses_paddr; /* the builder knows the memory map and may place regions in it */
};

enum image_type { IMAGE_ELF, IMAGE_BINARY, IMAGE_UIMAGE };

struct board {
    const char *name, *arch;
    uint64_t load_address;
    unsigned cores;         /* in smp configurations; 0: there are none */
    bool hypervisor;        /* VT-x on x86_64 */
    unsigned physical_bits; /* AArch64 hypervisors: 40 or 44 */
    enum image_type image;
    struct range ram[RAM_RANGES_MAX];   /* x86_64: found at boot, see --ram */
    struct range kept[KEPT_RANGES_MAX]; /* devices the kernel gives to nobody */
};

/* Named as in the kernel's gen_config. */
struct kernel_options {
    uint64_t MAX_NUM_NODES, NUM_DOMAINS, NUM_DOMAIN_SCHEDULES, ROOT_CNODE_SIZE_BITS;
    uint64_t ARM_HYPERVISOR_SUPPORT, ARM_PA_SIZE_BITS_44, ALLOW_SMC_CALLS, VTX, IOMMU;
    uint64_t HARDWARE_DEBUG_API, PRINTING;
};

struct target {
    const struct board *board;
    const struct arch *arch;
    struct space_shape space;
    struct kernel_options options;
    bool own_tcb_in_slot_6;
    const char *config;
};

extern const struct board boards[];
extern const size_t board_count;

const struct board *board_named(const char *name);
bool config_known(const struct board *board, const char *config);
void target_init(struct target *target, const struct board *board, const char *config);

/* Sets an option given as NAME=VALUE; false if there is none of that name or no such value. */
bool target_set_option(struct target *target, const char *setting);

bool target_is(const struct target *target, enum system_arch arch);
/* May protection domains hold virtual machines? */
bool target_has_guests(const struct target *target);
/* Size of one object whose size does not vary; 0 for those without memory or of any size. */
unsigned target_object_bits(const struct target *target, enum system_object_kind kind);

/* End of what may be a physical address. */
uint64_t target_physical_end(const struct target *target);

uint64_t target_buffer_vaddr(const struct target *target);
uint64_t target_stack_top(const struct target *target);
