#!/usr/bin/env bash
# Shows the property tests cases that nobody has looked at yet: `tests/hunt.sh [ROUNDS [FIRST_SEED]]`.
# A failure prints its smallest case: mend it, and give it a row in a table, so that it stays found.
set -uo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-10}
first=${2:-$RANDOM}
failed=()

for ((seed = first; seed < first + rounds; seed++)); do
    printf '\n== seed %s\n' "$seed"
    export PROPTEST_RNG_SEED=$seed
    cargo test --quiet --locked --no-fail-fast -p arras-doc -p arras-run -p arras-mock || failed+=("$seed")
    cargo test --quiet --locked --no-fail-fast -p arras --lib || failed+=("$seed")
    cargo test --quiet --locked -p arras-cli --test diagnostics || failed+=("$seed")
done

if ((${#failed[@]})); then
    printf '\nseeds that failed: %s\n' "${failed[*]}"
    exit 1
fi
