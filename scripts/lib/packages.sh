# The Debian packages that the scripts need, and how they get them. Sourced.
# shellcheck shell=bash

# To build payhook and to run it.
# shellcheck disable=SC2034  # used by the scripts that source this
readonly run_packages=(
  cmake
  curl
  g++
  libcli11-dev
  libcurl4-openssl-dev
  libfcgi-dev
  libfmt-dev
  libjemalloc-dev
  libjsoncpp-dev
  libpq-dev
  libsodium-dev
  libsqlite3-dev
  libssl-dev
  libsystemd-dev
  libtomlplusplus-dev
  nginx
  ninja-build
  pkgconf
  prometheus-cpp-dev
  zlib1g-dev
)

# Beside those, to test it.
# shellcheck disable=SC2034
readonly test_packages=(
  apache2
  git
  goaccess
  iso-codes
  libboost-test-dev
  nodejs
  npm
  openssl
  postgresql
  prometheus
  python3
  python3-flask-sqlalchemy
  python3-jsonschema
  python3-yaml
  strace
)

# To check its style.
# shellcheck disable=SC2034
readonly style_packages=(
  clang-format
  clang-tidy
)

# Beside the first, to measure it against what else people run.
# shellcheck disable=SC2034
readonly bench_packages=(
  gnuplot-nox
  golang-github-mattn-go-sqlite3-dev
  golang-go
  gunicorn
  php8.2-fpm
  php8.2-sqlite3
  python3
  python3-flask-sqlalchemy
  sqlite3
  valgrind
  webhook
  wrk
)

# To make a Debian package, in a clean root that has everything else.
# shellcheck disable=SC2034
readonly package_packages=(
  debian-archive-keyring
  git
  mmdebstrap
  uidmap
)

# To test the Debian package on a booted system, and on a disk that fails.
# shellcheck disable=SC2034
readonly system_packages=(
  debian-archive-keyring
  e2fsprogs
  mmdebstrap
  python3
  systemd-container
)

# What is as good from elsewhere, and may then conflict with Debian's: by their packages, the
# programs that are there.
readonly -A program_of=([nodejs]=node [npm]=npm)

# Prints those of the named packages that are not installed.
missing_packages() {
  local name status
  local -A installed=()
  while read -r name status; do
    [[ $status != installed ]] || installed[$name]=yes
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
  for name; do
    [[ -n ${installed[$name]:-} ]] || command -v "${program_of[$name]:-}" >/dev/null || echo "$name"
  done
}

# Installs those of the named packages that are missing, or ends the script. Asks
# first where somebody can see the question and answer it.
install_missing() {
  local missing as_root=() answer
  command -v dpkg-query apt-get >/dev/null ||
    die "$EX_UNAVAILABLE" "this is not Debian: install the equivalents of $* and build by hand"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0

  say "missing packages: ${missing[*]}"
  local installer=${BASH_SOURCE[0]%/*}/install-packages
  local by_hand="as root, run: $installer ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "$EX_UNAVAILABLE" "there is no sudo here; $by_hand"
    as_root=(sudo)
  fi
  if [[ -t 0 && -t 2 ]]; then
    read -rp "${0##*/}: install them with apt? [Y/n] " answer || answer=no
    [[ ${answer:-yes} == [Yy]* ]] || die "$EX_UNAVAILABLE" "nothing was installed; $by_hand"
  elif ((EUID != 0)); then
    as_root+=(--non-interactive)
  fi
  say "installing them with apt"
  "${as_root[@]}" "$installer" "${missing[@]}" >&2 ||
    die "$EX_UNAVAILABLE" "apt could not install them, see above; when that is solved, $by_hand"
}
