/** The scenarios in which another program refreshes the same login under Claude Code's own lock. */
import * as fs from "node:fs/promises"
import * as RefreshLock from "@clawdbot/node/ClaudeCode/refreshLock"
import type { FolderLockTimes } from "@clawdbot/node/File/FolderLock"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fleet from "./fleet.ts"

const profile = "anthropic:claude-cli"

const document = (tokens: IssuedTokens, expiresAt: number) => ({
  claudeAiOauth: {
    accessToken: tokens.access,
    refreshToken: tokens.refresh,
    expiresAt,
    scopes: ["user:inference"],
    subscriptionType: "max"
  },
  mcpOAuth: { server: { accessToken: "of another server" } }
})

type Document = ReturnType<typeof document>

/**
 * A state folder with an agent that follows Claude Code, workers of ours over it, and one program
 * that refreshes as Claude Code does.
 */
const world = (options: {
  readonly processes: number
  readonly times: FolderLockTimes
  readonly legacyLock: boolean
}) =>
  Effect.gen(function* () {
    const endpoint = yield* Endpoint.make
    const stateDir = yield* Fleet.temporaryFolder
    const configDir = `${stateDir}/.claude`
    const file = `${configDir}/.credentials.json`
    const lock = options.legacyLock ? `${configDir}.lock` : `${configDir}/.oauth_refresh.lock`
    const tokens = endpoint.families.signIn()
    yield* Fleet.writeLogin(stateDir, "main", tokens, 1_000, profile)
    yield* Effect.promise(async () => {
      await fs.mkdir(configDir)
      await fs.writeFile(file, JSON.stringify(document(tokens, 1_000)), { mode: 0o600 })
    })
    const { heartbeatMs, staleMs } = options.times
    const theirs = yield* Fleet.claudeCode({
      stateDir,
      configDir,
      tokenUrl: endpoint.url,
      locks: [lock],
      staleMs,
      heartbeatMs
    })
    const ours = yield* Effect.forEach(
      Array.from({ length: options.processes }, () => "main"),
      (agent) =>
        Fleet.worker({
          stateDir,
          tokenUrl: endpoint.url,
          agents: [agent],
          agent,
          staleMs: 600,
          platform: process.platform,
          profile,
          claudeCode: options.times
        }),
      { concurrency: 4 }
    )
    const readFile = Effect.promise(
      async (): Promise<Document> => JSON.parse(await fs.readFile(file, "utf8"))
    )
    return {
      endpoint,
      stateDir,
      lock,
      ours,
      theirs,
      readFile,
      /** Waits until one more request is at the endpoint than there was. */
      requestAfter: (before: number) =>
        // real time: looks until another process has asked; the test ends it otherwise.
        Effect.repeat(Effect.sleep(2), { until: () => endpoint.requests.length > before }),
      expire: Effect.gen(function* () {
        yield* Fleet.expire(stateDir, "main")
        const now = yield* readFile
        const expired = { ...now, claudeAiOauth: { ...now.claudeAiOauth, expiresAt: 1_000 } }
        yield* Effect.promise(() => fs.writeFile(file, JSON.stringify(expired)))
      })
    }
  })

/**
 * Both hold one login that is good, everybody was served with it, and nothing of the other
 * program's is lost.
 */
const assertInStep = (
  { readFile, stateDir }: Effect.Effect.Success<ReturnType<typeof world>>,
  served: ReadonlyArray<string | undefined>
) =>
  Effect.gen(function* () {
    const stored = yield* Fleet.readLogin(stateDir, "main", profile)
    const shared = yield* readFile
    assert.deepStrictEqual([...new Set(served)], [stored.access])
    assert.strictEqual(shared.claudeAiOauth.accessToken, stored.access)
    assert.strictEqual(shared.claudeAiOauth.refreshToken, stored.refresh)
    assert.strictEqual(shared.claudeAiOauth.subscriptionType, "max")
    assert.strictEqual(shared.mcpOAuth.server.accessToken, "of another server")
  })

/** How many grants of the rounds went to whom. */
export interface GrantCount {
  readonly ours: number
  readonly theirs: number
}

/**
 * Round after round both find the login expired: they first, we first, all at once. One grant a
 * round, whoever gets it, and the same token for everybody.
 */
export const refreshedByBoth = (scenario: {
  readonly processes: number
  readonly fibers: number
  readonly rounds: number
  readonly legacyLock?: boolean
}) =>
  Effect.gen(function* () {
    const { fibers, legacyLock = false, processes, rounds } = scenario
    const at = yield* world({ processes, times: RefreshLock.times, legacyLock })
    const { endpoint, expire, ours, theirs } = at
    endpoint.script.always({ beforeMs: 60, afterMs: 20 })
    const askOurs = () =>
      Promise.all(ours.map((worker) => worker.ask(fibers))).then((answers) => answers.flat())
    for (let round = 1; round <= rounds; round++) {
      const before = endpoint.requests.length
      const [first, second] = round % 3 === 1 ? [theirs.ask(1), undefined] : [undefined, askOurs()]
      if (round % 3 !== 0) yield* at.requestAfter(before)
      const foreign = first ?? theirs.ask(1)
      const own = second ?? askOurs()
      const served = yield* Effect.promise(() => Promise.all([foreign, own]))
      yield* assertInStep(at, served.flat())
      assert.deepStrictEqual(endpoint.families.counters(), {
        grants: round,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
      yield* expire
    }
    const byThem = endpoint.requests.filter(
      ({ headers }) => headers["user-agent"] === "foreign"
    ).length
    const count: GrantCount = { theirs: byThem, ours: endpoint.requests.length - byThem }
    return count
  })

/**
 * Claude Code is killed while it holds its lock and before its request is granted; the folder it
 * leaves behind may be dated in the future. We get past it and refresh once.
 */
export const foreignHolderKilled = (scenario: {
  readonly processes: number
  readonly fibers: number
  readonly inFuture: boolean
}) =>
  Effect.gen(function* () {
    const times = { staleMs: 600, heartbeatMs: 100, maxWaitMs: 30_000 }
    const at = yield* world({ processes: scenario.processes, times, legacyLock: false })
    const { endpoint, lock, ours, theirs } = at
    endpoint.script.push({ beforeMs: 1_500 })
    const asking = theirs.ask(1)
    yield* at.requestAfter(0)
    theirs.kill()
    yield* Effect.promise(() => asking)
    assert.isTrue((yield* Effect.promise(() => fs.stat(lock))).isDirectory())
    if (scenario.inFuture)
      yield* Effect.promise(() => fs.utimes(lock, 4_000_000_000, 4_000_000_000))
    const served = yield* Effect.promise(() =>
      Promise.all(ours.map((worker) => worker.ask(scenario.fibers)))
    )
    yield* assertInStep(at, served.flat())
    assert.deepStrictEqual(endpoint.families.counters(), {
      grants: 1,
      reuses: 0,
      refusals: 0,
      revokedFamilies: 0
    })
  })
