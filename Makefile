# SPDX-License-Identifier: BSD-2-Clause
#
# The build engine's front: what can be asked for. `./sofa build` calls it; using
# it directly is fine too. Nothing is listed here: a folder with a module.mk is a
# module, found by its path, and its path is also the name of its target:
#
#   make kernel CONFIG=release          make test/demo PROFILE=sim-debug
#   make lib/tiny COMPILER=clang        make -j2 all V=1
#   make system/hello_world             make system SYSTEM=FILE
#
# Everything is written under build/ (make/README.md draws it).

BOARD    ?= x86_64_generic
CONFIG   ?= debug
COMPILER ?= gcc
PROFILE  ?=
SYSTEM   ?=

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
export PYTHONDONTWRITEBYTECODE := 1

include make/lib.mk make/boards.mk make/flags.mk make/modules.mk
include make/generated.mk make/kernel.mk make/user.mk make/host.mk make/sdk.mk make/system.mk

.PHONY: all everything kernels tasks tools unit-tests fuzzers abi-check compile-commands clean FORCE

# One of each thing, as a developer wants it; then every config, profile and compiler.
all: kernel $(modules.task) systems ; @:
kernels: $(kernel_outputs) ; @:
tasks: $(task_outputs) ; @:
tools: $(tool_outputs) $(linux_outputs) ; @:
unit-tests: $(unit_test_outputs) ; @:
fuzzers: $(fuzzer_outputs) ; @:
everything: kernels tasks tools unit-tests fuzzers $(system_outputs) ; @:

# compile_commands.json, where clangd looks for it, from what make would run.
compile-commands:
	@mkdir -p build
	$(Q)$(MAKE) -s system-lists
	$(Q)$(MAKE) --dry-run --always-make V=1 all unit-tests COMPILER=gcc SYSTEM_LISTS=made | \
	    $(PYTHON) tool/compdb/compdb.py >build/compile_commands.json.new
	@mv build/compile_commands.json.new build/compile_commands.json
	$(call say,DB,build/compile_commands.json)

clean:
	rm -rf build
