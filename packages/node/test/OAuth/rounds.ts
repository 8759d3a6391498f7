/** The scenarios of the process tests, for the short suite and the long one. */
import { readdirSync, readFileSync } from "node:fs"
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

/**
 * All processes find one expired login at once, round after round: one grant a round, everybody
 * served with it.
 */
export const oneGrantARound = (scenario: Scenario) =>
  Effect.gen(function* () {
    const { agents = ["main"], fibers, platform = process.platform, processes, rounds } = scenario
    const endpoint = yield* Endpoint.make
    const stateDir = yield* Fleet.temporaryFolder
    const tokens = endpoint.families.signIn()
    for (const agent of agents) yield* Fleet.writeLogin(stateDir, agent, tokens, 1_000)
    const workers = yield* Effect.forEach(
      Array.from({ length: processes }, (_, index) => agents[index % agents.length] ?? "main"),
      (agent) =>
        Fleet.worker({
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
      const served = yield* Effect.promise(() =>
        Promise.all(workers.map((worker) => worker.ask(fibers)))
      )
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
      assert.notInclude(
        yield* Effect.promise(() => fs.readFile(`${journal}/${name}`, "utf8")),
        "sk-ant-"
      )
    }
  })

/**
 * How long a grant takes in the rounds with kills, in ms; the long one leaves time to be killed in.
 */
const grantMs = 30
const longGrantMs = 1_000

/**
 * Where a kill falls: at any moment, into the request before it is granted, or when the answer is
 * in the journal.
 */
const aims = ["anywhere", "before the grant", "after the journal"] as const

/** How many rounds of each aim left a login that serves, and how many ended it. */
export type KillCount = Record<(typeof aims)[number], { served: number; lost: number }>

/** The journal knows the answer, in whichever state it is by now. */
const isJournaled = (stateDir: string): boolean => {
  const journal = `${stateDir}/run/refresh-journal`
  return readdirSync(journal).some(
    (name) =>
      !name.startsWith(".") && !readFileSync(`${journal}/${name}`, "utf8").includes(`"intent"`)
  )
}

// real time: looks until other processes have done something; the test ends it otherwise.
const waitUntil = (holds: () => boolean) => Effect.repeat(Effect.sleep(1), { until: holds })

/**
 * Each round the process that asks is killed. The others are served with one grant; unless the kill
 * fell between the provider's answer and the journal, where nobody can know the new token: then the
 * login ends as documented, after one more try.
 */
export const askerKilled = (scenario: Scenario & { readonly killWithinMs: number }) =>
  Effect.gen(function* () {
    const { fibers, platform = process.platform, processes, rounds } = scenario
    const endpoint = yield* Endpoint.make
    const none = () => ({ served: 0, lost: 0 })
    const count: KillCount = {
      anywhere: none(),
      "before the grant": none(),
      "after the journal": none()
    }
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
              Fleet.worker({
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
          const aim = aims[round % aims.length] ?? "anywhere"
          const asked = endpoint.requests.length
          endpoint.script.push({ beforeMs: aim === "before the grant" ? longGrantMs : grantMs })
          const first = workers[0]?.ask(fibers)
          if (aim !== "anywhere") yield* waitUntil(() => endpoint.requests.length > asked)
          const asking = workers.slice(1).map((worker) => worker.ask(fibers))
          if (aim === "after the journal") yield* waitUntil(() => isJournaled(stateDir))
          // real time: the process is killed at another moment of the grant in each round.
          else
            yield* Effect.sleep(
              (round * 7919) % (aim === "anywhere" ? scenario.killWithinMs : longGrantMs / 4)
            )
          workers[0]?.kill()
          yield* Effect.promise(() => Promise.resolve(first))
          const answers = (yield* Effect.promise(() => Promise.all(asking))).flat()
          const after = endpoint.families.counters()
          const stored = yield* Fleet.readLogin(stateDir, "main")
          if (aim === "before the grant") assert.strictEqual(endpoint.requests.length, asked + 2)
          if (after.reuses === before.reuses) {
            count[aim].served += 1
            assert.deepStrictEqual([...new Set(answers)], [stored.access])
            assert.strictEqual(after.grants, before.grants + 1)
          } else {
            count[aim].lost += 1
            assert.strictEqual(after.reuses, before.reuses + 1)
            assert.isTrue(answers.every((answer) => answer?.includes("consumed") === true))
          }
        })
      )
    }
    return count
  }).pipe(Effect.scoped)
