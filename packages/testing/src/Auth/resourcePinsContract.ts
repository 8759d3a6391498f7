/** What every `ResourcePins` must do. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { briefMs, maxPerGroup, type Pin, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

const work = AgentId.normalize("work")
const profile = ProfileId.of("anthropic:a")
const pin = (kind: string, id: string): Pin => ({ agent: AgentId.main, kind, id, profile })

/** Notes pins, and waits for what the answer of the last one would wait for. */
const noteAll = (
  pins: typeof ResourcePins.Service,
  noted: ReadonlyArray<Pin>,
  at: (index: number) => number = () => 0
) => noted.map((one, index) => pins.note(one, at(index))).at(-1) ?? Effect.void

/** Runs the suite against a layer; each test gets one of its own. */
export const resourcePinsContract = <E>(
  name: string,
  layer: Layer.Layer<ResourcePins, E>
): void => {
  describe(`ResourcePins: ${name}`, () => {
    it.effect("knows who created what, for the agent that asked for it and for no other", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        assert.isTrue(pins.isEmpty())
        yield* noteAll(pins, [pin("file", "file_1")])
        assert.isFalse(pins.isEmpty())
        assert.strictEqual(pins.find(AgentId.main, "file_1"), profile)
        assert.isUndefined(pins.find(work, "file_1"))
        assert.isUndefined(pins.find(AgentId.main, "file_2"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("forgets what was not asked for the longest when there are too many", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        const kindOf = (number: number) => (number % 2 === 0 ? "file" : "batch")
        yield* noteAll(
          pins,
          Array.from({ length: maxPerGroup }, (_, number) => pin(kindOf(number), `file_${number}`))
        )
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        yield* noteAll(pins, [pin("file", "file_new")])
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        assert.isUndefined(pins.find(AgentId.main, "file_1"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("containers, and what is set up, have bounds of their own", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        yield* noteAll(pins, [
          pin("file", "file_1"),
          pin("skill", "skill_1"),
          ...Array.from({ length: maxPerGroup + 1 }, (_, number) =>
            pin("container", `container_${number}`)
          )
        ])
        for (const id of ["file_1", "skill_1", `container_${maxPerGroup}`])
          assert.strictEqual(pins.find(AgentId.main, id), profile, id)
        assert.isUndefined(pins.find(AgentId.main, "container_0"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("threads and credits are remembered for six minutes, apart from the rest", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        for (const kind of ["thread", "fallback_credit"] as const) {
          assert.isUndefined(pins.note(pin(kind, "msg_1"), 1_000))
          assert.isTrue(pins.isEmpty())
          assert.isUndefined(pins.find(AgentId.main, "msg_1"))
          const at = (now: number) => pins.findBrief(kind, AgentId.main, "msg_1", now)
          assert.strictEqual(at(1_000 + briefMs - 1), profile)
          assert.isUndefined(at(1_000 + briefMs))
          assert.isUndefined(pins.findBrief(kind, work, "msg_1", 1_000))
        }
        yield* noteAll(pins, [pin("thread", "msg_2")], () => 2_000)
        assert.isUndefined(pins.findBrief("fallback_credit", AgentId.main, "msg_2", 2_000))
      }).pipe(Effect.provide(layer))
    )

    it.effect("a look finds nothing that nobody noted, and nothing of another agent", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        yield* noteAll(pins, [pin("batch", "msgbatch_01"), pin("thread", "msg_01")])
        assert.isFalse(yield* pins.look(AgentId.main, ["msgbatch_02", "msg_01"]))
        assert.isFalse(yield* pins.look(work, ["msgbatch_01"]))
        assert.isUndefined(pins.find(work, "msgbatch_01"))
        assert.strictEqual(pins.find(AgentId.main, "msgbatch_01"), profile)
      }).pipe(Effect.provide(layer))
    )

    it.effect("no more threads are remembered than that, the oldest go first", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        yield* noteAll(
          pins,
          Array.from({ length: maxPerGroup + 1 }, (_, number) => pin("thread", `msg_${number}`)),
          (number) => number
        )
        const known = (id: string) => pins.findBrief("thread", AgentId.main, id, maxPerGroup)
        assert.isUndefined(known("msg_0"))
        assert.strictEqual(known("msg_1"), profile)
        assert.strictEqual(known(`msg_${maxPerGroup}`), profile)
      }).pipe(Effect.provide(layer))
    )
  })
}
