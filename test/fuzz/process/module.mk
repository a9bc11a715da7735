# SPDX-License-Identifier: BSD-2-Clause
kind  := fuzz
uses  := lib/process
flags := -I.
# The kernel as test/fuzz/kernel watches it, and that fuzzer's checks.
host   = $(call sources,test/fuzz/process) \
    $(foreach f,chain check_spaces check_threads check_tree model op view watch,test/fuzz/kernel/$f.c) \
    $(filter-out kernel/core/derivation.c,$(kernel.host))
