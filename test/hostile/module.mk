# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/sel4 lib/start lib/tiny
profiles := microkit-debug microkit-release microkit-benchmark sim-debug sim-release
