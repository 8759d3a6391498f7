/**
 * Runs the gateway until it is stopped: the real one over the person's files, or the practice one
 * over memory.
 */

import * as os from "node:os"
import { PublicFingerprint } from "@clawdbot/domain/Auth/PublicFingerprint"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import { givenClientToken } from "@clawdbot/domain/Client/gatewaySecret"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { AddressFlags } from "@clawdbot/domain/Config/gatewayAddress"
import { defined } from "@clawdbot/domain/Document/defined"
import { type Paths, resolve, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as GatewayFleet from "@clawdbot/domain/Fleet/GatewayFleet"
import { builtInDefault } from "@clawdbot/domain/Model/ModelCatalog"
import * as Policies from "@clawdbot/domain/policies"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import { version } from "@clawdbot/domain/version"
import * as Budgets from "@clawdbot/http/Budgets"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import { urlsOf } from "@clawdbot/http/control/gatewayUrls"
import * as DashboardAccessLocal from "@clawdbot/http/dashboard/DashboardAccessLocal"
import { gatewaySettings, isOpen } from "@clawdbot/http/gatewaySettings"
import * as GatewayTokens from "@clawdbot/http/gatewayTokens"
import { OwnAddress } from "@clawdbot/http/OwnAddress"
import * as Gateway from "@clawdbot/http/startGateway"
import { startTelemetry } from "@clawdbot/http/telemetry/startTelemetry"
import { usageEntries } from "@clawdbot/http/usageEntries"
import * as PublicFingerprintFile from "@clawdbot/node/Auth/PublicFingerprintFile"
import { networkAddresses } from "@clawdbot/node/Process/networkAddresses"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { dotEnvText } from "../dotEnvText.ts"
import { exit } from "../exit.ts"
import { notMoved } from "../notMoved.ts"
import { render } from "../renderError.ts"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { toTerminal } from "../terminal/lines.ts"
import * as AccessLog from "./accessLog.ts"
import { banner, requestLine, type ShownToken } from "./banner.ts"
import { makeNoticeOnce, reportChanges } from "./changeNotices.ts"
import { withFiles, withShared } from "./gatewayStores.ts"
import { openFolders } from "./openFolders.ts"
import { withHolder } from "./runningGateway.ts"

/** What the command line says. */
export interface ServeOptions extends AddressFlags {
  readonly practice: boolean
  /** Practice when there is nothing to serve with. */
  readonly orPractice: boolean
  /** Print the client token also where standard output is no terminal. */
  readonly printToken: boolean
  /** A file, or `-` for standard error. */
  readonly accessLog: string | undefined
}

/** Gives an effect what requests are served with, over whichever stores there are. */
const withPolicies = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Policies.provide(effect).pipe(
    Effect.provideServiceEffect(UpstreamClient.UpstreamClient, UpstreamClient.ofProcess),
    Effect.scoped
  )

/** Where the config puts the access log; `~` is the home. */
const configured = (paths: Paths, accessLog: string | undefined): string | undefined => {
  if (accessLog === undefined || accessLog === "-") return accessLog
  return resolve(paths, accessLog)
}

const shownToken = (
  { client, clientFrom }: GatewayTokens.GatewayTokens,
  isPrinted: boolean
): ShownToken => {
  if (clientFrom !== undefined) return { _tag: "Given", from: clientFrom }
  if (!isPrinted) return { _tag: "Hidden" }
  return { _tag: "Created", token: Redacted.value(client) }
}

/**
 * Older keys are written anew once, at the start (decision D18); where that cannot be done they go
 * on working in memory.
 */
const persistMigrations = Effect.gen(function* () {
  const io = yield* IoStreams
  const configs = yield* ConfigStore
  const { migrations } = yield* configs.load
  if (migrations.length === 0) return
  yield* configs
    .edit(() => Either.right([]))
    .pipe(
      Effect.catchAll((error) =>
        io.stderr(`clawdbot: older config keys are used as they are: ${error.message}`)
      )
    )
})

/** What the dashboard may do; nothing of it is loaded where it is read-only. */
const dashboardActions = (config: Config) =>
  Effect.gen(function* () {
    if (config.gateway?.dashboard !== "manage") return undefined
    const { make } = yield* Effect.promise(
      () => import("@clawdbot/http/dashboard/actions/DashboardActions")
    )
    return yield* make((error) => render(error).fix)
  })

/**
 * Starts, says so, and waits. Interruption drains and ends it: exit 0 by SIGTERM, as whoever runs
 * services expects; 130 by Ctrl-C.
 */
const run = (options: ServeOptions, own: OwnAddress, practice: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const io = yield* IoStreams
      const paths = yield* StatePaths
      yield* persistMigrations
      const snapshot = yield* (yield* ConfigStore).load
      const { config, environment, warnings } = snapshot
      const reports = yield* StatusReport
      const given = givenClientToken(config, environment)
      const tokens = yield* GatewayTokens.load(config, given)
      const exposed = practice ? [] : yield* openFolders(config, paths)
      const noticeOnce = yield* makeNoticeOnce
      yield* Effect.forEach([...warnings, ...exposed], noticeOnce, { discard: true })
      yield* BackgroundLoop.start(
        {
          task: "reporting config changes",
          schedule: Schedule.spaced("1 second"),
          startsAtOnce: true
        },
        reportChanges(noticeOnce)
      )
      const ledger = yield* UsageLedger
      const logged = options.accessLog ?? configured(paths, config.gateway?.accessLog)
      const accessLog =
        logged === undefined
          ? undefined
          : yield* AccessLog.open(logged, (text) => void process.stderr.write(toTerminal(text)))
      const fleet = yield* GatewayFleet.GatewayFleet
      const address = own.by(config)
      const settings = yield* gatewaySettings(config, address, tokens)
      const running = yield* withHolder(
        Gateway.start({
          ...settings,
          clients: yield* (yield* AccessTokens).watchClients,
          practice,
          version,
          telemetry: practice ? undefined : yield* startTelemetry(snapshot),
          ...defined({ socketPath: practice ? undefined : socketPath(paths.stateDir) }),
          dashboard: yield* DashboardAccess,
          fleet,
          budgets: yield* Budgets.make,
          actions: yield* dashboardActions(config),
          observe: (served) => {
            for (const entry of usageEntries(served)) ledger.record(entry)
            if (practice) return io.stderr(requestLine(served))
            return undefined
          },
          ...defined({ accessLog }),
          onCutOff: (requests) =>
            Effect.zipRight(
              Effect.sync(() => {
                // The end of a service by SIGTERM is its regular end, but not where it loses
                // somebody's request.
                if (process.exitCode === exit.done) process.exitCode = exit.terminated
              }),
              io.stderr(`clawdbot: cut off what was still under way (requests: ${requests})`)
            )
        })
      )
      own.listensOn(running.port)
      yield* fleet.announce({ host: os.hostname(), url: running.url, version })
      const urls = urlsOf(address.host, running.port, yield* networkAddresses)
      const { document, notices } = yield* reports.report(undefined)
      yield* Effect.forEach(notices, noticeOnce, { discard: true })
      for (const file of document.auth.dotEnv)
        yield* io.stderr(`clawdbot: variables come from ${dotEnvText(paths, file)}`)
      yield* io.stdout(
        banner({
          address: { ...address, port: running.port, ...urls, hosts: address.names },
          clientToken: isOpen(config)
            ? { _tag: "NotWanted" }
            : shownToken(tokens, options.printToken || practice || io.isTerminal),
          profileName: practice ? undefined : paths.profileName,
          adminToken: practice ? Redacted.value(tokens.admin) : undefined,
          dashboard: practice ? running.offerLink().url : undefined,
          practice,
          storePath: practice ? "memory" : document.auth.storePath,
          profiles: document.auth.explanation.candidates.map((candidate) => candidate.profile),
          model: document.resolvedDefault.startsWith("anthropic/")
            ? document.resolvedDefault.slice(10)
            : builtInDefault.model
        })
      )
      return yield* Effect.never
    })
  )

