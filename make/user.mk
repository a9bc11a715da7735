# SPDX-License-Identifier: BSD-2-Clause
#
# User code for the target: libraries and root tasks, per board, ABI profile and compiler:
#   build/BOARD/user/PROFILE[-clang]/FOLDER.a and .../FOLDER/NAME.elf
# A library is built for each profile that some task asks for.

profiles.default := microkit-debug

profiles_of  = $(or $($1.profiles),$(profiles.default))
all_profiles := $(sort $(PROFILE) $(foreach t,$(modules.task),$(call profiles_of,$t)) $(profiles.default))

user_dir    = build/$1/user/$2$(if $(filter clang,$3),-clang)
user_link   = $(firstword $(wildcard $(foreach l,$1,$(addprefix $l/,arch/$2/*.lds src/$2/*.lds src/*.lds *.lds))))
task_elf    = $(call user_dir,$2,$3,$4)/$1/$(notdir $1).elf
task_outputs :=

# The archives of MODULE's libraries below OUT; a library of headers alone has none.
archives = $(foreach l,$(call closure,$1),$(if $(call sources,$l),$2/$l.a))

# $(eval $(call user_compile,MODULE,BOARD,PROFILE,COMPILER,ARCH,OUT,MORE FLAGS))
user_compile = $(call compile_rules,$6,$1,$($5.$4) $(user_flags) $($5.user_flags) $($1.flags) $7 \
    $(call includes,$1) -I$(call user_abi,$5,$3),$(call user_abi,$5,$3)/stamp)

# The same arguments. A library without sources still has a target that can be asked for.
define lib_rules
$(call user_compile,$1,$2,$3,$4,$5,$6)
$(if $(call sources,$1),$(call archive_rule,$6/$1.a,$(call objects,$6,$(call sources,$1))))
lib.$2.$3.$4.$1 := $(if $(call sources,$1),$6/$1.a,$(call user_abi,$5,$3)/stamp)
endef

# A library that makes system calls can be built a second time, below component/, for components:
# their IPC buffer is a plain variable, as lib/microkit has it.
component_flags := -DSEL4_IPC_BUFFER_GLOBAL
define component_lib_rules
$(call user_compile,$1,$2,$3,$4,$5,$6/component,$(component_flags))
$(call archive_rule,$6/component/$1.a,$(call objects,$6/component,$(call sources,$1)))
endef

# $(eval $(call tar_rule,ARCHIVE,FILES)): of the ustar format, names without folders, the same bytes
# every time.
define tar_rule
$1: $2
	$$(call say,TAR,$$@)
	@mkdir -p $$(@D)
	$$(Q)tar --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -cf $$@ \
	    $(foreach f,$2,-C $(CURDIR)/$(dir $f) $(notdir $f))
endef

# Programs that a task carries: an archive between _binary_carried_tar_start and ..._end.
# OUT MODULE ELFS LD
define carried_rule
$(call tar_rule,$1/$2/carried.tar,$3)
$1/$2/carried.o: $1/$2/carried.tar
	$$(Q)cd $1/$2 && $4 -r -b binary -z noexecstack carried.tar -o carried.o
endef
carried = $(if $($2.carries),$1/$2/carried.o)

# The entry point in lib/start is what pulls the first member out of the archives.
define task_rules
$(call user_compile,$1,$2,$3,$4,$5,$6)
$(if $($1.carries),$(call carried_rule,$6,$1,$(foreach c,$($1.carries),$(call task_elf,$c,$2,$3,$4)),$($5.ld)))
$(call remember,$7,$(link_flags) $(call objects,$6,$(call sources,$1)) $(call archives,$1,$6))
$7: $(call objects,$6,$(call sources,$1)) $(call carried,$6,$1) $(call archives,$1,$6) \
    $(call user_link,$1 $(call closure,$1),$5) $(call memory_of,$7)
	$$(call say,LD,$$@)
	$$(Q)$($5.ld) $(link_flags) $(addprefix -T ,$(call user_link,$1 $(call closure,$1),$5)) -o $$@ \
	    $(call objects,$6,$(call sources,$1)) $(call carried,$6,$1) --start-group $(call archives,$1,$6) --end-group
-include $(patsubst %.o,%.d,$(call objects,$6,$(call sources,$1)))
task_outputs += $7
endef

# Both take MODULE BOARD PROFILE COMPILER and expand with arch set.
lib_for  = $(foreach r,lib_rules $(if $($1.components),component_lib_rules),\
    $(eval $(call $r,$1,$2,$3,$4,$(arch),$(call user_dir,$2,$3,$4))))
task_for = $(eval $(call task_rules,$1,$2,$3,$4,$(arch),$(call user_dir,$2,$3,$4),$(call task_elf,$1,$2,$3,$4)))

$(foreach b,$(boards),$(eval arch := $($b.arch))$(foreach k,$(compilers),\
    $(foreach p,$(all_profiles),$(foreach l,$(modules.lib),$(call lib_for,$l,$b,$p,$k)))\
    $(foreach t,$(modules.task),\
        $(foreach p,$(sort $(call profiles_of,$t) $(PROFILE)),$(call task_for,$t,$b,$p,$k)))))

# A folder's path is its target.
.PHONY: $(modules.task) $(modules.lib)
$(foreach t,$(modules.task),$(eval $t: \
    $(foreach p,$(or $(PROFILE),$(call profiles_of,$t)),$(call task_elf,$t,$(BOARD),$p,$(COMPILER))) ; @:))
$(foreach l,$(modules.lib),$(eval \
    $l: $(lib.$(BOARD).$(or $(PROFILE),$(profiles.default)).$(COMPILER).$l) ; @:))

# make -s elf-of TASK=FOLDER: where its default build is.
.PHONY: elf-of
elf-of:
	@echo '$(call task_elf,$(TASK),$(BOARD),$(or $(PROFILE),$(firstword $(call profiles_of,$(TASK)))),$(COMPILER))'
