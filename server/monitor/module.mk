# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/explain lib/sel4 lib/tiny
# For <proto/...> and what programs know of restarts; and one thread without thread-local variables.
flags    := -I. -Ilib/microkit/include -DSEL4_IPC_BUFFER_GLOBAL
folders   = . arch/$(arch)
profiles := microkit-debug microkit-release microkit-benchmark
host     := $(here)/limit.c
