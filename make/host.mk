# SPDX-License-Identifier: BSD-2-Clause
#
# Programs for the developer's machine: build/host/VARIANT/...
# Beside the code, foo_test.c is a test program, foo_fuzz.c a fuzzer and foo_bench.c what
# a foo_bench.py runs. Each is linked with the host build of its module, from which it takes
# what it refers to.

# And foo_libfuzzer.c is what libFuzzer calls, which comes with clang and brings its own main:
# only made when asked for, as build/host/fuzzer/FOLDER/foo_libfuzzer.

variants := gcc clang plain
host.gcc   := gcc $(host_flags) $(sanitize_flags)
host.clang := clang $(host_flags) $(sanitize_flags)
host.plain := gcc $(host_flags) $(plain_flags)
# Comparisons are not traced, which takes half of the time: mutators know what they compare with.
host.fuzzer := clang $(host_flags) $(sanitize_flags) -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp

host_arch     := x86_64
host_includes = $(call includes,$1) -I$(call user_abi,$(host_arch),$(profiles.default))
host_stamp    = $(call user_abi,$(host_arch),$(profiles.default))/stamp

# The kernel over the simulated machine: same generic sources, other arch and plat folders.
kernel_host_includes := $(call kernel_includes,host,host) -I$(call kernel_abi,$(host_arch))

