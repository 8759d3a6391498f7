/**
 * One process of the process tests: the real layers over a state folder. The first line on stdin
 * says which and how; each line up to `leave` is a round: `<fibers>` fibers at once read the store
 * and ask for a fresh login. To each, one line of JSON comes back. The next line may name another
 * folder, which is served with layers of its own. Bundled before it is run, because Node 20 reads
 * no TypeScript.
 */
import * as readline from "node:readline"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { layerNone } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as SharedLoginMachine from "@clawdbot/node/ClaudeCode/SharedLoginMachine"
import * as HealthFile from "@clawdbot/node/Health/HealthFile"
import * as HeldStoresFile from "@clawdbot/node/OAuth/HeldStoresFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as RefreshLeaseSocket from "@clawdbot/node/OAuth/RefreshLeaseSocket"
import * as TokenEndpointHttp from "@clawdbot/node/OAuth/TokenEndpointHttp"
import * as ProfileFile from "@clawdbot/node/Profile/ProfileFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Disk from "../../src/File/Disk.ts"

interface Options {
  readonly stateDir: string
  readonly tokenUrl: string
  readonly agents: ReadonlyArray<string>
  readonly agent: string
  readonly staleMs: number
  readonly platform: NodeJS.Platform
  readonly profile: string
  readonly claudeCode?: {
    readonly staleMs: number
    readonly heartbeatMs: number
    readonly maxWaitMs: number
  }
}

const surroundings = (options: Options) =>
  Layer.mergeAll(
    Disk.layer,
    Layer.succeed(ConfigStore, {
      load: Effect.succeed({
        path: `${options.stateDir}/clawdbot.json`,
        exists: true,
        config: Either.getOrThrow(
          Config.decode({
            agents: { list: options.agents.map((id) => ({ id })) },
            models: { providers: { anthropic: { oauth: { tokenUrl: options.tokenUrl } } } }
          })
        ),
        value: Redacted.make({}),
        environment: Environment.empty,
        migrations: [],
        warnings: [],
        source: () => ({ _tag: "Default" as const })
      }),
      edit: () => Effect.dieMessage("the config does not change here"),
      changes: Stream.empty,
      current: () => undefined
    }),
    Layer.succeed(StatePaths, {
      home: options.stateDir,
      workingFolder: options.stateDir,
      stateDir: options.stateDir,
      configPath: `${options.stateDir}/clawdbot.json`,
      agentDirOverride: undefined,
      oauthDir: `${options.stateDir}/credentials`,
      profileName: undefined
    })
  )

const environment = Layer.succeed(Environment.Environment, {
  base: Effect.succeed(new Map()),
  loginShell: () => Effect.succeed({ variables: new Map(), warning: Option.none() })
})

const layersOf = (options: Options) => {
  const times = { staleMs: options.staleMs, heartbeatMs: options.staleMs / 6, maxWaitMs: 60_000 }
  const shared =
    options.claudeCode === undefined
      ? layerNone
      : SharedLoginMachine.layerWith({ platform: "linux", lockTimes: options.claudeCode }).pipe(
          Layer.provide(environment)
        )
  return OAuthRefresh.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        HealthFile.layer,
        ProfileFile.layerWith(times),
        HeldStoresFile.layerWith(times),
        RefreshJournalFile.layer,
        RefreshLeaseSocket.layerWith({ platform: options.platform }),
        Layer.provide(TokenEndpointHttp.layer, environment),
        shared
      )
    ),
    Layer.provideMerge(surroundings(options))
  )
}

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
/** Nothing at the end of the input. */
const nextLine = Effect.map(
  Effect.promise(() => lines.next()),
  (next) => (next.done === true ? undefined : next.value)
)
const say = (served: ReadonlyArray<string>) =>
  Effect.sync(() => process.stdout.write(`${JSON.stringify(served)}\n`))

const serve = (options: Options) =>
  Effect.gen(function* () {
    const profiles = yield* ProfileStore
    const refresh = yield* OAuthRefresh.OAuthRefresh
    const owner = AgentId.normalize(options.agent)
    const profile = ProfileId.of(options.profile)

    const ask = Effect.gen(function* () {
      const { document } = yield* profiles.read(owner)
      const credential = document.profiles.get(profile)
      if (credential?.type !== "oauth") return "no login"
      return Redacted.value((yield* refresh.ensureFresh({ owner, profile, credential })).access)
    }).pipe(Effect.catchAll((error) => Effect.succeed(`${error._tag}: ${error.message}`)))

    yield* say(["ready"])
    for (;;) {
      const line = yield* nextLine
      if (line === undefined || line === "leave") return
      const asking = Array.from({ length: Number(line) }, () => ask)
      yield* say(yield* Effect.all(asking, { concurrency: "unbounded" }))
    }
  }).pipe(Effect.provide(layersOf(options)))

const program = Effect.gen(function* () {
  yield* say(["started"])
  for (;;) {
    const line = yield* nextLine
    if (line === undefined) return
    yield* serve(JSON.parse(line))
    yield* say(["left"])
  }
})

void Effect.runPromiseExit(program).then(() => process.exit(0))
