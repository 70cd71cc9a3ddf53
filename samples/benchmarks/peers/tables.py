"""What compare.py prints, made from the object that it writes as JSON. Usage: tables.py FILE.json"""

import json
import sys
from dataclasses import asdict

MEASURES = [
    ("CPU time of a step in ms", "cpu", 1e3),
    ("Time of a step in ms", "wall", 1e3),
    ("Memory beyond import in MiB", "memory", 2**-20),
]


def processor():
    with open("/proc/cpuinfo") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    return fields.get("model name", "a processor that does not tell its name")


def report(cases, names, options):
    versions = {name: result.version for _, results, _ in cases for name, result in results.items()}
    return {
        "schema": 1,
        "processor": processor(),
        "threads": options.threads,
        "rounds": options.rounds,
        "size": options.size,
        "participants": [{"name": name, "version": versions.get(name)} for name in names],
        "cases": [
            {
                "batch": case.batch,
                "update": case.update,
                "results": {name: asdict(result) for name, result in results.items()},
                "missing": reasons,
            }
            for case, results, reasons in cases
        ],
    }


def cell(case, name, measure, factor):
    """A number, and how many times that of Espalier in int8 it is."""
    if name not in case["results"]:
        return "-"
    value = case["results"][name][measure] * factor
    text = f"{value:.2f}" if value < 10 else f"{value:.1f}"
    base = case["results"].get("Espalier `i8`")
    return f"{text} ({value / (base[measure] * factor):.1f})" if base else text


def table(report, batch, title, measure, factor):
    cases = [case for case in report["cases"] if case["batch"] == batch]
    yield f"| {title}, batch {batch} | " + " | ".join(case["update"] for case in cases) + " |"
    yield "|---|" + "---|" * len(cases)
    for one in report["participants"]:
        version = f" {one['version']}" if one["version"] else ""
        cells = [cell(case, one["name"], measure, factor) for case in cases]
        yield f"| {one['name']}{version} | " + " | ".join(cells) + " |"


def missing(report):
    """Who has no number, where and why; the same reason is told once."""
    places = {}
    for case in report["cases"]:
        for name, reason in case["missing"].items():
            places.setdefault((name, reason), []).append(f"{case['update']} at batch {case['batch']}")
    for (name, reason), where in places.items():
        everywhere = len(where) == len(report["cases"])
        yield f"- {name}{'' if everywhere else ' (' + ', '.join(where) + ')'}: {reason}"


def markdown(report):
    threads = "one thread" if report["threads"] == 1 else f"{report['threads']} threads"
    lines = [
        f"MobileNetV2 at {report['size']} x {report['size']}, {threads}, least of {report['rounds']} rounds, in "
        f"brackets how many times Espalier `i8`; {report['processor']}.",
    ]
    for batch in dict.fromkeys(case["batch"] for case in report["cases"]):
        for title, measure, factor in MEASURES:
            lines += ["", *table(report, batch, title, measure, factor)]
    absent = list(missing(report))
    if absent:
        lines += ["", "Without a number:", "", *absent]
    return "\n".join(lines)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(markdown(json.load(file)))
