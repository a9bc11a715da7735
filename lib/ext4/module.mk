# SPDX-License-Identifier: BSD-2-Clause
kind := lib
uses := lib/tiny
# For tests there are also a disk in memory and makers of images.
host = $(call sources,lib/ext4) $(wildcard lib/ext4/test/support/*.c lib/ext4/test/hostile/*.c)
