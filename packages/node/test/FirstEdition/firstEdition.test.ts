/** State files of the first edition are read for good (decision D48). */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as Health from "@clawdbot/domain/Health/HealthDocument"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { requestTarget } from "@clawdbot/domain/Health/RequestTarget"
import { isStated } from "@clawdbot/domain/Health/Window"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ResourcePinsFile from "../../src/Auth/ResourcePinsFile.ts"
import * as Disk from "../../src/File/Disk.ts"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import * as UsageFiles from "../../src/Usage/UsageFiles.ts"
import { pathsIn, statePaths, surroundings, temporaryFolder, write } from "../temporaryState.ts"

const text = (name: string): string =>
  fs.readFileSync(fileURLToPath(new URL(`./files/${name}`, import.meta.url)), "utf8")
const parsed = (name: string): { readonly profiles: Readonly<Record<string, unknown>> } =>
  JSON.parse(text(name))
const health = Health.decode(parsed("auth-health.json"))
const names = ["credit", "ladder", "limited", "ok", "plan", "refused", "tokens"]
const of = (name: string): Health.ProfileHealth => {
  const found = health.profiles.get(ProfileId.of(`anthropic:${name}`))
  return found ?? assert.fail(`${name} is gone`)
}
/** A moment after the last refusal. */
const now = Math.max(...names.flatMap((name) => of(name).windows.map((one) => one.observedAt))) + 1

/** A home with the files as they were. */
const homeWithFiles = Effect.map(temporaryFolder, (home) => {
  const { stateDir } = pathsIn(home)
  for (const name of ["auth-health.json", "auth-profiles.json"])
    write(`${stateDir}/agents/main/agent/${name}`, text(name))
  write(`${stateDir}/gateway-pins.jsonl`, text("gateway-pins.jsonl"))
  write(`${stateDir}/usage/2026-11-28.jsonl`, text("usage.jsonl"))
  return home
})

describe("a health file of the first edition", () => {
  const targets = {
    opus4: requestTarget({ model: "claude-opus-4-5" }),
    opus5: requestTarget({ model: "claude-opus-5" }),
    sonnet: requestTarget({ model: "claude-sonnet-4-5" }),
    haiku: requestTarget({ model: "claude-haiku-4-5" }),
    files: requestTarget({ path: "/v1/files" })
  }
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<string>, "stated" | "guessed"]> = [
    ["limited", Object.keys(targets), "stated"],
    // Limits of families hold for every group of the family, and those of no model for all.
    ["tokens", ["opus4", "opus5", "sonnet", "haiku"], "stated"],
    ["plan", ["opus4", "opus5"], "stated"],
    ["ladder", Object.keys(targets), "guessed"],
    ["refused", Object.keys(targets), "guessed"],
    ["credit", Object.keys(targets), "guessed"]
  ]
  for (const [name, blocked, kind] of rows) {
    it(`${name}: stands in the way of ${blocked.join(", ")} until its end, as ${kind}`, () => {
      const found = Object.entries(targets).filter(
        ([, target]) => HealthPolicy.obstacles(of(name), target, now).length > 0
      )
      assert.deepStrictEqual(
        found.map(([target]) => target),
        blocked
      )
      for (const [, target] of found) {
        for (const obstacle of HealthPolicy.obstacles(of(name), target, now))
          assert.strictEqual(isStated(obstacle) ? "stated" : "guessed", kind)
        const end = HealthPolicy.usableAt(of(name), target, now)
        assert.isAbove(end, now)
        assert.strictEqual(HealthPolicy.usableAt(of(name), target, end), 0)
      }
    })
  }

  it("keeps everything when it is written again", () => {
    assert.deepStrictEqual(
      JSON.parse(JSON.stringify(Health.encode(health))),
      parsed("auth-health.json")
    )
  })

  it("scopes that only its reader knew rest every group of the family", () => {
    const window = { until: now + 1_000, class: "rate_limit", source: "none", observedAt: now }
    const scopes = ["model:opus", "requests:opus", "output-tokens:opus", "5h:opus", "7d:opus"]
    for (const scope of scopes) {
      const known = Health.decode({
        version: 1,
        profiles: { p: { secretFingerprint: "mark", windows: [{ ...window, scope }] } }
      }).profiles.get(ProfileId.of("p"))
      const blocks = (target: keyof typeof targets) =>
        known !== undefined && HealthPolicy.obstacles(known, targets[target], now).length > 0
      assert.deepStrictEqual(
        [blocks("opus4"), blocks("opus5"), blocks("sonnet"), blocks("files")],
        [true, true, false, false],
        scope
      )
    }
  })

  it.scopedLive("is written by this version without losing a profile", () =>
    Effect.gen(function* () {
      const home = yield* homeWithFiles
      yield* Effect.gen(function* () {
        const store = yield* HealthStore
        yield* store.record(AgentId.main, ProfileId.of("anthropic:new"), "mark", {
          _tag: "Used",
          at: now
        })
      }).pipe(Effect.provide(Layer.provide(HealthFile.layerWatching, surroundings(home))))
      const file = path.join(pathsIn(home).stateDir, "agents/main/agent/auth-health.json")
      const { profiles } = JSON.parse(fs.readFileSync(file, "utf8"))
      for (const name of names) assert.property(profiles, `anthropic:${name}`)
      assert.property(profiles, "anthropic:new")
      const limited = "anthropic:limited"
      assert.deepStrictEqual(profiles[limited], parsed("auth-health.json").profiles[limited])
    })
  )
})

