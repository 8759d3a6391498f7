import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as KeptAsideMemory from "@clawdbot/testing/Profile/KeptAsideMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { ConfigStore } from "../../src/Config/ConfigStore.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import { RefreshJournal } from "../../src/OAuth/RefreshJournal.ts"
import { refreshFingerprint } from "../../src/OAuth/StoredLogin.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import { enrol, type OnTaken } from "../../src/Profile/enrolment.ts"
import { KeptAside } from "../../src/Profile/KeptAside.ts"
import { undo } from "../../src/Profile/logout.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { StatusReport } from "../../src/Status/StatusReport.ts"

const now = 1_800_000_000_000
const month = 30 * 86_400_000
const manual = ProfileId.of("anthropic:manual")
const common = { provider: ProviderId.anthropic, extra: Credential.noExtra }

const token = (text: string, expires?: number): Credential.Credential => ({
  type: "token",
  token: Redacted.make(`sk-ant-oat01-${text.padEnd(80, "x")}`),
  expires,
  ...common
})
const key = (text: string): Credential.Credential => ({
  type: "api_key",
  key: Redacted.make(`sk-ant-api03-${text}`),
  ...common
})
const record = (credential: Credential.Credential) => Redacted.value(Credential.encode(credential))

interface World {
  readonly config?: string
  readonly stores?: Readonly<Record<string, unknown>>
}

const layer = ({ config = "{}", stores = {} }: World = {}) =>
  StatusReport.Default.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        ConfigMemory.layer(config),
        ProfileMemory.layer(stores),
        HealthMemory.layer,
        KeptAsideMemory.layer,
        RefreshJournalMemory.layer()
      )
    ),
    Layer.provideMerge(Layer.merge(EnvironmentMemory.layer({}), EnvironmentMemory.pathsLayer()))
  )

const put = (
  credential: Credential.Credential,
  more: {
    readonly profile?: ProfileId.ProfileId
    readonly isNamed?: boolean
    readonly agent?: AgentId.AgentId
    readonly answer?: OnTaken
  } = {}
) =>
  enrol({
    agent: more.agent ?? AgentId.main,
    profile: more.profile ?? manual,
    isNamed: more.isNamed ?? false,
    credential,
    onTaken: () => Effect.succeed(more.answer ?? "keep both")
  })

const stored = (agent: AgentId.AgentId = AgentId.main) =>
  Effect.flatMap(ProfileStore, ({ read }) =>
    Effect.map(read(agent), ({ document }) => ({
      secrets: Object.fromEntries(
        [...document.profiles].map(([id, credential]) => [
          id,
          Redacted.value(Credential.secret(credential)).slice(13).replace(/x+$/, "")
        ])
      ),
      order: document.order.get(ProviderId.anthropic)
    }))
  )

const configured = Effect.flatMap(ConfigStore, ({ load }) =>
  Effect.map(load, ({ config }) => config.auth)
)

