#!/usr/bin/env bash
# Runs the workflows of tests/cases/emulator against an emulator of AWS that verifies every signature, and holds our
# signatures against botocore's. Both live in a Python environment below the target folder, made once.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
venv=$target/venv
wanted=tests/emulator/requirements.txt

if ! cmp --silent "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  timeout 300 "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi

export ARRAS_PYTHON=$venv/bin/python3
timeout 900 cargo test --workspace --locked --test botocore --test emulator
