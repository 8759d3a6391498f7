/**
 * Profiles that are passed over, for each reason there is: every command that speaks of one names
 * the same cure, and the cure works when it is carried out.
 */
import { RejectReason } from "@clawdbot/domain/Auth/Explanation"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "./clawdbot.ts"
import { freshHome, put, run } from "./commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const storeOf = (agent: string) => `.clawdbot/agents/${agent}/agent/auth-profiles.json`
const far = 4_102_444_800_000
const past = 1_700_000_000_000

const key = { type: "api_key", provider: "anthropic", key: planted.apiKey }
const token = { type: "token", provider: "anthropic", token: planted.setupToken, expires: far }
const entry = (mode: string, provider = "anthropic") => ({ provider, mode })

interface Row {
  readonly reason: RejectReason
  readonly profile: string
  /** A second reason. */
  readonly also?: RejectReason
  readonly settings?: unknown
  readonly stored?: Readonly<Record<string, unknown>>
  readonly order?: ReadonlyArray<string>
  readonly variables?: Readonly<Record<string, string>>
  /** The agent whose store holds the profile; `main` asks. */
  readonly holder?: string
  /** What is typed or piped into the cure. */
  readonly stdin?: string
  /** What a person does where the cure is no command. */
  readonly byHand?: Readonly<Record<string, string>>
}

const inherits = {
  agents: { list: [{ id: "main", auth: { inheritFrom: "work" } }, { id: "work" }] }
}
const off = { ...key, disabled: true }

const rows: ReadonlyArray<Row> = [
  { reason: "disabled by hand", profile: "anthropic:a", stored: { "anthropic:a": off } },
  {
    reason: "disabled by hand",
    profile: "anthropic:a",
    stored: { "anthropic:a": off },
    settings: inherits,
    holder: "work"
  },
  {
    reason: "expired",
    profile: "anthropic:a",
    stored: { "anthropic:a": { ...token, expires: past } },
    stdin: planted.setupToken.replace("TOKEN", "OTHER")
  },
  {
    reason: "expired",
    profile: "anthropic:a",
    stored: { "anthropic:a": { ...token, expires: past } },
    settings: inherits,
    holder: "work",
    stdin: planted.setupToken.replace("TOKEN", "OTHER")
  },
  {
    reason: "no secret",
    profile: "anthropic:a",
    stored: { "anthropic:a": { ...key, key: "" } },
    stdin: planted.apiKey
  },
  {
    reason: "cannot be sent",
    profile: "anthropic:a",
    stored: { "anthropic:a": { ...key, key: `${planted.apiKey}\u200b\u200bx` } },
    stdin: planted.apiKey
  },
  {
    reason: "not in the store",
    profile: "anthropic:a",
    settings: { auth: { profiles: { "anthropic:a": entry("api_key") } } },
    stdin: planted.apiKey
  },
  {
    reason: "not in the order",
    profile: "anthropic:a",
    stored: { "anthropic:a": key, "anthropic:b": key },
    order: ["anthropic:b"]
  },
  // Whatever else is in its way is cured in the same go.
  {
    reason: "not in the order",
    profile: "anthropic:a",
    stored: { "anthropic:a": off, "anthropic:b": key },
    order: ["anthropic:b"],
    also: "disabled by hand"
  },
  {
    reason: "not in the order",
    profile: "anthropic:a",
    stored: { "anthropic:a": off, "anthropic:b": key },
    settings: { auth: { order: { anthropic: ["anthropic:b"] } } },
    also: "disabled by hand"
  },
  {
    reason: "not in the order",
    profile: "anthropic:a",
    stored: { "anthropic:a": { ...key, key: "" }, "anthropic:b": key },
    order: ["anthropic:b"],
    also: "no secret",
    stdin: planted.apiKey
  },
  {
    reason: "config names another kind",
    profile: "anthropic:me@example.org",
    stored: { "anthropic:me@example.org": key },
    settings: { auth: { profiles: { "anthropic:me@example.org": entry("token") } } }
  },
  {
    reason: "config names another provider",
    profile: "anthropic:a.b",
    stored: { "anthropic:a.b": key },
    settings: {
      auth: {
        profiles: { "anthropic:a.b": entry("api_key", "openai") },
        order: { anthropic: ["anthropic:a.b"] }
      }
    }
  },
  {
    reason: "held back: pay-as-you-go",
    profile: "env:ANTHROPIC_API_KEY",
    stored: { "anthropic:a": token },
    variables: { ANTHROPIC_API_KEY: planted.apiKey }
  },
  {
    reason: "a placeholder",
    profile: "env:ANTHROPIC_API_KEY",
    variables: { ANTHROPIC_API_KEY: "sk-ant-..." },
    byHand: { ANTHROPIC_API_KEY: planted.apiKey }
  }
]

