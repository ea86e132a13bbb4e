#!/usr/bin/env bash
# Runs workflows whose tokens expire and are revoked against a token server that others wrote. It lives below the target
# folder, installed once.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
server=$target/oidc
wanted=oidc-provider@9.13.3

if [ "$(cat "$server/installed.txt" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$server"
  mkdir -p "$server"
  timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$server" "$wanted"
  echo "$wanted" >"$server/installed.txt"
fi

export ARRAS_OIDC=$server
timeout 900 cargo test --package arras --locked --test auth provider
