#!/usr/bin/env python3
"""Draws findings of `arras check` over a folder by a seed, each with its excerpt, so that a person can judge them anew.

    arras check FOLDER --format json > findings.json
    tests/draw.py findings.json --count 20 --seed 7 [--severity warning] [--rule RULE]

Files are looked for as the findings name them: run it where `arras check` ran.
"""

import argparse
import json
import random
from pathlib import Path

AROUND = 3


def excerpt(found):
    """The lines around a finding, the ones that it marks with `>`."""
    path, first, last = Path(found["file"]), found.get("line"), found.get("endLine")
    if first is None or not path.is_file():
        return "    (no place in a file that is here)"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = range(max(1, first - AROUND), min(len(lines), min(last, first + 6) + AROUND) + 1)
    return "\n".join(f"  {'>' if first <= at <= last else ' '} {at:5} {lines[at - 1][:160]}" for at in shown)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("findings", type=Path, help="what `arras check --format json` wrote")
    parser.add_argument("--count", type=int, default=20, help="how many to draw")
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same ones")
    parser.add_argument("--severity", default="error", help="error, warning, advice or all")
    parser.add_argument("--rule", help="of this rule alone")
    options = parser.parse_args()
    findings = json.loads(options.findings.read_text(encoding="utf-8"))["diagnostics"]
    wanted = [
        found
        for found in findings
        if options.severity in ("all", found["severity"]) and options.rule in (None, found["rule"])
    ]
    wanted.sort(key=lambda found: (found["file"], found.get("line") or 0, found["rule"], found["message"]))
    drawn = random.Random(options.seed).sample(wanted, min(options.count, len(wanted)))
    print(f"{len(drawn)} of {len(wanted)}, seed {options.seed}")
    for at, found in enumerate(drawn, 1):
        print(f"\n{at}. {found['severity']}[{found['rule']}] {found['file']}:{found.get('line')} {found.get('pointer') or ''}")
        print(f"   {found['message']}")
        if found.get("help"):
            print(f"   = {found['help']}")
        print(excerpt(found))


if __name__ == "__main__":
    main()
