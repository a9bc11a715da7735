# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/explain lib/sel4 lib/tiny
# For <proto/...>; and one thread without thread-local variables.
flags    := -I. -DSEL4_IPC_BUFFER_GLOBAL
folders   = . arch/$(arch)
profiles := microkit-debug microkit-release microkit-benchmark