/** Needs a person, a token endpoint or another store; each has its test where these are. */
const elsewhere: ReadonlyArray<RejectReason> = [
  "another provider",
  "login ended",
  "superseded",
  "unclear",
  "refresh failed",
  "a token of this gateway",
  "for another address",
  "not a setup token",
  "held back: other credentials",
  "held back: working folder"
]

const cureAfter = (pattern: string, text: string): string | undefined =>
  new RegExp(`${pattern}.*(?:\\n {6,}\\S.*)*?\\n +fix: (.*)`).exec(text)?.[1]

/** The commands that a cure names, as a shell takes them apart. */
const commandsOf = (cure: string): ReadonlyArray<ReadonlyArray<string>> =>
  cure.split(/ && |, then: (?=clawdbot [^,]*, then: )/).map((part) => {
    const [, command = assert.fail(`no command in: ${cure}`)] = /clawdbot (.*)$/.exec(part) ?? []
    return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""))
  })

const worldOf = Effect.fnUntraced(function* (row: Row) {
  const { holder = "main", order, settings = {}, stored = {}, variables = {} } = row
  const home = yield* freshHome
  yield* put(home, config, JSON.stringify(settings))
  const orders = order === undefined ? undefined : { anthropic: order }
  yield* put(home, storeOf(holder), JSON.stringify({ version: 1, profiles: stored, order: orders }))
  const ask = (argv: ReadonlyArray<string>, more: Readonly<Record<string, string>> = variables) =>
    run(home, argv, { variables: more, stdin: row.stdin ?? "" })
  return { ask }
})

/** Where nothing else is available, one problem says it, with the same cure. */
const saidOnceByDoctor = ({ profile, reason }: Row, text: string, cure: string) =>
  Effect.sync(() => {
    if (!text.includes("no credential is available for agent main")) return
    const [problem = ""] = text.split("\n\n")
    assert.include(problem, `  ${profile}: `)
    assert.include(
      problem
        .split("\n")
        .filter((line) => /^ +(fix|or): /.test(line))
        .join("\n"),
      cure
    )
    assert.lengthOf(text.match(/^problem: .* agent main /gm) ?? [], 1, `${reason}: ${text}`)
  })

const printToken = ["models", "auth", "print-token", "--profile-id"]

