# SPDX-License-Identifier: BSD-2-Clause
kind  := linux
flags := -D_GNU_SOURCE
