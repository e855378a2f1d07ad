#!/bin/sh
# Makes a repository of twenty versions: the tags named, and versions between each and the next.
#
#   versions.sh STORE SERIES REPOSITORY TAG...
#
# A version between two tags has a part of what changed from one to the other: whole files, and of the files that the
# series touches a part of the hunks, so that each version has contents of its own, as releases do. The versions are the
# same at each run. Objects of STORE are shared, not copied; nothing is written there.
set -eu

store=$(git -C "$1" rev-parse --absolute-git-dir) series=$2 repository=$3
shift 3
number=20

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com GIT_COMMITTER_DATE='1700000000 +0000'

git init -q --bare "$repository"
export GIT_DIR="$repository"
echo "$store/objects" >"$repository/objects/info/alternates"
scratch="$repository/scratch"
mkdir "$scratch"
export GIT_INDEX_FILE="$scratch/index"
touched=$(sed -n 's/^+++ b\/\([^\t]*\).*/\1/p' "$series"/*.patch | sort -u)

tag() { git update-ref "refs/tags/$1" "$2"; }
commit_of() { git --git-dir "$store" rev-parse --verify -q "refs/tags/$1^{commit}"; }

# between OLD NEW PART PARTS NAME: tags the version that has PART of PARTS of what changed.
between() {
  git read-tree "$1"
  git diff-tree -r --no-renames "$1" "$2" | awk -v part="$3" -v parts="$4" -F '\t' '
    { x = (x * 1103515245 + 12345) % 2147483648; if (x / 2147483648 * parts >= part) next
      split($1, f, " "); print (f[5] == "D" ? "0 " f[3] : f[2] " " f[4]) "\t" $2 }' >"$scratch/changes"
  git update-index --replace --index-info <"$scratch/changes"
  for file in $touched; do
    git cat-file blob "$1:$file" >"$scratch/old" 2>/dev/null || continue
    git cat-file blob "$2:$file" >"$scratch/new" 2>/dev/null || continue
    if cmp -s "$scratch/old" "$scratch/new"; then continue; fi
    diff -U0 "$scratch/old" "$scratch/new" >"$scratch/diff" || :
    hunks=$(grep -c '^@@' "$scratch/diff")
    awk -v last=$(((hunks * $3 + $4 - 1) / $4)) '/^@@/ { n++ } n <= last' "$scratch/diff" >"$scratch/part"
    patch -s -o "$scratch/mixed" "$scratch/old" "$scratch/part"
    id=$(git hash-object -w "$scratch/mixed")
    mode=$(git ls-tree "$1" "$file" | cut -d ' ' -f 1)
    git update-index --add --cacheinfo "$mode,$id,$file"
  done
  tag "$5" "$(git commit-tree -m "$5" "$(git write-tree)")"
}

left=$((number - $#)) gaps=$(($# - 1))
previous=
for next in "$@"; do
  new=$(commit_of "$next")
  if [ -n "$previous" ]; then
    parts=$((left / gaps + 1))
    part=1
    while [ "$part" -lt "$parts" ]; do
      # Sorts behind the tag before it: v6.12.38 is followed by v6.12.3801, v6.12 by v6.12.1.
      case $previous in *.*.*) name=$previous$(printf %02d "$part") ;; *) name=$previous.$part ;; esac
      between "$old" "$new" "$part" "$parts" "$name"
      part=$((part + 1))
    done
    left=$((left - parts + 1)) gaps=$((gaps - 1))
  fi
  tag "$next" "$new"
  previous=$next old=$new
done
rm -rf "$scratch"
git repack -q -d -l
git pack-refs --all
