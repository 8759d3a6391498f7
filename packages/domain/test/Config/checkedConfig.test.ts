import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { ConfigInvalid } from "../../src/Config/ConfigError.ts"
import { type ConfigSnapshot, ConfigStore } from "../../src/Config/ConfigStore.ts"
import { checked } from "../../src/Config/checkedConfig.ts"

const withPort = (port: number) => `{ gateway: { port: ${port} } }`
const portOf = ({ config }: ConfigSnapshot) => config.gateway?.port

/** Refuses every config with an odd port, and counts how often it was asked. */
const evenPorts = () => {
  const asked: Array<number | undefined> = []
  const refusal = (snapshot: ConfigSnapshot): ConfigInvalid | undefined => {
    const port = portOf(snapshot)
    asked.push(port)
    return (port ?? 0) % 2 === 0
      ? undefined
      : new ConfigInvalid({
          path: snapshot.path,
          issues: [{ path: "gateway.port", problem: "odd" }]
        })
  }
  return { asked, refusal }
}

const withText = (text: string) =>
  ConfigMemory.layerWithTexts(text).pipe(
    Layer.provide(EnvironmentMemory.layer({})),
    Layer.provide(EnvironmentMemory.pathsLayer())
  )

describe("a config that is checked further", () => {
  it.effect("is refused at the start", () =>
    Effect.gen(function* () {
      const store = checked(yield* ConfigStore, evenPorts().refusal)
      const loaded = yield* Effect.either(store.load)
      assert.isTrue(Either.isLeft(loaded) && loaded.left._tag === "ConfigInvalid")
    }).pipe(Effect.provide(withText(withPort(1))))
  )

  it.effect(
    "a later one that is refused is reported, and the last good one stays until a better",
    () =>
      Effect.gen(function* () {
        const texts = yield* ConfigMemory.ConfigTexts
        const store = checked(yield* ConfigStore, evenPorts().refusal)
        for (const [port, used] of [
          [2, 2],
          [3, 2],
          [4, 4]
        ] as const) {
          yield* texts.put(withPort(port))
          assert.strictEqual(portOf(yield* store.load), used)
        }
        const good = yield* store.load
        const odd = { ...good, config: { gateway: { port: 5 } } }
        const changing = checked(
          { ...store, changes: Stream.make(Either.right(odd), Either.right(good)) },
          evenPorts().refusal
        )
        const states = Chunk.toReadonlyArray(yield* Stream.runCollect(changing.changes))
        assert.deepStrictEqual(
          states.map(Either.match({ onLeft: ({ _tag }) => _tag, onRight: portOf })),
          ["ConfigInvalid", 4]
        )
      }).pipe(Effect.provide(withText(withPort(2))))
  )

  it.effect("what is known without looking is checked once for each state of the file", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      const good = yield* store.load
      const { asked, refusal } = evenPorts()
      let now = good
      const looked = checked({ ...store, current: () => now }, refusal)
      assert.strictEqual(looked.current(), good)
      assert.strictEqual(looked.current(), good)
      now = { ...good, config: { gateway: { port: 5 } } }
      assert.strictEqual(looked.current(), good)
      assert.strictEqual(looked.current(), good)
      assert.deepStrictEqual(asked, [2, 5])
    }).pipe(Effect.provide(withText(withPort(2))))
  )
})
