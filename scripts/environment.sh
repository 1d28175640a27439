# Sourced by the commands beside it. Goes to the project's folder, makes the environment in .venv when it is missing,
# half made or out of date, and puts its programs first on PATH. It is one environment for all commands.
# PYTHON names the interpreter to make it with; else it is the first on PATH that is new enough.

set -eu
unset CDPATH PYTHONHOME PYTHONPATH PIP_USER
cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
venv=$root/.venv
stamp=$venv/installed

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# The version of an interpreter, in one line; nothing where it does not start.
version() { "$1" -c 'import sys; print(*sys.version.split())' 2>/dev/null || :; }

find_python() {
    for name in "${PYTHON:-python3}" ${PYTHON:-python3.14 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no ${PYTHON:-python3}"
    fail "needs Python 3.11 or newer and found $found: install one, or name one with PYTHON=/path/to/python"
}

# What programs in .venv are bound to: the interpreter, and the folder, because they hold its path.
bound_to() {
    version "$venv/bin/python"
    printf '%s\n' "$root"
}

bindings_hold() {
    [ -f "$stamp" ] && [ "$(head -n 2 "$stamp")" = "$(bound_to)" ] &&
        { [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON")" = "$(head -n 1 "$stamp")" ]; }
}

up_to_date() { bindings_hold && [ "$(tail -n +3 "$stamp")" = "$(cksum pyproject.toml constraints.txt)" ]; }

# The shell keeps the lock that Python takes on the open file, and loses it however it ends.
take_lock() {
    mkdir -p .cache
    exec 9>.cache/environment.lock
    "$python" - 9>&9 <<'PYTHON'
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting for another command that is setting up .venv", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
PYTHON
}

# Without its stamp an environment is half made, and pip can't tell what is missing: it is made anew.
make_venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module: install it (Debian, Ubuntu: apt install python3-venv), or set PYTHON to another"
    say "making .venv with Python $(version "$python" | cut -d ' ' -f 1): about a minute, and longer to download torch"
    "$python" -m venv --clear "$venv"
}

install() {
    quiet=--quiet
    [ ! -t 2 ] || quiet=
    "$venv/bin/python" -m pip install --disable-pip-version-check $quiet -e '.[dev]' -c constraints.txt >&2 ||
        fail "could not install the packages named above: run the same command again, it starts where this one ended"
}

set_up() {
    python=$(find_python)
    take_lock
    if up_to_date; then return; fi
    if bindings_hold; then say "installing what changed in .venv"; else make_venv; fi
    rm -f "$stamp"
    install
    { bound_to && cksum pyproject.toml constraints.txt; } >"$stamp.new"
    mv "$stamp.new" "$stamp"
}

up_to_date || set_up
exec 9>&-
PATH=$venv/bin:$PATH
VIRTUAL_ENV=$venv
NO_MKDOCS_2_WARNING=1 # else the theme prints its makers' plans at every start
export PATH VIRTUAL_ENV NO_MKDOCS_2_WARNING
