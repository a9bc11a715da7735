# SPDX-License-Identifier: BSD-2-Clause
#
# What differs from board to board and from CPU to CPU, as data. A new board is a
# block here, a new CPU a block in each of the two tables.

boards := x86_64_generic

x86_64_generic.arch := x86_64
x86_64_generic.plat := pc

# Every architecture the contract in abi/ describes, bootable here or not.
abi_archs := x86_64 aarch64 riscv64

# Commands per CPU. The same linker and object tools serve both compilers.
x86_64.gcc     := gcc
x86_64.clang   := clang --target=x86_64-linux-gnu
x86_64.ld      := ld -m elf_x86_64
x86_64.objcopy := objcopy
x86_64.nm      := nm
# For a function that only assembly calls: nothing has to be preserved. (clang has no such option.)
x86_64.gcc.all_registers_free := -fcall-used-rbx -fcall-used-r12 -fcall-used-r13 -fcall-used-r14 \
    -fcall-used-r15

# Kernel: addresses in the top 2 GiB, no red zone below an interrupted stack, no FPU of its own.
x86_64.kernel_flags := -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
x86_64.user_flags   :=

# A second form of the kernel image for loaders that only take 32-bit ELF files (multiboot 1).
x86_64.image32 := elf32-i386
