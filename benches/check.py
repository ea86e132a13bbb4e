#!/usr/bin/env python3
"""Measures `arras check` over large descriptions and a folder of documents: medians of CPU time and peak memory.

Usage: benches/check.py [--arras PATH] [--data FOLDER] [--runs N] [--check]

Without --arras it takes target/release/arras (or the one of CARGO_TARGET_DIR), which must have been built. FOLDER holds
openapi-large/ and corpus/; without --data it is ARRAS_SHARED, or a folder `shared` beside the project or above it. With
--check the exit code is 1 if a figure misses its goal.
"""

import argparse
import gzip
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024
DOCUMENT = """arazzo: 1.0.1
info: {{title: one step, version: '1'}}
sourceDescriptions: [{{name: api, url: {file}, type: openapi}}]
workflows:
  - workflowId: one
    steps:
      - stepId: one
        operationId: {operation}
        successCriteria: [{{condition: $statusCode == 200}}]
"""


def data():
    named = os.environ.get("ARRAS_SHARED")
    beside = [folder / "shared" for folder in [PROJECT, *PROJECT.parents]]
    found = [Path(named)] if named else [folder for folder in beside if folder.is_dir()]
    if not found:
        raise SystemExit("there is no data: --data FOLDER")
    return found[0]


def run(command, folder):
    """Runs a command to its end; its CPU time in seconds, its peak memory in bytes, its exit code."""
    null = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    os.chdir(folder)
    child = os.posix_spawn(command[0], command, dict(os.environ), file_actions=null)
    _, status, usage = os.wait4(child, 0)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return usage.ru_utime + usage.ru_stime, peak, os.waitstatus_to_exitcode(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    parser.add_argument("--arras", default=str(target / "release" / "arras"), help="the built command")
    parser.add_argument("--data", type=Path, help="the folder of descriptions and documents")
    parser.add_argument("--runs", type=int, default=20, help="how often each is run (default: 20)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    arras, folder = str(Path(options.arras).resolve()), (options.data or data()).resolve()
    missed = []
    with tempfile.TemporaryDirectory() as here:
        here = Path(here)
        with gzip.open(folder / "openapi-large/github/api.github.com.json.gz") as large:
            (here / "github.json").write_bytes(large.read())
        shutil.copy(folder / "openapi-large/openai/openapi.yaml", here / "openai.yaml")
        for name, file, operation in [("github", "github.json", "meta/root"), ("openai", "openai.yaml", "listModels")]:
            (here / f"{name}.arazzo.yaml").write_text(DOCUMENT.format(file=file, operation=operation))
        # name, arguments, exit code, most CPU time in seconds, most memory in bytes
        cases = [
            ("13 MB JSON, one step", ["check", "github.arazzo.yaml"], 0, 0.150, 120 * MIB),
            ("3 MB YAML, one step", ["check", "openai.arazzo.yaml"], 0, 0.250, None),
            ("the corpus", ["check", str(folder / "corpus")], 1, 5.0, None),
        ]
        print(f"{'arras check':<22} {'CPU, ms':>8} {'goal':>6} {'peak, MiB':>10} {'goal':>6}")
        for name, arguments, code, most_time, most_memory in cases:
            run([arras, *arguments], here)  # warms the caches
            samples = [run([arras, *arguments], here) for _ in range(options.runs)]
            codes = {sample[2] for sample in samples}
            if codes != {code}:
                raise SystemExit(f"{name}: exit codes {codes}")
            time = statistics.median(sample[0] for sample in samples)
            memory = statistics.median(sample[1] for sample in samples)
            goal = f"{most_memory / MIB:.0f}" if most_memory else ""
            print(f"{name:<22} {time * 1000:>8.0f} {most_time * 1000:>6.0f} {memory / MIB:>10.1f} {goal:>6}")
            if time > most_time or (most_memory and memory > most_memory):
                missed.append(name)
    print(f"\nmedians of {options.runs} runs")
    if missed:
        print(f"goals missed: {', '.join(missed)}")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
