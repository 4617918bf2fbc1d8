#!/usr/bin/env bash
# Measures glia beside PyTorch: `./x bench` builds, then calls this; `./x bench --help` says what can be asked.
# The peer and the allocators it is tried with go into .peers/, once; nothing of it is installed elsewhere.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

readonly peers=$PWD/.peers
readonly torch=2.13.0
readonly requirements=(numpy safetensors pyyaml)

say() { printf '%s\n' "bench: $*" >&2; }
die() { say "$*"; exit 1; }

# Where the index offers a build for the CPU by its own name, that one: the other may bring gigabytes for GPUs along.
install_torch() {
  local pip=("$peers/venv/bin/python" -m pip install --quiet --disable-pip-version-check)
  "${pip[@]}" "torch==$torch+cpu" "${requirements[@]}" 2>"$peers/pip.log" && return
  "${pip[@]}" "torch==$torch" "${requirements[@]}" 2>>"$peers/pip.log" && return
  grep -E '^ERROR' "$peers/pip.log" >&2 || true
  die "pip could not install torch $torch; all it said is in .peers/pip.log"
}

# The system's Python first: distributions build theirs for speed, which a Python of one's own often is not, and the
# peer spends half of a small step in it.
find_python() {
  local python
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
      printf '%s\n' "$python"
      return
    fi
  done
  die "there is no python3 that can make a virtual environment; install python3-venv"
}

prepare_peer() {
  local stamp=$peers/venv/installed python wanted
  python=$(find_python)
  wanted="torch $torch ${requirements[*]} on $("$python" -VV | tr '\n' ' ')"
  [[ $(cat "$stamp" 2>/dev/null) != "$wanted" ]] || return 0
  say "installing PyTorch $torch into .peers/ (once)"
  mkdir -p "$peers"
  rm -rf "$peers/venv"
  "$python" -m venv "$peers/venv"
  install_torch
  printf '%s\n' "$wanted" >"$stamp"
}

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
