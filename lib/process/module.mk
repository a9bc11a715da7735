# SPDX-License-Identifier: BSD-2-Clause
kind    := lib
uses    := lib/sel4 lib/tiny
components := yes
folders  = . src arch/$(arch)
# On the host its system calls are functions, which a test or the kernel as a library provides.
flags    = $(if $(filter host,$(arch)),-include lib/process/test/support/host_calls.h)
host     = $(filter-out lib/process/src/pointer.c,$(call not_programs,$(wildcard \
    lib/process/src/*.c lib/process/arch/x86_64/*.c lib/process/test/support/*.c)))
