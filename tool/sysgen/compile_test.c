// SPDX-License-Identifier: BSD-2-Clause
/* sysgen.compile: what differs between processors, over programs in memory. (What is the same is in
 * build_test.py, which reads whole images.) */
#include "build.h"
#include "test/check.h"
#include "test/program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    struct job job;
    struct target target;
    struct list search;
    const char *text;
    struct program_file file;
    struct build build;
    const struct system_image *image;
};

static struct program *load(struct test *test)
{
    static const struct place at = {.file = "program"};
    struct file *file = job_take(&test->job, sizeof(*file));
    struct elf *elf;

    *file = (struct file){"program", (const unsigned char *)&test->file, sizeof(test->file)};
    elf = elf_parse(&test->job, file, &at, test->target.arch->elf_machine);
    return program_new(&test->job, elf, elf);
}

static void work(void *argument)
{
    struct test *test = argument;
    const struct system_source source = {
        .job = &test->job, .target = &test->target, .search = &test->search, .extensions = true};
    const struct system *system =
        system_parse(&source, "test.system", test->text, strlen(test->text));
    struct program *programs[8];
    struct machine machine = {.kernel = {0x100000, 0x200000}};

    test->file.header.e_machine = test->target.arch->elf_machine;
    for (size_t i = 0; i < system->components.count; i++) {
        programs[i] = load(test);
    }
    machine_set_ram(&machine, &test->target, UINT64_C(1) << 30);
    if (!target_is(&test->target, SYSTEM_X86_64)) {
        machine.kernel = (struct range){machine.ram[0].start, machine.ram[0].start + 0x100000};
    }
    test->build = build_programs(&source, system, programs, load(test), load(test), &machine);
    test->image = (const struct system_image *)(const void *)test->build.block.bytes;
}

static bool build(struct test *test, const char *board, const char *text)
{
    bool good;

    memset(test, 0, sizeof(*test));
    job_init(&test->job);
    target_init(&test->target, board_named(board), "debug");
    make_program(&test->file);
    test->text = text;
    good = job_run(&test->job, work, test);
    if (!good) {
        fprintf(stderr, "%s: %s", board, test->job.message);
        failures++;
        job_fini(&test->job);
    }
    return good;
}

static const struct system_object *objects(const struct test *test)
{
    return system_table(test->image, SYSTEM_TABLE_OBJECTS);
}

static const struct system_object *object_named(const struct test *test, const char *name)
{
    for (uint32_t i = 0; i < test->image->tables[SYSTEM_TABLE_OBJECTS].count; i++) {
        if (strcmp(system_text(test->image, objects(test)[i].name), name) == 0) {
            return &objects(test)[i];
        }
    }
    fprintf(stderr, "there is no object '%s'\n", name);
    failures++;
    return objects(test);
}

static const struct system_thread *thread_named(const struct test *test, const char *name)
{
    const struct system_thread *threads = system_table(test->image, SYSTEM_TABLE_THREADS);

    for (uint32_t i = 0; i < test->image->tables[SYSTEM_TABLE_THREADS].count; i++) {
        if (strcmp(system_text(test->image, threads[i].name), name) == 0) {
            return &threads[i];
        }
    }
    fprintf(stderr, "there is no thread '%s'\n", name);
    failures++;
    return threads;
}

/* The object in a slot of a CNode, or null. */
static const struct system_object *in_slot(const struct test *test, const char *cnode,
                                           unsigned slot)
{
    const struct system_cap *caps = system_table(test->image, SYSTEM_TABLE_CAPS);

    for (uint32_t i = 0; i < test->image->tables[SYSTEM_TABLE_CAPS].count; i++) {
        if (&objects(test)[caps[i].cnode] == object_named(test, cnode) && caps[i].slot == slot) {
            return &objects(test)[caps[i].object];
        }
    }
    return NULL;
}

