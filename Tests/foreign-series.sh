#!/bin/sh
# Takes the quilt series of a Debian source package through import, check, rebase and refresh, with quilt, patch and
# git am as judges. $TOOL is xip-rebase, $PACKAGE the package, $PWD an empty directory. The series is Debian's own; its
# targets are the upstream tree, and that tree with three lines more at the top of each file the series touches.
#
# Exits with 77 where the package cannot be had.
set -eu
package=${PACKAGE:-grub2}
top=$PWD

# An apt of our own: the machine's mirrors and keys, its sources in place of its packages, and nothing of it is written.
mkdir -p lists/partial cache/archives/partial
cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/^Types:.*/Types: deb-src/' > list.sources
sed -n 's/^deb\(-src\)\{0,1\} /deb-src /p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list > list.list 2>/dev/null || :
mkdir parts && mv list.sources list.list parts
cat > apt.conf <<END
#clear APT::Update::Post-Invoke;
#clear DPkg::Post-Invoke;
Dir::State "$top/";
Dir::State::lists "$top/lists/";
Dir::State::status "/dev/null";
Dir::Cache "$top/cache/";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$top/parts/";
Acquire::Languages "none";
Acquire::http::Timeout "10";
Acquire::Retries "1";
APT::Sandbox::User "$(id -un)";
END
export APT_CONFIG="$top/apt.conf"
apt-get -q update > apt.log 2>&1 || :
mkdir source && cd source
apt-get -q source --download-only "$package" >> ../apt.log 2>&1 || { tail -n 3 ../apt.log >&2; exit 77; }
tar xf ./*.debian.tar.*
mkdir upstream
tar xf ./*.orig.tar.?z --strip-components=1 -C upstream
series=$PWD/debian/patches
list=$(sed 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$series/series")
count=$(echo "$list" | wc -l)

# The upstream tree as v1.0, and the same with other line numbers as v1.1.
export GIT_DIR="$top/trees.git" GIT_INDEX_FILE="$top/index"
git init -q --bare
git --work-tree=upstream add -Af . 2> "$top/add.log"
git tag v1.0 "$(git commit-tree -m upstream "$(git write-tree)")"
for patch in $list; do sed -n 's,^+++ [^/]*/\([^	]*\).*,\1,p' "$series/$patch"; done | sort -u > "$top/touched"
while read -r file; do
  entry=$(git ls-tree v1.0 -- "$file") && [ -n "$entry" ] || continue
  id=$({ printf '1\n2\n3\n'; git cat-file blob "v1.0:$file"; } | git hash-object -w --stdin)
  printf '%s %s\t%s\n' "${entry%% *}" "$id" "$file"
done < "$top/touched" | git update-index --index-info
git tag v1.1 "$(git commit-tree -m moved "$(git write-tree)")"

options="--repo $GIT_DIR --series $series --base v1.0"
(
  unset GIT_DIR GIT_INDEX_FILE
  cd "$PROJECT"
  "$TOOL" check v1.0 v1.1 $options
  "$TOOL" onto v1.1 --rebase-only --quiet $options
  "$TOOL" refresh v1.1 --to "$top/refreshed" $options
)
expected=$(git rev-parse 'xip/v1.1^{tree}')

# Each judge puts the refreshed series on v1.1; none may need an offset, or fuzz.
judge() {
  rm -rf "$top/judged" && mkdir "$top/judged"
  git archive v1.1 | tar x -C "$top/judged"
  (
    cd "$top/judged"
    sed 1d "$top/refreshed/series" > "$top/list"
    case $1 in
      quilt) QUILT_PATCHES=$top/refreshed QUILT_SERIES=$top/list quilt push -a --fuzz=0 ;;
      patch) while read -r patch; do patch -p1 -F0 --no-backup-if-mismatch < "$top/refreshed/$patch"; done < "$top/list" ;;
      am)
        # As far as the patches say who wrote them, which git am wants to know.
        export GIT_DIR=$PWD/.git && unset GIT_INDEX_FILE
        git init -q && git add -Af . 2> /dev/null && git commit -qm v1.1
        : > "$top/authored"
        while read -r patch && grep -q '^From: ' "$top/refreshed/$patch"; do echo "$patch" >> "$top/authored"; done < "$top/list"
        sed "s,^,$top/refreshed/," "$top/authored" | xargs git am -q
        ;;
    esac > "$top/$1.log" 2>&1 || { tail -n 5 "$top/$1.log" >&2; exit 1; }
  )
  if grep -E '^Hunk .*(offset|fuzz)' "$top/$1.log" >&2; then exit 1; fi
}
for program in quilt patch; do
  judge $program
  rm -rf "$top/judged/.pc"
  tree=$(GIT_INDEX_FILE=$top/$program.index git --work-tree="$top/judged" add -Af "$top/judged" 2> /dev/null &&
    GIT_INDEX_FILE=$top/$program.index git write-tree)
  [ "$tree" = "$expected" ] || { echo "$program comes to $tree, not $expected" >&2; exit 1; }
done
judge am
number=$(wc -l < "$top/authored")
tree=$(git --git-dir="$top/judged/.git" rev-parse 'HEAD^{tree}')
[ "$tree" = "$(git rev-parse "xip/v1.1~$((count - number))^{tree}")" ] || { echo "git am comes to $tree" >&2; exit 1; }
echo "$count patches; quilt and patch agree on all of them, git am on the first $number"
