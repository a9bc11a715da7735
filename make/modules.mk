# SPDX-License-Identifier: BSD-2-Clause
#
# Finds every module.mk and keeps what it says as FOLDER.field. A module.mk sets:
#
#   kind      kernel, lib, task (a root task for the kernel), tool (a program for this machine) or
#             fuzz (a fuzzer of the kernel: linked with what its `host` says), system (system.mk),
#             linux (a static program for Linux, or without main.c a library of such programs)
#   folders   where its sources are, below its own folder; default: . and src
#   uses      paths of the libraries it is built on, the dependent one first (tools: in their host build;
#             linux: modules of this kind, and libraries in a build of their own)
#   flags     extra compiler flags, for the target and for host tests
#   profiles  task: the ABI profiles it is built for; the first is the default
#   host      lib, fuzz, tool: sources that make up its host build for tests; default: all but main.c
#             task: the same; default: it has none
#   carries   task: other tasks whose ELF files it has in it, as an archive (make/user.mk)
#   components lib: if not empty, it is also built for components (make/user.mk)
#   libs      tool: libraries of this machine, as for the linker
#
# Sources are every *.c and *.S there, but *_test.c, *_fuzz.c, *_libfuzzer.c and *_bench.c, which
# are programs of their own. Headers for users are in include/.

fields := kind folders uses flags profiles host libs loaded loaded_uses carries components
rooms  := $(wildcard abi kernel proto lib driver server program system guest tool test bench)

module_files := $(sort $(shell find $(rooms) -name module.mk))
modules      := $(patsubst %/module.mk,%,$(module_files))

# Inside a module.mk: its own folder.
here = $(patsubst %/module.mk,%,$(lastword $(MAKEFILE_LIST)))

define load
$(foreach f,$(fields),$(eval $f :=))
$(eval include $1/module.mk)
$(foreach f,$(fields),$(eval $1.$f = $(value $f)))
endef
$(foreach m,$(modules),$(call load,$m))

kinds := kernel lib task tool fuzz system linux
$(foreach m,$(modules),$(if $(filter $($m.kind),$(kinds)),,\
    $(error $m/module.mk: kind is '$($m.kind)'; a module is one of: $(kinds))))
$(foreach k,$(kinds),$(eval modules.$k := $(foreach m,$(modules),$(if $(filter $k,$($m.kind)),$m))))

# $(call sources,MODULE): the files it is made of, without its tests.
not_programs = $(filter-out %_test.c %_fuzz.c %_libfuzzer.c %_bench.c,$1)
source_dirs  = $(patsubst %/.,%,$(addprefix $1/,$(or $($1.folders),. src)))
sources      = $(call not_programs,$(sort $(wildcard $(foreach d,$(call source_dirs,$1),$d/*.c $d/*.S))))

# $(call closure,MODULE): the libraries it needs, directly or through others; users before used.
closure = $(call last_of_each,$(foreach u,$($1.uses),$(call check_use,$1,$u)$u $(call closure,$u)))
check_use = $(if $(filter $2,$(modules.lib) $(modules.linux)),,$(error $1/module.mk uses $2, which is no library))
last_of_each = $(if $1,$(call last_of_each,$(filter-out $(lastword $1),$(call but_last,$1))) $(lastword $1))
but_last     = $(wordlist 2,$(words $1),x $1)

# $(call includes,MODULE): include path of what it sees of itself and of the libraries it uses.
includes = $(addprefix -I,$(wildcard $(addsuffix /include,$1 $(call closure,$1))))