/* Levels of page tables below the root of an address space. */
static unsigned table_levels(const struct test *test, const char *vspace)
{
    const struct system_mapping *maps = system_table(test->image, SYSTEM_TABLE_MAPPINGS);
    uint64_t strides = 0;

    for (uint32_t i = 0; i < test->image->tables[SYSTEM_TABLE_MAPPINGS].count; i++) {
        if (&objects(test)[maps[i].vspace] == object_named(test, vspace) &&
            maps[i].use == SYSTEM_MAP_TABLE) {
            strides |= maps[i].stride;
        }
    }
    return (unsigned)__builtin_popcountll(strides);
}

static const char guest_system[] =
    "<system><memory_region name='ram' size='0x400000'/>"
    "<protection_domain name='vmm' priority='9'><program_image path='p'/>"
    "<virtual_machine name='linux'><vcpu id='2' setvar_id='vcpu_id'/>"
    "<map mr='ram' vaddr='0x40000000'/></virtual_machine></protection_domain></system>";

static void test_guest_aarch64(void)
{
    struct test test;
    const struct system_thread *vcpu;

    if (!build(&test, "qemu_virt_aarch64", guest_system)) {
        return;
    }
    vcpu = thread_named(&test, "linux_2");
    CHECK(vcpu->flags == SYSTEM_THREAD_SUSPENDED && vcpu->pc == 0 && vcpu->sp == 0);
    CHECK(vcpu->fault_badge == (UINT64_C(1) << 62 | 2));
    CHECK(&objects(&test)[vcpu->fault_endpoint] == object_named(&test, "ep_vmm"));
    CHECK(&objects(&test)[vcpu->vspace] == object_named(&test, "vspace_vm_linux"));
    CHECK(vcpu->cspace_guard_bits == 55 && vcpu->buffer_vaddr == 0);
    CHECK(in_slot(&test, "cnode_vmm", 266 + 2) == object_named(&test, "tcb_linux_2"));
    CHECK(in_slot(&test, "cnode_vmm", 330 + 2) == object_named(&test, "vcpu_linux_2"));
    CHECK(in_slot(&test, "cnode_vmm", 1) == object_named(&test, "ep_vmm"));
    CHECK(in_slot(&test, "cnode_monitor", 74) == object_named(&test, "tcb_linux_2"));
    CHECK(table_levels(&test, "vspace_vm_linux") == 1); /* large pages, three levels in all */
    CHECK(object_named(&test, "tcb_vmm")->size_bits == 12);
    CHECK(object_named(&test, "vspace_vmm")->size_bits == 13);
    job_fini(&test.job);
}

static void test_guest_x86_64(void)
{
    struct test test;
    const struct system_thread *vmm;

    if (!build(&test, "x86_64_generic_vtx", guest_system)) {
        return;
    }
    vmm = thread_named(&test, "vmm");
    CHECK(&objects(&test)[vmm->vcpu] == object_named(&test, "vcpu_linux_2"));
    CHECK(&objects(&test)[vmm->guest] == object_named(&test, "vspace_vm_linux"));
    CHECK(in_slot(&test, "cnode_vmm", 330 + 2) == object_named(&test, "vcpu_linux_2"));
    CHECK(!in_slot(&test, "cnode_vmm", 266 + 2));
    CHECK(object_named(&test, "vcpu_linux_2")->size_bits == 14);
    CHECK(object_named(&test, "table_linux_39_0x0")->kind == SYSTEM_GUEST_TABLE);
    CHECK(table_levels(&test, "vspace_vm_linux") == 2);
    job_fini(&test.job);
}

static const char plain_system[] =
    "<system><memory_region name='small' size='0x3000'/><memory_region name='large' "
    "size='0x400000'/>"
    "<memory_region name='fixed' size='0x1000' phys_addr='%s'/>"
    "<protection_domain name='one' stack_size='0x1000'><program_image path='p'/>"
    "<map mr='fixed' vaddr='0x1000' perms='r' cached='false'/><irq id='7' irq='33' trigger='edge'/>"
    "<setvar symbol='paddr' region_paddr='small'/><setvar symbol='a' region_paddr='large'/>"
    "</protection_domain></system>";

