#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds random configurations with XIP forced on, and checks the layout of each kernel.
#
#   series/checks/randconfig.sh REPO OUTPUT XIP-REBASE [TAG [FIRST [LAST]]]
#
# REPO is a clone of the kernel with TAG (v6.12.107), XIP-REBASE the program, FIRST to LAST (1 to 30) the seeds.
# PROBABILITY (10) is the chance of an option to be on, in percent. The result of a seed is a line of
# OUTPUT/randconfig.tsv, and a seed that has one is not run again:
#
#   passed       xipImage is built, every layout check passes
#   too-large    the same, but the image does not fit 4 MiB of flash: a limit of the board
#   not-xip      XIP cannot be selected, and the symbol that is in the way
#   upstream     not built, and with XIP off not built either
#   FAILED       everything else
. "$(dirname "$0")/common.sh"
[ $# -ge 3 ] || die "usage: randconfig.sh REPO OUTPUT XIP-REBASE [TAG [FIRST [LAST]]]"
# IKHEADERS, which one of the thirty draws, takes it
command -v cpio > /dev/null || die "cpio is not installed"
repo=$1; mkdir -p "$2"; out=$(cd "$2" && pwd); tool=$3; tag=${4:-v6.12.107}; first=${5:-1}; last=${6:-30}
tree=$out/tree-$tag; results=$out/randconfig.tsv
toolchain gcc el
if [ ! -e "$tree/Makefile" ]; then
	worktree "$repo" "$tag" "$tree"
	apply "$tree" "$tag"
fi

# Forced: the board, the byte order of the compiler, XIP and those of its dependencies that hardly a seed would meet;
# that orphan sections are errors; and no need for more than a compiler. Free is which processor it is, and EVA and
# microMIPS with it.
fragment=$out/randconfig.config
cat > "$fragment" <<'F'
CONFIG_MIPS_MALTA=y
CONFIG_CPU_LITTLE_ENDIAN=y
CONFIG_32BIT=y
CONFIG_XIP_KERNEL=y
CONFIG_XIP_PHYS_ADDR=0x1e001000
CONFIG_LD_ORPHAN_WARN_LEVEL="error"
# CONFIG_COMPILE_TEST is not set
# CONFIG_MIPS_MT_SMP is not set
# CONFIG_MIPS_CPS is not set
# CONFIG_RELOCATABLE is not set
CONFIG_MIPS_NO_APPENDED_DTB=y
# CONFIG_WERROR is not set
# CONFIG_GCC_PLUGINS is not set
CONFIG_DEBUG_INFO_NONE=y
# CONFIG_MODULE_SIG is not set
# CONFIG_SYSTEM_TRUSTED_KEYRING is not set
CONFIG_INITRAMFS_SOURCE=""
F

# configured SEED OBJECTS FRAGMENT
configured() {
	mkdir -p "$2"
	KCONFIG_SEED=$1 KCONFIG_PROBABILITY=${PROBABILITY:-10} KCONFIG_ALLCONFIG=$3 \
		kernel "$tree" "$2" randconfig > "$2/configure.log" 2>&1
}

# in_the_way CONFIG: the dependencies of XIP_KERNEL that do not hold
in_the_way() {
	local on='SMP|RELOCATABLE|EVA|CPU_MICROMIPS|COMPILE_TEST|64BIT|MIPS_ELF_APPENDED_DTB|MIPS_RAW_APPENDED_DTB'
	sed -nE "s/^CONFIG_($on)=y/\1/p" "$1" | tr '\n' ' '
	grep -q '^CONFIG_CPU_MIPS32=y' "$1" || printf 'no CPU_MIPS32 '
}

# verdict SEED OBJECTS: prints outcome, tab, reason
verdict() {
	local seed=$1 objects=$2 kernel=$2/kernel checks error
	configured "$seed" "$objects" "$fragment" || { printf 'FAILED\tno configuration'; return; }
	if ! grep -q '^CONFIG_XIP_KERNEL=y' "$objects/.config"; then
		printf 'not-xip\t%s' "$(in_the_way "$objects/.config")"
		return
	fi
	if ! kernel "$tree" "$objects" xipImage > "$objects/build.log" 2>&1; then
		error=$(grep -m1 -E 'error:|Error |undefined reference|orphan|assertion|could not be found' "$objects/build.log" | cut -c-160 | tr '\t' ' ')
		# The same configuration with XIP off: breakage that is not ours shows there too
		sed 's/^CONFIG_XIP_KERNEL=y/# CONFIG_XIP_KERNEL is not set/' "$objects/.config" > "$objects/off.config"
		mkdir -p "$objects-off"
		cp "$objects/off.config" "$objects-off/.config"
		kernel "$tree" "$objects-off" olddefconfig > "$objects-off/configure.log" 2>&1
		if kernel "$tree" "$objects-off" vmlinux > "$objects-off/build.log" 2>&1; then
			printf 'FAILED\t%s' "$error"
		else
			printf 'upstream\t%s' "$error"
		fi
		return
	fi
	mkdir -p "$kernel"
	cp "$objects/vmlinux" "$kernel/vmlinux"
	cp "$objects/arch/mips/boot/xipImage" "$kernel/xipImage"
	cp "$objects/.config" "$kernel/config"
	"$tool" verify "$kernel/vmlinux" > "$objects/checks" 2>&1
	checks=$(awk '$1 == "FAIL" { printf "%s ", $2 }' "$objects/checks")
	local size=$(( $(stat -c %s "$kernel/xipImage") + 4096 ))
	local count=$(awk '$1 == "ok"' "$objects/checks" | wc -l)
	case "$checks,$count" in
	,0) printf 'FAILED\t%s' "$(head -1 "$objects/checks")" ;;
	,*) printf 'passed\t%s checks, %s bytes of flash' "$count" "$size" ;;
	"image-in-flash ",*) printf 'too-large\t%s other checks passed, %s bytes of flash' "$count" "$size" ;;
	*) printf 'FAILED\tlayout: %s' "$checks" ;;
	esac
}

[ -e "$results" ] || printf 'seed\toutcome\treason\toptions\tseconds\n' > "$results"
for seed in $(seq "$first" "$last"); do
	! grep -q "^$seed	" "$results" || continue
	objects=$out/randconfig-$seed
	start=$(date +%s)
	line=$(verdict "$seed" "$objects")
	printf '%s\t%s\t%s\t%s\n' "$seed" "$line" "$(grep -c '=[ym]$' "$objects/.config")" \
		$(($(date +%s) - start)) | tee -a "$results"
	# The objects of thirty kernels are large
	[ -n "${KEEP-}" ] || find "$objects" "$objects-off" -mindepth 1 -maxdepth 1 -type d \
		-exec rm -rf {} + 2> /dev/null
done
cut -f2 "$results" | tail -n +2 | sort | uniq -c
