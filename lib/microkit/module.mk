# SPDX-License-Identifier: BSD-2-Clause
kind    := lib
uses    := lib/sel4
folders  = . src arch/$(arch)
flags   := -DSEL4_IPC_BUFFER_GLOBAL
# All of it, over recorded system calls.
host    := lib/microkit/test/library.c lib/microkit/test/recorder.c
