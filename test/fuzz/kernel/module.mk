# SPDX-License-Identifier: BSD-2-Clause
kind := fuzz
# The whole kernel, but its derivation.c by way of watch.c.
host  = $(call sources,test/fuzz/kernel) $(filter-out kernel/core/derivation.c,$(kernel.host))
