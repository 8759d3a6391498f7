/** Requests that wait where that is no dearer than moving (decisions D56 and D57). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import { Affinity } from "../../../src/Auth/Affinity.ts"
import type { AuthRequest } from "../../../src/Auth/AuthRequest.ts"
import { AuthResolver } from "../../../src/Auth/AuthResolver.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../../src/Profile/ProviderId.ts"
import * as Usage from "../../../src/Usage/Usage.ts"
import {
  type Answer,
  answered,
  ask,
  invalid,
  limited,
  provider,
  start
} from "../scriptedAnswers.ts"
import { layerWorld, type World } from "../world.ts"

const token = (text: string) => ({ type: "token", provider: "anthropic", token: text })
const stores = { main: { profiles: { a: token("ka"), b: token("kb") } } }

const request: AuthRequest = {
  agent: AgentId.main,
  provider: ProviderId.anthropic,
  model: "claude-opus-5-5",
  conversation: "warm"
}

/** What is cached of the conversation. */
const cached = (tokens: number): Usage.Usage => ({ ...Usage.zero, cacheWrite5m: tokens })

interface Case {
  /** Beside `scheduling: "economy"`. */
  readonly auth?: Readonly<Record<string, unknown>>
  /** Undefined where no answer has said it. */
  readonly usage?: Usage.Usage | undefined
  readonly request?: AuthRequest
  /** Since the conversation's last request. */
  readonly idleSeconds?: number
  /** What its credential answers then, and what after that. */
  readonly answers: ReadonlyArray<Answer>
}

/** Who was asked, the warming request of `a` first, where the next one may wait for 5 minutes. */
const askedIn = (given: Case) => {
  const { answers, auth, idleSeconds = 10, request: next = request } = given
  const world: World = { stores, config: { auth: { scheduling: "economy", ...auth } } }
  return Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const upstream = provider({ ka: [answered, ...answers] })
    yield* ask({ ...request, model: next.model }, upstream)
    const { uses } = yield* Affinity
    const thread = { agent: AgentId.main, conversation: "warm", model: next.model }
    const usage = "usage" in given ? given.usage : cached(300_000)
    if (usage !== undefined) uses.learn(thread, ProfileId.of("a"), usage)
    yield* TestClock.adjust(idleSeconds * 1_000)
    const asked = yield* Effect.fork(ask(next, upstream))
    yield* TestClock.adjust("5 minutes")
    const { result } = yield* Fiber.join(asked)
    return { result: result._tag, names: upstream.names().join(" "), cache: uses.find(thread) }
  }).pipe(Effect.provide(layerWorld(world)))
}

const waits = "ka ka ka"
const moves = "ka ka kb"

