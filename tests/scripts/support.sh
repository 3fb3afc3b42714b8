# What the tests of the scripts share. Sourced, in the checkout.
# shellcheck shell=bash

sandbox=$(mktemp -d /tmp/payhook-scripts-test.XXXXXX)
trap 'rm -rf "$sandbox"' EXIT
chmod 755 "$sandbox"
output=$sandbox/output

# Who called the test is none of the scripts' business.
unset SUDO_UID PAYHOOK_SKIP_NOTHING

fail() {
  echo "FAILED: $*" >&2
  sed 's/^/output: /' "$output" >&2
  exit 1
}

# copy_scripts NAME: a checkout with nothing but the scripts, whose installer only notes what
# it is asked for, in the file `installed`. Prints where it is.
copy_scripts() {
  local copy=$sandbox/$1
  mkdir -p "$copy"
  cp -r scripts "$copy/"
  cat >"$copy/scripts/lib/install-packages" <<END
#!/bin/sh
echo "\$@" >>"$sandbox/installed"
exit 1
END
  echo "$copy"
}

# with_packages ANSWER: what dpkg-query says from now on of each package, installed or not.
with_packages() {
  mkdir -p "$sandbox/bin"
  printf '#!/bin/sh\nshift 2\n[ %s = not ] || printf "%%s installed\\n" "$@"\n' "$1" >"$sandbox/bin/dpkg-query"
  printf '#!/bin/sh\n[ "$1" != --non-interactive ] || shift\nexec "$@"\n' >"$sandbox/bin/sudo"
  chmod 755 "$sandbox/bin/"*
  PATH=$sandbox/bin:$PATH
}

# ends_with STATUS COMMAND...: runs it with nothing to read; what it says is in `output`.
ends_with() {
  local expected=$1 status=0
  shift
  "$@" </dev/null >"$output" 2>&1 || status=$?
  ((status == expected)) || fail "$* ended with $status instead of $expected"
}

says() { grep -qe "$1" "$output" || fail "it does not say '$1'"; }

does_not_say() { ! grep -qe "$1" "$output" || fail "it says '$1'"; }

installed_nothing() { [[ ! -e $sandbox/installed ]] || fail "it installed $(cat "$sandbox/installed")"; }
