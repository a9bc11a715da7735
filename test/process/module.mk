# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/process lib/sel4 lib/start lib/tiny
carries  := test/process/child
profiles := microkit-debug microkit-release
