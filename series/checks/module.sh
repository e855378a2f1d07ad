#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Loads, runs and removes a module under XIP, in QEMU.
#
#   series/checks/module.sh REPO OUTPUT [TAG [gcc|clang [el|eb]]]
#
# REPO is a clone of the kernel with TAG (v6.12.38). Prints what module and PID 1 say and ends
# with 0 if both say "pass". FRAGMENT may name a file with further settings.
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || die "usage: module.sh REPO OUTPUT [TAG [gcc|clang [el|eb]]]"
repo=$1; mkdir -p "$2"; out=$(cd "$2" && pwd); tag=${3:-v6.12.38}; compiler=${4:-gcc}; order=${5:-el}
tree=$out/tree-$tag; objects=$out/module-$tag-$compiler-$order
toolchain "$compiler" "$order"
if [ ! -e "$tree/Makefile" ]; then
	worktree "$repo" "$tag" "$tree"
	apply "$tree" "$tag"
fi
mkdir -p "$objects/test-module"
initramfs "$objects"
configure "$tree" "$objects" ${FRAGMENT:+"$FRAGMENT"}
cp "$project/userspace/test-module/Kbuild" "$project/userspace/test-module/test.c" "$objects/test-module"

# The module needs the kernel's symbols, and the initramfs in the kernel the module.
kernel "$tree" "$objects" vmlinux modules_prepare > "$objects/build.log" 2>&1 ||
	die "see $objects/build.log"
cp "$objects/vmlinux.symvers" "$objects/Module.symvers"
kernel "$tree" "$objects" "M=$objects/test-module" modules >> "$objects/build.log" 2>&1 ||
	die "see $objects/build.log"
initramfs "$objects" "file /test.ko $objects/test-module/test.ko 0644 0 0"
kernel "$tree" "$objects" xipImage >> "$objects/build.log" 2>&1 || die "see $objects/build.log"

boot "$objects" "$objects/console"
status=$?
tr -d '\r' < "$objects/console" | grep -E 'xip-test:|xip-init: (module|pass|FAIL)'
[ $status = 0 ] && grep -q 'xip-test: pass' "$objects/console" &&
	grep -q 'xip-test: removed' "$objects/console"
