# `make` does the main job, `make test` runs every test; both install what is missing first (packages.txt).

VERSION   ?= v6.12.107
TOOLCHAIN ?= gcc
tool      := .build/release/xip-rebase
sudo      := $(if $(filter 0,$(shell id -u)),,sudo)

.DELETE_ON_ERROR:
.PHONY: all setup build test unit-test judges fuzz soak torture sanitize sanitize-thread bench controls docs verify run doctor lint man install clean

all: build
	$(tool) onto $(VERSION) --or-newest --toolchain $(TOOLCHAIN)

# Only what no probe of packages.txt finds is installed; elsewhere than on Debian, doctor names the tools.
setup:
	@missing=$$(sh .ci/missing-packages packages.txt); \
	if [ -z "$$missing" ]; then :; \
	elif command -v apt-get >/dev/null; then \
	  echo "installing: $$missing" >&2; \
	  $(sudo) apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $(sudo) apt-get install -qq -y --no-install-recommends $$missing; \
	else \
	  echo "this machine has no apt-get; install the tools of packages.txt, missing here: $$missing" >&2; \
	fi
	@command -v swift >/dev/null || { echo "Swift 6.2 or later is not installed: see https://swift.org/install" >&2; exit 3; }

build: setup
	swift build -c release --static-swift-stdlib --product xip-rebase

# The end-to-end tests run the release build, as a user does.
# They come after the others, by themselves: they send signals to a tool that boots within seconds.
test: build lint fuzz
	XIP_REBASE=$(CURDIR)/$(tool) swift test --skip EndToEnd
	XIP_REBASE=$(CURDIR)/$(tool) swift test --skip-build --filter EndToEnd
	TOOL=$(CURDIR)/$(tool) sh Tests/judges.sh

# Everything but the real kernel.
unit-test: setup
	swift test --skip EndToEnd

# The reports before the programs that they are for; the page's pictures lie in .build/page.
judges: build
	TOOL=$(CURDIR)/$(tool) sh Tests/judges.sh

# All that reads what comes from elsewhere, so many seconds for each fuzzer, as many at once as there are processors; what
# is found lies in .build/fuzz.
FUZZ_SECONDS ?= 10
fuzzers := parser applier elf record qmp serial
fuzzed := -sanitize=fuzzer,address -enable-testing -gnone -use-ld=lld
# Swift's traps are told by libFuzzer, not by the runtime's own stack traces, which take minutes here.
fuzz_environment := SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:handle_sigill=0:handle_abort=0
fuzz: setup
	swift build -c release --package-path Fuzz --scratch-path .build/fuzz $(addprefix -Xswiftc ,$(fuzzed))
	python3 Fuzz/elf-seeds.py .build/fuzz/corpus/elf
	$(MAKE) --no-print-directory -k -O -j$(shell getconf _NPROCESSORS_ONLN) $(addprefix fuzz-,$(fuzzers))

fuzz-%:
	mkdir -p .build/fuzz/corpus/$* Fuzz/corpus/$*
	$(fuzz_environment) .build/fuzz/release/fuzz-$* -max_total_time=$(FUZZ_SECONDS) -timeout=10 -verbosity=0 \
	  -dict=Fuzz/$*.dict -artifact_prefix=.build/fuzz/$*- -print_final_stats=1 .build/fuzz/corpus/$* Fuzz/corpus/$*

# So many kills, and faults of each kind, spread over the calls of every command, or `every`: one at each call; some kills
# by the clock. The same seed draws the same calls. What each run said lies in .build/torture.log.
KILLS  ?= 400
FAULTS ?= 150
TIMED  ?= 56
SEED   ?= 1
ONLY   ?=
torture: build
	swift build --build-tests
	rm -f .build/torture.log
	XIP_REBASE=$(CURDIR)/$(tool) XIP_REBASE_TORTURE_LOG=$(CURDIR)/.build/torture.log XIP_REBASE_SEED=$(SEED) XIP_REBASE_ONLY='$(ONLY)' \
	  XIP_REBASE_KILLS=$(KILLS) XIP_REBASE_FAULTS=$(FAULTS) XIP_REBASE_TIMED_KILLS=$(TIMED) \
	  swift test --skip-build --filter TortureTests

