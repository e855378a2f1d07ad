#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds and boots what xip-rebase does not: other configurations of the XIP kernel.
#
#   series/checks/boots.sh REPO OUTPUT [TAG [gcc|clang [el|eb]]]
#
# REPO is a clone of the kernel with TAG (v6.12.38). Prints a line for each with the bytes of xipImage, and ends with 0
# if each boots to the "pass" of PID 1:
#
#   plain       as xip-rebase builds it
#   deflated    and XIP_DEFLATED_DATA, made twice and compared
#   copy        and XIP_PHYS_ADDR=0x1fc01000, the read-only copy of the flash in QEMU's Malta
#   defconfig   malta_xip_defconfig as it is but for the initramfs, by plain "make"; other images are refused
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || die "usage: boots.sh REPO OUTPUT [TAG [gcc|clang [el|eb]]]"
repo=$1; mkdir -p "$2"; out=$(cd "$2" && pwd); tag=${3:-v6.12.38}; compiler=${4:-gcc}; order=${5:-el}
tree=$out/tree-$tag; objects=$out/boots-$tag-$compiler-$order
toolchain "$compiler" "$order"
if [ ! -e "$tree/Makefile" ]; then
	worktree "$repo" "$tag" "$tree"
	apply "$tree" "$tag"
fi
mkdir -p "$objects"
initramfs "$objects"
image=$objects/arch/mips/boot/xipImage
status=0

# made NAME TARGET...: builds, boots and tells
made() {
	name=$1; shift
	if kernel "$tree" "$objects" "$@" > "$objects/$name.log" 2>&1 &&
		boot "$objects" "$objects/$name.console" >> "$objects/$name.log"; then
		echo "$name: $(stat -c %s "$image") bytes, boots"
	else
		echo "$name: FAILED, see $objects/$name.log and $name.console"
		status=1
	fi
}

configure "$tree" "$objects"
made plain xipImage

echo CONFIG_XIP_DEFLATED_DATA=y > "$objects/fragment"
configure "$tree" "$objects" "$objects/fragment"
made deflated xipImage
cp "$image" "$objects/first"
rm "$image"
kernel "$tree" "$objects" xipImage >> "$objects/deflated.log" 2>&1
cmp "$image" "$objects/first" || status=1

echo CONFIG_XIP_PHYS_ADDR=0x1fc01000 > "$objects/fragment"
configure "$tree" "$objects" "$objects/fragment"
made copy xipImage

kernel "$tree" "$objects" malta_xip_defconfig > "$objects/configure.log" 2>&1
"$tree/scripts/config" --file "$objects/.config" --set-str INITRAMFS_SOURCE "$objects/xip-initramfs.list"
if [ "$order" = eb ]; then
	"$tree/scripts/config" --file "$objects/.config" --disable CPU_LITTLE_ENDIAN --enable CPU_BIG_ENDIAN
fi
kernel "$tree" "$objects" olddefconfig >> "$objects/configure.log" 2>&1
rm -f "$image"
made defconfig
for other in vmlinux.bin vmlinuz uImage; do
	kernel "$tree" "$objects" "$other" 2>&1 | grep -q 'XIP_KERNEL is enabled: build xipImage' ||
		{ echo "$other is not refused"; status=1; }
done
exit $status
