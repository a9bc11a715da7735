# SPDX-License-Identifier: BSD-2-Clause
kind     := task
uses     := lib/sel4 lib/start lib/tiny
# Half the time to compile, for eight profiles.
flags    := -O1
folders  := harness tests
profiles := microkit-debug debug sim-debug vtx64 release benchmark microkit-release microkit-smp-debug
