# SPDX-License-Identifier: BSD-2-Clause
kind := tool
libs := -lexpat
host  = $(filter-out %/main.c,$(call sources,tool/sysgen))
