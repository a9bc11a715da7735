// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every rule a system can break: its name in messages, the kind of message, and what would be
 * accepted instead. The corpus must hold one file for each rule of a description
 * (corpus_test.py counts them), so a rule without a test cannot be added unseen.
 *
 * RULES(X) calls X(ENUM, "name", "kind", "what is accepted").
 */
#pragma once

#define RULES(X)                                                                                   \
    /* The document as text. */                                                                    \
    X(XML_FORM, "xml.form", "E-XML", "a well-formed XML document in UTF-8")                        \
    X(XML_DOCTYPE, "xml.doctype", "E-XML", "a document without <!DOCTYPE ... [ ]> declarations")   \
    X(XML_SIZE, "xml.size", "E-XML", "a file of at most 16 MiB")                                   \
    X(XML_DEPTH, "xml.depth", "E-XML", "elements nested at most 200 deep")                         \
    X(XML_COUNT, "xml.count", "E-XML", "at most 100000 elements and attributes")                   \
    X(ROOT_NAME, "root.name", "E-ELEM", "<system> as the outermost element")                       \
    X(TEXT_STRAY, "text.stray", "E-TEXT", "elements and comments only, no text")                   \
    X(FILE_UNREADABLE, "file.unreadable", "E-PATH", "a file that exists and can be read")          \
    /* Forms common to all elements. */                                                            \
    X(ATTR_UNKNOWN, "attribute.unknown", "E-ATTR", "")                                             \
    X(ATTR_MISSING, "attribute.missing", "E-MISS", "")                                             \
    X(ELEM_UNKNOWN, "element.unknown", "E-ELEM", "")                                               \
    X(ELEM_ONCE, "element.once", "E-ONCE", "one such element")                                     \
    X(NUMBER_FORM, "number.form", "E-INT",                                                         \
      "a decimal number, or a hexadecimal one after a lower-case 0x; _ may separate digits")       \
    X(PLAIN_FORM, "number.plain", "E-INT", "a decimal number without 0x and without _")            \
    X(BOOL_FORM, "boolean.form", "E-VAL", "true or false")                                         \
    X(ID_RANGE, "id.range", "E-VAL", "a number from 0 to 61")                                      \
    X(SYMBOL_TWICE, "symbol.twice", "E-VAL", "each symbol of a program patched by one attribute")  \
    /* Protection domains. */                                                                      \
    X(PD_COUNT_NONE, "pd.none", "E-LIM", "at least one <protection_domain>")                       \
    X(PD_COUNT, "pd.count", "E-LIM", "at most 63 protection domains, nested ones included")        \
    X(PD_NAME_TWICE, "pd.name.twice", "E-DUP", "a name no other protection domain has")            \
    X(PD_NAME_RESERVED, "pd.name.reserved", "E-VAL", "any name but 'monitor'")                     \
    X(PD_NAME_EMPTY, "pd.name.empty", "E-VAL", "a name of at least one character")                 \
    X(PD_PRIORITY, "pd.priority", "E-VAL", "a number from 0 to 254")                               \
    X(PD_BUDGET, "pd.budget", "E-VAL", "a budget not above the period")                            \
    X(PD_BUDGET_MIN, "pd.budget.min", "E-VAL", "20 microseconds or more, what the kernel takes")   \
    X(PD_PERIOD_MAX, "pd.period.max", "E-VAL",                                                     \
      "at most 0x200000000000 microseconds, about a year")                                         \
    X(PD_STACK_RANGE, "pd.stack.range", "E-VAL", "0x1000 to 0x1000000 bytes")                      \
    X(PD_STACK_ALIGN, "pd.stack.align", "E-VAL", "a multiple of 0x1000 bytes")                     \
    X(PD_CPU, "pd.cpu", "E-VAL", "a core below the number of cores")                               \
    X(PD_SMC, "pd.smc", "E-ARCH",                                                                  \
      "smc=\"true\" only on AArch64 with a kernel that forwards SMC calls")                        \
    X(PD_DOMAIN_UNKNOWN, "pd.domain.unknown", "E-REF", "the name of a <domain>")                   \
    X(PD_DOMAIN_NONE, "pd.domain.none", "E-VAL",                                                   \
      "the attribute 'domain' only after a <domains> element with a schedule")                     \
    X(PD_DOMAIN_MISSING, "pd.domain.missing", "E-MISS",                                            \
      "the attribute 'domain' on every protection domain, as there is a domain schedule")          \
    X(PD_PROGRAM, "pd.program", "E-MISS", "one <program_image path=\"...\"/>")                     \
    X(CHILD_ID_TWICE, "child.id.twice", "E-DUP", "an id no sibling has")                           \
    X(CHILD_ID_VCPU, "child.id.vcpu", "E-DUP", "an id none of the parent's vCPUs has")             \
    /* Maps and memory regions. */                                                                 \
    X(MAP_REGION, "map.region", "E-REF", "the name of a <memory_region>")                          \
    X(MAP_PERMS, "map.perms", "E-VAL", "letters r, w and x, w not alone")                          \
    X(MAP_LIMIT, "map.limit", "E-VAL", "an address below the limit")                               \
    X(MAP_ALIGN, "map.align", "E-MAP", "a multiple of the region's page size")                     \
    X(MAP_WRAP, "map.wrap", "E-MAP", "a range that ends below 2^64")                               \
    X(MAP_BEYOND, "map.beyond", "E-MAP", "a range that ends within the address space")             \
    X(MAP_OVERLAP, "map.overlap", "E-MAP", "ranges that do not overlap")                           \
    X(PREFILL_SIZE_NONE, "map.prefill_size", "E-VAL",                                              \
      "setvar_prefill_size only for a region with prefill_path")                                   \
    X(MR_NAME_TWICE, "region.name.twice", "E-DUP", "a name no other memory region has")            \
    X(MR_PAGE_SIZE, "region.page_size", "E-VAL", "0x1000 or 0x200000")                             \
    X(MR_SIZE_NONE, "region.size.none", "E-VAL",                                                   \
      "the attribute 'size', 'prefill_path' or 'prefill_bootinfo'")                                \
    X(MR_SIZE_ZERO, "region.size.zero", "E-VAL", "at least one page")                              \
    X(MR_SIZE_ALIGN, "region.size.align", "E-VAL", "a multiple of the page size")                  \
    X(MR_PHYS_ALIGN, "region.phys.align", "E-VAL", "a multiple of the page size")                  \
    X(MR_PHYS_END, "region.phys.end", "E-VAL", "a range that ends within physical memory")         \
    X(MR_PHYS_OVERLAP, "region.phys.overlap", "E-VAL", "physical ranges that do not overlap")      \
    X(PREFILL_EMPTY, "prefill.empty", "E-VAL", "a file with at least one byte")                    \
    X(PREFILL_LONG, "prefill.long", "E-VAL", "a file not longer than the region")                  \
    X(PREFILL_PATH, "prefill.path", "E-PATH", "a file in the search paths that can be read")       \
    X(PREFILL_BOTH, "prefill.both", "E-VAL", "prefill_path or prefill_bootinfo, not both")         \
    X(PREFILL_BOOTINFO, "prefill.bootinfo", "E-VAL",                                               \
      "x86_vbe, x86_mbmmap, x86_acpi_rsdp, x86_framebuffer, x86_tsc_freq or fdt")                  \
    X(SETVAR_REGION, "setvar.region", "E-REF", "the name of a <memory_region>")                    \
    X(SETVAR_PADDR, "setvar.paddr", "E-ARCH", "on x86_64 a region with 'phys_addr'")               \
    /* Interrupts and I/O ports. */                                                                \
    X(IRQ_KIND, "irq.kind", "E-ARCH", "'pin' or 'pcidev' on x86_64, 'irq' on AArch64 and RISC-V")  \
    X(IRQ_TRIGGER, "irq.trigger", "E-VAL", "level or edge")                                        \
    X(IRQ_POLARITY, "irq.polarity", "E-VAL", "high or low")                                        \
    X(IRQ_NEGATIVE, "irq.negative", "E-VAL", "a number not below 0")                               \
    X(IRQ_VECTOR, "irq.vector", "E-VAL", "a number from 0 to 107")                                 \
    X(IRQ_TWICE, "irq.twice", "E-DUP", "an interrupt or vector used once in the system")           \
    X(PCI_FORM, "pci.form", "E-VAL", "bus:device.function in hexadecimal, such as 0:1f.2")         \
    X(PCI_RANGE, "pci.range", "E-VAL", "bus 0 to 255, device 0 to 31, function 0 to 7")            \
    X(IOPORT_ARCH, "ioport.arch", "E-ARCH", "<ioport> only on x86_64")                             \
    X(IOPORT_SIZE, "ioport.size", "E-VAL", "a number above 0")                                     \
    X(IOPORT_END, "ioport.end", "E-VAL", "ports from 0 to 0xffff")                                 \
    X(IOPORT_ID_TWICE, "ioport.id.twice", "E-DUP", "an id no other I/O port of the domain has")    \
    X(IOPORT_OVERLAP, "ioport.overlap", "E-VAL", "port ranges that do not overlap")                \
    /* Virtual machines. */                                                                        \
    X(VM_TOP, "vm.top", "E-VMTOP", "<virtual_machine> inside a <protection_domain>")               \
    X(VM_ARCH, "vm.arch", "E-ARCH", "a kernel built as a hypervisor")                              \
    X(VM_NAME_TWICE, "vm.name.twice", "E-DUP", "a name no other virtual machine has")              \
    X(VM_PRIORITY, "vm.priority", "E-VAL", "a number from 0 to 254")                               \
    X(VM_VCPU_NONE, "vm.vcpu.none", "E-MISS", "at least one <vcpu>")                               \
    X(VM_VCPU_ONE, "vm.vcpu.one", "E-ARCH", "exactly one <vcpu> on x86_64")                        \
    X(VM_VCPU_TWICE, "vm.vcpu.twice", "E-DUP", "an id no other vCPU of the machine has")           \
    X(VM_VCPU_COUNT, "vm.vcpu.count", "E-LIM", "at most 64 vCPUs in the system")                   \
    X(VM_CHILDREN, "vm.children", "E-ARCH",                                                        \
      "on x86_64 no child protection domain beside a virtual machine")                             \
    /* Channels. */                                                                                \
    X(CHANNEL_PD, "channel.pd", "E-REF", "the name of a <protection_domain>")                      \
    X(CHANNEL_ENDS, "channel.ends", "E-VAL", "exactly two <end> elements")                         \
    X(CHANNEL_BOTH_PP, "channel.pp.both", "E-VAL", "pp=\"true\" on at most one end")               \
    X(CHANNEL_ID_TWICE, "channel.id.twice", "E-DUP",                                               \
      "an id that no other channel end or interrupt of the domain has")                            \
    X(PPC_PRIORITY, "ppc.priority", "E-PPC", "a caller whose priority is below the callee's")      \
    X(PPC_VMM, "ppc.vmm", "E-PPC",                                                                 \
      "on x86_64 no protected call to a domain with a virtual machine")                            \
    /* Capabilities. */                                                                            \
    X(CAP_KIND, "cap.kind", "E-CSP", "")                                                           \
    X(CAP_ELEMENT, "cap.element", "E-CSP", "")                                                     \
    X(CAP_PD, "cap.pd", "E-REF", "the name of a <protection_domain>")                              \
    X(CAP_SLOT, "cap.slot", "E-VAL", "a slot from 1 to 63; slot 0 is reserved")                    \
    X(CAP_SLOT_TWICE, "cap.slot.twice", "E-DUP", "each slot used once")                            \
    /* I/O address spaces. */                                                                      \
    X(IOMMU_ARCH, "iommu.arch", "E-ARCH", "a kernel built with IOMMU support")                     \
    X(IOMMU_DEVICE_ARCH, "iommu.device.arch", "E-VAL", "peripheral_id only on x86_64")             \
    X(IOMMU_DOMAIN_RANGE, "iommu.domain.range", "E-VAL", "a number from 1 to 65535")               \
    X(IOMMU_NAME_TWICE, "iommu.name.twice", "E-DUP", "a name no other I/O address space has")      \
    X(IOMMU_DOMAIN_TWICE, "iommu.domain.twice", "E-DUP", "a domain_id used once")                  \
    X(IOMMU_DEVICE_TWICE, "iommu.device.twice", "E-DUP", "a device used once")                     \
    X(IOMAP_PERMS, "iomap.perms", "E-VAL", "letters r and w, at least one")                        \
    X(IOMAP_LIMIT, "iomap.limit", "E-VAL", "an address below 2^39")                                \
    X(IOMAP_PAGES, "iomap.pages", "E-ARCH", "a region with pages of 0x1000 bytes")                 \
    /* Domain schedule. */                                                                         \
    X(DOMAINS_SMP, "domains.smp", "E-ARCH", "<domains> only in single-core configurations")        \
    X(DOMAINS_COUNT, "domains.count", "E-LIM", "at most 16 domains")                               \
    X(DOMAINS_ID, "domains.id", "E-VAL", "a number from 0 to 15")                                  \
    X(DOMAINS_ID_TWICE, "domains.id.twice", "E-VAL", "an id no other domain has")                  \
    X(DOMAINS_NAME_TWICE, "domains.name.twice", "E-VAL", "a name no other domain has")             \
    X(SCHEDULE_NONE, "schedule.none", "E-VAL", "one <domain_schedule> in <domains>")               \
    X(SCHEDULE_EMPTY, "schedule.empty", "E-VAL", "at least one <schedule_entry>")                  \
    X(SCHEDULE_COUNT, "schedule.count", "E-LIM", "at most 99 entries and end markers")             \
    X(SCHEDULE_START, "schedule.start", "E-VAL", "an index below the number of entries")           \
    X(SCHEDULE_START_MARKER, "schedule.start.marker", "E-VAL", "the index of a <schedule_entry>")  \
    X(SCHEDULE_SHIFT, "schedule.shift", "E-VAL", "a shift that leaves room below slot 100")        \
    X(SCHEDULE_DOMAIN, "schedule.domain", "E-REF", "the name of a <domain>")                       \
    X(SCHEDULE_DURATION, "schedule.duration", "E-VAL",                                             \
      "a number above 0, one blank, and us or ticks")                                              \
    /* Extensions of our own. */                                                                   \
    X(EXT_STRICT, "extension.strict", "E-ATTR",                                                    \
      "elements and attributes of the Microkit format; --extensions allows more")                  \
    X(EXT_RESTART, "extension.restart", "E-VAL", "never, fault or always")                         \
    X(EXT_RESTART_LIMIT, "extension.restart_limit", "E-VAL", "a number from 1 to 60")              \
    X(EXT_RESTART_NEVER, "extension.restart.never", "E-VAL",                                       \
      "restart_limit and <restart_notify> only with restart=\"fault\" or \"always\"")              \
    X(EXT_RESTART_CHILD, "extension.restart.child", "E-VAL",                                       \
      "restart only on a domain without a parent: the parent decides over its children")           \
    X(EXT_NOTIFY_PD, "extension.notify.pd", "E-REF", "the name of another <protection_domain>")    \
    X(EXT_UNTYPED_SIZE, "extension.untyped.size", "E-VAL",                                         \
      "a power of two from 0x1000 to 0x40000000")                                                  \
    X(EXT_CORE, "extension.core", "E-VAL", "a core below the number of cores")                     \
    X(EXT_PORTS_ARCH, "extension.ioport_control.arch", "E-ARCH",                                   \
      "<cap_ioport_control> only on x86_64")                                                       \
    X(EXT_CONTROL_ONCE, "extension.control.once", "E-DUP",                                         \
      "one component with this capability, which the kernel does not let anybody copy")            \
    X(EXT_OWN, "extension.cnode.own", "E-VAL", "a <cap_cnode> of the domain itself")               \
    /* The build stage: programs and memory. */                                                    \
    X(PROGRAM_PATH, "program.path", "E-PATH", "a file in the search paths that can be read")       \
    X(ELF_FORM, "elf.form", "E-SYM", "a 64-bit little-endian ELF file")                            \
    X(ELF_MACHINE, "elf.machine", "E-SYM", "a program for the board's processor")                  \
    X(ELF_SEGMENTS, "elf.segments", "E-SYM", "at least one loadable segment, within the file")     \
    X(ELF_SYMBOLS, "elf.symbols", "E-SYM", "a program with its symbol table, not stripped")        \
    X(ELF_ENTRY, "elf.entry", "E-SYM", "an entry point inside a loadable segment")                 \
    X(SYMBOL_UNKNOWN, "symbol.unknown", "E-SYM", "a symbol of the program")                        \
    X(SYMBOL_MANY, "symbol.many", "E-SYM", "a symbol that is defined once")                        \
    X(SYMBOL_SIZE, "symbol.size", "E-SYM", "")                                                     \
    X(SYMBOL_PLACE, "symbol.place", "E-SYM", "a symbol inside a loadable segment")                 \
    X(ELF_OVERLAP_MAP, "elf.overlap.map", "E-OVL", "a map apart from the program's segments")      \
    X(ELF_OVERLAP_SEGMENT, "elf.overlap.segment", "E-OVL", "segments that share no page")          \
    X(ELF_OVERLAP_STACK, "elf.overlap.stack", "E-OVL", "segments below the stack")                 \
    X(MEMORY_FULL, "memory.full", "E-MEM", "a system that fits in memory")                         \
    X(MEMORY_FIXED, "memory.fixed", "E-MEM", "a physical range the kernel gives away whole")       \
    X(MEMORY_CHOSEN, "memory.chosen", "E-MEM", "a region for which contiguous memory is left")     \
    X(OBJECT_COUNT, "objects.count", "E-MEM", "fewer objects, for instance larger pages")          \
    X(IMAGE_TASK, "image.task", "E-SYM", "an initialiser made for this version of the builder")    \
    X(CONSOLE, "console", "E-VAL", "--console log, or the one that fits if none is named")         \
    X(OUTPUT, "output.write", "E-PATH", "a place that can be written")                             \
    X(INTERNAL_MEMORY, "builder.memory", "E-LIM", "a system the builder has memory for")

enum rule {
#define RULE_ENUM(e, n, k, a) RULE_##e,
    RULES(RULE_ENUM)
#undef RULE_ENUM
        RULE_COUNT
};

const char *rule_name(enum rule rule);
const char *rule_kind(enum rule rule);
const char *rule_accepts(enum rule rule);
