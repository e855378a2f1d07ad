#!/usr/bin/env python3
"""Prints a made-up kernel-versions.json with a cell of every kind: record.py VERSIONS [AGE].

Passed, conflict, compiler's error, failed boot with an ugly console, flaky, not supported, not finished, not run. The
same numbers make the same record; AGE counts the commits back from the newest, for the history.
"""
import hashlib
import json
import sys

PATCHES = [
    "0001-mips-add-xip-kconfig.patch", "0002-mips-xip-linker-script.patch", "0003-mips-head-xip-data-copy.patch",
    "0004-mips-setup-xip-memblock.patch", "0005-mips-mm-xip-patchable-text.patch",
]
PROOFS = ["fetched-from-flash", "flash-not-written", "flash-unchanged", "text-not-in-ram", "memory-line", "deterministic"]
RUNGS = ["fetched", "rebased", "compiled", "laid-out", "booted", "proved"]
SERIES = ["v5.10", "v6.1", "v6.6", "v6.12", "v6.17", "v6.18", "v6.19", "v7.1"]


def sha(text, length=64):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def versions(count):
    """Releases in their order: of each branch as many as it takes."""
    each, rest = divmod(count, len(SERIES))
    found = []
    for index, branch in enumerate(SERIES):
        found += [f"{branch}.{3 * number + 1}" for number in range(each + (index < rest))]
    return found


def memory(version, toolchain, kind):
    number = int(sha(version + toolchain, 4), 16) % 200
    reserved = 3640 + number if kind == "xip" else 6456 + number * 2
    available = 262144 - reserved
    return {
        "afterInitKiB": available - 16000, "availableKiB": available, "reservedKiB": reserved,
        "line": f"Memory: {available}K/262144K available (2020K kernel code, 130K rwdata, 692K rodata, 185K init, "
                f"68K bss, {reserved}K reserved, 0K cma-reserved)",
        "smallestKiB": 2816 if kind == "xip" else 5632,
    }


