#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# disc.sh ISO KERNEL TASK [KERNEL OPTIONS]: a disc that GRUB boots on BIOS machines: the 64-bit
# kernel by multiboot 2, the task as its module. An empty TASK leaves the module out.
set -eu
iso=$1 kernel=$2 task=$3 options=${4-}

stage=$iso.d
rm -rf "$stage"
mkdir -p "$stage/boot/grub"
trap 'rm -rf "$stage"' EXIT
cp "$kernel" "$stage/boot/sel4.elf"
{
    echo 'set timeout=0'
    echo 'terminal_output console'
    echo 'menuentry "Sofa" {'
    echo "    multiboot2 /boot/sel4.elf $options"
    if [ -n "$task" ]; then
        cp "$task" "$stage/boot/task.elf"
        echo '    module2 /boot/task.elf task.elf'
    fi
    echo '}'
} >"$stage/boot/grub/grub.cfg"
grub-mkrescue -o "$iso" "$stage" >"$iso.log" 2>&1 || {
    cat "$iso.log" >&2
    exit 1
}
rm -f "$iso.log"
