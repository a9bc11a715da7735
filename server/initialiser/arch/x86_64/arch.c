// SPDX-License-Identifier: BSD-2-Clause
#include "../../arch.h"

#include "../../objects.h"
#include "../../report.h"

/* Bits of the span that one table covers. */
enum { TABLE = 21, DIRECTORY = 30, PDPT = 39 };

/* Levels that the description has for I/O address spaces. */
enum { IO_LEVELS = 3 };

/* An address that nothing else of the initialiser is near; one table of each level serves all three
 * sizes. */
static const uintptr_t window = UINT64_C(1) << 40;

uint32_t arch_number(void)
{
    return SYSTEM_X86_64;
}

static seL4_Word frame_type(unsigned size_bits)
{
    return size_bits == seL4_HugePageBits    ? (seL4_Word)seL4_X64_HugePageObject
           : size_bits == seL4_LargePageBits ? (seL4_Word)seL4_X86_LargePageObject
                                             : (seL4_Word)seL4_X86_4K;
}

static seL4_Word table_type(uint64_t span_bits)
{
    return span_bits == PDPT        ? (seL4_Word)seL4_X86_PDPTObject
           : span_bits == DIRECTORY ? (seL4_Word)seL4_X86_PageDirectoryObject
                                    : (seL4_Word)seL4_X86_PageTableObject;
}

static seL4_Word guest_table_type(uint64_t span_bits)
{
    return span_bits == PDPT        ? (seL4_Word)seL4_X86_EPTPDPTObject
           : span_bits == DIRECTORY ? (seL4_Word)seL4_X86_EPTPDObject
                                    : (seL4_Word)seL4_X86_EPTPTObject;
}

seL4_Word arch_object_type(const struct system_object *run)
{
    static const seL4_Word types[SYSTEM_MEMORY_KINDS] = {
        [SYSTEM_UNTYPED] = seL4_UntypedObject,
        [SYSTEM_TCB] = seL4_TCBObject,
        [SYSTEM_ENDPOINT] = seL4_EndpointObject,
        [SYSTEM_NOTIFICATION] = seL4_NotificationObject,
        [SYSTEM_REPLY] = seL4_ReplyObject,
        [SYSTEM_CNODE] = seL4_CapTableObject,
        [SYSTEM_SCHED_CONTEXT] = seL4_SchedContextObject,
        [SYSTEM_VSPACE] = seL4_X64_PML4Object,
        [SYSTEM_VCPU] = seL4_X86_VCPUObject,
        [SYSTEM_GUEST_VSPACE] = seL4_X86_EPTPML4Object,
        [SYSTEM_IO_TABLE] = seL4_X86_IOPageTableObject,
    };

    switch (run->kind) {
    case SYSTEM_FRAME: return frame_type(run->size_bits);
    case SYSTEM_PAGE_TABLE: return table_type(run->argument);
    case SYSTEM_GUEST_TABLE: return guest_table_type(run->argument);
    default: return types[run->kind];
    }
}

seL4_Word arch_size_bits(const struct system_object *run)
{
    return run->kind == SYSTEM_CNODE ? run->argument : run->size_bits;
}

seL4_Error arch_make_asid_pool(seL4_CPtr page, seL4_CPtr slot)
{
    return seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, page, seL4_CapInitThreadCNode, slot,
                                         seL4_WordBits);
}

seL4_Error arch_assign_asid(seL4_CPtr vspace)
{
    return seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace);
}

static seL4_Error issue_irq(const struct system_irq *irq, seL4_CPtr slot)
{
    switch (irq->kind) {
    case SYSTEM_IRQ_IOAPIC:
        return seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, slot,
                                         seL4_WordBits, irq->ioapic, irq->pin, irq->level,
                                         irq->active_low, irq->number);
    case SYSTEM_IRQ_MSI:
        return seL4_IRQControl_GetMSI(seL4_CapIRQControl, seL4_CapInitThreadCNode, slot,
                                      seL4_WordBits, irq->bus, irq->device, irq->function,
                                      irq->handle, irq->number);
    default:
        return seL4_IRQControl_Get(seL4_CapIRQControl, irq->number, seL4_CapInitThreadCNode, slot,
                                   seL4_WordBits);
    }
}