def result(version, toolchain, number, age):
    key = f"{version} {toolchain}"
    gcc = toolchain == "gcc"
    day = 28 - age % 28 if number % 4 == 0 else 1
    found = {
        "version": version, "toolchain": toolchain, "series": sha(f"series {age // 2}"), "key": sha(key),
        "base": sha(key, 40), "date": f"2026-01-{day:02}T03:04:{number % 60:02}Z",
        "compiler": "GNU ld (GNU Binutils) 2.40, mipsel-linux-gnu-gcc 12.2.0" if gcc else "LLD 19.1.7, clang version 19.1.7",
        "qemu": "7.2.22", "verification": "signed-checksums", "verdict": "pass", "rung": "proved",
        "patches": [{"name": name, "outcome": "unchanged"} for name in PATCHES],
    }
    found["patches"][1] = {
        "name": PATCHES[1], "outcome": "offset", "detail": "arch/mips/kernel/vmlinux.lds.S: hunk 2 offset +7"}
    kind = (number * 7 + (0 if gcc else 12)) % 24
    if age and number % 4 == 0:
        kind = [3, 7, 1, 11][(number + age) % 4]
    reached = RUNGS
    if kind == 3:
        reached = RUNGS[:1]
        found.update(verdict="fail", reason=(
            "not rebased: 0003-mips-head-xip-data-copy.patch: arch/mips/kernel/head.S:93: conflict with "
            "\"MIPS: head: & <move> the stack\"\nsettle it in conflicts/" + version + ", then: xip-rebase continue"))
        found["patches"][2] = {
            "name": PATCHES[2], "outcome": "conflict", "detail": "arch/mips/kernel/head.S: hunk 1 does not fit at line 93"}
    elif kind == 7:
        reached = RUNGS[:2]
        found.update(verdict="fail", reason=(
            "not compiled: arch/mips/mm/init.c:481:17: error: implicit declaration of function 'xip_phys'; the log is "
            f"$XDG_CACHE_HOME/xip-rebase/results/{version}-{toolchain}/build.log"), log="\n".join(
            ["  CC      arch/mips/mm/fault.o", "arch/mips/mm/init.c: In function 'mem_init':",
             "arch/mips/mm/init.c:481:17: error: implicit declaration of function 'xip_phys' "
             "[-Werror=implicit-function-declaration]", "  481 |         start = xip_phys(_stext);",
             "      |                 ^~~~~~~~", "make[4]: *** [scripts/Makefile.build:243: arch/mips/mm/init.o] Error 1"]))
    elif kind == 11:
        reached = RUNGS[:4]
        found.update(verdict="fail", reason=(
            "not booted: xip: Kernel panic - not syncing: <b>Attempted</b> to kill init! ``` # ]]> & \u001b[31m\u0000"),
            log="[    0.120000] Call Trace:\n" + "\n".join(
                f"[    0.12000{n}] [<9e0{n}1234>] a_function_with_a_long_name_that_does_not_end_{n}+0x{n}c/0x200" for n in range(9))
            + "\n" + "x" * 400 + "\n</pre><script>alert(1)</script>")
    elif kind == 15:
        reached = RUNGS[:5]
        found.update(verdict="fail", reason=(
            "flaky: passed when run again, but at first: not proved: proof: deterministic: 201351805, 201351805, 201351809 "
            "instructions"), flaky=True, tries=[
                {"rung": "proved", "reason": "not proved: proof: deterministic: 201351805, 201351805, 201351809 instructions"},
                {"rung": "proved"}])
    elif kind == 19:
        reached = []
        found.update(verdict="error", reason="not fetched: no source has it: git: not reached; kernel.org: 404; debian: no suite")
        for name in "key", "base", "verification":
            found.pop(name)
    elif not gcc and version.split(".")[0] == "v6" and int(version.split(".")[1]) >= 17:
        reached = RUNGS[:2]
        found.update(verdict="error", reason=(
            "not compiled: clang's integrated assembler does not build MIPS from v6.17 on (LLVM 20 and older): use --toolchain gcc"))
    found["rung"] = reached[-1] if reached else None
    if not reached:
        found.pop("rung")
    if len(reached) < 2:
        found["patches"] = found["patches"] if reached else []
    else:
        found.update(tree=sha("tree " + key, 40), commit=sha("commit " + key, 40))
    seconds = [0.4, 0.1, 95.5 if gcc else 173.6, 0.2, 2.5, 7.1]
    found["seconds"] = dict(zip(reached, seconds))
    if "laid-out" in reached:
        found["imageBytes"] = 3113212 + 2000 * number + (0 if gcc else 400000)
    if "booted" in reached:
        found["linked"] = sha("linked " + key)
        if kind == 2:
            found["sharedWith"] = f"v6.1.1 {toolchain}"
        found["memory"] = {"xip": memory(version, toolchain, "xip"), "stock": memory(version, toolchain, "stock")}
    if "proved" in reached:
        found["instructions"] = (201351805 if gcc else 137278846) + number * 250000
        found["proofs"] = [
            {"name": name, "passed": True, "read": f"{number + 148368} instructions: 146521 in flash, 217 in the RAM code",
             "control": {"what": "the RAM-loaded twin", "passed": False,
                         "read": "148611 instructions: 0 in flash, 147076 elsewhere, from 0x80100410 to 0x8044ab48"}}
            for name in PROOFS]
    return found


def record(count, age):
    listed = []
    for number, version in enumerate(versions(count)):
        # The newest but one is listed and was not run.
        cells = [] if number == count - 2 else [result(version, name, number, age) for name in ("clang", "gcc")]
        listed.append({"version": version, "results": cells})
    return {"schema": 1, "versions": listed}


if __name__ == "__main__":
    json.dump(record(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0), sys.stdout, indent=2, sort_keys=True)
    print()