host_sources = $(if $(value $1.host),$($1.host),$(filter-out $1/main.c,$(call sources,$1)))
host_dirs    = $(wildcard $(call source_dirs,$1) $1/test)
programs     = $(sort $(wildcard $(addsuffix /*_$2.c,$(host_dirs))))

unit_test_outputs :=
fuzzer_outputs :=

# $(eval $(call host_rules,MODULE,VARIANT,OUT,FLAGS,STAMP))
define host_rules
$(call compile_rules,$3,$1,$(host.$2) $4 $($1.flags),$5)
$(if $(call host_sources,$1),$(call archive_rule,$3/$1.a,$(call objects,$3,$(call host_sources,$1))))
$(if $(filter plain musl fuzzer,$2),,unit_test_outputs += $(patsubst %.c,$3/%,$(call programs,$1,test)))
$(if $(filter musl fuzzer,$2),,fuzzer_outputs += $(patsubst %.c,$3/%,$(call programs,$1,fuzz)))
endef

# $(eval $(call program_rule,PROGRAM,OBJECT,ARCHIVES,COMMAND,LIBRARIES))
define program_rule
$1: $2 $3
	$$(call say,LD,$$@)
	$$(Q)$4 $2 -Wl,--start-group $3 -Wl,--end-group $5 -o $$@
-include $(2:.o=.d)
endef

# $(call on_host,MODULE,VARIANT,FLAGS,STAMP)
# The part of a task that needs no kernel stands alone: what starts a task is not for this machine.
host_uses     = $(if $(filter task,$($1.kind)),,$(call closure,$1))
host_archives = $(foreach l,$1 $(call host_uses,$1),$(if $(call host_sources,$l),$2/$l.a))
on_host = $(eval $(call host_rules,$1,$2,build/host/$2,$3,$4))\
    $(foreach p,$(call programs,$1,test) $(call programs,$1,fuzz) $(call programs,$1,bench),$(eval $(call program_rule,\
        build/host/$2/$(p:.c=),build/host/$2/$p.o,$(call host_archives,$1,build/host/$2),$(host.$2),$($1.libs))))

arch := host
plat := host
$(foreach v,$(variants),\
    $(foreach l,$(modules.lib),$(call on_host,$l,$v,$(call host_includes,$l),$(host_stamp)))\
    $(foreach k,$(modules.kernel) $(modules.fuzz),$(call on_host,$k,$v,\
        $(config.host) $(kernel_host_includes),$(call kernel_abi,$(host_arch))/stamp))\
    $(foreach t,$(modules.task),$(if $(value $t.host),$(call on_host,$t,$v,$(call host_includes,$t),$(host_stamp)))))

$(foreach l,$(modules.lib),\
    $(eval $(call host_rules,$l,fuzzer,build/host/fuzzer,$(call host_includes,$l),$(host_stamp)))\
    $(foreach p,$(call programs,$l,libfuzzer),$(eval $(call program_rule,build/host/fuzzer/$(p:.c=),\
        build/host/fuzzer/$p.o,$(call host_archives,$l,build/host/fuzzer),$(host.fuzzer) -fsanitize=fuzzer))))

# A tool in C is main.c with an archive of all its other sources, which its tests are linked with
# too, and the libraries it uses. `make tool/NAME` builds the plain one; the others are for tests.
tool_includes = -I. $(call includes,$1)
tool_program  = build/host/$2/$1/$(notdir $1)
tool_for      = $(call on_host,$1,$2,$(call tool_includes,$1))$(eval $(call program_rule,\
    $(tool_program),build/host/$2/$1/main.c.o,$(call host_archives,$1,build/host/$2),$(host.$2),$($1.libs)))
$(foreach t,$(modules.tool),$(foreach v,$(variants),$(call tool_for,$t,$v)))
tool_outputs := $(foreach t,$(modules.tool),$(foreach v,$(variants),$(call tool_program,$t,$v)))

# A module of kind linux is built like a tool for its tests; what is measured, here or in a virtual
# machine without a file system, is linked statically with a small C library: build/linux/MODULE/NAME.
host.musl := musl-gcc $(host_flags) $(plain_flags)
linux_programs := $(foreach m,$(modules.linux),$(if $(wildcard $m/main.c),$m))
linux_program  = build/linux/$1/$(notdir $1)
linux_archives = $(foreach l,$1 $(call closure,$1),$(if $(call host_sources,$l),build/linux/$l.a))
linux_objects  = $(call host_rules,$1,musl,build/linux,$(call tool_includes,$1))
# Libraries of Sofa's that such programs use are built for them, too.
linux_libs     = $(sort $(foreach m,$(modules.linux),$(filter $(modules.lib),$(call closure,$m))))
$(foreach l,$(linux_libs),$(eval $(call host_rules,$l,musl,build/linux,$(call host_includes,$l),$(host_stamp))))
linux_link     = $(call program_rule,$(linux_program),build/linux/$1/main.c.o,$(linux_archives),$(host.musl) -static)
$(foreach m,$(modules.linux),$(foreach v,gcc clang,$(call on_host,$m,$v,$(call tool_includes,$m)))\
    $(eval $(call linux_objects,$m)))
$(foreach m,$(linux_programs),$(eval $(call linux_link,$m))\
    $(foreach v,gcc clang,$(eval $(call program_rule,$(call tool_program,$m,$v),build/host/$v/$m/main.c.o,\
        $(call host_archives,$m,build/host/$v),$(host.$v),$($m.libs)))))
linux_outputs := $(foreach m,$(linux_programs),$(call linux_program,$m)\
    $(foreach v,gcc clang,$(call tool_program,$m,$v)))
.PHONY: $(linux_programs)
$(foreach m,$(linux_programs),$(eval $m: $(call linux_program,$m) ; @:))

.PHONY: $(modules.tool)
$(foreach t,$(modules.tool),$(eval $t: $(call tool_program,$t,plain) ; @:))

# What the test runner starts, so that it needs no rules of its own.
.PHONY: unit-list fuzz-list
unit-list: ; @printf '%s\n' $(unit_test_outputs)
fuzz-list: ; @printf '%s\n' $(fuzzer_outputs)

# For the header check: COMPILER FOLDER COMMAND, one line for each.
.PHONY: header-flags
user_flags_of   = $(user_flags) $($1.flags) $(call includes,$1) -I$(call user_abi,$(host_arch),$(profiles.default))
kernel_flags_of = $(kernel_flags) $(config.debug) $(call kernel_includes,$1,$2) -I$(call kernel_abi,$(host_arch))
define header_flags
$(foreach k,$(compilers),
$k kernel $($(host_arch).$k) $(call kernel_flags_of,x86_64,pc)
$(foreach m,kernel/arch/host $(modules.fuzz),
$k $m $($(host_arch).$k) $(call kernel_flags_of,host,host))
$(foreach m,$(modules.lib) $(modules.task),
$k $m $($(host_arch).$k) $(call user_flags_of,$m))
$(foreach m,$(system_folders),
$k $m $($(host_arch).$k) $(call user_flags_of,$m) $(component_flags))
$(foreach m,$(modules.tool) $(modules.linux) proto,
$k $m $k $(host_flags) $(call tool_includes,$m)))
endef
header-flags: $(call kernel_abi,$(host_arch))/stamp $(host_stamp)
	$(info $(header_flags))@:
