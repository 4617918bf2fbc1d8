# Sourced by what holds glia against others: virtual environments of their own in .peers/, each made once. The caller
# stands in the project's root and has say() and die().

readonly peers=$PWD/.peers
readonly torch=2.13.0
readonly requirements=(numpy safetensors pyyaml pandas scikit-learn==1.9.1)

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

# TensorBoard and MLflow, which read what glia writes for them.
prepare_log_readers() {
  local wanted=(tensorboard==2.21.0 mlflow==3.17.2 'setuptools<81') stamp=$peers/logs/installed
  [[ $(cat "$stamp" 2>/dev/null) != "${wanted[*]}" ]] || return 0
  say "installing TensorBoard and MLflow into .peers/ (once)"
  mkdir -p "$peers"
  rm -rf "$peers/logs"
  "$(find_python)" -m venv "$peers/logs"
  "$peers/logs/bin/python" -m pip install --quiet --disable-pip-version-check "${wanted[@]}" 2>"$peers/pip.log" ||
    die "pip could not install ${wanted[*]}; all it said is in .peers/pip.log"
  printf '%s\n' "${wanted[*]}" >"$stamp"
}
