# Shared by the scripts: says what is done, and how long it took.
export NPM_CONFIG_LOGLEVEL="${NPM_CONFIG_LOGLEVEL:-error}" NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_UPDATE_NOTIFIER=false

step() { # title, command...
  local title=$1 start=$SECONDS
  shift
  printf '==> %s\n' "$title" >&2
  if "$@"; then
    local took=$((SECONDS - start))
    [ "$took" -lt 3 ] || printf '    (%s s)\n' "$took" >&2
  else
    local code=$?
    printf '    failed: %s (exit %s)\n' "$title" "$code" >&2
    return "$code"
  fi
}

require_node() {
  if ! command -v node >/dev/null 2>&1; then
    echo "Node.js is missing. Install Node 20.19 or newer from https://nodejs.org and run this again." >&2
    exit 1
  fi
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
    echo "Node $(node --version) is too old. Install Node 20.19 or newer from https://nodejs.org and run this again." >&2
    exit 1
  }
}

# Installs exactly what package-lock.json says, unless that was done already.
install_dependencies() {
  local mark=node_modules/.installed-from
  if [ -f "$mark" ] && cmp -s package-lock.json "$mark"; then return 0; fi
  # node_modules of another lock file may hold other versions.
  step "Installing dependencies (npm ci; the first time takes a minute)" npm ci --no-audit --no-fund --loglevel=error >&2 || return
  cp package-lock.json "$mark"
}

# Installs the tools of one script by a lock file of their own: the project itself needs none of them.
install_tools() { # folder, title
  local mark=$1/node_modules/.installed-from
  if [ -f "$mark" ] && cmp -s "$1/package-lock.json" "$mark"; then return 0; fi
  step "Installing $2" npm ci --prefix "$1" --no-audit --no-fund --loglevel=error >&2 || return
  cp "$1/package-lock.json" "$mark"
}