seL4_Error arch_issue(const struct job *job, const struct system_object *run, seL4_CPtr slot)
{
    const struct system_irq *irqs = system_table(job->image, SYSTEM_TABLE_IRQS);

    switch (run->kind) {
    case SYSTEM_IRQ: return issue_irq(&irqs[run->argument], slot);
    case SYSTEM_IO_PORTS:
        return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, run->argument & 0xffff,
                                            run->argument >> 16, seL4_CapInitThreadCNode, slot,
                                            seL4_WordBits);
    default:
        return seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits,
                               seL4_CapInitThreadCNode, seL4_CapIOSpace, seL4_WordBits,
                               seL4_AllRights, run->argument);
    }
}

static seL4_Error map_table(seL4_CPtr table, uint64_t span_bits, seL4_CPtr space, uint64_t vaddr)
{
    switch (span_bits) {
    case PDPT: return seL4_X86_PDPT_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    case DIRECTORY:
        return seL4_X86_PageDirectory_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    default: return seL4_X86_PageTable_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    }
}

/* Memory of guests needs calls that these kernels do not have. */
seL4_Error arch_map_table(const struct system_object *run, seL4_CPtr table,
                          const struct system_object *space, seL4_CPtr space_cap, uint64_t vaddr)
{
    switch (space->kind) {
    case SYSTEM_VSPACE: return map_table(table, run->argument, space_cap, vaddr);
    case SYSTEM_IO_SPACE: return seL4_X86_IOPageTable_Map(table, space_cap, vaddr);
    default: return seL4_IllegalOperation;
    }
}

seL4_Error arch_map_frame(seL4_CPtr frame, const struct system_object *space, seL4_CPtr space_cap,
                          uint64_t vaddr, unsigned rights)
{
    switch (space->kind) {
    case SYSTEM_VSPACE:
        return seL4_X86_Page_Map(frame, space_cap, vaddr, job_rights(rights),
                                 rights & SYSTEM_UNCACHED ? seL4_X86_CacheDisabled
                                                          : seL4_X86_Default_VMAttributes);
    case SYSTEM_IO_SPACE: return seL4_X86_Page_MapIO(frame, space_cap, job_rights(rights), vaddr);
    default: return seL4_IllegalOperation;
    }
}

void arch_add_io_levels(struct job *job, uint32_t space, uint64_t vaddr)
{
    for (seL4_Word level = IO_LEVELS; level < job->boot->numIOPTLevels; level++) {
        const seL4_CPtr table = objects_make_own(job, seL4_X86_IOPageTableObject);

        report_answer(seL4_X86_IOPageTable_Map(table, job_cap(job, space, 0), vaddr),
                      "mapping a page table above its own", space, SYSTEM_NONE, 0);
    }
}

static uintptr_t window_at(unsigned size_bits)
{
    return size_bits == seL4_PageBits ? window : window + (UINT64_C(1) << size_bits);
}

void arch_open_window(struct job *job)
{
    for (uint64_t span_bits = PDPT; span_bits >= TABLE; span_bits -= seL4_PageTableIndexBits) {
        const seL4_CPtr table = objects_make_own(job, table_type(span_bits));
        const seL4_Error error = map_table(table, span_bits, seL4_CapInitThreadVSpace, window);

        if (error != seL4_NoError) {
            report_stop("no window for filling frames: error %d", (int)error);
        }
    }
}

seL4_Error arch_map_window(seL4_CPtr frame, unsigned size_bits, void **address)
{
    *address = (void *)window_at(size_bits);
    return seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, window_at(size_bits), seL4_ReadWrite,
                             seL4_X86_Default_VMAttributes);
}

seL4_Error arch_unmap_window(seL4_CPtr frame)
{
    return seL4_X86_Page_Unmap(frame);
}

/* The first two registers are these; the others keep the zeros of a new thread. */
seL4_Error arch_set_entry(seL4_CPtr tcb, uint64_t pc, uint64_t sp)
{
    seL4_UserContext registers = {.rip = pc, .rsp = sp};

    return seL4_TCB_WriteRegisters(tcb, 0, 0, 2, &registers);
}

uint64_t arch_ticks_per_us(const struct job *job)
{
    const seL4_BootInfoHeader *record = job_boot_record(job, SEL4_BOOTINFO_HEADER_X86_TSC_FREQ);

    return record ? ((const seL4_X86_BootInfo_TSC *)(const void *)record)->frequency_mhz : 0;
}
