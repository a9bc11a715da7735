# SPDX-License-Identifier: BSD-2-Clause
#
# Systems: a .system file with the sources of its components beside it.
#   build/BOARD/CONFIG[-clang]/FOLDER/{NAME.img,NAME.report.txt,NAME.report.json,PROGRAM.elf}
#
# Which programs there are is said by the .system file alone. What it calls client.elf is the file
# of that name beside it, or is made from client.c, or from all sources in the folder client/.
# A module.mk (kind := system) is only for what cannot be known from that:
#
#   uses         libraries besides lib/microkit and lib/tiny
#   flags        extra compiler flags
#   loaded       names of programs that are no components, but are loaded by one at run time
#   loaded_uses  the libraries they are linked with, and by the link script that one of these has
#
# The system file can name each of them, or loaded.tar, an archive of them all.
#
# SYSTEM=FILE is another system, anywhere. With SYSTEM, or a goal that is a system, make first has
# the builder list the files of every system (build/gen/files/), and then knows what to make.

all_systems     := $(sort $(wildcard system/*/*.system bench/*/*.system))
with_systems    := $(sort $(patsubst %/,%,$(dir $(all_systems))))
system_folder   = $(patsubst %/,%,$(dir $1))
sysgen          := $(call tool_program,tool/sysgen,plain)

# A file outside has its place by its whole path, so that two projects do not meet.
system_dir      = build/$1/$2$(if $(filter clang,$3),-clang)$(if $(filter /%,$4),/outside)
system_image    = $(call system_dir,$1,$2,$3,$4)/$(4:.system=.img)

# The part of an SDK folder that the builder wants.
system_sdk      := build/system-sdk
system_sdk_elf  = $(addprefix $(system_sdk)/board/$1/$2/elf/,sel4.elf sel4_32.elf initialiser.elf monitor.elf)

define system_sdk_rule
$(system_sdk)/board/$1/$2/elf/$(notdir $3): $3
	@mkdir -p $$(@D)
	@cp $$< $$@
endef
$(foreach b,$(boards),$(foreach c,$(configs),$(foreach f,\
    $(addprefix $(call kernel_dir,$b,$c,gcc)/kernel/,sel4.elf sel4_32.elf) \
    $(foreach t,server/initialiser server/monitor,$(call task_elf,$t,$b,microkit-$c,gcc)),\
    $(eval $(call system_sdk_rule,$b,$c,$f)))))

# What the systems are made of is looked up only when one is wanted.
systems_wanted := $(sort $(SYSTEM) $(if $(strip $(if $(MAKECMDGOALS),,all)\
    $(filter all everything systems build/%.img $(with_systems),$(MAKECMDGOALS))),$(all_systems)))

# A dry run makes what is included in earnest: with SYSTEM_LISTS=made it does without.
system_list = build/gen/files/$(1:.system=.mk)
define system_list_rule
$(call system_list,$1): $1 $(sysgen)
	@mkdir -p $$(@D)
	$$(Q)$(sysgen) files $1 >$$@.list
	@{ printf '%s.files :=' '$1'; cut -f 2 $$@.list | sort -u | tr '\n' ' ' | sed 's/^/ /'; echo; } >$$@
endef
$(if $(SYSTEM_LISTS),,$(foreach s,$(sort $(all_systems) $(SYSTEM)),$(eval $(call system_list_rule,$s))))
$(foreach s,$(systems_wanted),$(eval include $(call system_list,$s)))

.PHONY: system-lists
system-lists: $(foreach s,$(all_systems),$(call system_list,$s)) ; @:

# A folder is a module, too. Without module.mk, or outside, it is not yet known as one. What is
# outside was not written for our warnings.
define system_module
$(if $(filter $1,$(modules)),,$(if $(wildcard $1/module.mk),$(call load,$1),$(eval $1.uses :=)$(eval $1.flags :=)))
$(eval $1.uses := $(value $1.uses) lib/microkit lib/tiny)
$(if $(filter /%,$1),$(eval $1.flags := $(value $1.flags) -Wno-error))
endef
system_folders := $(sort $(foreach s,$(all_systems) $(SYSTEM),$(call system_folder,$s)))
$(foreach f,$(system_folders),$(call system_module,$f))

