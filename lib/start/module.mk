# SPDX-License-Identifier: BSD-2-Clause
kind    := lib
uses    := lib/sel4 lib/tiny
folders  = . src arch/$(arch) src/$(arch)
