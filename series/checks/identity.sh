#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds malta_defconfig, in which XIP is off, of the base and with 1, 2 … of the patches, and compares.
#
#   series/checks/identity.sh REPO OUTPUT [TAG [CONFIG]]
#
# REPO is a clone of the kernel with TAG (v6.12.38). CONFIG is another defconfig, or `twin`, what xip-rebase builds
# for RAM, but for the initramfs and DEBUG_VIRTUAL. Prints a line for each prefix of the series and ends
# with 0 if each builds and vmlinux is that of the base, byte for byte. One tree and one directory of objects
# serve all; with ccache all but the first build are short.
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || die "usage: identity.sh REPO OUTPUT [TAG [CONFIG]]"
repo=$1; mkdir -p "$2"; out=$(cd "$2" && pwd); tag=${3:-v6.12.38}; config=${4:-malta_defconfig}
tree=$out/identity-tree; objects=$out/identity-$config
toolchain gcc el
worktree "$repo" "$tag" "$tree"
mkdir -p "$objects"

# configured: writes the configuration, in which XIP is off
configured() {
	if [ "$config" = twin ]; then
		# Of physaddr.c, which only DEBUG_VIRTUAL builds, the lines of its WARN()s move
		cat "$tree/arch/mips/configs/malta_defconfig" "$project/config/malta.config" > "$objects/.config" &&
		"$tree/scripts/config" --file "$objects/.config" --disable DEBUG_VIRTUAL
	else
		kernel "$tree" "$objects" "$config"
	fi
}

count=$(sed '/^#/d' "$series/series" | wc -l)

base=
status=0
for number in $(seq 0 "$count"); do
	git -C "$tree" reset --quiet --hard "$tag"
	[ "$number" = 0 ] || apply "$tree" "$tag" "$number"
	log=$objects-$number.log
	{
		configured &&
		"$tree/scripts/config" --file "$objects/.config" --disable LOCALVERSION_AUTO &&
		kernel "$tree" "$objects" olddefconfig &&
		kernel "$tree" "$objects" vmlinux
	} > "$log" 2>&1 || { echo "$number patches: does not build, see $log"; status=1; continue; }
	sum=$(sha256sum < "$objects/vmlinux"); sum=${sum%% *}
	: "${base:=$sum}"
	if [ "$sum" = "$base" ]; then same=same; else same=DIFFERENT; status=1; fi
	echo "$number patches: $(stat -c %s "$objects/vmlinux") bytes, sha256 $sum, $same," \
		"$(grep -c 'warning:' "$log") warnings"
done
exit $status