const servePractice = (options: ServeOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const practice = yield* Effect.promise(
        () => import("@clawdbot/testing/Practice/practiceWorld")
      )
      const stores = yield* practice.make
      return yield* withPolicies(run(options, new OwnAddress(options), true)).pipe(
        Effect.provide(
          Layer.mergeAll(stores, DashboardAccessLocal.layerMemory, GatewayFleet.layerNone)
        )
      )
    })
  )

/** Whether there is any credential for the default agent. */
const hasCredential = Effect.gen(function* () {
  const { document } = yield* (yield* StatusReport).report(undefined)
  return document.auth.providers.some(({ provider }) => provider === "anthropic")
})

/**
 * The gateway of the command line. Ends only by being stopped, or with the reason why it cannot
 * start.
 */
export const serve = (options: ServeOptions) =>
  Effect.gen(function* () {
    const shared = yield* sharedSnapshot
    if (shared === undefined && !options.practice) yield* notMoved
    // A store that others fill is never given up for practice.
    const needsPractice = shared === undefined && options.orPractice && !(yield* hasCredential)
    if (options.practice || needsPractice) return yield* servePractice(options)
    const own = new OwnAddress(options)
    const served = withPolicies(run(options, own, false)).pipe(
      Effect.provideServiceEffect(PublicFingerprint, PublicFingerprintFile.make)
    )
    if (shared !== undefined) return yield* withShared(own, shared)(served)
    return yield* withFiles(own)(served)
  })
