/**
 * The completion in the real shells. zsh and fish where they are installed; a shell that is missing
 * is skipped, which its name says.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry } from "../clawdbot.ts"
import { freshHome, put } from "../commandLine.ts"
import { programAtTerminal } from "../terminal/person.ts"

const isMissing = (shell: string): boolean =>
  spawnSync(shell, ["-c", "true"], { env: { PATH: process.env.PATH, HOME: "/nonexistent" } })
    .status !== 0

const key = { type: "api_key", provider: "anthropic", key: "k" }

/**
 * A home with the command on its path, two agents and an alias; one profile has a name that a shell
 * would run.
 */
const world = Effect.gen(function* () {
  const home = yield* freshHome
  yield* put(home, "bin/clawdbot", `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`, 0o755)
  yield* put(
    home,
    ".clawdbot/clawdbot.json",
    JSON.stringify({
      agents: {
        defaults: { models: { "anthropic/claude-haiku-4-5": { alias: "quick" } } },
        list: [{ id: "main", default: true }, { id: "work" }]
      }
    })
  )
  const store = (profiles: unknown) => JSON.stringify({ version: 1, profiles })
  yield* put(
    home,
    ".clawdbot/agents/main/agent/auth-profiles.json",
    store({ "anthropic:default": key, "anthropic:$(touch pwned)": key })
  )
  yield* put(
    home,
    ".clawdbot/agents/work/agent/auth-profiles.json",
    store({ "anthropic:office": key })
  )
  yield* put(home, "token.txt", "")
  const env = {
    PATH: `${home}/bin:${process.env.PATH}`,
    HOME: home,
    TERM: "xterm",
    SHELL: "/bin/false"
  }
  return { home, env }
})

/** Lines with what completing them gives, the same in every shell. */
const cases: ReadonlyArray<readonly [line: string, found: ReadonlyArray<string>]> = [
  ["clawdbot models sta", ["status"]],
  ["clawdbot models auth ord", ["order"]],
  ["clawdbot config set gateway.cust", ["gateway.customBindHost"]],
  ["clawdbot usage --by cl", ["client"]],
  ["clawdbot models status --pl", ["--plain"]],
  ["clawdbot models auth print-token --format h", ["header"]],
  ["clawdbot models auth clear ", ["anthropic:default"]],
  ["clawdbot models auth clear anthropic:d", ["anthropic:default"]],
  ["clawdbot models auth clear --agent work anth", ["anthropic:office"]],
  ["clawdbot models auth clear --agent ", ["main", "work"]],
  ["clawdbot models set qu", ["quick"]],
  ["clawdbot --dev models auth clear ", []],
  ["clawdbot onboard --token-file tok", ["token.txt"]],
  ["clawdbot nonsense ", []]
]

/**
 * The bash function, called as readline calls it. Gives whole words, as if readline had put back
 * what it had cut off. The script is asked for once for each home.
 */
const inBash = (home: string, env: Readonly<Record<string, string>>, line: string) => {
  const script = `[ -e bin/completion ] || clawdbot completion bash > bin/completion
source bin/completion
COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
_clawdbot
for found in "\${COMPREPLY[@]}"; do printf '%s\\n' "$found"; done`
  const done = spawnSync("bash", ["--norc", "-c", script, "bash", line], {
    cwd: home,
    env,
    encoding: "utf8"
  })
  assert.strictEqual(done.stderr, "")
  const word = line.slice(line.lastIndexOf(" ") + 1)
  const before = word.slice(0, Math.max(word.lastIndexOf(":"), word.lastIndexOf("=")) + 1)
  return done.stdout.split("\n").flatMap((found) => (found === "" ? [] : [before + found]))
}

const inFish = (home: string, env: Readonly<Record<string, string>>, line: string) => {
  const script = "clawdbot completion fish | source; complete -C $argv[1]"
  const done = spawnSync("fish", ["--no-config", "-c", script, line], {
    cwd: home,
    env,
    encoding: "utf8"
  })
  assert.strictEqual(done.stderr, "")
  return done.stdout
    .split("\n")
    .flatMap((found) => (found === "" ? [] : [found.split("\t")[0] ?? ""]))
}

describe("completion in bash", () => {
  it.scopedLive(
    "offers commands, flags, choices, profiles, agents, aliases and files",
    () =>
      Effect.gen(function* () {
        const { env, home } = yield* world
        for (const [line, found] of cases)
          assert.deepStrictEqual(inBash(home, env, line), found, line)
        assert.deepStrictEqual(inBash(home, env, "clawdbot models auth print-token --format=h"), [
          "--format=header"
        ])
        assert.isFalse(fs.existsSync(`${home}/pwned`))
      }),
    60_000
  )

  it.scopedLive(
    "at the keyboard, a word with a colon is finished in its place",
    () =>
      Effect.gen(function* () {
        const { env, home } = yield* world
        const person = yield* programAtTerminal("bash", home, ["--norc", "--noprofile", "-i"], {
          ...env,
          PS1: "ready$ "
        })
        yield* person.sees("ready$ ")
        yield* person.types("source <(clawdbot completion bash); echo loaded-$?\r")
        yield* person.sees("loaded-0")
        yield* person.types("clawdbot models auth clear anthropic:d\t")
        yield* person.sees("clear anthropic:default ")
      }),
    60_000
  )
})

describe("completion in fish (skipped where fish is not installed)", () => {
  it.scopedLive.skipIf(isMissing("fish"))(
    "offers commands, flags, choices, profiles, agents, aliases and files",
    () =>
      Effect.gen(function* () {
        const { env, home } = yield* world
        for (const [line, found] of cases)
          assert.deepStrictEqual(inFish(home, env, line), found, line)
        const joined = inFish(home, env, "clawdbot models auth print-token --format=h")
        assert.deepStrictEqual(joined, ["--format=header"])
      }),
    60_000
  )
})

describe("completion in zsh (skipped where zsh is not installed)", () => {
  it.scopedLive.skipIf(isMissing("zsh"))(
    "finishes commands, flags, profiles, aliases and files at the keyboard",
    () =>
      Effect.gen(function* () {
        const { env, home } = yield* world
        const person = yield* programAtTerminal("zsh", home, ["-f", "-i"], env)
        yield* person.types(
          "autoload -Uz compinit; compinit -D -u; source <(clawdbot completion zsh); show() " +
            "{ print -r -- \"<$BUFFER>\"; BUFFER=; }; zle -N show; bindkey '^X' show; print " +
            "loaded-$?\r"
        )
        yield* person.sees("loaded-0")
        for (const [line, found] of cases) {
          const [only, ...more] = found
          if (only === undefined || more.length > 0) continue
          yield* person.types(`${line}\t\u0018`)
          yield* person.sees(`<${line.slice(0, line.lastIndexOf(" ") + 1)}${only} >`)
        }
      }),
    120_000
  )
})
