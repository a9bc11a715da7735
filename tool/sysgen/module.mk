# SPDX-License-Identifier: BSD-2-Clause
kind := tool
uses := lib/explain
# The archive, so that the program runs where expat is not installed: an SDK brings it along.
libs := -l:libexpat.a
