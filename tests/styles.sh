#!/usr/bin/env bash
# Holds the way parameters are spelled against swagger-client, on generated cases. It is installed below the target folder,
# once; without node and npm, or a registry to install from, the script says that it skips.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
package=$target/swagger-client
wanted=tests/swagger-client/package.json

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo 'skipped: there is no node here'
  exit 0
fi
if ! cmp --silent "$wanted" "$package/installed.json"; then
  rm -rf "$package"
  mkdir -p "$package"
  cp "$wanted" "$package/package.json"
  if ! (cd "$package" && timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts); then
    echo 'skipped: swagger-client could not be installed'
    exit 0
  fi
  cp "$wanted" "$package/installed.json"
fi

export ARRAS_SWAGGER_CLIENT=$package
timeout 900 cargo test --locked -p arras-run --test styles
