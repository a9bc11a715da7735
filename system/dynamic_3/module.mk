# SPDX-License-Identifier: BSD-2-Clause
kind        := system
uses        := lib/process
loaded      := process_2
loaded_uses := lib/process/child lib/sel4 lib/tiny
