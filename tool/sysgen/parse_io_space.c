// SPDX-License-Identifier: BSD-2-Clause
/* <io_address_space> and <iomap>. */
#include "read.h"
#include <string.h>

enum { IO_ADDRESS_BITS = 39, IO_DOMAIN_MAX = 65535 };

static void read_perms(struct reading *in, const struct element *element, struct io_map *map)
{
    const char *perms = read_text_or(element, "perms", "rw");

    for (const char *letter = perms; *letter; letter++) {
        map->read |= *letter == 'r';
        map->write |= *letter == 'w';
    }
    if (strspn(perms, "rw") != strlen(perms) || !perms[0]) {
        refuse(in->job, RULE_IOMAP_PERMS, read_place(element, "perms"), NULL, "perms '%s'", perms);
    }
}

static void parse_io_map(struct reading *in, const struct element *element, struct io_space *space)
{
    static const char *const names[] = {"mr", "iovaddr", "perms", NULL};
    struct io_map *map = job_take(in->job, sizeof(*map));

    read_only(in, element, names);
    map->place = element->place;
    map->region_name = read_text(in, element, "mr");
    map->vaddr = read_number(in, element, "iovaddr");
    if (map->vaddr >> IO_ADDRESS_BITS) {
        refuse(in->job, RULE_IOMAP_LIMIT, read_place(element, "iovaddr"), NULL,
               "iovaddr 0x%llx is above 0x%llx", (unsigned long long)map->vaddr,
               (1ull << IO_ADDRESS_BITS) - 1);
    }
    read_perms(in, element, map);
    list_add(in->job, &space->maps, map);
}

static void check_device_arch(struct reading *in, const struct element *element)
{
    if (!in->target->options.IOMMU) {
        refuse(in->job, RULE_IOMMU_ARCH, &element->place, NULL,
               "I/O address spaces are not available on %s", in->target->board->name);
    }
    if (!target_is(in->target, SYSTEM_X86_64)) {
        refuse(in->job, RULE_IOMMU_DEVICE_ARCH, &element->place, NULL,
               "peripheral id '%s' is not supported on %s", read_text(in, element, "peripheral_id"),
               in->target->arch->name);
    }
}

static bool same_device(struct pci_address a, struct pci_address b)
{
    return a.bus == b.bus && a.device == b.device && a.function == b.function;
}

static void check_unique(struct reading *in, const struct io_space *space)
{
    for (size_t i = 0; i < in->system->io_spaces.count; i++) {
        const struct io_space *other = in->system->io_spaces.items[i];

        if (strcmp(other->name, space->name) == 0) {
            refuse(in->job, RULE_IOMMU_NAME_TWICE, &space->place, NULL,
                   "I/O address space '%s' is declared already in line %u", space->name,
                   other->place.line);
        }
        if (same_device(other->pci, space->pci)) {
            refuse(in->job, RULE_IOMMU_DEVICE_TWICE, &space->place, NULL,
                   "peripheral_id %x:%x.%x belongs already to I/O address space '%s' in line %u",
                   space->pci.bus, space->pci.device, space->pci.function, other->name,
                   other->place.line);
        }
        if (other->domain == space->domain) {
            refuse(in->job, RULE_IOMMU_DOMAIN_TWICE, &space->place, NULL,
                   "domain_id %llu belongs already to I/O address space '%s' in line %u",
                   (unsigned long long)space->domain, other->name, other->place.line);
        }
    }
}

void parse_io_space(struct reading *in, const struct element *element)
{
    static const char *const names[] = {"name", "domain_id", "peripheral_id", NULL};
    struct io_space *space = job_take(in->job, sizeof(*space));

    check_device_arch(in, element);
    read_only(in, element, names);
    space->place = element->place;
    space->name = read_text(in, element, "name");
    space->domain = read_number(in, element, "domain_id");
    space->pci = read_pci(in, element, "peripheral_id");
    if (space->domain < 1 || space->domain > IO_DOMAIN_MAX) {
        refuse(in->job, RULE_IOMMU_DOMAIN_RANGE, read_place(element, "domain_id"), NULL,
               "domain_id is %llu", (unsigned long long)space->domain);
    }
    check_unique(in, space);
    for (const struct element *child = element->first_child; child; child = child->next) {
        if (strcmp(child->name, "iomap") != 0) {
            read_unknown_child(in, child, "iomap");
        }
        parse_io_map(in, child, space);
    }
    list_add(in->job, &in->system->io_spaces, space);
}
