# SPDX-License-Identifier: BSD-2-Clause
kind  := tool
uses  := lib/ext4 lib/tiny
flags := -D_GNU_SOURCE