describe("the cure of a profile that is passed over", () => {
  it("each reason has a row, or is another test's", () => {
    const here = rows.map(({ reason }) => reason)
    assert.sameMembers([...new Set([...here, ...elsewhere])], [...RejectReason.literals])
  })

  for (const row of rows) {
    const { also = "", byHand, holder, profile, reason } = row
    const marks = [also, holder === undefined ? "" : "inherited"].filter((mark) => mark !== "")
    it.scopedLive([reason, ...marks].join(", "), () =>
      Effect.gen(function* () {
        const { ask } = yield* worldOf(row)
        const refused = yield* ask([...printToken, profile])
        assert.isAbove(refused.status, 0, refused.stdout)
        const [, cure = assert.fail(refused.stderr)] = /^fix: (.*)$/m.exec(refused.stderr) ?? []
        const status = yield* ask(["models", "status"])
        assert.strictEqual(cureAfter(`x ${profile}`, status.stdout), cure, status.stdout)
        const explained = yield* ask(["models", "auth", "explain"])
        assert.strictEqual(cureAfter(`-  ${profile}`, explained.stdout), cure, explained.stdout)
        const { rejected } = JSON.parse(
          (yield* ask(["models", "auth", "explain", "--json"])).stdout
        )
        const found = rejected.find((one: { profile: string }) => one.profile === profile)
        assert.deepInclude(found, { reason, cure })
        const reported = yield* ask(["models", "auth", "report", profile, "--status", "429"])
        assert.include(reported.stderr, `fix: ${cure}\n`.trimEnd())
        yield* saidOnceByDoctor(row, (yield* ask(["doctor"])).stdout, cure)
        if (byHand === undefined) {
          for (const words of commandsOf(cure)) {
            const cured = yield* ask(words)
            assert.strictEqual(cured.status, 0, cured.stderr)
          }
        }
        const done = yield* ask([...printToken, profile], { ...row.variables, ...byHand })
        assert.strictEqual(done.status, 0, `${cure}: ${done.stderr}`)
      })
    )
  }

  it.scopedLive("is that of the profile that was asked for, which alone is spoken of", () =>
    Effect.gen(function* () {
      const { ask } = yield* worldOf({
        reason: "disabled by hand",
        profile: "anthropic:b",
        stored: { "anthropic:a": { ...token, expires: past }, "anthropic:b": off }
      })
      const { stderr } = yield* ask([...printToken, "anthropic:b"])
      assert.include(stderr, "fix: clawdbot models auth enable anthropic:b --agent main")
      assert.notInclude(stderr, "anthropic:a")
      const all = yield* ask(["models", "auth", "print-token"])
      assert.match(all.stderr, /^ or: .*paste-token .*--profile-id anthropic:a$/m)
      assert.match(all.stderr, /^fix: clawdbot models auth enable anthropic:b --agent main$/m)
    })
  )

  it.scopedLive("is, for the login of Claude Code, the same wherever it is named", () =>
    Effect.gen(function* () {
      const profile = "anthropic:claude-cli"
      const { ask } = yield* worldOf({
        reason: "expired",
        profile,
        stored: { [profile]: { ...token, expires: past } },
        stdin: planted.setupToken.replace("TOKEN", "OTHER")
      })
      const cure =
        "sign in with Claude Code (claude, then /login), then: " +
        "clawdbot models auth sync --agent main"
      for (const argv of [
        [...printToken, profile],
        ["models", "status"],
        ["models", "auth", "explain"],
        ["doctor"]
      ]) {
        const { stderr, stdout } = yield* ask(argv)
        assert.include(`${stdout}\n${stderr}`, `fix: ${cure}`)
        assert.notInclude(`${stdout}\n${stderr}`, "onboard --auth-choice")
      }
      // Whoever stores a setup token there instead has a config that nothing is to be said about.
      const paste = ["models", "auth", "paste-token", "--provider", "anthropic", "--profile-id"]
      const done = yield* ask([...paste, profile])
      assert.strictEqual(done.status, 0, done.stderr)
      const status = yield* ask(["models", "status"])
      assert.include(status.stdout, `Next credential : ${profile}`)
      assert.strictEqual(status.stderr, "")
    })
  )

  it.scopedLive("a name that no profile has leads to the list of profiles, not to a new one", () =>
    Effect.gen(function* () {
      const { ask } = yield* worldOf({
        reason: "disabled by hand",
        profile: "nope",
        stored: { "anthropic:a": key }
      })
      for (const argv of [
        [...printToken, "nope"],
        ["models", "auth", "report", "nope", "--status", "429"]
      ]) {
        const { stderr } = yield* ask(argv)
        assert.match(stderr, /^fix: to list the profiles: clawdbot models status$/m)
        assert.notInclude(stderr, "paste-token")
      }
    })
  )
})

describe("the id of a key that is in no store", () => {
  for (const id of ["env:ANTHROPIC_API_KEY", "config:models.providers.anthropic.apiKey"]) {
    it.scopedLive(`${id} cannot be stored under; the id that is named can`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        const paste = ["models", "auth", "paste-token", "--provider", "anthropic", "--profile-id"]
        const refused = yield* run(home, [...paste, id], { stdin: planted.apiKey })
        assert.strictEqual(refused.status, 1, refused.stdout)
        const [, free = assert.fail(refused.stderr)] = /such as (\S+)/.exec(refused.stderr) ?? []
        assert.strictEqual(free, "anthropic:manual")
        const done = yield* run(home, [...paste, free], { stdin: planted.apiKey })
        assert.strictEqual(done.status, 0, done.stderr)
        const another = yield* run(home, [...paste, id], { stdin: planted.otherKey })
        assert.include(another.stderr, "such as anthropic:manual-2")
      })
    )
  }
})
