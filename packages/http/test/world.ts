/** A gateway over the scripted Anthropic: real sockets on loopback, stores in memory. */

import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import {
  make,
  type ScriptedAnthropic,
  type ScriptedOptions
} from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { Effect, Layer, Redacted } from "effect"
import * as Gateway from "../src/Gateway.ts"

export const clientToken = "client-token-for-tests"
export const adminToken = "admin-token-for-tests"

/** Logins of these tests are always good. */
const refreshLayer = Layer.succeed(OAuthRefresh, {
  ensureFresh: ({ credential }) => Effect.succeed(credential),
  afterRefusal: ({ credential }) => Effect.succeed(credential)
})

export interface Started {
  readonly upstream: ScriptedAnthropic
  readonly gateway: Gateway.RunningGateway
}

/** API-key profiles named after their secrets: `ka` is profile `anthropic:ka`. */
export const keys = (...secrets: ReadonlyArray<string>) => ({
  main: {
    profiles: Object.fromEntries(
      secrets.map((secret) => [`anthropic:${secret}`, { type: "api_key", provider: "anthropic", key: secret }])
    )
  }
})

/** Runs a test with a gateway in front of a script. */
export const withGateway = <A, E>(
  options: {
    readonly script: ScriptedOptions["credentials"]
    readonly stores?: Readonly<Record<string, unknown>>
    readonly config?: Readonly<Record<string, unknown>>
    readonly gateway?: Partial<Gateway.GatewayOptions>
  },
  test: (started: Started) => Effect.Effect<A, E, Failover | AuthResolver>
) =>
  Effect.gen(function* () {
    const upstream = yield* make({ credentials: options.script })
    const config = JSON.stringify({
      models: { providers: { anthropic: { baseUrl: upstream.url, models: [] } } },
      ...options.config
    })
    const stores = Layer.mergeAll(
      ConfigMemory.layer(config),
      ProfileMemory.layer(options.stores ?? keys(...Object.keys(options.script))),
      HealthMemory.layer,
      Affinity.Default,
      refreshLayer,
      UpstreamClient.layer
    ).pipe(Layer.provideMerge(EnvironmentMemory.layer({})), Layer.provideMerge(EnvironmentMemory.pathsLayer()))
    const world = Failover.Default.pipe(Layer.provideMerge(AuthResolver.Default), Layer.provideMerge(stores))
    return yield* Effect.gen(function* () {
      const gateway = yield* Gateway.start({
        host: "127.0.0.1",
        port: 0,
        clientTokens: [Redacted.make(clientToken)],
        adminToken: Redacted.make(adminToken),
        practice: false,
        status: Effect.succeed({ auth: {} }),
        drainMs: 100,
        ...options.gateway
      })
      return yield* test({ upstream, gateway })
    }).pipe(Effect.provide(world))
  }).pipe(Effect.scoped)
