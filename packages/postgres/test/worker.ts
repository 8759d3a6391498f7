/**
 * One gateway of the tests with processes: the layers of a gateway over the shared store. Each line
 * on stdin is a round of so many callers at once, what happens to the process before it asks the
 * provider, and which end of the login the callers wait to hear of; one line of JSON says what each
 * caller was served.
 * Bundled before it is run, because Node 20 reads no TypeScript.
 */
import { subscribe } from "node:diagnostics_channel"
import * as readline from "node:readline"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Disk from "@clawdbot/node/File/Disk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as PostgresCredentials from "../src/PostgresCredentials.ts"
import * as StoreKey from "../src/storeKey.ts"

const options: {
  readonly url: string
  readonly schema: string
  readonly key: string
  readonly tokenUrl: string
  readonly stateDir: string
  readonly profile: string
  readonly pooler?: "none" | "transaction" | undefined
  readonly times?: PostgresCredentials.RefreshTimes | undefined
} = JSON.parse(process.argv[2] ?? "{}")

const config = Either.getOrThrow(
  Config.decode({
    models: { providers: { anthropic: { oauth: { tokenUrl: options.tokenUrl } } } }
  })
)

const configStore = Layer.succeed(ConfigStore, {
  load: Effect.succeed({
    path: `${options.stateDir}/clawdbot.json`,
    exists: true,
    config,
    value: Redacted.make({}),
    environment: Environment.empty,
    migrations: [],
    warnings: [],
    source: () => ({ _tag: "Default" as const })
  }),
  edit: () => Effect.dieMessage("the config does not change here"),
  changes: Stream.empty,
  current: () => undefined
})

const machine = Layer.mergeAll(
  Disk.layer,
  Layer.succeed(StatePaths, {
    home: options.stateDir,
    workingFolder: options.stateDir,
    stateDir: options.stateDir,
    configPath: `${options.stateDir}/clawdbot.json`,
    agentDirOverride: undefined,
    oauthDir: `${options.stateDir}/credentials`,
    profileName: undefined
  }),
  Layer.succeed(Environment.Environment, {
    base: Effect.succeed(new Map()),
    loginShell: () => Effect.succeed({ variables: new Map(), warning: Option.none() })
  })
)

const store = {
  settings: {
    database: {
      connection: Either.getOrThrow(ConnectionUrl.check(Redacted.make(options.url), "the test")),
      schema: options.schema,
      poolSize: 4,
      pooler: options.pooler ?? "none"
    },
    listenOn: undefined
  },
  key: Either.getOrThrow(StoreKey.parse(Redacted.make(options.key), "the test")),
  version: "0.1.0",
  times: options.times
}

/** What happens between the intent and the request; `wait` leaves time for another fault. */
export type AtRequest = "go" | "stop" | "kill" | "wait"

let atRequest: AtRequest = "go"

// The request is made and its intent is stored; nothing was sent yet.
subscribe("undici:request:create", () => {
  const next = atRequest
  atRequest = "go"
  if (next === "stop") process.kill(process.pid, "SIGSTOP")
  if (next === "kill") process.kill(process.pid, "SIGKILL")
  // Nothing else of this process goes on: its leases are not renewed.
  if (next === "wait") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)
})

const isAtRequest = (text: string | undefined): text is AtRequest =>
  text === "go" || text === "stop" || text === "kill" || text === "wait"

const program = Effect.gen(function* () {
  const profiles = yield* ProfileStore
  const refresh = yield* OAuthRefresh
  const owner = AgentId.main
  const profile = ProfileId.of(options.profile)

  const ask = Effect.gen(function* () {
    const { document } = yield* profiles.read(owner)
    const credential = document.profiles.get(profile)
    if (credential?.type !== "oauth") return "no login"
    return Redacted.value((yield* refresh.ensureFresh({ owner, profile, credential })).access)
  }).pipe(Effect.catchAll((error) => Effect.succeed(`${error._tag}: ${error.message}`)))

  /**
   * Waits until this gateway has heard that the login ends then, in epoch ms, or of what came
   * after: one that looks once a second may not see an end that another one has mended already.
   * `past` is the end that was before.
   */
  const hear = (expires: number, past: number): Effect.Effect<void> =>
    Effect.flatMap(Effect.orDie(profiles.read(owner)), ({ document }) => {
      const credential = document.profiles.get(profile)
      if (credential?.type === "oauth") {
        if (credential.expires === expires || credential.expires > past) return Effect.void
      }
      // real time: the database tells of it, or this gateway looks for itself.
      return Effect.delay(hear(expires, past), 10)
    })

  yield* profiles.read(owner)
  process.stdout.write("ready\n")
  const lines = readline.createInterface({ input: process.stdin })
  yield* Stream.fromAsyncIterable(lines, String).pipe(
    Stream.runForEach((line) => {
      const [callers, at, expires, past = Number.POSITIVE_INFINITY] = line.split(" ")
      if (isAtRequest(at)) atRequest = at
      const asking = Effect.all(
        Array.from({ length: Number(callers) }, () => ask),
        { concurrency: "unbounded" }
      )
      return Effect.map(
        expires === undefined
          ? asking
          : Effect.zipRight(hear(Number(expires), Number(past)), asking),
        (served) => void process.stdout.write(`${JSON.stringify(served)}\n`)
      )
    })
  )
})

Effect.runFork(
  program.pipe(
    Effect.provide(PostgresCredentials.forGateway(store, configStore).pipe(Layer.provide(machine))),
    // What is logged must not stand between the lines of JSON.
    Effect.provide(Logger.remove(Logger.defaultLogger)),
    Effect.scoped
  )
)
