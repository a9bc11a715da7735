# SPDX-License-Identifier: BSD-2-Clause
kind  := system
# Every function keeps its own frame, so that back traces show all of them.
flags := -fno-optimize-sibling-calls -Wno-infinite-recursion
