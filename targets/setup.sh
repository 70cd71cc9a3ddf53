#!/usr/bin/env bash
# Installs what a target's build needs and this machine lacks: targets/setup.sh TARGET [DEBIAN-PACKAGE...]
# Says nothing and changes nothing when everything is there.
set -euo pipefail

fail() { echo "setup: $*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
target=${1:-host}
list="$here/$target/packages.txt"
[ -r "$list" ] || fail "there is no target '$target'; known: $(cd "$here" && ls -d */ | tr -d / | xargs)"

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in $(sed 's/#.*//' "$list") "${@:2}"; do
  # An interpreter that is not Debian's serves as well, if it can make environments.
  case $package in
    python3) command -v python3 >/dev/null && continue ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && continue ;;
  esac
  installed "$package" 2>/dev/null || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "not root and no sudo; as root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "setup: installing ${missing[*]}" >&2
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "could not install ${missing[*]}; the whole log is in $log"
  fi
  rm -f "$log"
fi

command -v swift >/dev/null || fail "Swift is missing; install Swift 6.3.1 or later and put its usr/bin in PATH"
