/**
 * What a shell is told once. The scripts know no command: at a Tab they ask the program that is
 * being typed, so that they never fall behind it and need not be renewed when it is.
 */

/** The shells there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const

export type Shell = (typeof shells)[number]

/** Works with the bash of macOS (3.2) as well. */
const bash = `# clawdbot completion for bash. In ~/.bashrc: source <(clawdbot completion bash)
_clawdbot() {
  local line=\${COMP_LINE:0:COMP_POINT} breaks= before= current value rest
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:blank:]] ]] && words+=("")
  current=\${words[\${#words[@]}-1]}
  # The shell itself ends words at these; only what comes after them is replaced.
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  if [[ -n $breaks && $current == *[$breaks]* ]]; then before=\${current%"\${current##*[$breaks]}"}; fi
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    if [[ $value == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "\${current#"$before"}")
    else
      COMPREPLY+=("\${value#"$before"}")
    fi
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _clawdbot clawdbot`

const zsh = `#compdef clawdbot
# clawdbot completion for zsh. In ~/.zshrc, after compinit: source <(clawdbot completion zsh)
_clawdbot() {
  local line value
  local -a described
  for line in "\${(@f)$("\${(Q)words[1]}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      compset -P '*='
      _files
      return
    fi
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*}
    if [[ $line == *$'\\t'* ]]; then
      described+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${value//:/\\\\:}")
    fi
  done
  _describe -t clawdbot clawdbot described
}
if [[ \${funcstack[1]} == _clawdbot ]]; then _clawdbot "$@"; else compdef _clawdbot clawdbot; fi`

const fish = `# clawdbot completion for fish. In ~/.config/fish/config.fish: clawdbot completion fish | source
function __clawdbot_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    test (count $current) -eq 0; and set current ""
    set -l found ($words[1] __complete -- $words[2..-1] $current 2>/dev/null)
    if test "$found[1]" = ":files"
        set -l before (string match -r '^--[^=]*=' -- $current)
        for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- $current))
            printf '%s%s\\n' "$before" $path
        end
    else if test (count $found) -gt 0
        printf '%s\\n' $found
    end
end
complete -c clawdbot -f -a '(__clawdbot_complete)'`

/** The script of each shell. */
export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
