#!/usr/bin/env python3
"""Measures what the library costs beside its HTTP client, and that thousands of runs at a time keep apart.

Usage: benches/network.py [--programs FOLDER] [--runs N] [--samples N] [--check]

Without --programs it takes those in target/release (or of CARGO_TARGET_DIR): cargo build --release -p arras-benches. The
server runs in a process of its own, so that its cost is not in the figures; times are CPU times, which a busy machine
changes less than the clock. Linux alone tells them. With --check the exit code is 1 if a figure misses its goal.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# a step's CPU beside that of a bare request, and the most memory of ten thousand runs in MiB
MOST_TIMES = 1.5
MOST_MEMORY = 400


def ask(command):
    """What a program prints, which is shown, too."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def figure(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"no figure in: {text}")
    return float(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    parser.add_argument("--programs", type=Path, default=target / "release", help="where the programs are")
    parser.add_argument("--runs", type=int, default=10_000, help="how many runs at a time (default: 10000)")
    parser.add_argument("--samples", type=int, default=20, help="how often the steps are measured (default: 20)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    if not (options.programs / "steps").exists():
        raise SystemExit("the programs are not built: cargo build --release --locked -p arras-benches")
    server = subprocess.Popen([options.programs / "server"], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        times = figure(r"([\d.]+) times", ask([options.programs / "steps", port, options.samples]))
        memory = figure(r"at most (\d+) MiB", ask([options.programs / "runs", port, options.runs]))
    finally:
        server.terminate()
        server.wait()
    missed = []
    if times > MOST_TIMES:
        missed.append(f"a step costs {times} times a bare request, more than {MOST_TIMES}")
    if memory > MOST_MEMORY:
        missed.append(f"the runs took {memory:.0f} MiB, more than {MOST_MEMORY}")
    for what in missed:
        print(f"goal missed: {what}")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