# $(call program_sources,FOLDER,NAME): of NAME.elf; nothing if it is to be taken as it is.
program_sources = $(if $(wildcard $1/$2.elf),,$(or $(wildcard $1/$2.c $1/$2.S),\
    $(sort $(wildcard $1/$2/*.c $1/$2/*.S))))
system_programs = $(foreach p,$(patsubst %.elf,%,$(filter %.elf,$($1.files))),\
    $(if $(call program_sources,$(call system_folder,$1),$p),$p))
system_loaded   = $(if $(filter loaded.tar,$($1.files)),$($(call system_folder,$1).loaded))
# Files beside the system that the image depends on.
system_inputs   = $(wildcard $(addprefix $(call system_folder,$1)/,$(filter-out /%,$($1.files))) \
    $(filter /%,$($1.files)))
# Programs for which there is nothing.
system_lacks    = $(foreach p,$(filter %.elf,$(filter-out /%,$($1.files))),\
    $(if $(wildcard $(call system_folder,$1)/$p)$(call program_sources,$(call system_folder,$1),$(p:.elf=)),,$p))

# $(eval $(call component_rule,ELF,OBJECTS,ARCHIVES,LINK SCRIPT,ARCH,FLAGS))
define component_rule
$2: file_flags := $6
$(call remember,$1,$(link_flags) $2 $3)
$1: $2 $3 $4 $(call memory_of,$1)
	$$(call say,LD,$$@)
	$$(Q)$($5.ld) $(link_flags) $(addprefix -T ,$4) -o $$@ $2 --start-group $3 --end-group
-include $(patsubst %.o,%.d,$2)
endef

# A component, or a program that is loaded: FOLDER NAME OUT ARCHIVES-BELOW ARCH.
archives_of   = $(foreach l,$(call closed,$1),$(if $(call sources,$l),$2/$(if $($l.components),$3)$l.a))
closed        = $(call last_of_each,$(foreach u,$1,$u $(call closure,$u)))
headers_of    = $(addprefix -I,$(wildcard $(addsuffix /include,$(call closed,$1))))
# A component finds its IPC buffer by a plain variable; others as their libraries do.
flags_of      = $(if $(filter $2,$($1.loaded)),$(call headers_of,$($1.loaded_uses)),$(component_flags))
uses_of       = $(if $(filter $2,$($1.loaded)),$($1.loaded_uses),$($1.uses))
folder_of     = $(if $(filter $2,$($1.loaded)),,component/)
script_of     = $(if $(filter $2,$($1.loaded)),$(call user_link,$(call closed,$($1.loaded_uses)),$3),\
    lib/microkit/microkit.ld)
component     = $(eval $(call component_rule,$3/$1/$2.elf,$(call objects,$3,$(call program_sources,$1,$2)),\
    $(call archives_of,$(call uses_of,$1,$2),$4,$(call folder_of,$1,$2)),$(call script_of,$1,$2,$5),$5,\
    $(call flags_of,$1,$2)))

# BOARD CONFIG COMPILER SYSTEM OUT FOLDER. SYSTEM_OPTIONS are more words for the builder.
define image_rule
$(call remember,$5/$(4:.system=.img),options: $(SYSTEM_OPTIONS))
$5/$(4:.system=.img): $4 $(call system_inputs,$4) $(foreach p,$(call system_programs,$4),$5/$6/$p.elf) \
    $(if $(call system_loaded,$4),$5/$6/loaded.tar) $(call system_sdk_elf,$1,$2) $(sysgen) \
    $(call memory_of,$5/$(4:.system=.img))
	$$(call say,SYSTEM,$$@)
	$(foreach p,$(call system_lacks,$4),@echo '$4 names $p, and beside it there is neither $p \
	    nor $(p:.elf=.c) nor a folder $(p:.elf=) with sources' >&2; exit 1)
	@mkdir -p $$(@D)
	$$(Q)MICROKIT_SDK=$(system_sdk) $(sysgen) build $4 --board $1 --config $2 --extensions \
	    --search-path $6 $5/$6 -o $$@ -r $$(@:.img=.report.txt) --report-json $$(@:.img=.report.json) \
	    $(SYSTEM_OPTIONS) \
	    >$$(@:.img=.log) && { grep -v '^MICROKIT|' $$(@:.img=.log) || true; }
endef

# BOARD CONFIG COMPILER ARCH FOLDER OUT: what belongs to the folder, however many systems are in it.
system_folder_rules = $(eval $(call user_compile,$5,$1,microkit-$2,$3,$4,$6))\
    $(foreach p,$(sort $(foreach s,$(filter $5/%,$(systems_wanted)),$(if $(filter $5,$(call system_folder,$s)),\
        $(call system_programs,$s) $(call system_loaded,$s)))),\
        $(call component,$5,$p,$6,$(call user_dir,$1,microkit-$2,$3),$4))
system_outputs :=
loaded_tar = $(eval $(call tar_rule,$1/loaded.tar,$(foreach p,$2,$1/$p.elf)))
$(foreach b,$(boards),$(foreach c,$(configs),$(foreach k,$(compilers),\
    $(foreach f,$(sort $(foreach s,$(systems_wanted),$(call system_folder,$s))),\
        $(call system_folder_rules,$b,$c,$k,$($b.arch),$f,$(call system_dir,$b,$c,$k,$f))\
        $(if $($f.loaded),$(call loaded_tar,$(call system_dir,$b,$c,$k,$f)/$f,$($f.loaded))))\
    $(foreach s,$(systems_wanted),\
        $(eval $(call image_rule,$b,$c,$k,$s,$(call system_dir,$b,$c,$k,$s),$(call system_folder,$s)))\
        $(eval system_outputs += $(call system_image,$b,$c,$k,$s))))))

# `make system/NAME`, `make systems`: for BOARD, CONFIG and COMPILER. `make system SYSTEM=FILE`.
image_here = $(call system_image,$(BOARD),$(CONFIG),$(COMPILER),$1)
.PHONY: system systems $(sort $(foreach s,$(all_systems),$(call system_folder,$s)))
system: $(foreach s,$(SYSTEM),$(call image_here,$s)) ; @:
systems: $(foreach s,$(all_systems),$(call image_here,$s)) ; @:
$(foreach s,$(all_systems),$(eval $(call system_folder,$s): $(call image_here,$s)))
$(sort $(foreach s,$(all_systems),$(call system_folder,$s))): ; @:

# make -s image-of SYSTEM=FILE: where it is, and the kernel to boot it with.
.PHONY: image-of
image-of:
	@echo '$(call image_here,$(SYSTEM))'
