#!/usr/bin/env python3
"""Judges one report by the readers it is for, and by the document of the same results that `report --format json` gives:

    judge.py ktap   DIRECTORY-OF-KUNIT_PARSER REPORT RESULTS
    judge.py junit  XSD-OR-EMPTY              REPORT RESULTS
    judge.py kcidb  ""                        REPORT RESULTS

Prints what was judged; exits with 1 and what is wrong.
"""
import collections
import contextlib
import io
import json
import sys

RUNGS = ["fetched", "rebased", "compiled", "laid-out", "booted", "proved"]


def statuses(result):
    """How each rung of a result ended: passed, failed, unfinished or skipped."""
    reached = RUNGS.index(result["rung"]) + 1 if "rung" in result else 0
    end = {"fail": "failed", "error": "unfinished"}.get(result["verdict"], "skipped")
    return ["passed"] * reached + [end, *["skipped"] * len(RUNGS)][: len(RUNGS) - reached]


def title(result):
    return f"{result['version']} {result['toolchain']}"


def require(isRight, what):
    if not isRight:
        sys.exit(what)


def ktap(directory, report, results):
    """The kernel's own parser, as kunit.py uses it."""
    sys.path.insert(0, directory)
    lines = open(report, encoding="utf-8").read().split("\n")
    require(not any(ord(letter) < 32 and letter != "\t" for line in lines for letter in line), "a control character in KTAP")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        import kunit_parser

        if "printer" in kunit_parser.parse_run_tests.__code__.co_varnames:
            import kunit_printer
            test = kunit_parser.parse_run_tests(lines, kunit_printer.stdout)
        else:
            test = kunit_parser.parse_run_tests(lines)
    require(test.counts.errors == 0, f"kunit_parser.py: {[line for line in said.getvalue().splitlines() if 'ERROR' in line][:3]}")
    found = [(one.name, [part.status.name for part in one.subtests]) for one in test.subtests]
    names = {"passed": "SUCCESS", "failed": "FAILURE", "unfinished": "FAILURE", "skipped": "SKIPPED"}
    wanted = [(title(result), [names[status] for status in statuses(result)]) for result in results]
    require(found == wanted, f"kunit_parser.py reads {found[:2]}, not {wanted[:2]}")
    for one, result in zip(test.subtests, results):
        proofs = [part.name for part in one.subtests[-1].subtests]
        require(proofs == [proof["name"] for proof in result.get("proofs", [])], f"{one.name}: the proofs are {proofs}")
    print(f"KTAP: kunit_parser.py reads {len(found)} tests, {test.counts.total()} in all")


def junit(schema, report, results):
    """junitparser, and Jenkins' schema where there is one."""
    import junitparser

    if schema:
        from lxml import etree
        rules = etree.XMLSchema(etree.parse(schema))
        require(rules.validate(etree.parse(report)), f"{schema}: {rules.error_log}")
    suites = list(junitparser.JUnitXml.fromfile(report))
    require([suite.name for suite in suites] == [title(result) for result in results], "other suites")
    kinds = {junitparser.Failure: "failed", junitparser.Error: "unfinished", junitparser.Skipped: "skipped"}
    for suite, result in zip(suites, results):
        cases = list(suite)
        require([case.name for case in cases] == RUNGS, f"{suite.name}: other cases")
        found = [kinds[type(case.result[0])] if case.result else "passed" for case in cases]
        require(found == statuses(result), f"{suite.name}: {found}")
        counts = collections.Counter(found)
        sums = (suite.tests, suite.failures, suite.errors, suite.skipped)
        require(sums == (len(cases), counts["failed"], counts["unfinished"], counts["skipped"]), f"{suite.name}: {sums}")
    print(f"JUnit: junitparser reads {len(suites)} suites" + (", and they keep to Jenkins' XSD" if schema else ""))


def kcidb(_, report, results):
    """KCIDB's own schema."""
    from kcidb_io import schema

    document = json.load(open(report, encoding="utf-8"))
    require(document["version"] == {"major": 5, "minor": 3}, f"version {document['version']}")
    try:
        schema.V5_3.validate(document)
    except Exception as error:
        sys.exit(f"kcidb-io: {str(error).splitlines()[0]}")
    builds = [result for result in results if statuses(result)[RUNGS.index("compiled")] != "skipped"]
    require(len(document["builds"]) == len(builds), f"{len(document['builds'])} builds")
    conflicts = [c["git_commit_name"] for c in document["checkouts"] if c.get("valid") is False]
    wanted = {result["version"] for result in results if statuses(result)[1] == "failed"}
    require(set(conflicts) == wanted, f"checkouts with conflicts: {conflicts}")
    for kind, above in ("builds", "checkouts"), ("tests", "builds"):
        known = {one["id"] for one in document[above]}
        require(all(one[f"{above[:-1]}_id"] in known for one in document[kind]), f"a {kind[:-1]} of nothing")
    print(f"KCIDB 5.3: kcidb-io takes {len(document['checkouts'])} checkouts, {len(builds)} builds, {len(document['tests'])} tests")


if __name__ == "__main__":
    kind, means, report, results = sys.argv[1:]
    {"ktap": ktap, "junit": junit, "kcidb": kcidb}[kind](means, report, json.load(open(results))["results"])
