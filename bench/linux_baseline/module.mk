# SPDX-License-Identifier: BSD-2-Clause
kind  := linux
uses  := bench/measure
flags := -D_GNU_SOURCE
