# shellcheck shell=bash
# shellcheck disable=SC2034  # the names are for the scripts that source this
# What the scripts beside this file share. Sourced, never run.
# It leaves the working directory at the root of the project.

set -euo pipefail

caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
me=script/$(basename "$0")

# In CI every build is the first one: incremental state would only cost time and disk.
# Set here, once, so that all steps agree and share what they build.
if [ -n "${CI:-}" ]; then
    export CARGO_INCREMENTAL=0
fi

# Development tools of pinned versions live outside the clone, so that a fresh clone does not
# build them again, and outside every PATH, so that nothing else changes.
tools=${DOVIRA_TOOLS:-${XDG_CACHE_HOME:-${HOME:-$root/target}/.cache}/dovira/tools}
cargo_deny=0.20.2
cargo_machete=0.9.2
schemathesis=4.32.5

# say TEXT: one line for the person, apart from what a script prints for a program.
say() {
    printf '%s: %s\n' "$me" "$*" >&2
}

# cannot TEXT: this script cannot do its work here; exit code 2, as the program itself does it.
cannot() {
    say "$*"
    exit 2
}

# has COMMAND: whether the command is there.
has() {
    command -v "$1" >/dev/null 2>&1
}

# tool NAME VERSION: prints the path of that cargo tool in exactly that version, or fails.
tool() {
    local path
    for path in "$tools/bin/$1" "$(command -v "$1" || true)"; do
        if [ -x "$path" ] && [[ " $("$path" --version 2>/dev/null) " == *" $2 "* ]]; then
            printf '%s\n' "$path"
            return
        fi
    done
    return 1
}

# schemathesis: prints the path of that tool in exactly the version above, or fails.
schemathesis() {
    local path=$tools/schemathesis-$schemathesis/bin/schemathesis
    [ -x "$path" ] && "$path" --version >/dev/null 2>&1 && printf '%s\n' "$path"
}

# find_chromium: prints the path of a Chromium that runs, or fails.
# A name alone is no proof: Ubuntu ships a chromium-browser that only asks for a snap.
find_chromium() {
    local path
    if [ -n "${CHROMIUM:-}" ]; then
        "$CHROMIUM" --version >/dev/null 2>&1 && printf '%s\n' "$CHROMIUM"
        return
    fi
    for path in chromium chromium-browser google-chrome-stable google-chrome; do
        if path=$(command -v "$path") && "$path" --version >/dev/null 2>&1; then
            printf '%s\n' "$path"
            return
        fi
    done
    return 1
}

# node_major: prints the major version of Node.js, 0 when it is not there.
node_major() {
    local version
    version=$(node --version 2>/dev/null) || version=v0
    version=${version#v}
    printf '%s\n' "${version%%.*}"
}

# target_directory: prints where cargo builds, wherever that was configured.
target_directory() {
    cargo metadata --no-deps --format-version 1 --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
