#!/bin/sh
# Makes a repository whose versions have ten times the files of those of a store: nine copies beside what is there.
#
#   tenfold.sh STORE REPOSITORY TAG...
#
# Objects of STORE are shared, not copied; nothing is written there.
set -eu

store=$(git -C "$1" rev-parse --absolute-git-dir) repository=$2
shift 2

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com GIT_COMMITTER_DATE='1700000000 +0000'

git init -q --bare "$repository"
export GIT_DIR="$repository"
echo "$store/objects" >"$repository/objects/info/alternates"
for tag in "$@"; do
  tree=$(git --git-dir "$store" rev-parse --verify -q "refs/tags/$tag^{tree}")
  tree=$(
    {
      git ls-tree "$tree"
      for copy in 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\tcopy%s\n' "$tree" "$copy"; done
    } | git mktree
  )
  git update-ref "refs/tags/$tag" "$(git commit-tree -m "$tag" "$tree")"
done
git repack -q -d -l
git pack-refs --all