/* The word that component memory starts with at a symbol of its data. */
static uint64_t patched(const struct test *test, const char *frames, unsigned symbol)
{
    const struct system_fill *fills = system_table(test->image, SYSTEM_TABLE_FILLS);
    uint64_t value = 0;

    for (uint32_t i = 0; i < test->image->tables[SYSTEM_TABLE_FILLS].count; i++) {
        if (&objects(test)[fills[i].object] == object_named(test, frames)) {
            memcpy(&value,
                   test->build.block.bytes + fills[i].source + (size_t)SYMBOL_BYTES * symbol -
                       fills[i].at,
                   sizeof(value));
        }
    }
    return value;
}

/* Boards whose memory map is known: addresses chosen low, where nothing else is. */
static void check_chosen(const char *board, const char *fixed, uint64_t buffer, unsigned levels)
{
    struct test test;
    char text[1024];
    const struct system_object *small, *large;
    const struct range *ram;

    snprintf(text, sizeof(text), plain_system, fixed);
    if (!build(&test, board, text)) {
        return;
    }
    small = object_named(&test, "frame_mr_small");
    large = object_named(&test, "frame_mr_large");
    ram = &test.target.board->ram[0];
    CHECK(small->paddr >= ram->start + 0x100000 && small->paddr < ram->start + 0x200000);
    CHECK(large->paddr % LARGE_PAGE_BYTES == 0 && large->paddr >= small->paddr + 0x3000);
    CHECK(large->paddr + 0x400000 <= ram->end && large->size_bits == LARGE_PAGE_BITS);
    CHECK(patched(&test, "frame_elf_one_1", SYMBOL_PADDR) == small->paddr);
    CHECK(patched(&test, "frame_elf_one_1", SYMBOL_A) == large->paddr);
    CHECK(thread_named(&test, "one")->buffer_vaddr == buffer);
    CHECK(thread_named(&test, "one")->sp == buffer - 0x1000);
    CHECK(table_levels(&test, "vspace_one") == levels);
    CHECK(object_named(&test, "irq_33_one")->kind == SYSTEM_IRQ);
    job_fini(&test.job);
}

static void test_chosen_addresses(void)
{
    check_chosen("qemu_virt_aarch64", "0x9000000", 0xfffffff000, 2);
    check_chosen("qemu_virt_aarch64_el1", "0x9000000", 0x7ffffffff000, 3);
    check_chosen("rpi4b_1gb", "0xfe215000", 0xffffffff000, 3);
    check_chosen("qemu_virt_riscv64", "0x10000000", 0x3fffffe000, 2);
}

static const char dma_system[] =
    "<system><memory_region name='ring' size='0x2000'/><io_address_space name='nic' domain_id='5' "
    "peripheral_id='1:2.3'><iomap mr='ring' iovaddr='0x40000000' perms='w'/></io_address_space>"
    "<protection_domain name='one'><program_image path='p'/><map mr='ring' vaddr='0x1000'/>"
    "</protection_domain></system>";

static void test_io_space(void)
{
    struct test test;
    const struct system_mapping *maps;
    uint32_t last;

    if (!build(&test, "x86_64_generic", dma_system)) {
        return;
    }
    CHECK(object_named(&test, "iospace_nic")->argument == ((1 << 8 | 2 << 3 | 3) | 5 << 16));
    CHECK(table_levels(&test, "iospace_nic") == 3);
    maps = system_table(test.image, SYSTEM_TABLE_MAPPINGS);
    last = test.image->tables[SYSTEM_TABLE_MAPPINGS].count - 1;
    CHECK(maps[last].vaddr == 0x40000000 && maps[last].rights == SYSTEM_WRITE);
    CHECK(maps[last].cap_id == test.image->object_total);
    job_fini(&test.job);
}

int main(void)
{
    test_guest_aarch64();
    test_guest_x86_64();
    test_chosen_addresses();
    test_io_space();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
