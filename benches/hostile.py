#!/usr/bin/env python3
"""Measures `arras check` over documents that are made to hurt it: CPU time, peak memory, and whether each is told with a
place and without a panic.

Usage: benches/hostile.py [--arras PATH] [--check]

Without --arras it takes target/release/arras (or the one of CARGO_TARGET_DIR), which must have been built. With --check the
exit code is 1 if a document takes a second or 200 MB, or is not told as it should be.
"""

import argparse
import os
import re
import sys
import tempfile
from itertools import chain, repeat
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SECONDS, BYTES = 1.0, 200_000_000
HEAD = """arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: a, url: a.yaml}]
workflows:
  - workflowId: w
    steps:
      - {stepId: s, operationId: o}
"""
PLACE = re.compile(rb"^case\.[a-z.]+:[1-9]\d*:[1-9]\d*: (error|warning)\[[a-z-]+\]", re.MULTILINE)


def aliases():
    """Nine aliases of nine aliases, and so on."""
    lines, before = ["x-a: &a [1,2,3,4,5,6,7,8,9]\n"], "a"
    for name in "bcdefghij":
        lines.append(f"x-{name}: &{name} [{','.join(['*' + before] * 9)}]\n")
        before = name
    return HEAD + "".join(lines)


STEP = HEAD.replace("      - {stepId: s, operationId: o}\n", "      - stepId: s\n        operationId: o\n")


def documents():
    """The name, the ending and the text or bytes of each, the large ones in pieces: what this process has held at once counts
    as the memory of those that it starts."""
    deep = 100_000
    texts = {
        "aliases of aliases": aliases(),
        "100,000 lists deep": HEAD + "x-d: " + "[" * deep + "]" * deep + "\n",
        "100,000 maps deep": HEAD + "x-d: " + "{a: " * deep + "1" + "}" * deep + "\n",
        "31 MB wide": chain([HEAD, "x-d:\n"], (f"  - item {at:08} of many\n" for at in range(31_000_000 // 26))),
        "300,000 unknown keys": chain([HEAD], (f"unknown{at}: 1\n" for at in range(300_000))),
        "300,000 unknown keys of a step": chain([STEP], (f"        unknown{at}: 1\n" for at in range(300_000))),
        "300,000 times a key": chain([HEAD], repeat("x-same: 1\n", 300_000)),
        "40 MB": chain([HEAD, "x-t: "], repeat("a" * 1_000, 40_000), ["\n"]),
        "a key twice": HEAD + "info: {title: x, version: '2'}\n",
        "several documents": HEAD + "---\n" + HEAD,
        "a NUL": HEAD + "x-a: \0b\n",
        "text that runs backwards": HEAD.replace("stepId: s", 'stepId: "s\u202eabc"'),
        "nothing": "",
        "blank": " \n\n",
        "a text": "hello\n",
        "a null": "~\n",
    }
    yield from ((name, "yaml", [text] if isinstance(text, str) else text) for name, text in texts.items())
    yield "a byte order mark", "yaml", [b"\xef\xbb\xbf" + HEAD.replace("steps:", "stepz:").encode()]
    yield "UTF-16", "yaml", [HEAD.encode("utf-16")]
    yield "UTF-16 without a mark", "yaml", [HEAD.encode("utf-16-le")]
    yield "bytes that are no UTF-8", "yaml", [HEAD.encode() + b"x-a: \xff\xfe\n"]
    yield "100,000 lists deep, as JSON", "json", [b'{"arazzo":"1.0.1","x-d":' + b"[" * deep + b"]" * deep + b"}"]
    yield "a number", "json", [b"42"]


def run(command, folder, out):
    """CPU time in seconds, peak memory in bytes, the exit code."""
    os.chdir(folder)
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(out), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    child = os.posix_spawn(command[0], command, dict(os.environ), file_actions=files)
    _, status, usage = os.wait4(child, 0)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return usage.ru_utime + usage.ru_stime, peak, os.waitstatus_to_exitcode(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    parser.add_argument("--arras", default=str(target / "release" / "arras"), help="the built command")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args()
    arras = str(Path(options.arras).resolve())
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        for name, ending, content in documents():
            file = Path(folder, f"case.arazzo.{ending}")
            with file.open("wb") as text:
                text.writelines(piece if isinstance(piece, bytes) else piece.encode() for piece in content)
            seconds, peak, code = run([arras, "check", "--format", "concise", file.name], folder, out)
            file.unlink()
            told = code in (1, 4) and PLACE.search(out.read_bytes()) is not None
            good = told and seconds < SECONDS and peak < BYTES
            if not good:
                missed.append(name)
            what = "" if told else f"  exit code {code}, no finding with a place"
            print(f"{'ok' if good else 'MISSED':6}  {name:32} {seconds:6.2f} s  {peak / 1e6:6.1f} MB{what}")
    if missed and options.check:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
