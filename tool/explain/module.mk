# SPDX-License-Identifier: BSD-2-Clause
kind  := tool
uses  := lib/explain lib/tiny
flags := -D_GNU_SOURCE
