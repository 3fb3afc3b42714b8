# The Debian suites that payhook is packaged for, and where their roots come from. Sourced.
# shellcheck shell=bash disable=SC2034  # used by the scripts that source this

declare -rA releases=([bookworm]=12 [trixie]=13)

# Clean roots, as tarballs, and the directories in which they are unpacked.
readonly roots=$checkout/build/roots

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Prints the lines of sources.list for a suite, from this machine's own mirrors.
mirrors() {
  local site label main='' security=''
  while read -r site label; do
    case $label in
      Debian) main=${main:-$site} ;;
      Debian-Security) security=${security:-$site} ;;
    esac
  done < <(apt-get indextargets --format "\$(SITE) \$(LABEL)" 'Created-By: Packages' 'Origin: Debian')
  [[ -n $main ]] || die "$EX_UNAVAILABLE" "this machine's apt has no mirror of Debian: add one, and run apt-get update"
  echo "deb $main $1 main"
  [[ -z $security ]] || echo "deb $security $1-security main"
}
