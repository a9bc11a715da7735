# SPDX-License-Identifier: BSD-2-Clause
#
# The three things every rule needs: quiet progress lines, "has this text changed?",
# and one way to compile.

PYTHON ?= python3
V      ?=
Q      := $(if $(V),,@)

# $(call say,WHAT,TARGET): the progress line of a recipe; silent with V=1, which shows the commands.
say = $(if $(V),@:,@printf '  %-8s %s\n' '$1' '$2')

same = $(and $(findstring x$1y,x$2y),$(findstring x$2y,x$1y))

# $(call remember,NAME,TEXT): a file that changes only when TEXT does; whoever depends on it is
# rebuilt when its flags or its list of sources change. Costs no process. (Both sides are
# stripped: make 4.3 sometimes leaves the newline at the end of what it reads.)
$(shell mkdir -p build/memory)
memory_of = build/memory/$(subst /,_,$1)
remember  = $(if $(call same,$(strip $(file <$(memory_of))),$(strip $2)),,$(file >$(memory_of),$(strip $2)))

# $(eval $(call compile_rules,OBJECTS,FOLDER,COMMAND,PREREQUISITES)): objects of all C and assembly
# files below FOLDER go to OBJECTS/FOLDER, under the same names. COMMAND is compiler and flags.
define compile_rules
$(call remember,$1/$2,$3)
$1/$2/%.c.o: $2/%.c $(call memory_of,$1/$2) $4
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$3 $$(file_flags) -MMD -MP -c $$< -o $$@
$1/$2/%.S.o: $2/%.S $(call memory_of,$1/$2) $4
	$$(call say,AS,$$@)
	@mkdir -p $$(@D)
	$$(Q)$3 -MMD -MP -c $$< -o $$@
endef

# $(call objects,OBJECTS,SOURCES)
objects = $(patsubst %,$1/%.o,$2)

# $(eval $(call archive_rule,ARCHIVE,OBJECT FILES)): rebuilt also when a member goes away.
define archive_rule
$(call remember,$1,$2)
$1: $2 $(call memory_of,$1)
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar rcs $$@ $2
-include $(patsubst %.o,%.d,$2)
endef
