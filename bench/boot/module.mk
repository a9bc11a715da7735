# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/sel4 lib/start lib/tiny
profiles := microkit-release
