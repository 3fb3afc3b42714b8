# What all scripts share. Sourced, never run.
# shellcheck shell=bash

# Exit statuses from sysexits.h, as the programs use them.
# shellcheck disable=SC2034  # used by the scripts that source this
readonly EX_USAGE=64 EX_NOINPUT=66 EX_UNAVAILABLE=69 EX_SOFTWARE=70 EX_CANTCREAT=73 EX_CONFIG=78

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly checkout

# An ordinary user's PATH has no sbin, where nginx lives.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Nobody may be reading any more when the terminal has gone away.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2 || true; }

# die STATUS MESSAGE: ends the script with one line that says what to do.
die() {
  local status=$1
  shift
  say "$@"
  exit "$status"
}