describe("other state files of the first edition", () => {
  it.scopedLive("a store keeps its profiles, its order and what is another program's", () =>
    Effect.gen(function* () {
      const home = yield* homeWithFiles
      const file = `${pathsIn(home).stateDir}/agents/main/agent/auth-profiles.json`
      yield* Effect.gen(function* () {
        const store = yield* ProfileStore
        const { document } = yield* store.read(AgentId.main)
        assert.deepStrictEqual(
          [...document.profiles.keys()].sort(),
          names.map((n) => `anthropic:${n}`)
        )
        // The health file is about these secrets.
        for (const name of names) {
          const held = document.profiles.get(ProfileId.of(`anthropic:${name}`))
          if (held === undefined) return assert.fail(`${name} is gone`)
          assert.strictEqual(Credential.secretFingerprint(held), of(name).secretFingerprint)
        }
        yield* store.modify(AgentId.main, (known) =>
          Either.right({
            document: ProfileDocument.remove(known, ProfileId.of("anthropic:credit")),
            result: undefined
          })
        )
      }).pipe(Effect.provide(Layer.provide(ProfileFile.layer, surroundings(home))))
      const before = JSON.parse(text("auth-profiles.json"))
      delete before.profiles["anthropic:credit"]
      before.order.anthropic = before.order.anthropic.filter(
        (id: string) => id !== "anthropic:credit"
      )
      assert.deepStrictEqual(JSON.parse(fs.readFileSync(file, "utf8")), before)
    })
  )

  it.scopedLive("a pin still says who created a batch", () =>
    Effect.gen(function* () {
      const home = yield* homeWithFiles
      yield* Effect.gen(function* () {
        const pins = yield* ResourcePins
        assert.strictEqual(pins.find(AgentId.main, "msgbatch_01First"), "anthropic:ok")
      }).pipe(
        Effect.provide(
          Layer.provide(ResourcePinsFile.layer, Layer.merge(statePaths(home), Disk.layer))
        )
      )
    })
  )

  it.scopedLive("the ledger still says what was used", () =>
    Effect.gen(function* () {
      const home = yield* homeWithFiles
      yield* Effect.gen(function* () {
        const ledger = yield* UsageLedger
        const cells = yield* ledger.cells({ since: 0, until: 4_102_444_800_000 })
        assert.deepStrictEqual(
          cells.map(({ model, profile, requests, usage }) => [model, profile, requests, usage]),
          ["claude-opus-4-5", "claude-sonnet-4-5"].map((model) => [
            model,
            "anthropic:ok",
            1,
            {
              input: 5,
              output: 2,
              cacheRead: 7,
              cacheWrite5m: 0,
              cacheWrite1h: 0,
              cacheWriteOther: 3
            }
          ])
        )
      }).pipe(
        Effect.provide(
          Layer.provide(
            UsageFiles.layer,
            surroundings(home, '{"gateway":{"usage":{"retentionDays":36500}}}')
          )
        )
      )
    })
  )
})
