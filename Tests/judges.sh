#!/bin/sh
# Puts the reports of a made-up record before the programs that they are for: the kernel's kunit_parser.py, junitparser and
# Jenkins' schema, kcidb-io, check-jsonschema for the CI's files and the JSON documents, and Chromium for the page. Each
# judge has to refuse a damaged document too. A judge that cannot be had is named in a line, and is no failure.
#
# TOOL is xip-rebase, SHOTS the folder that gets the page's pictures; the judges lie in the cache, fetched once from PyPI.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
tool=${TOOL:-$project/.build/release/xip-rebase}
shots=${SHOTS:-$project/.build/page}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xip-rebase
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

skip() { echo "judges: not judged: $*" >&2; }

# Runs a judge; and runs it on what is damaged, where it has to find fault.
accepts() { "$@" || { echo "judges: refused: $*" >&2; exit 1; }; }
refuses() {
  if "$@" > "$work/said" 2>&1; then
    echo "judges: took a damaged document: $*" >&2
    exit 1
  fi
}

# The judges' own programs, by the checksums of requirements.txt, in a folder that is named after them.
requirements=$project/Tests/Judges/requirements.txt
venv=$cache/judges/$(cat "$requirements" "$project/Tests/Judges/schema.txt" | sha256sum | cut -c1-16)
pip() {
  what=$1 && shift
  "$venv/bin/pip" "$what" -q --disable-pip-version-check --retries 1 --timeout 10 --require-hashes "$@" >> "$work/venv.log" 2>&1
}
if [ ! -e "$venv/whole" ]; then
  rm -rf "$venv"
  mkdir -p "$venv"
  if python3 -m venv "$venv" > "$work/venv.log" 2>&1 && pip install --only-binary :all: -r "$requirements"; then
    : > "$venv/whole"
  fi
fi
# Jenkins' schema of JUnit XML lies in the sources of a package that is not run.
if [ -e "$venv/whole" ] && [ ! -e "$venv/sources" ]; then
  if pip download --no-deps --no-binary :all: -r "$project/Tests/Judges/schema.txt" -d "$work/sources"; then
    tar xzf "$work"/sources/*.tar.gz -C "$work/sources"
    cp -R "$work/sources" "$venv/sources"
  fi
fi
[ -e "$venv/whole" ] || skip "JUnit, KCIDB, the CI's files, JSON schemas: PyPI does not answer: $(tail -n 1 "$work/venv.log")"

# A checkout whose record changed four times, so that the page has a history.
mkdir -p "$work/project/config"
cd "$work/project"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com \
  GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git init -q
for age in 3 2 1 0; do
  python3 "$project/Tests/Judges/record.py" 12 $age > kernel-versions.json
  git add kernel-versions.json
  git commit -qm "$age"
done
for format in json html markdown ktap junit kcidb; do "$tool" report --format $format > "$work/$format"; done
judge() { "$venv/bin/python" "$project/Tests/Judges/judge.py" "$@" "$work/json"; }

# KTAP, by the parser of the newest kernel in the store.
store=$cache/trees.git
tag=$(git --git-dir="$store" tag --list 'v*' --sort=-version:refname 2> /dev/null | head -n 1)
if [ -n "$tag" ] && git --git-dir="$store" archive "$tag" tools/testing/kunit 2> /dev/null | tar x -C "$work"; then
  kunit=$work/tools/testing/kunit
  ktap() { python3 "$project/Tests/Judges/judge.py" ktap "$kunit" "$1" "$work/json"; }
  accepts ktap "$work/ktap"
  sed '/ok 3 compiled/d' "$work/ktap" > "$work/damaged"
  refuses ktap "$work/damaged"
  sed 's/not ok 1 fetched/ok 1 fetched/' "$work/ktap" > "$work/damaged"
  refuses ktap "$work/damaged"
else
  skip "KTAP: the store has no kernel with kunit_parser.py"
fi

if [ -e "$venv/whole" ]; then
  xsd=$(find "$venv/sources" -name junit-10.xsd 2> /dev/null | sort | tail -n 1)
  [ -n "$xsd" ] || skip "JUnit by Jenkins' XSD, which PyPI did not give"
  accepts judge junit "$xsd" "$work/junit"
  sed 's/<testcase classname/<testcase class/' "$work/junit" > "$work/damaged"
  [ -z "$xsd" ] || refuses judge junit "$xsd" "$work/damaged"
  sed 's/failures="1"/failures="0"/' "$work/junit" > "$work/damaged"
  refuses judge junit "" "$work/damaged"

  accepts judge kcidb "" "$work/kcidb"
  sed 's/"origin" : "xip_rebase"/"origin" : "xip-rebase"/' "$work/kcidb" > "$work/damaged"
  refuses judge kcidb "" "$work/damaged"

  # The CI's files, and what the tool writes for them, by the schemas that check-jsonschema carries.
  check() { "$venv/bin/check-jsonschema" -q "$@"; }
  for file in "$project"/.github/workflows/*.yml; do
    accepts check --builtin-schema vendor.github-workflows "$file"
    sed 's/runs-on:/runs-in:/' "$file" > "$work/damaged.yml"
    refuses check --builtin-schema vendor.github-workflows "$work/damaged.yml"
  done
  for file in "$project/.gitlab-ci.yml" "$project"/.gitlab/*.yml; do
    accepts check --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$file"
    sed 's/^  script:/  script: 7\n  scripts:/' "$file" > "$work/damaged.yml"
    refuses check --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$work/damaged.yml"
  done
  echo "CI files: check-jsonschema takes $(find "$project/.github/workflows" "$project/.gitlab"* -name '*.yml' | wc -l)"

  # The record and its report by the schemas that the project publishes; the tests have the other documents.
  for schema in "$project"/docs/schema/*.json; do
    accepts check --check-metaschema "$schema"
    case ${schema##*/} in
      record.json) set -- "$project/kernel-versions.json" kernel-versions.json ;;
      report.json) set -- "$work/json" ;;
      *) continue ;;
    esac
    for document in "$@"; do
      accepts check --schemafile "$schema" "$document"
      sed 's/"verdict" *: *"pass"/"verdict": 7/' "$document" > "$work/damaged.json"
      refuses check --schemafile "$schema" "$work/damaged.json"
    done
    echo "JSON: check-jsonschema takes what ${schema##*/} is for"
  done