# The address sanitizer on what reads and keeps other people's bytes. What leaks it cannot tell: Swift marks the addresses
# in its enumerations, by which it does not find them again. SHORT=1 leaves out the comparisons with git over random histories, and
# boots, which go by the clock.
SHORT ?=
sanitize: setup
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build/address --filter '$(address)' $(left_out)
address := ^(HostTests|GitTests|PatchStackTests|KernelTreesTests|VersionMatrixTests|XIPKernelTests)
left_out = $(if $(SHORT),--skip 'Differential|ByGit|AsInGit|Foreign|MachineTests|StarvedBoot|HostilePeer|ProofBoot|SmallestMemory')

# The thread sanitizer on what runs at once. It does not know the Swift runtime's own locks: Tests/thread.supp.
sanitize-thread: setup
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread.supp \
	  swift test --sanitize=thread --scratch-path .build/thread --filter '$(thread)' $(left_out)
thread := ^(HostTests|VersionMatrixTests|FlashCostTests|XIPKernelTests)

# The same work again and again in one process: memory and open files have to stay what they are. The boots are those of
# what was built last, or of RESULTS; their consoles go to a copy.
RESULTS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/xip-rebase/results/last
soak: setup
	swift build -c release --product soak
	.build/release/soak dry-runs 200 $(STORE) $(CURDIR)/series
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && cp -R $(RESULTS)/. "$$copy" && .build/release/soak boots 50 "$$copy"

# On the store's own trees, or those of STORE, a clone with the tags named; nothing is judged.
STORE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/xip-rebase/trees.git
BASE  ?= v6.12.38
ONTO  ?= v6.12.107 v7.1.13
# The first of these versions warms up; those after it, one after the other, are compiled three times, which takes half
# an hour. CLIMB= leaves it out.
CLIMB ?= v6.12.8 v6.12.38 v6.12.43 v6.12.57 v6.12.94 v6.12.107 v6.17.8
bench: build
	Benchmarks/rebase.sh $(CURDIR)/$(tool) $(STORE) $(CURDIR)/series $(BASE) $(ONTO)
	$(if $(strip $(CLIMB)),Benchmarks/share.sh $(CURDIR)/$(tool) $(STORE) $(CURDIR) $(CLIMB))

# The proofs seen to fail on kernels that are wrong on purpose: docs/proof.md.
controls: build
	$(tool) onto $(VERSION) --toolchain $(TOOLCHAIN) --broken-kernels

# What is made of the record.
docs: build
	$(tool) report --format costs >.build/costs.md && mv .build/costs.md docs/costs.md
	$(tool) report --format ram-picture >.build/ram-saved.svg && mv .build/ram-saved.svg docs/ram-saved.svg

verify: build
	$(tool) verify

run: build
	$(tool) boot --interactive

doctor: build
	$(tool) doctor

# A page for each command, from what the commands say of themselves.
manual ?= .build/man
man: build
	rm -rf $(manual) && $(tool) manual $(manual)

# The program, its manual, and completions where each shell looks for them.
PREFIX ?= /usr/local
share  := $(DESTDIR)$(PREFIX)/share
install: man
	install -d $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 $(share)/bash-completion/completions \
	  $(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	install -m 755 $(tool) $(DESTDIR)$(PREFIX)/bin/xip-rebase
	install -m 644 $(manual)/*.1 $(share)/man/man1
	$(tool) --generate-completion-script bash >$(share)/bash-completion/completions/xip-rebase
	$(tool) --generate-completion-script zsh >$(share)/zsh/site-functions/_xip-rebase
	$(tool) --generate-completion-script fish >$(share)/fish/vendor_completions.d/xip-rebase.fish

lint: setup
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz

clean:
	rm -rf .build
