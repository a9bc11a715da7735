# SPDX-License-Identifier: BSD-2-Clause
kind  := linux
flags := -std=c11 -D_DEFAULT_SOURCE
