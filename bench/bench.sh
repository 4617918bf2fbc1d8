#!/usr/bin/env bash
# Measures glia beside PyTorch: `./x bench` builds, then calls this; `./x bench --help` says what can be asked.
# The peer and the allocators it is tried with go into .peers/, once; nothing of it is installed elsewhere.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

say() { printf '%s\n' "bench: $*" >&2; }
die() { say "$*"; exit 1; }

# shellcheck source=tools/peer.sh
. tools/peer.sh

# jemalloc and tcmalloc from Debian's packages, unpacked here; without them the table has one column less to choose
# from, and says which were tried.
prepare_allocators() {
  local folder=$peers/allocators work
  [[ ! -e $folder ]] || return 0
  work=$(mktemp -d)
  if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null &&
    (cd "$work" && apt-get download libjemalloc2 libtcmalloc-minimal4) >/dev/null 2>&1; then
    local package
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work"; done
    mkdir -p "$folder"
    find "$work/usr/lib" -name 'lib*.so*' -exec cp -a {} "$folder/" \;
  else
    say "jemalloc and tcmalloc could not be had from Debian; the peer is tried with what is installed here"
  fi
  rm -rf "$work"
}

for argument; do
  if [[ $argument == -h || $argument == --help ]]; then exec python3 bench/compare.py --help; fi
done
prepare_peer
prepare_allocators
exec "$peers/venv/bin/python" bench/compare.py "$@"
