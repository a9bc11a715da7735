// SPDX-License-Identifier: BSD-2-Clause
#include "target.h"
#include <stdlib.h>
#include <string.h>

static const struct arch archs[] = {
    {.name = "x86_64",
     .number = SYSTEM_X86_64,
     .elf_machine = 62,
     .tcb_bits = 11,
     .tcb_bits_hwdebug = 11,
     .vcpu_bits = 14,
     .untyped_bits_max = 47,
     .untyped_bias = 0xffffff8000000000,
     .physical_bits = 47,
     .has_io_ports = true,
     .has_uncached = true},
    {.name = "aarch64",
     .number = SYSTEM_AARCH64,
     .elf_machine = 183,
     .tcb_bits = 11,
     .tcb_bits_hwdebug = 12,
     .vcpu_bits = 12,
     .untyped_bits_max = 47,
     .untyped_bias = 0x0000008000000000,
     .physical_bits = 40,
     .has_uncached = true,
     .has_execute = true,
     .chooses_paddr = true},
    {.name = "riscv64",
     .number = SYSTEM_RISCV64,
     .elf_machine = 243,
     .tcb_bits = 11,
     .tcb_bits_hwdebug = 11,
     .untyped_bits_max = 38,
     .untyped_bias = 0xffffffc000000000,
     .physical_bits = 39,
     .has_execute = true,
     .chooses_paddr = true},
};

static const struct space_shape x86_64_space = {0x7fffffffefff, 12, 3, {39, 30, 21}};
static const struct space_shape aarch64_el1_space = {0x7fffffffffff, 12, 3, {39, 30, 21}};
static const struct space_shape aarch64_hyp40_space = {0xffffffffff, 13, 2, {30, 21, 0}};
static const struct space_shape aarch64_hyp44_space = {0xfffffffffff, 12, 3, {39, 30, 21}};
static const struct space_shape riscv64_space = {0x3fffffefff, 12, 2, {30, 21, 0}};

/* Sizes that are the same for every processor. */
static const unsigned char object_bits[SYSTEM_OBJECT_KINDS] = {
    [SYSTEM_ENDPOINT] = 4,      [SYSTEM_NOTIFICATION] = 6, [SYSTEM_REPLY] = 5,
    [SYSTEM_SCHED_CONTEXT] = 8, [SYSTEM_PAGE_TABLE] = 12,  [SYSTEM_GUEST_TABLE] = 12,
    [SYSTEM_IO_TABLE] = 12,     [SYSTEM_ASID_POOL] = 12,
};

static const struct {
    const char *name;
    bool debug, benchmark, smp;
} configs[] = {
    {"debug", true, false, false},       {"release", false, false, false},
    {"benchmark", false, true, false},   {"smp-debug", true, false, true},
    {"smp-release", false, false, true}, {"smp-benchmark", false, true, true},
};

