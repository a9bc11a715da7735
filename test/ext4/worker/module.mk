# SPDX-License-Identifier: BSD-2-Clause
kind  := linux
uses  := lib/ext4 lib/tiny
flags := -D_GNU_SOURCE
