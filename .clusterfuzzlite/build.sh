#!/usr/bin/env bash
# Builds the fuzz targets as ClusterFuzzLite and OSS-Fuzz want them in $OUT, from $SRC/recut: for
# each its program, its seeds, its dictionary and its options.
set -euo pipefail
cd "$SRC/recut"
# shellcheck source=fuzz/targets.sh
. fuzz/targets.sh

# The engine's own cargo takes care of a build for coverage.
sanitizer=()
case ${SANITIZER:-address} in
address | memory | thread | leak | none) sanitizer=(-s "${SANITIZER:-address}") ;;
esac

# Assertions are oracles: without them an overflow passes unseen.
cargo fuzz build --release --debug-assertions "${sanitizer[@]}"

triple=$(rustc -vV | sed -n 's/^host: //p')
for target in $(targets); do
    cp "fuzz/target/$triple/release/$target" "$OUT/"
    cp "$(dictionary "$target")" "$OUT/$target.dict"
    rm -f "$OUT/${target}_seed_corpus.zip"
    # shellcheck disable=SC2046
    zip -q -r "$OUT/${target}_seed_corpus.zip" $(seeds "$target")
    cat >"$OUT/$target.options" <<OPTIONS
[libfuzzer]
dict = $target.dict
max_len = 2048
timeout = 20
OPTIONS
done
