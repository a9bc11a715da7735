# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/sel4 lib/start lib/tiny
flags    := -I.
folders   = . arch/$(arch)
profiles := microkit-debug microkit-release microkit-benchmark
# What can be tested without a kernel.
host     := $(here)/memory.c
