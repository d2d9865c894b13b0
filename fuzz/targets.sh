# The fuzz targets, for the scripts that build and run them: bash, to be sourced at the root.

# Each has a folder in the corpus.
targets() {
    local folder
    for folder in corpus/*/; do
        folder=$(basename "$folder")
        [ "$folder" = conversations ] || echo "$folder"
    done
}

# The folders of named seeds of a target, as its glue names them.
seeds() {
    case $1 in
    script | play) echo "corpus/$1 corpus/conversations" ;;
    *) echo "corpus/$1" ;;
    esac
}

# How many seeds libFuzzer must load: it does not count empty files.
count_seeds() {
    # shellcheck disable=SC2046
    find $(seeds "$1") -type f -size +0 | wc -l
}

dictionary() {
    case $1 in
    script | play) echo fuzz/dict/script.dict ;;
    *) echo fuzz/dict/echo.dict ;;
    esac
}

# Fails unless the log of a target says that it had its seeds and its dictionary, and at least so
# many executions.
judge_log() {
    local target=$1 log=$2 least=$3 loaded runs entries
    loaded=$(sed -n 's/^INFO: seed corpus: files: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    entries=$(sed -n 's/^Dictionary: \([0-9]*\) entries$/\1/p' "$log" | tail -n 1)
    if [ "${loaded:-0}" -lt "$(count_seeds "$target")" ]; then
        echo "$target: ${loaded:-0} of $(count_seeds "$target") seeds were loaded" >&2
        return 1
    elif [ "${entries:-0}" -lt 10 ]; then
        echo "$target: a dictionary of ${entries:-0} entries" >&2
        return 1
    elif [ "${runs:-0}" -lt "$least" ]; then
        echo "$target: ${runs:-0} executions, at least $least" >&2
        return 1
    fi
}
