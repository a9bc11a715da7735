# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel, for every board, config and compiler:
#   build/BOARD/CONFIG[-clang]/kernel/{sel4.elf,sel4_32.elf,sel4.sym}
# Which CPU and machine folder it takes is decided by the board; generic code sees
# them by the order of the include path, never by #if.

kernel_dir      = build/$1/$2$(if $(filter clang,$3),-clang)
kernel_includes = -Ikernel -Ikernel/arch/$1 -Ikernel/arch/$1/include -Ikernel/plat/$2/include
kernel_outputs :=

# $(eval $(call kernel_rules,BOARD,CONFIG,COMPILER,ARCH,OUT,SOURCES))
define kernel_rules
$(call compile_rules,$5,kernel,$($4.$3) $(kernel_flags) $($4.kernel_flags) $(harden.$2) $(config.$2) \
    $(kernel.flags) $(call kernel_includes,$4,$($1.plat)) -I$(call kernel_abi,$4),\
    $(call kernel_abi,$4)/stamp)
$(call remember,$5/kernel/sel4.elf,$(link_flags) $6)

# Called from assembly only, which keeps nothing in registers across the call.
$5/kernel/core/fastpath.c.o: file_flags := $($4.$3.all_registers_free)

# Linked twice: the second time with a table of the functions that the first one shows.
$5/kernel/first.elf: kernel/arch/$4/link.lds $(call objects,$5,$6) $(call memory_of,$5/kernel/sel4.elf)
	$$(Q)$($4.ld) $(link_flags) -T $$< -o $$@ $(call objects,$5,$6)
$5/kernel/symbols.o: $5/kernel/first.elf tool/ksyms/ksyms.py
	$$(Q)$($4.nm) -n $$< | $(PYTHON) tool/ksyms/ksyms.py >$5/kernel/symbols.S
	$$(Q)$($4.$3) -c $5/kernel/symbols.S -o $$@
$5/kernel/sel4.elf: $5/kernel/first.elf $5/kernel/symbols.o
	$$(call say,LD,$$@)
	$$(Q)$($4.ld) $(link_flags) -T kernel/arch/$4/link.lds -o $$@ $(call objects,$5,$6) \
	    $5/kernel/symbols.o
$5/kernel/sel4_32.elf: $5/kernel/sel4.elf
	$$(call say,OBJCOPY,$$@)
	$$(Q)$($4.objcopy) -S -O $($4.image32) $$< $$@
$5/kernel/sel4.sym: $5/kernel/sel4.elf
	$$(call say,NM,$$@)
	$$(Q)$($4.nm) -n $$< >$$@
-include $(patsubst %.o,%.d,$(call objects,$5,$6))

kernel.$1.$2.$3 := $5/kernel/sel4.elf $(if $($4.image32),$5/kernel/sel4_32.elf) $5/kernel/sel4.sym
kernel_outputs  += $$(kernel.$1.$2.$3)
endef

# The sources of a board's kernel; arch and plat are what kernel/module.mk speaks of.
define kernel_for_board
$(eval arch := $($1.arch))
$(eval plat := $($1.plat))
$(eval kernel.sources.$1 := $(call sources,kernel))
$(foreach c,$(configs),$(foreach k,$(compilers),\
    $(eval $(call kernel_rules,$1,$c,$k,$(arch),$(call kernel_dir,$1,$c,$k),$(kernel.sources.$1)))))
endef
$(foreach b,$(if $(modules.kernel),$(boards)),$(call kernel_for_board,$b))

.PHONY: kernel
kernel: $(kernel.$(BOARD).$(CONFIG).$(COMPILER)) ; @:
$(if $(filter $(CONFIG),$(configs)),,$(error CONFIG=$(CONFIG): there are $(configs)))
$(if $(filter $(COMPILER),$(compilers)),,$(error COMPILER=$(COMPILER): there are $(compilers)))
$(if $(filter $(BOARD),$(boards)),,$(error BOARD=$(BOARD): there are $(boards)))
