# SPDX-License-Identifier: BSD-2-Clause
kind := lib
host := $(here)/src/string.c $(here)/src/printf.c
