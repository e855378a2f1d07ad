#!/bin/sh
# Compares `xip-rebase check` with what maintainers use for the same job, on a real store, in one run.
#
#   rebase.sh TOOL STORE SERIES BASE TAG...
#
# The store is only read: the others work in a clone that shares its objects, and is removed afterwards. Times are the
# least of twenty runs, since other programs can only add to them; what takes seconds runs once. Nothing is judged.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tool=$1 store=$2 series=$3 base=$4
shift 4

fail() {
  echo "bench: $1" >&2
  exit 3
}
has() { git --git-dir "$store" rev-parse --verify -q "refs/tags/$1^{tree}" >/dev/null; }

command -v git >/dev/null || fail "git is missing"
command -v cc >/dev/null || fail "cc is missing"
git -C "$store" rev-parse 2>/dev/null || fail "no store at $store; make one with: xip-rebase fetch $base"
store=$(git -C "$store" rev-parse --absolute-git-dir)
has "$base" || fail "the store lacks $base; bring it with: xip-rebase fetch $base"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com

cc -O2 -o "$work/measure" "$here/measure.c"
if ! cc -O2 -o "$work/cherrypick" "$here/cherrypick.c" -lgit2 2>"$work/log"; then
  echo "skipped: libgit2's cherry-pick, which cannot be compiled here (libgit2-dev)" >&2
fi

# measure COMMAND...: sets time, in milliseconds, and memory, in megabytes.
measure() {
  if "$work/measure" 20 "$@" >"$work/numbers" 2>"$work/log"; then
    read -r time memory <"$work/numbers"
  else
    time=failed memory=-
  fi
}
row() { printf '%-36s %12s %8s %10s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a + 0 > 0 && b + 0 > 0) printf "%.1f x", a / b; else print "-" }'; }

# The other tools, as scripts that measure can run; they leave nothing half done.
cat >"$work/rebase" <<'END'
cd "$1" && git checkout -q -f --detach stack && git rebase -q --onto "$2" "$3" || { git rebase --abort; exit 2; }
END
cat >"$work/am" <<'END'
cd "$1" && git checkout -q -f --detach "$2" && git am -q -3 "$3"/*.patch || { git am --abort; exit 2; }
END

ready=
# The stack of commits that the other tools carry; a work tree of the kernel takes its time.
prepare() {
  if [ -n "$ready" ]; then return; fi
  ready=yes
  git clone -q --shared --no-checkout "$store" "$work/clone"
  git() { command git -C "$work/clone" "$@"; }
  git checkout -q "$base"
  for patch in $(sed 's/#.*//; s/[[:space:]].*//' "$series/series"); do
    git apply --index -p1 "$series/$patch"
    git commit -q -m "$patch"
  done
  git branch -q -f stack
  git format-patch -q --full-index -o "$work/mails" "$base..stack"
  unset -f git
}

row "" milliseconds MB ratio
for tag in "$@"; do
  if ! has "$tag"; then
    echo "skipped: $tag, which is not in the store" >&2
    continue
  fi
  echo "$(grep -c '^[^#]' "$series/series") patches from $base onto $tag, the whole process"
  measure "$tool" check "$tag" --repo "$store" --series "$series" --base "$base"
  ours=$time
  row "  xip-rebase check" "$time" "$memory" 1
  prepare
  measure sh "$work/rebase" "$work/clone" "$tag" "$base"
  row "  git rebase --onto" "$time" "$memory" "$(ratio "$time" "$ours")"
  measure sh "$work/am" "$work/clone" "$tag" "$work/mails"
  row "  git am -3" "$time" "$memory" "$(ratio "$time" "$ours")"
  if [ -x "$work/cherrypick" ]; then
    measure "$work/cherrypick" "$work/clone" "$base" stack "$tag"
    row "  libgit2's git_cherrypick_commit" "$time" "$memory" "$(ratio "$time" "$ours")"
  fi
  "$here/tenfold.sh" "$store" "$work/tenfold-$tag" "$base" "$tag"
  measure "$tool" check "$tag" --repo "$work/tenfold-$tag" --series "$series" --base "$base"
  row "  check, ten times the files" "$time" "$memory" "$(ratio "$time" "$ours")"
done

# Twenty versions: those of the store that lie apart, and what versions.sh puts between them.
apart=
for tag in "$base" "$@" v6.12.107 v6.18.15 v7.1.13; do
  if has "$tag"; then apart=$(printf '%s\n%s' "$apart" "$tag"); fi
done
apart=$(echo "$apart" | sed '/^$/d' | sort -V -u)
if [ "$(echo "$apart" | wc -l)" -lt 2 ]; then
  echo "skipped: twenty versions, which take two tags or more in the store" >&2
elif ! command -v patch >/dev/null; then
  echo "skipped: twenty versions, which take the program patch" >&2
else
  # shellcheck disable=SC2086 # a list of tags
  "$here/versions.sh" "$store" "$series" "$work/twenty" $apart
  measure "$tool" check --repo "$work/twenty" --series "$series" --base "$base"
  echo "20 versions from $(echo "$apart" | head -n 1) to $(echo "$apart" | tail -n 1)"
  row "  xip-rebase check" "$time" "$memory" ""
fi
