/** What every `AccessTokens` must do. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AccessTokens, type OwnTokens } from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const hash = (digit: number): string => String(digit).repeat(64).slice(0, 64)
const laptop: ClientTokens.ClientToken = { hash: hash(1), createdAt: 1_700_000_000_000 }
const bound: ClientTokens.ClientToken = {
  hash: hash(2),
  createdAt: 1_700_000_000_001,
  agent: AgentId.normalize("research")
}

const add = (name: string, token: ClientTokens.ClientToken) =>
  Effect.flatMap(AccessTokens, ({ modifyClients }) =>
    modifyClients((known) => ClientTokens.add(known, name, token))
  )
const revoke = (name: string) =>
  Effect.flatMap(AccessTokens, ({ modifyClients }) =>
    modifyClients((known) => ClientTokens.revoke(known, name))
  )
const clients = Effect.flatMap(AccessTokens, ({ clients }) =>
  Effect.map(clients, (stored) => stored.clients)
)

/** Looks until it holds; gives after how many ms it did. */
const within = (holds: () => boolean, began = performance.now()): Effect.Effect<number> =>
  Effect.suspend(() => {
    // real time: the promise is about a second of the wall clock.
    const passed = performance.now() - began
    if (holds() || passed > 5_000) return Effect.succeed(passed)
    // real time: looks until another process, or another fiber, has done something.
    return Effect.delay(within(holds, began), 10)
  })

/** Makes what is missing of the gateway's own tokens. */
const complete = (made: string) =>
  Effect.flatMap(AccessTokens, ({ completeOwn }) =>
    completeOwn((stored) => ({
      client: stored.client ?? Redacted.make(`client-${made}`),
      admin: stored.admin ?? Redacted.make(`admin-${made}`)
    }))
  )

const shown = ({ admin, client }: OwnTokens): ReadonlyArray<string | undefined> =>
  [client, admin].map((token) => token && Redacted.value(token))

/** Runs the suite against a layer; each test gets one of its own. */
export const accessTokensContract = <E>(
  name: string,
  layer: Layer.Layer<AccessTokens, E>
): void => {
  describe(`AccessTokens: ${name}`, () => {
    it.scopedLive("keeps clients with their agents, and gives no name twice", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* clients, {})
        yield* add("laptop", laptop)
        yield* add("lab.2", bound)
        assert.deepStrictEqual(yield* clients, { laptop, "lab.2": bound })
        const taken = yield* Effect.flip(add("laptop", bound))
        assert.strictEqual(taken._tag, "ClientNameRefused")
        assert.deepStrictEqual(yield* clients, { laptop, "lab.2": bound })
        yield* revoke("laptop")
        assert.deepStrictEqual(yield* clients, { "lab.2": bound })
        assert.strictEqual((yield* Effect.flip(revoke("laptop")))._tag, "ClientNameRefused")
        yield* add("laptop", laptop)
        assert.deepStrictEqual((yield* clients).laptop, laptop)
      }).pipe(Effect.provide(layer))
    )

    it.scopedLive("loses none of the clients that are added at once", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 8 }, (_, index) => `client-${index}`)
        yield* Effect.forEach(
          names,
          (client, index) => add(client, { hash: hash(index), createdAt: index }),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(Object.keys(yield* clients).sort(), names)
      }).pipe(Effect.provide(layer))
    )

    it.scopedLive("lets a gateway know within a second of a client added or revoked", () =>
      Effect.gen(function* () {
        yield* add("laptop", laptop)
        const { watchClients } = yield* AccessTokens
        const current = yield* watchClients
        assert.deepStrictEqual(
          [...current()],
          [[laptop.hash, { name: "laptop", agent: undefined }]]
        )
        yield* add("lab", bound)
        assert.isBelow(yield* within(() => current().has(bound.hash)), 1_000)
        assert.deepStrictEqual(current().get(bound.hash), { name: "lab", agent: bound.agent })
        yield* revoke("laptop")
        assert.isBelow(yield* within(() => !current().has(laptop.hash)), 1_000)
      }).pipe(Effect.provide(layer))
    )

    it.scopedLive("makes the gateway's own tokens once, however many start at once", () =>
      Effect.gen(function* () {
        const { own } = yield* AccessTokens
        assert.deepStrictEqual(shown(yield* own), [undefined, undefined])
        const made = yield* Effect.forEach(["a", "b", "c", "d"], complete, {
          concurrency: "unbounded"
        })
        const [first] = made
        for (const tokens of made) assert.deepStrictEqual(shown(tokens), shown(first ?? {}))
        assert.deepStrictEqual(shown(yield* own), shown(first ?? {}))
        assert.deepStrictEqual(shown(yield* complete("later")), shown(first ?? {}))
      }).pipe(Effect.provide(layer))
    )

    it.scopedLive("makes one of the gateway's own tokens where the other one is set", () =>
      Effect.gen(function* () {
        const { completeOwn, own } = yield* AccessTokens
        yield* completeOwn((stored) => ({ ...stored, admin: Redacted.make("admin-only") }))
        assert.deepStrictEqual(shown(yield* own), [undefined, "admin-only"])
        assert.deepStrictEqual(shown(yield* complete("x")), ["client-x", "admin-only"])
      }).pipe(Effect.provide(layer))
    )
  })
}
