/** `models status` for people, and the help: how they look. */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import type { Window } from "@clawdbot/domain/Health/Window"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { expect } from "vitest"
import { ofOption } from "../src/commandLine/facts.ts"
import { check } from "../src/commandLine/guard.ts"
import { renderHelp } from "../src/help.ts"
import { root } from "../src/root.ts"
import * as StatusText from "../src/statusText.ts"
import { toTerminal } from "../src/terminal/lines.ts"
import { planted } from "./clawdbot.ts"

const renderStatus = (...given: Parameters<typeof StatusText.renderStatus>): string =>
  toTerminal(StatusText.renderStatus(...given)).slice(0, -1)

const now = 1_800_000_000_000
const hour = 3_600_000

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const token = (expires: number) => ({
  type: "token",
  provider: "anthropic",
  token: planted.setupToken,
  expires
})

interface World {
  readonly config?: string
  readonly store?: unknown
  readonly variables?: Readonly<Record<string, string>>
  /** What the provider said of each profile's quotas with its last good answer. */
  readonly quotas?: Readonly<
    Record<string, ReadonlyArray<readonly [Window["scope"], utilization: number, until: number]>>
  >
}

const document = (world: World) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const { document: stored } = yield* (yield* ProfileStore).read(AgentId.main)
    for (const [name, quotas] of Object.entries(world.quotas ?? {})) {
      const profile = ProfileId.of(name)
      const credential = stored.profiles.get(profile)
      if (credential === undefined) return yield* Effect.dieMessage(`no profile ${name}`)
      yield* (yield* HealthStore).record(
        AgentId.main,
        profile,
        Credential.secretFingerprint(credential),
        {
          _tag: "Succeeded",
          at: now - 120_000,
          startedAt: now - 121_000,
          target: anyRequest,
          windows: quotas.map(([scope, utilization, until]) => ({
            scope,
            utilization,
            until,
            class: "usage",
            source: "unified-reset",
            observedAt: now - 120_000
          }))
        }
      )
    }
    return (yield* (yield* StatusReport).report(undefined)).document
  }).pipe(
    Effect.provide(
      StatusReport.Default.pipe(
        Layer.provideMerge(
          Layer.mergeAll(
            ConfigMemory.layer(world.config),
            HealthMemory.layer,
            RefreshJournalMemory.layer(),
            ProfileMemory.layer(world.store === undefined ? {} : { main: world.store })
          )
        ),
        Layer.provide(
          Layer.merge(EnvironmentMemory.layer(world.variables), EnvironmentMemory.pathsLayer())
        )
      )
    )
  )

const view: StatusText.StatusView = {
  paths: { home: "/home/me", profileName: undefined },
  now,
  width: 80,
  color: false,
  verbose: false
}

const full: World = {
  config: `{
    auth: { profiles: { "anthropic:wrong": { provider: "anthropic", mode: "api_key" } }, order: { anthropic: ["anthropic:key", "anthropic:login", "anthropic:old", "anthropic:wrong", "anthropic:gone"] } },
    agents: { defaults: { model: { primary: "opus", fallbacks: ["anthropic/claude-haiku-4-5"] } } }
  }`,
  store: {
    version: 1,
    profiles: {
      "anthropic:key": key(planted.apiKey),
      "anthropic:login": {
        type: "oauth",
        provider: "anthropic",
        access: "access-planted",
        refresh: "refresh-planted",
        expires: now + 5 * hour,
        email: "me@example.org"
      },
      "anthropic:old": token(now - hour),
      "anthropic:wrong": token(now + 900 * hour),
      "anthropic:spare key": key(planted.otherKey),
      "openai:default": {
        type: "api_key",
        provider: "openai",
        key: "sk-other-PLANTEDplantedPLANTED"
      }
    },
    usageStats: {
      "anthropic:key": {
        cooldownUntil: now + 25 * 60_000,
        errorCount: 3,
        lastFailureAt: now - 1000
      }
    }
  },
  variables: { ANTHROPIC_API_KEY: planted.otherKey },
  quotas: {
    "anthropic:login": [
      ["5h", 0.42, now + 3 * hour + 300_000],
      ["7d", 0.93, now + 75 * hour],
      ["7d:opus", 0.71, now + 75 * hour]
    ],
    "anthropic:key": [
      ["requests", 0.02, now + 40_000],
      ["input-tokens", 1.1, now + 250_000]
    ]
  }
}

