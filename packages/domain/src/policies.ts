/**
 * The policies of this package as one layer, over whichever ports there are: what every shell
 * composes (docs/architecture.md, "Ports").
 */
import * as Layer from "effect/Layer"
import { Affinity } from "./Auth/Affinity.ts"
import { AnswerReports } from "./Auth/AnswerReports.ts"
import { AuthResolver } from "./Auth/AuthResolver.ts"
import { Failover } from "./Auth/Failover.ts"
import { StatusReport } from "./Status/StatusReport.ts"

/** `Failover`, `AuthResolver`, `AnswerReports`, `Affinity` and `StatusReport`. */
export const layer = Layer.mergeAll(
  Failover.Default,
  StatusReport.Default,
  AnswerReports.Default
).pipe(Layer.provideMerge(AuthResolver.Default), Layer.provideMerge(Affinity.Default))
