#!/bin/sh
# Compares `xip-rebase check` with what maintainers use for the same job, on a real store, in one run.
#
#   rebase.sh TOOL REPOSITORY SERIES BASE TAG...
#
# The repository is only read: the others work in a clone that shares its objects, and is removed afterwards. Times are
# the best of five, for one that other programs disturb less; none is judged.
set -eu

tool=$1 repository=$2 series=$3 base=$4
shift 4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com

git clone -q --shared --no-checkout "$repository" "$work/clone"
cc -O2 -o "$work/cherrypick" "$(dirname "$0")/cherrypick.c" -lgit2

# best COMMAND...: the least milliseconds of five runs, or of one that takes seconds.
best() {
  least=
  for run in 1 2 3 4 5; do
    start=$(date +%s%N)
    "$@" >"$work/log" 2>&1 || { echo failed; return; }
    time=$((($(date +%s%N) - start) / 10000))
    if [ -z "$least" ] || [ "$time" -lt "$least" ]; then least=$time; fi
    if [ "$time" -gt 300000 ]; then break; fi
  done
  echo "$((least / 100)).$(printf %02d $((least % 100)))"
}

cd "$work/clone"
git checkout -q "$base"
for patch in $(sed 's/#.*//; s/ .*//' "$series/series"); do
  git apply --index -p1 "$series/$patch" && git commit -q -m "$patch"
done
git branch -q -f stack
git format-patch -q --full-index -o "$work/mails" "$base..stack"

rebase() { git checkout -q -f stack --detach && git rebase -q --onto "$1" "$base"; }
am() { git checkout -q -f "$1" --detach && git am -q -3 "$work"/mails/*; }

row() { printf '%-34s %12s %10s\n' "$1" "$2" "$3"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a + 0 > 0) printf "%.1f x", a / b; else print "-" }'; }

for tag in "$@"; do
  echo "$(ls "$series"/*.patch | wc -l) patches from $base onto $tag, milliseconds of the whole process"
  ours=$(best "$tool" check "$tag" --repo "$repository" --series "$series" --base "$base")
  row "xip-rebase check" "$ours" "1"
  for other in rebase am; do
    time=$(best "$other" "$tag")
    git rebase --abort >/dev/null 2>&1 || git am --abort >/dev/null 2>&1 || :
    case $other in rebase) name="git rebase --onto" ;; *) name="git am -3" ;; esac
    row "$name" "$time" "$(ratio "$time" "$ours")"
  done
  time=$(best "$work/cherrypick" "$work/clone" "$base" stack "$tag")
  row "libgit2 git_cherrypick_commit" "$time" "$(ratio "$time" "$ours")"
  echo
done
all=$(git tag -l 'v*' | wc -l)
row "check of all $all stored versions" "$(best "$tool" check --repo "$repository" --series "$series" --base "$base")" ""
