/**
 * The recorded cases of the reference program that want a person at a terminal: what it was started
 * with, what was typed, what it left behind. Where a decision of this project rules otherwise the
 * case says which. The wording of a question is free.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home } from "../clawdbot.ts"
import { atTerminal, keys } from "../terminal/person.ts"

const token = `sk-ant-oat01-${"token".repeat(16)}`

/** Stored by the scripted `claude`, in place of a login in a browser. */
const claudeStores = (login: object) => `mkdir -p "$HOME/.claude"
echo '${JSON.stringify({ claudeAiOauth: login })}' > "$HOME/.claude/.credentials.json"
echo "args: $*"`

const fresh = { accessToken: "sk-ant-oat01-fresh", expiresAt: 4_102_444_800_000 }

interface Recorded {
  readonly name: string
  /** Where this project rules otherwise, and why. */
  readonly departs?: string
  readonly argv: ReadonlyArray<string>
  /** The body of the `claude` on the PATH; without it there is none. */
  readonly claude?: string
  readonly typed: ReadonlyArray<readonly [question: string, answer: string]>
  readonly status: number
  /** A fact the screen has to show. */
  readonly says?: string
  readonly profiles?: Readonly<Record<string, object>>
  /** `auth.profiles` of the config. */
  readonly config?: Readonly<Record<string, object>>
}

const setupToken = ["models", "auth", "setup-token"]

const cases: ReadonlyArray<Recorded> = [
  {
    name: "auth-add-paste",
    argv: ["models", "auth", "add"],
    typed: [
      ["Token provider", keys.enter],
      ["Token method", keys.down],
      ["", keys.enter],
      ["Profile id", keys.enter],
      ["Does this token expire", keys.enter],
      ["Paste your token for anthropic", `${token}${keys.enter}`]
    ],
    status: 0,
    says: "Auth profile: anthropic:manual (anthropic/token)",
    profiles: { "anthropic:manual": { type: "token", provider: "anthropic", token } },
    config: { "anthropic:manual": { provider: "anthropic", mode: "token" } }
  },
  {
    name: "auth-login-no-plugins",
    departs: "D3: there is no login of our own; the ways there are, are named",
    argv: ["models", "auth", "login", "--provider", "anthropic"],
    typed: [],
    status: 1,
    says: "clawdbot models auth paste-token --provider anthropic"
  },
  {
    name: "paste-pty-cancel",
    departs: "D23: what is cancelled stores nothing and ends with 130",
    argv: ["models", "auth", "paste-token", "--provider", "anthropic"],
    typed: [["Paste your token", keys.ctrlC]],
    status: 130
  },
  {
    name: "setup-pty-confirm-no",
    argv: setupToken,
    claude: claudeStores({ ...fresh, refreshToken: "sk-ant-ort01-fresh" }),
    typed: [["claude setup-token", "n"]],
    status: 0
  },
  {
    // Not recorded: the counterpart of the one before.
    name: "setup, confirmed",
    argv: setupToken,
    claude: claudeStores({ ...fresh, refreshToken: "sk-ant-ort01-fresh" }),
    typed: [["claude setup-token", keys.enter]],
    status: 0,
    says: "args: setup-token",
    profiles: {
      "anthropic:claude-cli": {
        type: "oauth",
        provider: "anthropic",
        access: "sk-ant-oat01-fresh",
        refresh: "sk-ant-ort01-fresh",
        expires: 4_102_444_800_000
      }
    },
    config: { "anthropic:claude-cli": { provider: "anthropic", mode: "oauth" } }
  },
  {
    name: "setup-pty-missing",
    argv: [...setupToken, "--yes"],
    typed: [],
    status: 1,
    says: "claude was not found"
  },
  {
    name: "setup-pty-no-creds",
    departs:
      "S6: a token that claude only printed can be pasted; the recorded program gave up " +
      "before it asked",
    argv: [...setupToken, "--yes"],
    claude: "exit 0",
    typed: [
      ["Paste your token", keys.enter],
      ["it is empty", keys.ctrlC]
    ],
    status: 130,
    says: "anthropic:claude-cli"
  },
  {
    name: "setup-pty-token-creds",
    departs:
      "S8: the login is seen although there was none a moment ago (the recorded program " +
      "remembers that for 15 minutes)",
    argv: [...setupToken, "--yes"],
    claude: claudeStores(fresh),
    typed: [],
    status: 0,
    profiles: {
      "anthropic:claude-cli": {
        type: "token",
        provider: "anthropic",
        token: "sk-ant-oat01-fresh",
        expires: 4_102_444_800_000
      }
    },
    config: { "anthropic:claude-cli": { provider: "anthropic", mode: "oauth" } }
  }
]

const read = (file: string) => {
  const value: { readonly profiles?: object; readonly auth?: { readonly profiles?: object } } =
    fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {}
  return value
}

describe("recorded cases at a terminal", () => {
  for (const recorded of cases) {
    it.scopedLive(
      recorded.departs === undefined ? recorded.name : `${recorded.name} (${recorded.departs})`,
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          fs.mkdirSync(`${folder}/bin`)
          const { claude } = recorded
          if (claude !== undefined)
            fs.writeFileSync(`${folder}/bin/claude`, `#!/bin/sh\n${claude}\n`, { mode: 0o755 })
          const person = yield* atTerminal(folder, recorded.argv, {
            PATH: `${folder}/bin:/usr/bin:/bin`
          })
          for (const [question, answer] of recorded.typed) {
            yield* person.sees(question)
            yield* person.types(answer)
          }
          assert.strictEqual(yield* person.ended, recorded.status, person.screen())
          assert.include(person.screen(), recorded.says ?? "")
          assert.notMatch(person.screen(), /^\s+at /m)
          const own = `${folder}/.clawdbot`
          assert.deepStrictEqual(
            read(`${own}/agents/main/agent/auth-profiles.json`).profiles,
            recorded.profiles
          )
          assert.deepStrictEqual(read(`${own}/clawdbot.json`).auth?.profiles, recorded.config)
          if (recorded.profiles === undefined) {
            assert.deepStrictEqual(
              filesIn(folder).filter((name) => name.startsWith(".clawdbot")),
              []
            )
          }
          for (const name of filesIn(folder).filter((file) => file.startsWith(".clawdbot"))) {
            assert.strictEqual(fs.statSync(`${folder}/${name}`).mode & 0o077, 0, name)
          }
        })
    )
  }
})
