# SPDX-License-Identifier: BSD-2-Clause
# No root task, but linked like one: what test/process loads.
kind     := task
uses     := lib/process/child lib/sel4 lib/tiny
profiles := microkit-debug microkit-release
