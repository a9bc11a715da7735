// SPDX-License-Identifier: BSD-2-Clause
#include <process/arch.h>

enum { ELF_MACHINE_X86_64 = 62, RFLAGS_INITIAL = 0x202 };

static seL4_Error map_table(seL4_CPtr table, seL4_CPtr space, seL4_Word address)
{
    return seL4_X86_PageTable_Map(table, space, address, seL4_X86_Default_VMAttributes);
}

static seL4_Error map_directory(seL4_CPtr table, seL4_CPtr space, seL4_Word address)
{
    return seL4_X86_PageDirectory_Map(table, space, address, seL4_X86_Default_VMAttributes);
}

static seL4_Error map_pdpt(seL4_CPtr table, seL4_CPtr space, seL4_Word address)
{
    return seL4_X86_PDPT_Map(table, space, address, seL4_X86_Default_VMAttributes);
}

static seL4_Error map_frame(seL4_CPtr frame, seL4_CPtr space, seL4_Word address,
                            seL4_CapRights_t rights)
{
    return seL4_X86_Page_Map(frame, space, address, rights, seL4_X86_Default_VMAttributes);
}

static seL4_Error unmap_frame(seL4_CPtr frame)
{
    return seL4_X86_Page_Unmap(frame);
}

static seL4_Error assign_asid(seL4_CPtr pool, seL4_CPtr space)
{
    return seL4_X86_ASIDPool_Assign(pool, space);
}

/* Variables end at the thread pointer, which is as aligned as they are, and where the word is the
 * pointer itself (System V x86_64 ABI, variant II of thread-local storage). */
static void tls_layout(size_t image_bytes, size_t align, struct arch_tls *layout)
{
    const size_t pointer = (image_bytes + align - 1) & ~(align - 1);

    *layout = (struct arch_tls){
        .block_bytes = pointer + sizeof(seL4_Word),
        .image_offset = 0,
        .pointer_offset = pointer,
        .pointer_is_word = true,
    };
}

static void set_registers(seL4_UserContext *registers, seL4_Word entry, seL4_Word stack,
                          seL4_Word argument, seL4_Word thread_pointer)
{
    *registers = (seL4_UserContext){.rip = entry,
                                    .rsp = stack,
                                    .rdi = argument,
                                    .rflags = RFLAGS_INITIAL,
                                    .fs_base = thread_pointer};
}

const struct process_arch process_arch = {
    .object_bits = {[seL4_TCBObject] = seL4_TCBBits,
                    [seL4_EndpointObject] = seL4_EndpointBits,
                    [seL4_NotificationObject] = seL4_NotificationBits,
                    [seL4_ReplyObject] = seL4_ReplyBits,
                    [seL4_X86_PDPTObject] = seL4_PDPTBits,
                    [seL4_X64_PML4Object] = seL4_PML4Bits,
                    [seL4_X64_HugePageObject] = seL4_HugePageBits,
                    [seL4_X86_4K] = seL4_PageBits,
                    [seL4_X86_LargePageObject] = seL4_LargePageBits,
                    [seL4_X86_PageTableObject] = seL4_PageTableBits,
                    [seL4_X86_PageDirectoryObject] = seL4_PageDirBits},
    .root_type = seL4_X64_PML4Object,
    .level_count = 3,
    .levels = {{21, seL4_X86_PageTableObject, map_table},
               {30, seL4_X86_PageDirectoryObject, map_directory},
               {39, seL4_X86_PDPTObject, map_pdpt}},
    .frame_size_count = 3,
    .frames = {{seL4_PageBits, seL4_X86_4K, 0},
               {seL4_LargePageBits, seL4_X86_LargePageObject, 1},
               {seL4_HugePageBits, seL4_X64_HugePageObject, 2}},
    .map_frame = map_frame,
    .unmap_frame = unmap_frame,
    .assign_asid = assign_asid,
    .user_start = 0x1000,
    .user_end = seL4_UserTop - 0x1000, /* "highest usable page": the last one is refused */
    .search_start = 0x10000000,
    .elf_machine = ELF_MACHINE_X86_64,
    .stack_align = 16,
    .tls_layout = tls_layout,
    .set_registers = set_registers,
};
