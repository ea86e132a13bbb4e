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
import shutil
import socket
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
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


def thousand(folder, steps):
    """A workflow of so many steps with two criteria and one output each, and the description that it refers to."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"step{number}" for number in range(steps)]
    step = """  - stepId: {name}
    operationId: look
    parameters: [{{name: n, in: query, value: {value}}}]
    successCriteria:
    - condition: $statusCode == 200
    - condition: $response.body#/ok == true
    outputs: {{n: $response.body#/n}}
"""
    values = ["1", *(f"$steps.{name}.outputs.n" for name in names)]
    (folder / "many.arazzo.yaml").write_text(
        "arazzo: 1.0.1\ninfo: {title: Many, version: 1.0.0}\n"
        "sourceDescriptions: [{name: api, url: many.api.yaml, type: openapi}]\nworkflows:\n- workflowId: many\n  steps:\n"
        + "".join(step.format(name=name, value=value) for name, value in zip(names, values))
    )
    (folder / "many.api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: API, version: 1.0.0}\nservers: [{url: 'http://127.0.0.1'}]\npaths:\n  /look:\n    get:\n"
        "      operationId: look\n      parameters: [{name: n, in: query, schema: {type: integer}}]\n      responses:\n        '200':\n"
        "          description: ok\n          content: {application/json: {schema: {type: object, properties: {ok: {type: boolean}, n: {type: integer}}}}}\n"
    )
    return folder / "many.arazzo.yaml"


class Keeps(socketserver.ThreadingTCPServer):
    """A server that keeps connections and always answers the same: its own cost is not in the figures."""

    daemon_threads = True
    allow_reuse_address = True


class Answers(socketserver.StreamRequestHandler):
    def handle(self):
        body = b'{"ok":true,"n":1}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in self.rfile:
            if line == b"\r\n":
                self.wfile.write(answer)


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
        ("arras --version", [arras, "--version"], 0.008, None),
        ("arras check workflows", [arras, "check", "workflows"], None, None),
        ("arras run, 4 requests", flagship, 0.030, 25 * MIB),
        ("arras run --mock, 4 requests", [arras, "run", WORKFLOW, "--mock", "--poll-interval", "0"], None, None),
    ]
    folder = Path(tempfile.mkdtemp(prefix="arras-measure-"))
    server = Keeps(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for steps, most_memory in [(1000, 30 * MIB), (3000, 30 * MIB)]:
        file = thousand(folder / str(steps), steps)
        many = [arras, "run", str(file), "--server", f"http://127.0.0.1:{server.server_address[1]}", "-q", "--output", "none"]
        many += ["--max-steps", "10000", "--check-response", "off"]
        cases.append((f"{steps} steps, no report", many, 0.150 if steps == 1000 else None, most_memory))
        if steps == 1000:
            reports = ["--report", f"json={folder}/report.json", "--report", f"junit={folder}/report.xml"]
            cases.append(("1000 steps, JSON and JUnit", many + reports, 0.220, None))
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
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    size = os.path.getsize(arras)
    print(f"\nmedians of {options.runs} runs; {size / MIB:.1f} MiB on disk (goal: 20)")
    if size > 20 * MIB:
        missed.append("size")
    if missed:
        print(f"goals missed: {', '.join(missed)}")
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
