/**
 * Health files of any content: what this version does not understand is kept, what is known stays,
 * and nothing stops a request.
 */
import * as assert from "node:assert"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { mutatedDocument, type Json as Value } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import { surroundings, write } from "../temporaryState.ts"
import { entriesOf, folder, own, quietly, textOf, valueOf } from "./folder.ts"

const window = {
  scope: "credential",
  until: 4_000_000_000_000,
  class: "rate_limit",
  source: "retry-after",
  observedAt: 1_600_000_000_000
}
const samples: ReadonlyArray<Value> = [
  {
    version: 1,
    profiles: {
      "anthropic:one": {
        secretFingerprint: "f",
        organization: "org",
        lastUsedAt: 1_600_000_000_000,
        lastGoodAt: 1_600_000_000_000,
        needsLogin: { since: 5, cause: "revoked" },
        clearedAt: 1,
        ladder: { count: 2, lastFailureAt: 3, byClass: { rate_limit: 2, new_class: 1 } },
        windows: [window, { ...window, scope: "model:opus", source: "ladder" }, { scope: "new:x" }],
        unknown: { deep: [1] }
      },
      "anthropic:two": { secretFingerprint: "g", windows: [{ ...window, class: "new_class" }] }
    },
    later: { kept: true }
  },
  { version: 1, profiles: {} }
]

const arbitrary = fc.record({
  text: mutatedDocument(samples),
  event: fc.constantFrom("Used", "Failed", "Succeeded", "Cleared", "LoginEnded"),
  watching: fc.boolean()
})

const eventOf = (name: string, at: number): HealthEvent => {
  switch (name) {
    case "Failed":
      return {
        _tag: "Failed",
        at,
        startedAt: at - 10,
        failure: { class: "rate_limit", status: 429, windows: [] },
        jitterMs: 0,
        ladder: { billingBaseMs: 1, billingMaxMs: 2, failureWindowMs: 3 }
      }
    case "Succeeded":
      return { _tag: "Succeeded", at, startedAt: at - 10, target: anyRequest, windows: [] }
    case "LoginEnded":
      return { _tag: "LoginEnded", at, cause: "revoked" }
    case "Cleared":
      return { _tag: "Cleared", at }
    default:
      return { _tag: "Used", at }
  }
}

const recorded = ProfileId.of("anthropic:recorded")

/** Whether a record says something of a time to come, which a clock that was wrong noted. */
const isOfTheFuture = (record: unknown, now: number): boolean =>
  entriesOf(record).some(
    ([name, value]) =>
      name !== "until" &&
      (typeof value === "number" || typeof value === "string"
        ? Number(value) > now || Date.parse(String(value)) > now
        : isOfTheFuture(value, now) ||
          (Array.isArray(value) && value.some((item) => isOfTheFuture(item, now))))
  )

const lists = ["windows", "trials"]
const times = new Set([
  "until",
  "observedAt",
  "probedAt",
  "lastUsedAt",
  "lastGoodAt",
  "renewedAt",
  "clearedAt",
  "since",
  "lastFailureAt",
  "startedAt",
  "at"
])

/** Whether everything that one value says is said by another: times may be written otherwise. */
const says = (after: unknown, before: unknown): boolean => {
  if (Array.isArray(before))
    return Array.isArray(after) && before.every((item) => after.some((other) => says(other, item)))
  if (typeof before !== "object" || before === null) return Object.is(after, before)
  return entriesOf(before).every(([key, value]) => times.has(key) || says(own(after, key), value))
}

const assertKept = (name: string, before: unknown, after: unknown) => {
  for (const [key, value] of entriesOf(before)) {
    const kept = own(after, key)
    // Of what should be a list the one item there is.
    const wanted = lists.includes(key) && !Array.isArray(value) ? [value] : value
    if (!times.has(key))
      assert.ok(
        says(kept, wanted) || says(kept, value),
        `${name}.${key} was ${JSON.stringify(value)}`
      )
  }
}

/** The kind. */
export const health = Fuzz.kind(
  "health",
  arbitrary,
  Effect.map(folder, ({ empty, home }) => async ({ event, text, watching }) => {
    empty()
    const file = `${home}/.clawdbot/agents/main/agent/auth-health.json`
    write(file, text)
    // What no version reads, for its depth too, is put aside as it is.
    const before = Either.getOrUndefined(Json.parse(textOf(file) ?? ""))
    const now = Date.now()
    const layer = watching ? HealthFile.layerWatching : HealthFile.layer
    const document = await quietly(
      Effect.flatMap(HealthStore, (store) =>
        Effect.gen(function* () {
          yield* store.read(AgentId.main)
          yield* store.record(AgentId.main, recorded, "mark", eventOf(event, now))
          yield* store.flush
          return yield* store.read(AgentId.main)
        })
      ).pipe(Effect.provide(Layer.provide(layer, surroundings(home))))
    )
    assert.ok(document.profiles.has(recorded))
    const after = valueOf(file)
    assert.ok(own(own(after, "profiles"), recorded) !== undefined, "what was recorded is not there")
    const records = own(before, "profiles")
    if (own(before, "version") !== 1 || !isObject(records)) return
    for (const [name, record] of entriesOf(records)) {
      if (name === recorded || isOfTheFuture(record, now)) continue
      assertKept(name, record, own(own(after, "profiles"), name))
    }
    for (const [name, section] of entriesOf(before))
      if (name !== "profiles") assert.deepStrictEqual(own(after, name), section, `section ${name}`)
    assert.ok((textOf(file) ?? "").endsWith("\n"))
  })
)