fi

# The summary of a job, of a record far larger than any: GitHub drops one of more than a mebibyte.
python3 "$project/Tests/Judges/record.py" 3000 > kernel-versions.json
"$tool" report --format markdown > "$work/markdown"
size=$(wc -c < "$work/markdown")
[ "$size" -le 1048576 ] || { echo "judges: the summary of 3000 versions has $size bytes" >&2; exit 1; }
echo "Markdown: $size bytes of 1048576 for 3000 versions"

# The page, in a browser without a network.
for browser in ${BROWSER:-} chromium chromium-browser google-chrome none; do command -v "$browser" > /dev/null && break; done
if [ "$browser" = none ]; then
  skip "the page: no Chromium here"
else
  page() { python3 "$project/Tests/Judges/page.py" "$browser" "$@"; }
  mkdir -p "$shots"
  grep -q 'On record before' "$work/html" || { echo "judges: the page has no history" >&2; exit 1; }
  cp "$work/html" "$work/page.html"
  printf 'page: '
  accepts page "$work/page.html" "$shots"
  # What asks for something outside; what is too wide; a cell that leads nowhere; words that cannot be told from their ground.
  sed 's,<main>,<main><img alt="" src="http://xip-rebase.invalid/x.png">,' "$work/html" > "$work/damaged.html"
  refuses page "$work/damaged.html" --once
  sed 's,<main>,<main><p style="width:60rem">wide</p>,' "$work/html" > "$work/damaged.html"
  refuses page "$work/damaged.html" --once
  sed 's,<div id="v6.12.4-gcc">,<div>,' "$work/html" > "$work/damaged.html"
  refuses page "$work/damaged.html" --once
  sed 's,</style>,small { color: #666 !important; }</style>,' "$work/html" > "$work/damaged.html"
  refuses page "$work/damaged.html" --once
  # A page for years of versions is still one to load.
  python3 "$project/Tests/Judges/record.py" 300 > kernel-versions.json
  "$tool" report --format html > "$work/page.html"
  printf 'page of 300 versions, %s bytes: ' "$(wc -c < "$work/page.html")"
  accepts page "$work/page.html" --once
fi
