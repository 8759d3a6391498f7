/** What every `KeptAside` must keep, run against each layer. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const id = ProfileId.of("anthropic:work")

const kept = (secret: string): LoggedOut.LoggedOut => ({
  profile: id,
  credential: {
    type: "api_key",
    provider: ProviderId.anthropic,
    key: Redacted.make(secret),
    extra: Redacted.make({ note: "kept" })
  },
  at: 1_800_000_000_000,
  place: 2,
  consent: undefined
})

const push = (secret: string, agent: AgentId.AgentId = AgentId.main) =>
  Effect.flatMap(KeptAside, ({ modify }) =>
    modify(agent, id, (all) => LoggedOut.push(all, kept(secret)))
  )

const secrets = (agent: AgentId.AgentId = AgentId.main) =>
  Effect.flatMap(KeptAside, ({ find }) =>
    Effect.map(find(agent, id), (all) =>
      all.map(({ credential }) => Redacted.value(Credential.secret(credential)))
    )
  )

/** The contract. */
export const keptAsideContract = <E>(name: string, layer: () => Layer.Layer<KeptAside, E>) =>
  describe(`KeptAside: ${name}`, () => {
    it.effect("gives back what was kept, newest first, whole", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* secrets(), [])
        yield* push("a")
        yield* push("b")
        assert.deepStrictEqual(yield* secrets(), ["b", "a"])
        const [newest] = yield* (yield* KeptAside).find(AgentId.main, id)
        assert.deepInclude(newest, { profile: id, at: 1_800_000_000_000, place: 2 })
        assert.deepStrictEqual(newest && Redacted.value(newest.credential.extra), { note: "kept" })
      }).pipe(Effect.provide(layer()))
    )

    it.effect("keeps each secret once, and no more than a few", () =>
      Effect.gen(function* () {
        for (const secret of ["a", "b", "a", "c", "d", "e", "f", "g"]) yield* push(secret)
        assert.deepStrictEqual(yield* secrets(), ["g", "f", "e", "d", "c"])
      }).pipe(Effect.provide(layer()))
    )

    it.effect("leaves nothing where nothing is kept, and agents apart", () =>
      Effect.gen(function* () {
        const other = AgentId.normalize("work")
        yield* push("a")
        yield* push("b", other)
        yield* (yield* KeptAside).modify(AgentId.main, id, () => [])
        assert.deepStrictEqual([yield* secrets(), yield* secrets(other)], [[], ["b"]])
      }).pipe(Effect.provide(layer()))
    )

    it.live("loses nothing that is kept at the same time", () =>
      Effect.gen(function* () {
        yield* Effect.all(
          ["a", "b", "c", "d"].map((secret) => push(secret)),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual((yield* secrets()).toSorted(), ["a", "b", "c", "d"])
      }).pipe(Effect.provide(layer()))
    )
  })
