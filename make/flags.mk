# SPDX-License-Identifier: BSD-2-Clause
#
# Compiler flags by purpose. What a config means is decided here and nowhere else.

compilers := gcc clang
configs   := debug release benchmark

warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
            -Wcast-align -Wwrite-strings -Wold-style-definition -Wformat=2

# Files name themselves relative to the checkout, so two checkouts build the same bytes.
language := -std=gnu11 '-ffile-prefix-map=$(CURDIR)=.' $(warnings)

config.debug     := -DCONFIG_DEBUG=1 -DCONFIG_ASSERT=1 -DCONFIG_PRINTING=1 -DCONFIG_BENCHMARK=0
config.release   := -DCONFIG_DEBUG=0 -DCONFIG_ASSERT=0 -DCONFIG_PRINTING=0 -DCONFIG_BENCHMARK=0
config.benchmark := -DCONFIG_DEBUG=0 -DCONFIG_ASSERT=0 -DCONFIG_PRINTING=0 -DCONFIG_BENCHMARK=1
# The host library of the kernel is a debug kernel: sanitizers and assertions look together.
config.host      := $(config.debug)

# Hardening per config.
harden.debug     := -fstack-protector-strong -mstack-protector-guard=global -fno-omit-frame-pointer
harden.release   := -fno-stack-protector
harden.benchmark := -fno-stack-protector

# The kernel reuses memory under different types all the time: no aliasing by type.
kernel_flags := $(language) -O2 -g -ffreestanding -nostdlib -fno-pic -fno-pie -fno-common \
                -fno-strict-aliasing -fno-asynchronous-unwind-tables
user_flags   := $(language) -O2 -g -ffreestanding -nostdlib -fno-pic -fno-pie -fno-common \
                -fno-stack-protector -fno-asynchronous-unwind-tables
link_flags   := -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none \
                --fatal-warnings --no-warn-rwx-segments

# Host programs: tests stop at the first thing a sanitizer sees; tools and fast fuzzers go without.
host_flags     := $(language) -g -fno-omit-frame-pointer -fno-strict-aliasing
sanitize_flags := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
plain_flags    := -O2