describe("enrol", () => {
  it.effect("twelve monthly pastes of an expiring token leave one profile that answers", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      for (let paste = 1; paste <= 12; paste++) {
        yield* put(token(`month-${paste}`, now + paste * month))
        const { document } = yield* (yield* StatusReport).report(undefined)
        assert.strictEqual(document.auth.explanation.chosen, manual)
        yield* TestClock.adjust(month)
      }
      yield* TestClock.adjust(-month)
      assert.deepStrictEqual((yield* stored()).secrets, { [manual]: "month-12" })
      assert.deepStrictEqual(Object.keys((yield* configured)?.profiles ?? {}), [manual])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("pastes ahead of the end take turns at two ids, however many there are", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      for (let paste = 0; paste < 12; paste++) {
        yield* put(token(`month-${paste}`, now + paste * month + month))
        yield* TestClock.adjust(month - 86_400_000)
      }
      assert.strictEqual(Object.keys((yield* stored()).secrets).length, 2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("keeps both where the id is taken: the new one before the old in every order", () =>
    Effect.gen(function* () {
      const done = yield* put(token("new"))
      assert.deepInclude<object>(done, { profile: "anthropic:manual-2", beside: manual })
      const order = ["anthropic:a", "anthropic:manual-2", manual]
      assert.deepStrictEqual(yield* stored(), {
        secrets: { "anthropic:a": "a", [manual]: "old", "anthropic:manual-2": "new" },
        order: order.map(ProfileId.of)
      })
      const auth = yield* configured
      assert.deepStrictEqual(auth?.order, { anthropic: order })
      assert.deepStrictEqual(auth?.profiles?.["anthropic:manual-2"]?.mode, "token")
      // An agent that reads this one's profiles has an order of its own.
      assert.deepStrictEqual<ReadonlyArray<string> | undefined>(
        (yield* stored(AgentId.normalize("reader"))).order,
        ["anthropic:manual-2", manual]
      )
      // One with a profile of its own under that id means its own.
      assert.deepStrictEqual<ReadonlyArray<string> | undefined>(
        (yield* stored(AgentId.normalize("owner"))).order,
        [manual]
      )
    }).pipe(
      Effect.provide(
        layer({
          config: JSON.stringify({
            auth: {
              profiles: {
                "anthropic:a": { provider: "anthropic", mode: "api_key" },
                [manual]: { provider: "anthropic", mode: "token" }
              },
              order: { anthropic: ["anthropic:a", manual] }
            },
            agents: {
              list: [
                { id: "main" },
                { id: "reader", auth: { inheritFrom: "main" } },
                { id: "owner", auth: { inheritFrom: "main" } }
              ]
            }
          }),
          stores: {
            main: {
              profiles: { "anthropic:a": record(key("a")), [manual]: record(token("old")) },
              order: { anthropic: ["anthropic:a", manual] }
            },
            reader: { profiles: {}, order: { anthropic: [manual] } },
            owner: {
              profiles: { [manual]: record(token("mine")) },
              order: { anthropic: [manual] }
            }
          }
        })
      )
    )
  )

  it.effect("the same again changes nothing, under whichever of the two ids it is", () =>
    Effect.gen(function* () {
      yield* put(token("old", now + month))
      yield* put(token("new"))
      const before = yield* stored()
      for (const text of ["new", "old", "new"]) {
        const done = yield* put(token(text))
        assert.strictEqual(done.replaced, undefined)
      }
      assert.deepStrictEqual(yield* stored(), before)
      // What was known of its end stays known.
      const { document } = yield* (yield* ProfileStore).read(AgentId.main)
      assert.deepInclude(document.profiles.get(manual), { expires: now + month })
    }).pipe(Effect.provide(layer()))
  )

  it.effect("what is replaced is kept, and undo brings it back with its kind", () =>
    Effect.gen(function* () {
      yield* put(key("old"))
      const done = yield* put(token("new"), { isNamed: true })
      assert.deepInclude<object>(done, { profile: manual, replaced: "named", beside: undefined })
      assert.deepStrictEqual((yield* stored()).secrets, { [manual]: "new" })
      assert.strictEqual((yield* configured)?.profiles?.[manual]?.mode, "token")
      yield* undo({ agent: AgentId.main, profile: manual })
      assert.deepStrictEqual((yield* stored()).secrets, { [manual]: "old" })
      assert.strictEqual((yield* configured)?.profiles?.[manual]?.mode, "api_key")
      yield* undo({ agent: AgentId.main, profile: manual })
      assert.deepStrictEqual((yield* stored()).secrets, { [manual]: "new" })
    }).pipe(Effect.provide(layer()))
  )

  it.effect("what a person replaces, asked, is kept as well", () =>
    Effect.gen(function* () {
      yield* put(token("old"))
      const done = yield* put(token("new"), { answer: "replace" })
      assert.strictEqual(done.replaced, "named")
      const kept = yield* (yield* KeptAside).find(AgentId.main, manual)
      assert.strictEqual(kept.length, 1)
      assert.deepStrictEqual((yield* stored()).secrets, { [manual]: "new" })
    }).pipe(Effect.provide(layer()))
  )

  it.effect(
    "one that the provider refused, or whose sign-in ended, gives way without a question",
    () =>
      Effect.gen(function* () {
        const health = yield* HealthStore
        yield* put(token("old"))
        const mark = Credential.secretFingerprint(token("old"))
        yield* health.record(AgentId.main, manual, mark, {
          _tag: "LoginEnded",
          at: now,
          cause: "revoked"
        })
        const done = yield* put(token("new"))
        assert.deepInclude<object>(done, { profile: manual, replaced: "sign-in ended" })
        // The new one starts clean.
        const after = (yield* health.read(AgentId.main)).profiles.get(manual)
        assert.strictEqual(after?.needsLogin, undefined)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("a login that the journal remembers as ended gives way as well", () =>
    Effect.gen(function* () {
      const pair: Credential.Credential = {
        type: "oauth",
        access: Redacted.make("a"),
        refresh: Redacted.make("r"),
        expires: now + month,
        ...common
      }
      yield* put(pair)
      const journal = yield* RefreshJournal
      yield* journal.record(refreshFingerprint(pair), {
        _tag: "Ended",
        at: now,
        cause: "revoked",
        detail: "",
        unread: undefined
      })
      const done = yield* put(token("new"))
      assert.deepInclude<object>(done, { profile: manual, replaced: "sign-in ended" })
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a sign-in that ended does not come back by storing the same pair again", () =>
    Effect.gen(function* () {
      const health = yield* HealthStore
      const pair: Credential.Credential = {
        type: "oauth",
        access: Redacted.make("a"),
        refresh: Redacted.make("r"),
        expires: now + month,
        ...common
      }
      yield* put(pair)
      const mark = Credential.secretFingerprint(pair)
      const ended = { _tag: "LoginEnded", at: now, cause: "revoked" } as const
      yield* health.record(AgentId.main, manual, mark, ended)
      yield* put(pair, { isNamed: true })
      const after = (yield* health.read(AgentId.main)).profiles.get(manual)
      assert.strictEqual(after?.needsLogin?.cause, "revoked")
    }).pipe(Effect.provide(layer()))
  )

  it.effect(
    "no other agent's credential stops being used: its id is not taken for another kind",
    () =>
      Effect.gen(function* () {
        const done = yield* put(token("new"), { agent: AgentId.normalize("work") })
        assert.deepInclude<object>(done, {
          profile: "anthropic:manual-2",
          holder: "main",
          beside: undefined
        })
        const { document } = yield* (yield* StatusReport).report(AgentId.main)
        assert.strictEqual(document.auth.explanation.chosen, manual)
        const failed = yield* Effect.flip(
          put(token("new"), { agent: AgentId.normalize("work"), isNamed: true })
        )
        assert.deepInclude<object>(failed, {
          _tag: "ProfileIdUnusable",
          free: "anthropic:manual-2"
        })
      }).pipe(
        Effect.provide(
          layer({
            config: `{ agents: { list: [{ id: "main" }, { id: "work" }] } }`,
            stores: { main: { profiles: { [manual]: record(key("mine")) } } }
          })
        )
      )
  )

  it.effect("profiles that no config lists go on being used once the first one is listed", () =>
    Effect.gen(function* () {
      yield* put(token("new"))
      const { document } = yield* (yield* StatusReport).report(undefined)
      const { candidates, rejected } = document.auth.explanation
      assert.deepStrictEqual(
        candidates.map(({ profile }) => profile),
        [manual, "anthropic:default"]
      )
      assert.deepStrictEqual(rejected, [])
    }).pipe(
      Effect.provide(
        layer({ stores: { main: { profiles: { "anthropic:default": record(key("mine")) } } } })
      )
    )
  )
})
