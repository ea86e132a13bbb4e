#!/usr/bin/env python3
"""Measures what the built command costs: medians of CPU time and peak memory over many runs, as a table.

Usage: benches/measure.py [--arras PATH] [--runs N] [--check]

Without --arras it takes target/release/arras (or the one of CARGO_TARGET_DIR), which must have been built. The workflow
runs against a server that is already running, so that the server's own cost is not in the figures. With --check the exit
code is 1 if a figure misses its goal.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
WORKFLOW = "workflows/face-liveness.arazzo.yaml"
MIB = 1024 * 1024


def peak(usage):
    """The peak resident memory in bytes: the system counts KiB, except macOS, which counts bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def run(command, environment):
    """Runs a command to its end; its CPU time in seconds and its peak memory in bytes."""
    with open(os.devnull, "w") as nothing:
        child = subprocess.Popen(command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=nothing, stderr=nothing)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, peak(usage)


def start_mock(arras):
    """A server with an endless supply of sessions, and what it told of itself."""
    mock = subprocess.Popen([arras, "mock", WORKFLOW, "-q"], cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return mock, json.loads(mock.stdout.readline())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    parser.add_argument("--arras", default=str(target / "release" / "arras"), help="the built command")
    parser.add_argument("--runs", type=int, default=20, help="how often each is run (default: 20)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    arras = str(Path(options.arras).resolve())
    if not os.path.exists(arras):
        raise SystemExit(f"{arras} is not built: cargo build --release --locked")

    mock, told = start_mock(arras)
    environment = {
        "HOME": os.environ.get("HOME", "/"),
        "AWS_REGION": told["region"],
        "AWS_ACCESS_KEY_ID": told["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": told["secretAccessKey"],
    }
    flagship = [arras, "run", WORKFLOW, "--server", told["url"], "--poll-interval", "0"]
    # name, command, most CPU time in seconds, most memory in bytes
    cases = [
        ("arras --version", [arras, "--version"], 0.010, None),
        ("arras check workflows", [arras, "check", "workflows"], None, None),
        ("arras run, 4 requests", flagship, 0.030, 25 * MIB),
        ("arras run --mock, 4 requests", [arras, "run", WORKFLOW, "--mock", "--poll-interval", "0"], None, None),
    ]
    # a process's peak begins with that of the one that started it: smaller ones can't be told
    floor = run(["/bin/sh", "-c", ":"], environment)[1]
    missed = []
    try:
        print(f"{'command':<30} {'CPU, ms':>8} {'goal':>6} {'peak, MiB':>10} {'goal':>6}")
        for name, command, most_time, most_memory in cases:
            run(command, environment)  # warms the caches
            samples = [run(command, environment) for _ in range(options.runs)]
            time = statistics.median(time for time, _ in samples)
            memory = statistics.median(memory for _, memory in samples)
            shown = f"{memory / MIB:.1f}" if memory > floor else f"<{floor / MIB:.1f}"
            goals = (f"{most_time * 1000:.0f}" if most_time else "", f"{most_memory / MIB:.0f}" if most_memory else "")
            print(f"{name:<30} {time * 1000:>8.1f} {goals[0]:>6} {shown:>10} {goals[1]:>6}")
            if (most_time and time > most_time) or (most_memory and memory > most_memory):
                missed.append(name)
    finally:
        mock.terminate()
        mock.wait()
    print(f"\nmedians of {options.runs} runs; {os.path.getsize(arras) / MIB:.1f} MiB on disk")
    if missed:
        print(f"goals missed: {', '.join(missed)}")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
