# SPDX-License-Identifier: BSD-2-Clause
kind    := kernel
folders  = object core lib arch/$(arch) plat/$(plat)

# On the host the C library has its own mem* and str*; until the host architecture
# exists, a test gets its twin (foo.c of foo_test.c) and kernel/lib.
twins = $(wildcard $(patsubst %_test.c,%.c,$(call programs,kernel,test)))
host  = $(filter-out kernel/lib/string.c,$(if $(wildcard kernel/arch/host/*.c),\
    $(call sources,kernel),$(sort $(twins) $(wildcard kernel/lib/*.c))))