static int config_index(const char *name)
{
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        if (strcmp(configs[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool config_known(const struct board *board, const char *config)
{
    int index = config_index(config);

    return index >= 0 && (board->cores || !configs[index].smp);
}

static const struct arch *arch_named(const char *name)
{
    const struct arch *arch = archs;

    while (strcmp(arch->name, name) != 0) {
        arch++;
    }
    return arch;
}

static struct space_shape space_of(const struct target *target)
{
    switch (target->arch->number) {
    case SYSTEM_X86_64: return x86_64_space;
    case SYSTEM_RISCV64: return riscv64_space;
    case SYSTEM_AARCH64: break;
    }
    if (!target->options.ARM_HYPERVISOR_SUPPORT) {
        return aarch64_el1_space;
    }
    return target->options.ARM_PA_SIZE_BITS_44 ? aarch64_hyp44_space : aarch64_hyp40_space;
}

void target_init(struct target *target, const struct board *board, const char *config)
{
    int index = config_index(config);
    bool smp = configs[index].smp;

    *target = (struct target){.board = board, .arch = arch_named(board->arch), .config = config};
    target->options = (struct kernel_options){
        .MAX_NUM_NODES = smp ? board->cores : 1,
        .NUM_DOMAINS = smp ? 1 : 16,
        .NUM_DOMAIN_SCHEDULES = smp ? 2 : 100,
        .ROOT_CNODE_SIZE_BITS = 17,
        .ARM_HYPERVISOR_SUPPORT = target_is(target, SYSTEM_AARCH64) && board->hypervisor,
        .ARM_PA_SIZE_BITS_44 = board->physical_bits == 44,
        .ALLOW_SMC_CALLS = target_is(target, SYSTEM_AARCH64),
        .VTX = target_is(target, SYSTEM_X86_64) && board->hypervisor,
        .IOMMU = target_is(target, SYSTEM_X86_64),
        .HARDWARE_DEBUG_API = configs[index].debug && !target_is(target, SYSTEM_RISCV64),
        .PRINTING = configs[index].debug,
    };
    target->own_tcb_in_slot_6 = configs[index].benchmark;
    target->space = space_of(target);
}

bool target_set_option(struct target *target, const char *setting)
{
    struct kernel_options *options = &target->options;
    const struct {
        const char *name;
        uint64_t *value;
    } known[] = {
        {"MAX_NUM_NODES", &options->MAX_NUM_NODES},
        {"NUM_DOMAINS", &options->NUM_DOMAINS},
        {"NUM_DOMAIN_SCHEDULES", &options->NUM_DOMAIN_SCHEDULES},
        {"ROOT_CNODE_SIZE_BITS", &options->ROOT_CNODE_SIZE_BITS},
        {"ARM_HYPERVISOR_SUPPORT", &options->ARM_HYPERVISOR_SUPPORT},
        {"ARM_PA_SIZE_BITS_44", &options->ARM_PA_SIZE_BITS_44},
        {"ALLOW_SMC_CALLS", &options->ALLOW_SMC_CALLS},
        {"VTX", &options->VTX},
        {"IOMMU", &options->IOMMU},
        {"HARDWARE_DEBUG_API", &options->HARDWARE_DEBUG_API},
        {"PRINTING", &options->PRINTING},
    };
    size_t length = strcspn(setting, "=");
    char *end;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].name) == length && strncmp(known[i].name, setting, length) == 0) {
            if (setting[length] != '=' || setting[length + 1] < '0' || setting[length + 1] > '9') {
                return false;
            }
            *known[i].value = strtoull(setting + length + 1, &end, 10);
            target->space = space_of(target);
            return *end == 0 && *known[i].value <= 1024;
        }
    }
    return false;
}

bool target_is(const struct target *target, enum system_arch arch)
{
    return target->arch->number == arch;
}

bool target_has_guests(const struct target *target)
{
    return target->options.ARM_HYPERVISOR_SUPPORT || target->options.VTX;
}

unsigned target_object_bits(const struct target *target, enum system_object_kind kind)
{
    switch (kind) {
    case SYSTEM_TCB:
        return target->options.HARDWARE_DEBUG_API ? target->arch->tcb_bits_hwdebug
                                                  : target->arch->tcb_bits;
    case SYSTEM_VSPACE: return target->space.root_bits;
    case SYSTEM_GUEST_VSPACE: return target->space.root_bits;
    case SYSTEM_VCPU: return target->arch->vcpu_bits;
    default: return object_bits[kind];
    }
}

uint64_t target_physical_end(const struct target *target)
{
    unsigned bits = target->board->physical_bits;

    return UINT64_C(1) << (bits ? bits : target->arch->physical_bits);
}

uint64_t target_buffer_vaddr(const struct target *target)
{
    return target->space.user_top & ~(uint64_t)(PAGE_BYTES - 1);
}

/* One page is left unmapped between stack and message buffer. */
uint64_t target_stack_top(const struct target *target)
{
    return target_buffer_vaddr(target) - PAGE_BYTES;
}
