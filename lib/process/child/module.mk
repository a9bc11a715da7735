# SPDX-License-Identifier: BSD-2-Clause
kind    := lib
uses    := lib/sel4 lib/tiny
folders  = . src arch/$(arch)
# It is the beginning of a program: there is nothing to test on the host.
host     = lib/process/child/src/start.c
