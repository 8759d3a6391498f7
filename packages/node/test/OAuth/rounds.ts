/** The scenarios of the process tests, for the short suite and the long one. */
import * as fs from "node:fs/promises"
import type { ScriptedTokenEndpoint } from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fleet from "./fleet.ts"

export interface Scenario {
  readonly processes: number
  readonly fibers: number
  readonly rounds: number
  readonly agents?: ReadonlyArray<string>
  readonly platform?: NodeJS.Platform
  /** Before a round. */
  readonly before?: (at: {
    readonly endpoint: ScriptedTokenEndpoint
    readonly stateDir: string
    readonly round: number
  }) => Promise<void>
}

/** All processes find one expired login at once, round after round: one grant a round, everybody served with it. */
export const oneGrantARound = (scenario: Scenario) =>
  Effect.gen(function* () {
    const { agents = ["main"], fibers, platform = process.platform, processes, rounds } = scenario
    const endpoint = yield* Endpoint.make
    const stateDir = yield* Fleet.temporaryFolder
    const file = yield* Fleet.bundle()
    const tokens = endpoint.families.signIn()
    for (const agent of agents) yield* Fleet.writeLogin(stateDir, agent, tokens, 1_000)
    const workers = yield* Effect.forEach(
      Array.from({ length: processes }, (_, index) => agents[index % agents.length] ?? "main"),
      (agent) =>
        Fleet.start(file, {
          stateDir,
          tokenUrl: endpoint.url,
          agents,
          agent,
          staleMs: 600,
          platform,
          profile: Fleet.usualProfile
        }),
      { concurrency: 4 }
    )
    for (let round = 1; round <= rounds; round++) {
      if (scenario.before !== undefined) {
        const { before } = scenario
        yield* Effect.promise(() => before({ endpoint, stateDir, round }))
      }
      const served = yield* Effect.promise(() => Promise.all(workers.map((worker) => worker.ask(fibers))))
      const stored = yield* Fleet.readLogin(stateDir, agents[0] ?? "main")
      assert.deepStrictEqual([...new Set(served.flat())], [stored.access])
      assert.deepStrictEqual(endpoint.families.counters(), {
        grants: round,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
      for (const agent of agents) {
        const copy = yield* Fleet.readLogin(stateDir, agent)
        assert.strictEqual(copy.refresh, stored.refresh)
        assert.strictEqual(copy.unknownField, "kept")
        yield* Fleet.expire(stateDir, agent)
      }
    }
    // No secret stays behind in the journal.
    const journal = `${stateDir}/run/refresh-journal`
    for (const name of yield* Effect.promise(() => fs.readdir(journal))) {
      assert.notInclude(yield* Effect.promise(() => fs.readFile(`${journal}/${name}`, "utf8")), "sk-ant-")
    }
  })

/** How long a grant takes in the rounds with kills. */
const grantMs = 30

/** What became of the rounds in which a process was killed at a random moment. */
export interface KillCount {
  readonly served: number
  readonly lost: number
  /** Rounds in which the token was asked for twice: the kill fell into the request. */
  readonly repeated: number
}

/**
 * Each round one process is killed at a random moment. The others are served with one grant; unless the kill fell between the
 * provider's answer and the journal, where nobody can know the new token: then the login ends as documented, after one more try.
 */
export const killedAtRandom = (scenario: Scenario & { readonly killWithinMs: number }) =>
  Effect.gen(function* () {
    const { fibers, platform = process.platform, processes, rounds } = scenario
    const endpoint = yield* Endpoint.make
    endpoint.script.always({ beforeMs: grantMs })
    const file = yield* Fleet.bundle()
    let [served, lost, repeated] = [0, 0, 0]
    for (let round = 1; round <= rounds; round++) {
      const before = endpoint.families.counters()
      const stateDir = yield* Fleet.temporaryFolder
      const tokens = endpoint.families.signIn()
      yield* Fleet.writeLogin(stateDir, "main", tokens, 1_000)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const workers = yield* Effect.forEach(
            Array.from({ length: processes }, () => "main"),
            (agent) =>
              Fleet.start(file, {
                stateDir,
                tokenUrl: endpoint.url,
                agents: ["main"],
                agent,
                staleMs: 600,
                platform,
                profile: Fleet.usualProfile
              }),
            { concurrency: 4 }
          )
          // Every other round the kill is aimed at the request: before it is granted, as it is, and while the answer is being stored.
          const aimed = round % 2 === 0
          const asked = endpoint.requests.length
          const first = workers[0]?.ask(fibers)
          if (aimed) {
            while (endpoint.requests.length === asked) yield* Effect.sleep(1)
          }
          const asking = workers.slice(1).map((worker) => worker.ask(fibers))
          yield* Effect.sleep(aimed ? (round * 37) % (3 * grantMs) : (round * 7919) % scenario.killWithinMs)
          workers[0]?.kill()
          yield* Effect.promise(() => Promise.resolve(first))
          const answers = (yield* Effect.promise(() => Promise.all(asking))).flat()
          const after = endpoint.families.counters()
          const stored = yield* Fleet.readLogin(stateDir, "main")
          if (endpoint.requests.length > asked + 1) repeated += 1
          if (after.reuses === before.reuses) {
            served += 1
            assert.deepStrictEqual([...new Set(answers)], [stored.access])
            assert.strictEqual(after.grants, before.grants + 1)
          } else {
            lost += 1
            assert.strictEqual(after.reuses, before.reuses + 1)
            assert.isTrue(answers.every((answer) => answer?.includes("consumed") === true))
          }
        })
      )
    }
    const count: KillCount = { served, lost, repeated }
    return count
  }).pipe(Effect.scoped)
