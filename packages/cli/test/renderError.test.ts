/** Every kind of failure as a person sees it, and as a program does. */
import { AllInCooldown, NoApiKey, NoCredentials } from "@clawdbot/domain/Auth/AuthError"
import { ClaudeCodeUnreadable } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { GatewayTokensUnavailable } from "@clawdbot/domain/Client/AccessTokens"
import { ClientNameRefused, ClientTokenHashed } from "@clawdbot/domain/Client/ClientTokens"
import {
  ConfigEditRefused,
  ConfigInvalid,
  ConfigUnavailable
} from "@clawdbot/domain/Config/ConfigError"
import { HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import { CostReportFailed } from "@clawdbot/domain/Pricing/CostReportFailed"
import { NotReadBack, ProfileIdUnusable } from "@clawdbot/domain/Profile/EnrolmentError"
import { KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import {
  StoreCorrupt,
  StoreLocked,
  StoreMoved,
  StoreTooNew,
  StoreUnavailable
} from "@clawdbot/domain/Profile/ProfileError"
import { DurationInvalid, SecretShapeWrong } from "@clawdbot/domain/Profile/pastedSecret"
import { UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import { StateFolderServed } from "@clawdbot/http/control/ControlSocket"
import { CannotListen, PortInUse } from "@clawdbot/http/listen"
import { OpenOffLoopback } from "@clawdbot/http/startGateway"
import { HomeMissing, ProfileNameInvalid } from "@clawdbot/node/Environment/statePaths"
import { ProxyUnusable } from "@clawdbot/node/Upstream/ProxyUnusable"
import * as MoveError from "@clawdbot/postgres/Move/MoveError"
import { VersionRefused, VersionUnknown } from "@clawdbot/postgres/Profile/HistoryError"
import { StoreMovedAway } from "@clawdbot/postgres/StoreError"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import type * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { expect } from "vitest"
import * as CliError from "../src/CliError.ts"
import type { CommandError } from "../src/CommandError.ts"
import * as ErrorText from "../src/errorText.ts"
import { exit } from "../src/exit.ts"
import { render } from "../src/renderError.ts"
import { toTerminal } from "../src/terminal/lines.ts"

const toText = (...given: Parameters<typeof ErrorText.toText>): string =>
  toTerminal(ErrorText.toText(...given)).slice(0, -1)
const toJson = (...given: Parameters<typeof ErrorText.toJson>): string =>
  toTerminal(ErrorText.toJson(...given))

const kinds: ReadonlyArray<Schema.Schema<CommandError, never> | Schema.Schema.All> = [
  VersionRefused,
  VersionUnknown,
  StoreMovedAway,
  MoveError.FolderInUse,
  MoveError.StoreInUse,
  MoveError.RefreshUnderWay,
  MoveError.StoreNotEmpty,
  MoveError.LoginOwnedElsewhere,
  MoveError.FolderNotEmpty,
  MoveError.MoveDiffers,
  MoveError.StateFileUnavailable,
  CliError.UsageError,
  CliError.InputMissing,
  CliError.InputUnreadable,
  CliError.NotOffered,
  CliError.ProfileUnknown,
  CliError.AgentUnknown,
  CliError.ModelUnknown,
  CliError.Cancelled,
  CliError.KeyNotSet,
  CliError.RepairFailed,
  CliError.WorkingFolderGone,
  ConfigInvalid,
  ConfigEditRefused,
  ConfigUnavailable,
  StoreCorrupt,
  StoreTooNew,
  StoreLocked,
  StoreMoved,
  StoreUnavailable,
  HealthUnavailable,
  UsageUnavailable,
  CostReportFailed,
  NoApiKey,
  NoCredentials,
  AllInCooldown,
  SecretShapeWrong,
  DurationInvalid,
  NotReadBack,
  ProfileIdUnusable,
  KeptAsideUnavailable,
  PortInUse,
  StateFolderServed,
  ClientNameRefused,
  ClientTokenHashed,
  CannotListen,
  OpenOffLoopback,
  ClaudeCodeUnreadable,
  GatewayTokensUnavailable,
  HomeMissing,
  ProfileNameInvalid,
  ProxyUnusable
]

describe("whatever an error holds", () => {
  for (const kind of kinds) {
    const arbitrary = Arbitrary.make(kind as Schema.Schema<CommandError>)
    const [sample] = fc.sample(arbitrary, 1)
    it(
      `${sample?._tag}: it says what happened and what to ` +
        "do, as text and as one JSON document",
      () => {
        fc.assert(
          fc.property(
            arbitrary,
            fc.option(fc.constant("work"), { nil: undefined }),
            (error, profile) => {
              const rendered = render(error)
              assert.include([1, 2, 3, 4, 5, 130], rendered.status)
              const text = toText(rendered, profile)
              assert.isTrue(text.startsWith("clawdbot: "))
              assert.notMatch(text, /^\s+at .*:\d+:\d+/m)
              const { error: shown } = JSON.parse(toJson(error, rendered, profile)) as {
                error: Record<string, unknown>
              }
              const isTimed = rendered.retryAt !== undefined
              const hasOthers = (rendered.alternatives ?? []).length > 0
              assert.deepStrictEqual(Object.keys(shown), [
                "_tag",
                "message",
                "fix",
                ...(hasOthers ? ["alternatives"] : []),
                ...(isTimed ? ["retryAt"] : [])
              ])
              assert.strictEqual(shown._tag, error._tag)
            }
          ),
          { numRuns: 50 }
        )
      }
    )
  }
})

const explanation = {
  agent: "main",
  provider: "anthropic",
  storePath: "/home/me/.clawdbot/agents/main/agent/auth-profiles.json",
  candidates: [
    {
      profile: "anthropic:work",
      kind: "api_key" as const,
      owner: "main",
      state: "cooling" as const,
      place: "kind, then least recently used" as const,
      obstacles: [
        {
          scope: "credential",
          class: "rate_limit",
          source: "retry-after",
          until: 1_800_000_300_000
        }
      ]
    }
  ],
  rejected: [
    {
      profile: "anthropic:old",
      reason: "expired" as const,
      detail: "2026-01-01T00:00:00.000Z",
      cure:
        "clawdbot models auth paste-token --provider anthropic --agent main " +
        "--profile-id anthropic:old"
    }
  ],
  nextAt: 1_800_000_300_000
}
const common = {
  provider: "anthropic",
  agent: "main",
  storePath: explanation.storePath,
  explanation
}

const examples: ReadonlyArray<CommandError> = [
  new CliError.UsageError({
    problem: 'unknown option "--jsn"',
    suggestion: "--json",
    command: "clawdbot models status"
  }),
  new CliError.InputMissing({
    problem: "no Anthropic API key was given",
    flags: "--anthropic-api-key KEY or --anthropic-api-key-file FILE"
  }),
  new CliError.InputUnreadable({ source: "/tmp/key", code: "ENOENT" }),
  new CliError.Cancelled(),
  new ConfigInvalid({
    path: "/home/me/.clawdbot/clawdbot.json",
    issues: [
      {
        path: "gateway.port",
        problem: "must be a number, not text",
        cure: "for example 18789",
        place: {
          file: "/home/me/.clawdbot/clawdbot.json",
          line: 2,
          column: 23,
          source: '  "gateway": { "port": "x" }'
        }
      }
    ]
  }),
  new StoreCorrupt({
    path: "/home/me/.clawdbot/agents/main/agent/auth-profiles.json",
    line: 3,
    column: 7,
    problem: "the text ends in the middle"
  }),
  new StoreUnavailable({
    path: "/home/me/.clawdbot/agents/main/agent",
    operation: "write",
    code: "ENOSPC"
  }),
  new StoreUnavailable({
    path: "/home/me/.clawdbot/agents/main/agent/auth-profiles.json",
    operation: "write",
    code: "MOUNTED_ALONE"
  }),
  new ConfigUnavailable({
    path: "/home/me/.clawdbot/clawdbot.json",
    operation: "read",
    code: "NOT_A_FILE"
  }),
  new ConfigUnavailable({
    path: "/home/me/.clawdbot/clawdbot.json",
    operation: "read",
    code: "TOO_LARGE"
  }),
  new NoApiKey({ ...common, explanation: { ...explanation, candidates: [], rejected: [] } }),
  new NoCredentials({ ...common, profile: "anthropic:old" }),
  new AllInCooldown({
    ...common,
    retryAt: 1_800_000_300_000,
    outOfCredit: false,
    refused: false,
    heldBack: []
  }),
  new SecretShapeWrong({ wanted: "setup token", found: "a login code that was not exchanged" }),
  new SecretShapeWrong({ wanted: "setup token", found: "a token that is cut off" }),
  new SecretShapeWrong({ wanted: "API key", found: "a refresh token" }),
  new SecretShapeWrong({
    wanted: "API key or setup token",
    found: "a text that cannot be sent",
    detail: "character 61 is U+200B (a zero-width space)"
  }),
  new SecretShapeWrong({ wanted: "API key", found: "a placeholder" }),
  new SecretShapeWrong({ wanted: "API key", found: "a client token of the gateway" }),
  new CliError.AgentUnknown({ agent: "wrok", nearest: "work" }),
  new ClaudeCodeUnreadable({
    place: "/home/me/.claude/.credentials.json",
    reason: "no usable expiresAt"
  }),
  new ProfileIdUnusable({
    profile: "anthropic:default",
    holder: "work",
    free: "anthropic:default-2"
  }),
  new KeptAsideUnavailable({
    path: "/home/me/.clawdbot/agents/main/agent/auth-profiles.json.logged-out-anthropic%3Aa",
    operation: "write",
    code: "ENOSPC"
  }),
  new DurationInvalid({ text: "soon", flag: "--expires-in" }),
  new PortInUse({
    host: "127.0.0.1",
    port: 18_789,
    holder: "another clawdbot gateway",
    pid: 4711
  }),
  new StateFolderServed({
    path: "/home/me/.clawdbot/run/gateway.sock",
    url: "http://127.0.0.1:18789",
    pid: 4711
  }),
  new ClientTokenHashed({ name: "laptop" }),
  ...(["moved", "importing", "exporting"] as const).map(
    (state) =>
      new StoreMoved({
        path: "/home/me/.clawdbot/store-moved.json",
        state,
        where: 'db.example:5432/clawdbot, schema "clawdbot"'
      })
  ),
  new StoreMovedAway({ to: "host-a:/home/me/.clawdbot" }),
  new MoveError.FolderInUse({ folder: "/home/me/.clawdbot", by: "gateway" }),
  new MoveError.StoreInUse({ hosts: ["host-a", "host-b"] }),
  new MoveError.StoreNotEmpty({
    where: 'db.example:5432/clawdbot, schema "clawdbot"',
    conflicts: ["main/anthropic:default"],
    others: ["work/anthropic:team", "client token laptop"]
  }),
  new MoveError.LoginOwnedElsewhere({ agent: "main", profile: "anthropic:claude-cli" }),
  new MoveError.RefreshUnderWay({ seconds: 120 }),
  new HomeMissing({ variable: "HOME" }),
  new ProxyUnusable({
    variable: "HTTPS_PROXY",
    problem: "it is not an address of the form [scheme://][user:password@]host[:port]"
  })
]

describe("examples", () => {
  it("each says what to do", () => {
    for (const error of examples) assert.isAbove(render(error).fix.length, 10)
  })

  it("read like this, also with --profile", async () => {
    const parts = examples.flatMap((error) => [
      `## ${error._tag} (exit ${render(error).status})`,
      "",
      toText(render(error), undefined),
      "",
      ...(render(error).fix.includes("clawdbot ")
        ? [
            `with --profile work: ${toText(render(error), "work")
              .split(/\n(?=fix: )/)
              .at(-1)}`,
            ""
          ]
        : [])
    ])
    await expect(`${parts.join("\n").trimEnd()}\n`).toMatchFileSnapshot("golden/errors.txt")
  })

  for (const width of [60, 80, 140]) {
    it(
      `read like this in a terminal of ${width} columns; what can be pasted stays whole, and ` +
        "colours say nothing of their own",
      async () => {
        const parts = examples.map((error) => {
          const rendered = render(error)
          const plain = toText(rendered, undefined, { width, color: false })
          const colored = toText(rendered, undefined, { width, color: true })
          // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with it
          assert.strictEqual(colored.replace(/\u001b\[\d+m/g, ""), plain)
          assert.notStrictEqual(colored, plain)
          const lines = plain.split("\n")
          if (rendered.status === exit.interrupted) assert.notInclude(plain, "fix: ")
          else {
            const others = (rendered.alternatives ?? []).map((other) => ` or: ${other}`)
            const cures = [`fix: ${rendered.fix}`, ...others]
            assert.deepStrictEqual(lines.splice(-cures.length), cures)
          }
          for (const detail of rendered.details) assert.include(plain, detail)
          const summary = lines.slice(0, lines.length - rendered.details.length).join("\n")
          // The facts are all there, in their order, and each line fits unless one word alone does
          // not.
          assert.strictEqual(
            summary.replace(/\s+/g, " ").trim(),
            `clawdbot: ${rendered.summary}`.replace(/\s+/g, " ").trim()
          )
          for (const line of summary.split("\n")) {
            assert.isTrue(line.length <= width || !line.trim().includes(" "), line)
          }
          return `## ${error._tag}\n\n${plain}\n`
        })
        await expect(parts.join("\n")).toMatchFileSnapshot(`golden/errors-${width}.txt`)
      }
    )
  }
})
