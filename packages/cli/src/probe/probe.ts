/** Probes as commands send them, over their own stores. Loaded only when something is probed. */
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import type { probe as Send } from "@clawdbot/http/probe"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { refreshLogins } from "../refreshLogins.ts"

/** What is sent with. */
const senders = Layer.merge(
  UpstreamClient.layer,
  Failover.Default.pipe(Layer.provide(AuthResolver.Default), Layer.provide(refreshLogins(false)))
)

/** One real request per credential. */
export const probe = (...probed: Parameters<typeof Send>) =>
  Effect.flatMap(
    Effect.promise(() => import("@clawdbot/http/probe")),
    ({ probe: send }) => send(...probed)
  ).pipe(Effect.provide(senders))
