#!/bin/sh
# Compares `xip-rebase matrix` with the compilers that it waits for, for several versions in a row, in one run.
#
#   share.sh TOOL STORE PROJECT TAG...
#
# The others are plain `make vmlinux` on trees that are patched and configured already, with the tool's own command line
# and one directory of objects that goes from version to version. The tool's times have all in them that leads from the
# tags to results on record: rebases, work directory, configuration, the twins, both boots, the second time the proofs.
# Each of the three series of builds begins with the objects of the first TAG, which is not measured. The store is only
# read. Nothing is judged. Six versions after the first take forty minutes on two idle processors; GOALS=booted leaves out
# the proofs.
set -eu

tool=$1 store=$2 project=$3
shift 3

fail() {
  echo "bench: $1" >&2
  exit 3
}
[ $# -ge 2 ] || fail "two versions or more are needed: the first one is not measured"
git -C "$store" rev-parse 2>/dev/null || fail "no store at $store; make one with: xip-rebase fetch $1"
store=$(git -C "$store" rev-parse --absolute-git-dir)
for tag in "$@"; do
  git --git-dir "$store" rev-parse --verify -q "refs/tags/$tag^{tree}" >/dev/null ||
    fail "the store lacks $tag; bring it with: xip-rebase fetch $tag"
done
first=$1
shift

# Objects of kernels do not fit everybody's /tmp.
place=${XDG_CACHE_HOME:-$HOME/.cache}
mkdir -p "$place"
work=$(mktemp -d "$place/xip-rebase-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
export XDG_CACHE_HOME="$work/cache"
cache="$XDG_CACHE_HOME/xip-rebase"

mkdir "$work/project"
for name in series config shim userspace packages.txt; do cp -R "$project/$name" "$work/project/$name"; done
cd "$work/project"
git clone -q --bare --shared "$store" "$work/kernel.git"

list() {
  for tag in "$@"; do printf '{"version": "%s", "results": []}\n' "$tag"; done |
    paste -s -d , | sed 's/.*/{"schema": 1, "versions": [&]}/' >kernel-versions.json
}
climb() {
  "$tool" "$@" --toolchain gcc --repo "$work/kernel.git" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "xip-rebase $1 ended with $?"
  }
}
now() { date +%s.%N; }
took() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
row() { printf '%-36s %10s %8s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

for goal in ${GOALS:-booted proved}; do
  rm -rf "$cache/results"
  list
  climb onto "$first" --until compiled
  list "$@"
  start=$(now)
  climb matrix --until "$goal"
  eval "$goal=$(took "$start")"
done

# The same compilers with nothing around them.
objects="$cache/objects/gcc-little"
plain="$work/plain"
mkdir -p "$plain/tree" "$plain/objects"
cp "$objects/xip-init" "$objects/xip-initramfs.list" "$plain/objects"
sum=0
for tag in "$first" "$@"; do
  GIT_INDEX_FILE="$plain/index" git --git-dir "$work/kernel.git" --work-tree "$plain/tree" \
    read-tree --reset -u "xip/$tag"
  results="$cache/results/$tag-gcc"
  cp "$results/config" "$plain/objects/.config"
  command=$(head -n 1 "$results/build.log" | sed "s|$cache/work/tree|$plain/tree|g; s|$objects|$plain/objects|g")
  start=$(now)
  sh -c "$command" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "make ended with $?"
  }
  if [ "$tag" != "$first" ]; then sum=$(awk -v a="$sum" -v b="$(took "$start")" 'BEGIN { print a + b }'); fi
done

row "$# versions: $*" seconds ratio
row "  make vmlinux" "$sum" 1
for goal in ${GOALS:-booted proved}; do
  eval total="\$$goal"
  row "  xip-rebase matrix --until $goal" "$total" "$(ratio "$total" "$sum")"
done
