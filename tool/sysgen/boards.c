// SPDX-License-Identifier: BSD-2-Clause
/* Boards of the Microkit format. RAM ranges exclude what kernel and firmware keep. */
#include "target.h"
#include <string.h>

#define ARM(n, load, smp, ...)                                                                     \
    {                                                                                              \
        .name = n, .arch = "aarch64", .load_address = load, .cores = smp, .hypervisor = true,      \
        .physical_bits = 40, .image = IMAGE_BINARY, .ram = {                                       \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define RASPBERRY(n, ...)                                                                          \
    {                                                                                              \
        .name = n, .arch = "aarch64", .load_address = 0x10000000, .cores = 4, .hypervisor = true,  \
        .physical_bits = 44, .image = IMAGE_BINARY, .ram = {                                       \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define RISC(n, load, smp, type, ...)                                                              \
    {                                                                                              \
        .name = n, .arch = "riscv64", .load_address = load, .cores = smp, .image = type, .ram = {  \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* Interrupt controllers at their usual places. */
#define PC_KEPT                                                                                    \
    {0xfec00000, 0xfec01000},                                                                      \
    {                                                                                              \
        0xfee00000, 0xfee01000                                                                     \
    }

const struct board boards[] = {
    {.name = "x86_64_generic",
     .arch = "x86_64",
     .cores = 16,
     .image = IMAGE_ELF,
     .kept = {PC_KEPT}},
    {.name = "x86_64_generic_vtx",
     .arch = "x86_64",
     .cores = 16,
     .hypervisor = true,
     .image = IMAGE_ELF,
     .kept = {PC_KEPT}},
    {.name = "qemu_virt_aarch64",
     .arch = "aarch64",
     .load_address = 0x70000000,
     .cores = 4,
     .hypervisor = true,
     .physical_bits = 40,
     .image = IMAGE_BINARY,
     .ram = {{0x60000000, 0xc0000000}},
     .kept = {{0x8000000, 0x8001000}, {0x8010000, 0x8011000}, {0x8030000, 0x8031000}}},
    {.name = "qemu_virt_aarch64_el1",
     .arch = "aarch64",
     .load_address = 0x70000000,
     .cores = 4,
     .physical_bits = 40,
     .image = IMAGE_BINARY,
     .ram = {{0x40000000, 0xc0000000}},
     .kept = {{0x8000000, 0x8001000}, {0x8010000, 0x8011000}}},
    ARM("kria_k26", 0x40000000, 0, {0, 0x7ff00000}, {0x800000000, 0x880000000}),
    ARM("zcu102", 0x40000000, 4, {0, 0x80000000}, {0x800000000, 0x880000000}),
    ARM("ultra96v2", 0x40000000, 4, {0, 0x3ed00000}, {0x3fd00000, 0x7ff00000}),
    ARM("stm32mp2", 0x88000000, 2, {0x84000000, 0x180000000}),
    ARM("tqma8xqp1gb", 0x90000000, 4, {0x80200000, 0xc0000000}),
    ARM("maaxboard", 0x50000000, 4, {0x40000000, 0xc0000000}),
    ARM("imx8mm_evk", 0x41000000, 4, {0x40000000, 0xb8000000}, {0xb8400000, 0xc0000000}),
    ARM("imx8mp_evk", 0x41000000, 4, {0x40000000, 0x1c0000000}),
    ARM("imx8mq_evk", 0x41000000, 4, {0x40000000, 0xb8000000}, {0xb8400000, 0x100000000}),
    ARM("imx8mp_iotgate", 0x50000000, 4, {0x40000000, 0x58000000}, {0x68000000, 0x93400000},
        {0x942f0000, 0x1c0000000}),
    ARM("odroidc2", 0x20000000, 4, {0x1000000, 0x5000000}, {0x5300000, 0x10000000},
        {0x10200000, 0x80000000}),
    ARM("odroidc4", 0x20000000, 4, {0, 0x5000000}, {0x5300000, 0xf5800000}),
    RASPBERRY("rpi4b_1gb", {0x200000, 0x3b400000}),
    RASPBERRY("rpi4b_2gb", {0x200000, 0x3b400000}, {0x40000000, 0x80000000}),
    RASPBERRY("rpi4b_4gb", {0x200000, 0x3b400000}, {0x40000000, 0xfc000000}),
    RASPBERRY("rpi4b_8gb", {0x200000, 0x3b400000}, {0x40000000, 0xfc000000},
              {0x100000000, 0x200000000}),
    ARM("rpi5b_2gb", 0x10000000, 4, {0x200000, 0x3fc00000}),
    ARM("rockpro64", 0x30000000, 4, {0x10000000, 0xf8000000}),
    ARM("rock3b", 0x30000000, 0, {0x200000, 0xece9c000}),
    {.name = "qemu_virt_riscv64",
     .arch = "riscv64",
     .load_address = 0x90000000,
     .cores = 4,
     .image = IMAGE_UIMAGE,
     .ram = {{0x80200000, 0x100000000}},
     .kept = {{0x2000000, 0x2200000}, {0xc000000, 0xc600000}}},
    RISC("hifive_p550", 0x90000000, 4, IMAGE_UIMAGE, {0x80200000, 0xa0000000},
         {0xa0100000, 0xfffff000}, {0x100000000, 0x480000000}),
    RISC("star64", 0x60000000, 4, IMAGE_UIMAGE, {0x40200000, 0xc0110000},
         {0xc0200000, 0x140000000}),
    RISC("ariane", 0x90000000, 0, IMAGE_ELF, {0x80200000, 0xc0000000}),
    RISC("cheshire", 0x90000000, 0, IMAGE_ELF, {0x80200000, 0xc0000000}),
    RISC("serengeti", 0x90000000, 0, IMAGE_ELF, {0x80200000, 0xc0000000}),
};

const size_t board_count = sizeof(boards) / sizeof(boards[0]);

const struct board *board_named(const char *name)
{
    for (size_t i = 0; i < board_count; i++) {
        if (strcmp(boards[i].name, name) == 0) {
            return &boards[i];
        }
    }
    return NULL;
}
