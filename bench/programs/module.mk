# SPDX-License-Identifier: BSD-2-Clause
kind  := linux
uses  := bench/measure
flags := -std=c11 -D_POSIX_C_SOURCE=200809L
