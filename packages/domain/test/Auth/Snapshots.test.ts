import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { Snapshots } from "../../src/Auth/Snapshots.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld } from "./world.ts"

const request = { agent: AgentId.main, provider: ProviderId.anthropic }
const work = AgentId.normalize("work")

const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
const login = (expires: number) => ({
  type: "oauth",
  provider: "anthropic",
  access: `sk-ant-oat01-${expires}`,
  refresh: "sk-ant-ort01-shared",
  expires
})

const config = { agents: { list: [{ id: "main", default: true }, { id: "work" }] } }
const storeOf = (profile: unknown) => ({ version: 1, profiles: { "anthropic:me": profile } })

/** What a store holds from now on. */
const replace = (agent: AgentId.AgentId, profile: unknown) =>
  Effect.flatMap(ProfileStore, ({ modify }) =>
    modify(agent, () =>
      Either.right({
        document: Either.getOrThrow(ProfileDocument.decode(storeOf(profile))),
        result: undefined
      })
    )
  )

const withStores = (main: unknown, ofWork: unknown) => {
  const stores = ProfileMemory.layer({ main: storeOf(main), work: storeOf(ofWork) })
  return Layer.fresh(Snapshots.Default).pipe(
    Layer.provideMerge(stores),
    Layer.provideMerge(layerWorld({ config }))
  )
}

describe("the snapshot of an agent", () => {
  it.effect("is the same one, read or not, while nothing that it was made of changes", () =>
    Effect.gen(function* () {
      const { current, get, load } = yield* Snapshots
      assert.isUndefined(current(request))
      const first = yield* get(request)
      assert.strictEqual(yield* load(request), first)
      assert.strictEqual(current(request), first)
      // What another agent holds is nothing to it, where neither holds a login.
      yield* replace(work, key("three"))
      assert.strictEqual(yield* load(request), first)
    }).pipe(Effect.provide(withStores(key("one"), key("two"))))
  )

  it.effect("is another one after a change of its store", () =>
    Effect.gen(function* () {
      const { current, get, load } = yield* Snapshots
      const first = yield* get(request)
      yield* replace(AgentId.main, key("other"))
      assert.isUndefined(current(request))
      const second = yield* load(request)
      assert.notStrictEqual(second, first)
      assert.strictEqual(current(request), second)
    }).pipe(Effect.provide(withStores(key("one"), key("two"))))
  )

  it.effect("is another one after another agent has a newer copy of its login", () =>
    Effect.gen(function* () {
      const { current, get, load } = yield* Snapshots
      const first = yield* get(request)
      assert.strictEqual(current(request), first)
      assert.strictEqual(yield* load(request), first)
      yield* replace(work, login(9_000))
      assert.isUndefined(current(request))
      const second = yield* load(request)
      assert.notStrictEqual(second.stored.copies, first.stored.copies)
      assert.notStrictEqual(second, first)
    }).pipe(Effect.provide(withStores(login(5_000), login(5_000))))
  )

  it.effect("is not known without waiting where a layer has to look at its health first", () =>
    Effect.gen(function* () {
      const { current, get } = yield* Snapshots
      const first = yield* get(request)
      assert.isUndefined(current(request))
      assert.strictEqual(yield* get(request), first)
    }).pipe(
      Effect.provide(
        Layer.fresh(Snapshots.Default).pipe(
          Layer.provide(
            Layer.effect(
              HealthStore,
              Effect.map(HealthStore, (store) => ({ ...store, current: () => undefined }))
            )
          ),
          Layer.provideMerge(layerWorld({ config, stores: { main: storeOf(key("one")) } }))
        )
      )
    )
  )
})
