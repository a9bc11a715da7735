# SPDX-License-Identifier: BSD-2-Clause
#
# Headers that come from the contract in abi/. Objects depend on the stamp, so a
# change of the contract rebuilds whoever was compiled against it.

gen       := build/gen/abi
abigen    := $(PYTHON) tool/abigen/abigen.py
abi_files := $(sort $(shell find $(wildcard abi tool/abigen) -type f ! -name '*_test.py' ! -name '*.md'))

kernel_abi = $(gen)/kernel/$1
user_abi   = $(gen)/user/$1/$2

define generate
	$(call say,GEN,$(@D))
	@rm -rf $(@D)
	@mkdir -p $(@D)
	$(Q)$(abigen) --arch $1 --out $(@D) $2
	@touch $@
endef

$(gen)/kernel/%/stamp: $(abi_files)
	$(call generate,$*,kernel)
$(gen)/docs/%/stamp: $(abi_files)
	$(call generate,$*,docs)
# The stem is ARCH/PROFILE.
$(gen)/user/%/stamp: $(abi_files)
	$(call generate,$(patsubst %/,%,$(dir $*)) --profile $(notdir $*),user)

.PHONY: abi-headers abi-docs
abi-headers: $(foreach a,$(abi_archs),$(gen)/kernel/$a/stamp)
abi-docs: $(foreach a,$(abi_archs),$(gen)/docs/$a/stamp)

# Every architecture and profile generates, and every header compiles alone.
abi-check: abi-headers
	$(Q)$(PYTHON) tool/check/abi_check.py --arch '$(abi_archs)'