/** Fifty keys after a day of traffic: each has quotas of three model families. */
const fifty = Array.from(
  { length: 50 },
  (_, index) => `anthropic:k${String(index).padStart(2, "0")}`
)
const many: World = {
  store: {
    version: 1,
    profiles: Object.fromEntries(
      fifty.map((id, index) => [id, key(planted.apiKey.replace("AA", String(index)))])
    ),
    usageStats: Object.fromEntries(
      fifty
        .slice(20, 34)
        .map((id, index) => [
          id,
          { cooldownUntil: now + (index + 1) * 60_000, errorCount: 1, lastFailureAt: now - 1000 }
        ])
    )
  },
  quotas: Object.fromEntries(
    fifty.map((id, index) => [
      id,
      (["group:opus", "group:sonnet", "group:haiku"] as const).map(
        (scope, family) => [scope, ((index + family) % 50) / 50, now + hour] as const
      )
    ])
  )
}

const worlds: ReadonlyArray<readonly [string, World, Partial<StatusText.StatusView>]> = [
  ["nothing yet", {}, {}],
  [
    "one key",
    { store: { version: 1, profiles: { "anthropic:default": key(planted.apiKey) } } },
    {}
  ],
  ["everything that can be wrong", full, {}],
  ["the same, for --profile work", full, { paths: { home: "/home/me", profileName: "work" } }],
  [
    "all rest",
    {
      store: {
        version: 1,
        profiles: { "anthropic:a": key(planted.apiKey) },
        usageStats: {
          "anthropic:a": {
            disabledUntil: now + 5 * hour,
            disabledReason: "billing",
            lastFailureAt: now - 1
          }
        }
      }
    },
    {}
  ],
  ["fifty credentials, fourteen of them cooling down", many, {}],
  [
    "a fallback nobody can answer for",
    {
      config:
        '{ agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ' +
        '["openai/gpt-5"] } } } }',
      variables: { ANTHROPIC_API_KEY: planted.apiKey }
    },
    {}
  ]
]

const stripped = (text: string): string =>
  text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "")

