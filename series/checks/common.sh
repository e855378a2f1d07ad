# SPDX-License-Identifier: GPL-2.0-only
# What the checks share; read by them, not run. Each takes a clone of the kernel
# with the tags it names, and a directory for its output, which it may be run again in.
# CCACHE_DIR, JOBS and LOCK (a file, held while a kernel is compiled) may be set.

checks=$(cd "$(dirname "$0")" && pwd)
series=$(dirname "$checks")
project=$(dirname "$series")
jobs=${JOBS:-$(nproc)}
ccache=$(command -v ccache) || ccache=

die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# worktree REPO TAG DIRECTORY: checks TAG out, once; the series is not applied
worktree() {
	[ -e "$3/Makefile" ] && return
	git -C "$1" worktree add --quiet --force --detach "$3" "$2" || die "no $2 in $1"
}

# before VERSION OTHER: true if VERSION is not later than OTHER
before() {
	printf '%s\n' "$1" "$2" | sort --version-sort --check=quiet
}

# form TAG: prints the directory of the form that the series has for TAG
form() {
	while read -r first last name; do
		case $first in '#'* | '') continue ;; esac
		case $last in
		-) last=$1 ;;
		*.*.*) ;;
		*) last=$last.9999 ;;
		esac
		if before "$first" "$1" && before "$1" "$last"; then
			echo "$series/$name"
			return
		fi
	done < "$series/variants.list"
	die "the series has no form for $1"
}

# apply TREE TAG [COUNT]: applies the first COUNT patches of the series in its form for TAG, all without COUNT
apply() {
	own=$(form "$2") || exit
	sed '/^#/d' "$own/series" | head -n "${3:-100}" | while read -r patch; do
		[ -e "$own/$patch" ] && file=$own/$patch || file=$series/$patch
		git -C "$1" -c user.name=series -c user.email=series@localhost \
			am --quiet --committer-date-is-author-date "$file" || exit 2
	done || die "the series does not apply to $1; xip-rebase refresh writes it for other versions"
}

# toolchain gcc|clang el|eb: sets prefix, flag and the make variables for them
toolchain() {
	case $2 in
	el) prefix=mipsel-linux-gnu-; flag=-EL ;;
	eb) prefix=mips-linux-gnu-; flag=-EB ;;
	*) die "byte order el or eb, not $2" ;;
	esac
	case $1 in
	gcc) set -- "CC=${ccache:+ccache }${prefix}gcc" ;;
	clang)
		llvm=${LLVM_SUFFIX--19}
		set -- "LLVM=$llvm" "CC=${ccache:+ccache }clang$llvm" HOSTLD=ld HOSTAR=ar ;;
	*) die "compiler gcc or clang, not $1" ;;
	esac
	variables="ARCH=mips
CROSS_COMPILE=$prefix
HOSTCC=${ccache:+ccache }gcc
KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 2026
KBUILD_BUILD_USER=series
KBUILD_BUILD_HOST=series
KBUILD_BUILD_VERSION=1
LOCALVERSION="
	for variable; do
		variables="$variables
$variable"
	done
}

# kernel TREE OBJECTS ARGUMENT...: make with the variables of toolchain()
kernel() (
	tree=$1; objects=$2; shift 2
	export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$(dirname "$objects")}" CCACHE_NOHASHDIR=1
	IFS='
'
	set -f
	# shellcheck disable=SC2086
	set -- make -C "$tree" "O=$objects" "-j$jobs" $variables "$@"
	unset IFS
	for target; do :; done
	case $target in
	*config) ;;
	*) [ -z "${LOCK-}" ] || set -- flock "$LOCK" "$@" ;;
	esac
	exec "$@"
)

# initramfs OBJECTS LINE...: builds PID 1 and writes the list for it and further LINEs
initramfs() {
	objects=$1; shift
	"${prefix}gcc" $flag -mips32r2 -mabi=32 -msoft-float -G0 -fno-pic -mno-abicalls \
		-Os -ffreestanding -fno-stack-protector -nostdlib -static \
		-Wl,--build-id=none -o "$objects/xip-init" "$project/userspace/init.c" || die "PID 1"
	sed "s,@INIT@,$objects/xip-init," "$project/userspace/initramfs.list" > "$objects/xip-initramfs.list"
	for line; do
		echo "$line" >> "$objects/xip-initramfs.list"
	done
}

# configure TREE OBJECTS [FILE...]: what xip-rebase builds, with further fragments over it
configure() {
	tree=$1; objects=$2; shift 2
	order=LITTLE; other=BIG
	[ "$flag" = -EL ] || { order=BIG; other=LITTLE; }
	{
		cat "$tree/arch/mips/configs/malta_defconfig"
		echo "# CONFIG_CPU_${other}_ENDIAN is not set"
		echo "CONFIG_CPU_${order}_ENDIAN=y"
		cat "$project/config/malta.config" "$project/config/xip.config" "$@"
		echo "CONFIG_INITRAMFS_SOURCE=\"$objects/xip-initramfs.list\""
	} > "$objects/.config.new"
	# The last setting of a symbol holds, the defconfig's choice of the byte order does not
	grep -v "^CONFIG_CPU_${other}_ENDIAN=y" "$objects/.config.new" > "$objects/.config"
	kernel "$tree" "$objects" olddefconfig > "$objects/configure.log" 2>&1 ||
		die "no configuration, see $objects/configure.log"
}

# boot OBJECTS CONSOLE: boots arch/mips/boot/xipImage; true if PID 1 ended with "pass"
boot() {
	objects=$1
	"${prefix}gcc" $flag -mips32r2 -mabi=32 -fno-pic -mno-abicalls -c -o "$objects/shim.o" \
		"$project/shim/shim.S" &&
	"${prefix}ld" $flag -T "$project/shim/shim.lds" -o "$objects/shim.elf" "$objects/shim.o" &&
	"${prefix}objcopy" -O binary "$objects/shim.elf" "$objects/shim.bin" || die "the shim"
	entry=$("${prefix}readelf" -h "$objects/vmlinux" | sed -n 's/.*Entry point address: *//p')
	python3 "$checks/flash.py" "$entry" "$flag" "$objects/shim.bin" \
		"$objects/arch/mips/boot/xipImage" "$objects/flash.bios" || die "no flash image"
	qemu=qemu-system-mipsel
	[ "$flag" = -EL ] || qemu=qemu-system-mips
	timeout "${BOOT_SECONDS:-180}" $qemu -M malta -cpu 24Kf -m "${MEMORY:-256}" -nodefaults \
		-display none -no-reboot -serial "file:$2" -bios "$objects/flash.bios" < /dev/null
	grep -q '^xip-init: pass' "$2"
}
