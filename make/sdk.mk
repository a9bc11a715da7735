# SPDX-License-Identifier: BSD-2-Clause
#
# The SDK, for projects outside this tree: build/sofa-sdk, laid out as Microkit's. For each config
# there is the ABI profile of the same name; kernel, library and the SDK's own components are
# built for it, and tool/sdk puts everything into place. Components that the tree does not have
# yet are left out; the file MISSING in the SDK names them.

sdk_parts := server/initialiser server/monitor
sdk_found := $(filter $(sdk_parts),$(modules.task))
sdk_lib   := lib/microkit

# $(call sdk_one,CONFIG): its pieces, as words for tool/sdk.
sdk_one = --config $1 microkit-$1 $(call kernel_dir,$(BOARD),$1,gcc)/kernel \
    $(call user_dir,$(BOARD),microkit-$1,gcc)/$(sdk_lib) \
    $(call user_abi,$($(BOARD).arch),microkit-$1) \
    $(or $(foreach t,$(filter server/initialiser,$(sdk_found)),$(call task_elf,$t,$(BOARD),microkit-$1,gcc)),-) \
    $(or $(foreach t,$(filter server/monitor,$(sdk_found)),$(call task_elf,$t,$(BOARD),microkit-$1,gcc)),-)

# It runs make again, for files that this make may be building for its other goals: so it comes last.
.PHONY: sdk
sdk: tool/sysgen | $(filter-out sdk,$(MAKECMDGOALS))
	$(Q)$(foreach c,$(configs),$(MAKE) --no-print-directory BOARD=$(BOARD) CONFIG=$c COMPILER=gcc \
	    PROFILE=microkit-$c kernel $(sdk_lib) $(sdk_found) &&) true
	$(call say,SDK,build/sofa-sdk)
	$(Q)$(PYTHON) tool/sdk/sdk.py --out build/sofa-sdk --board $(BOARD) --arch $($(BOARD).arch) \
	    --builder $(call tool_program,tool/sysgen,plain) $(foreach c,$(configs),$(call sdk_one,$c))