describe("models status", () => {
  for (const width of [60, 80, 140]) {
    it.effect(`looks like this, ${width} columns wide, and says the same in colours`, () =>
      Effect.gen(function* () {
        const parts: Array<string> = []
        for (const [name, world, different] of worlds) {
          const facts = yield* document(world)
          const text = renderStatus(facts, { ...view, ...different, width })
          const colored = renderStatus(facts, { ...view, ...different, width, color: true })
          assert.include(colored, "\u001b[")
          assert.strictEqual(stripped(colored), text)
          parts.push(`## ${name}\n\n${text}\n`)
          const verbose = renderStatus(facts, { ...view, ...different, width, verbose: true })
          if (world === full && different.paths === undefined)
            parts.push(`## ${name}, --verbose\n\n${verbose}\n`)
          if (world === full && different.paths === undefined)
            parts.push(`## ${name}, in colours\n\n${colored.replaceAll("\u001b", "<esc>")}\n`)
        }
        const all = parts.join("\n")
        for (const secret of [...Object.values(planted), "access-planted", "refresh-planted"])
          assert.notInclude(all, secret)
        yield* Effect.promise(() => expect(all).toMatchFileSnapshot(`golden/status-${width}.txt`))
      })
    )
  }

  it.effect(
    "tells of every profile what it is, until when it lasts, how far its quotas are used and " +
      "what cures it",
    () =>
      Effect.gen(function* () {
        const text = renderStatus(yield* document(full), { ...view, width: 140, verbose: true })
        const lines = text.split("\n")
        const about = (profile: string): string => {
          const at = lines.findIndex((line) => new RegExp(`^  [ *x] ${profile} `).test(line))
          const end = lines.findIndex((line, index) => index > at && !line.startsWith("      "))
          return lines.slice(at, end < 0 ? undefined : end).join("\n")
        }
        const told: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
          [
            "anthropic:login",
            [
              "login (me@example.org)",
              "next",
              "expires in 5h 00m, refreshes automatically",
              "5-hour",
              "42 %",
              "resets in 3h 05m",
              "7-day opus"
            ]
          ],
          [
            "anthropic:key",
            [
              "API key sk-ant-a...",
              "cooling down, 25m 00s left",
              "rate limit, all models",
              "input tokens",
              "110 %",
              "resets in 40s",
              "clawdbot models auth clear anthropic:key --agent main"
            ]
          ],
          [
            "anthropic:wrong",
            [
              "setup token sk-ant-o...",
              "config lists it as another type",
              "config set auth.profiles.anthropic:wrong.mode token"
            ]
          ],
          ["anthropic:old", ["not used: expired (1h 00m ago)", "paste-token"]],
          ["anthropic:gone", ["no secret stored for this profile", "paste-token"]],
          [
            "env:ANTHROPIC_API_KEY",
            [
              "sk-ant-a...",
              "billed per request, and you have a subscription",
              "config set auth.payAsYouGoFallback true"
            ]
          ]
        ]
        for (const [profile, facts] of told)
          for (const fact of facts) assert.include(about(profile), fact)
        assert.match(
          text,
          /^Next credential *: anthropic:login \(model claude-opus-4-5, set in config \(auth\.order\)\)$/m
        )
      })
  )

  it.effect("fits a screen of 80 by 24 after any traffic, with the next credential on it", () =>
    Effect.gen(function* () {
      for (const [name, world] of worlds) {
        const text = renderStatus(yield* document(world), view)
        const rows = text
          .split("\n")
          .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / view.width)), 0)
        assert.isAtMost(rows, 23, name)
        assert.match(text, /^Next credential : /, name)
      }
      const text = renderStatus(yield* document(many), view)
      assert.include(text, "Credentials     : 36 ready, 14 cooling down")
    })
  )

  it.effect("keeps to the width, but never breaks a command", () =>
    Effect.gen(function* () {
      const facts = yield* document(full)
      for (const width of [40, 60, 100, 200]) {
        const texts = [false, true].map((verbose) =>
          renderStatus(facts, { ...view, width, verbose })
        )
        for (const line of texts.join("\n").split("\n")) {
          const isCommand = /^ *(fix|or|and \d+ more|to end the cooldown now): /.test(line)
          const oneWord = !line.trim().includes(" ")
          if (!isCommand && !oneWord) assert.isAtMost(line.length, width, line)
        }
      }
    })
  )

  it.effect("shows only commands that this program understands", () =>
    Effect.gen(function* () {
      const commands: Array<string> = []
      for (const [, world] of worlds) {
        const facts = yield* document(world)
        const text = [false, true]
          .map((verbose) => renderStatus(facts, { ...view, verbose }))
          .join("\n")
        for (const [, command = ""] of text.matchAll(
          /^ *(?:fix|or|and \d+ more|to end the cooldown now): .*?clawdbot (.*)$/gm
        ))
          commands.push(command)
      }
      assert.isAbove(commands.length, 12)
      for (const command of commands) {
        const argv = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
          ([, quoted, plain]) => quoted ?? plain ?? ""
        )
        const checked = check(root, argv)
        assert.isTrue(Either.isRight(checked) && checked.right.node.parse !== undefined, command)
      }
    })
  )
})

describe("help", () => {
  const pages = [
    [],
    ["onboard"],
    ["models"],
    ["models", "status"],
    ["models", "auth", "paste-token"],
    ["gateway"]
  ]
  for (const width of [60, 80, 140]) {
    it(`looks like this, ${width} columns wide`, async () => {
      const parts = pages.map((path) => {
        const checked = check(root, [...path, "--help"])
        if (Either.isLeft(checked)) return assert.fail(checked.left.message)
        const { node, path: words } = checked.right
        const text = renderHelp(node, words, width).join("\n")
        for (const { name } of node.options.map(ofOption))
          if (!node.hidden.has(name)) assert.include(text, `--${name}`)
        assert.include(text, path.length === 0 ? "clawdbot" : `clawdbot ${path.join(" ")}`)
        return `## ${words.join(" ")} --help\n\n${text}\n`
      })
      const all = parts.join("\n")
      for (const line of all.split("\n")) assert.isAtMost(line.length, width, line)
      assert.notInclude(all, "\u001b")
      await expect(all).toMatchFileSnapshot(`golden/help-${width}.txt`)
    })
  }
})