describe("a warm conversation with auth.scheduling: economy", () => {
  // 300,000 tokens of Opus 5.5 cost $1.44 to write instead of to read: 4 min 19 s at $20 an hour.
  const rows: ReadonlyArray<readonly [what: string, expected: string, given: Case]> = [
    ["waits where that is no dearer than moving", waits, { answers: [limited(45)] }],
    ["waits for four minutes at most", moves, { answers: [limited(241)] }],
    ["moves where its cache is small", moves, { answers: [limited(45)], usage: cached(50_000) }],
    [
      "moves where an hour of waiting costs more",
      moves,
      { answers: [limited(45)], auth: { waitUsdPerHour: 200 } }
    ],
    [
      "waits for long where waiting costs nothing",
      waits,
      { answers: [limited(200)], usage: cached(1_000), auth: { waitUsdPerHour: 0 } }
    ],
    [
      "waits ten times as long for a sub-agent",
      waits,
      {
        answers: [limited(45)],
        usage: cached(50_000),
        request: { ...request, background: true }
      }
    ],
    [
      "moves where its cache would not outlive the wait",
      moves,
      { answers: [limited(45)], idleSeconds: 260 }
    ],
    [
      "waits by the hour that its cache lives",
      waits,
      {
        answers: [limited(45)],
        idleSeconds: 260,
        usage: { ...Usage.zero, cacheWrite1h: 300_000 }
      }
    ],
    [
      "waits no longer than auth.holdSeconds where that is set",
      moves,
      { answers: [limited(45)], auth: { holdSeconds: 30 } }
    ],
    [
      "does not wait by auth.holdSeconds what is dearer than moving",
      moves,
      { answers: [limited(45)], usage: cached(50_000), auth: { holdSeconds: 60 } }
    ],
    [
      "goes by auth.holdSeconds alone where no answer has said what is cached",
      waits,
      { answers: [limited(45)], usage: undefined, auth: { holdSeconds: 60 } }
    ],
    ["moves where neither is known", moves, { answers: [limited(45)], usage: undefined }],
    [
      "moves where its model has no price",
      moves,
      { answers: [limited(45)], request: { ...request, model: "claude-next" } }
    ],
    [
      "does not wait where tokens are only counted",
      moves,
      { answers: [limited(45)], request: { ...request, path: "/v1/messages/count_tokens" } }
    ],
    [
      "moves when it is limited again after the wait, which happens once",
      "ka ka ka kb",
      { answers: [limited(45), limited(20)] }
    ]
  ]
  for (const [what, expected, given] of rows)
    it.effect(what, () =>
      Effect.gen(function* () {
        const { names, result } = yield* askedIn(given)
        assert.deepStrictEqual({ names, result }, { names: expected, result: "Answered" })
      })
    )

  it.effect("gives a fault of the request to the client at once", () =>
    Effect.gen(function* () {
      const { names, result } = yield* askedIn({ answers: [invalid] })
      assert.deepStrictEqual({ names, result }, { names: "ka ka", result: "Refused" })
    })
  )

  it.effect("knows after a refusal until when its cache can be read, and what is in it", () =>
    Effect.gen(function* () {
      const { cache } = yield* askedIn({ answers: [invalid], idleSeconds: 100 })
      assert.deepInclude(cache, { profile: ProfileId.of("a"), usedAt: start, tokens: 300_000 })
    })
  )
})

it.effect("with a time beside the cost the one that is shorter ends the wait, all day long", () => {
  const opus = (name: string, more: Partial<AuthRequest> = {}): AuthRequest => ({
    ...request,
    conversation: name,
    ...more
  })
  const world: World = {
    stores,
    config: { auth: { scheduling: "economy", holdSeconds: 60 } }
  }
  return Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const upstream = provider({ ka: [answered, limited(45), answered, limited(90)] })
    const { uses } = yield* Affinity
    const learn = (conversation: string, profile: string, tokens: number) =>
      uses.learn(
        { agent: AgentId.main, conversation, model: request.model },
        ProfileId.of(profile),
        cached(tokens)
      )
    yield* ask(opus("long"), upstream)
    learn("long", "a", 300_000)
    yield* TestClock.adjust("10 seconds")
    // A limit of 45 s, $1.44 to move, a minute at most: it waits.
    const waiting = yield* Effect.fork(ask(opus("long"), upstream))
    yield* TestClock.adjust("20 seconds")
    assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
    // What is new goes on elsewhere meanwhile, and stays there.
    yield* ask(opus("new"), upstream)
    learn("new", "b", 5_000)
    yield* ask(opus("new agent", { background: true }), upstream)
    assert.deepStrictEqual(upstream.names(), ["ka", "ka", "kb", "kb"])
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).result._tag, "Answered")
    assert.strictEqual(upstream.names().at(-1), "ka")
    // 90 s cost less than the move, and are longer than the time that is set: it moves at once.
    yield* ask(opus("long"), upstream)
    assert.deepStrictEqual(upstream.names().slice(-2), ["ka", "kb"])
    learn("long", "b", 300_000)
    const resolver = yield* AuthResolver
    const { candidates } = yield* resolver.explain(opus("long"))
    assert.deepInclude(candidates[0], { profile: "b", place: "same conversation" })
    // The limit is over; it stays where it is now.
    yield* TestClock.adjust("2 minutes")
    yield* ask(opus("long"), upstream)
    assert.strictEqual(upstream.names().at(-1), "kb")
  }).pipe(Effect.provide(layerWorld(world)))
})

it.effect("with auth.scheduling: order nothing is weighed", () =>
  Effect.gen(function* () {
    const moved = yield* askedIn({ answers: [limited(45)], auth: { scheduling: "order" } })
    assert.strictEqual(moved.names, moves)
  })
)
