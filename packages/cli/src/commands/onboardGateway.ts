/** What `onboard` writes about the gateway: only what a gateway starts with. */

import type { Config } from "@clawdbot/domain/Config/Config"
import {
  type ConfigEdit,
  type ConfigSnapshot,
  ConfigStore
} from "@clawdbot/domain/Config/ConfigStore"
import { gatewayAddress } from "@clawdbot/domain/Config/gatewayAddress"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listOf } from "@clawdbot/domain/Document/listIf"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { UsageError } from "../CliError.ts"
import type { Values } from "./onboardOptions.ts"

/** What the gateway's flags ask for, as edits of the config. */
const editsOf = (values: Values): ReadonlyArray<ConfigEdit> => {
  const { gatewayAuth, gatewayBind, gatewayPassword, gatewayPort, gatewayToken } = values
  const wanted: ReadonlyArray<readonly [path: ReadonlyArray<string>, value: unknown]> = [
    [["port"], ifDefined(gatewayPort, Number)],
    [["bind"], gatewayBind],
    [["auth", "mode"], gatewayAuth === "off" ? "none" : gatewayAuth],
    [["auth", "token"], gatewayToken],
    [["auth", "password"], gatewayPassword]
  ]
  return wanted.flatMap(([path, value]) =>
    listOf(value, (value) => [{ _tag: "Set", path: ["gateway", ...path], value }])
  )
}

/** What would be written that the gateway then refuses at its start (decision D26). */
const refusal = (config: Config, values: Values): UsageError | undefined => {
  const { host } = gatewayAddress(config, { bind: values.gatewayBind })
  const mode = values.gatewayAuth ?? config.gateway?.auth?.mode
  if (host === "127.0.0.1" || (mode !== "off" && mode !== "none")) return undefined
  return new UsageError({
    problem: "without a token the gateway serves only this machine: use --gateway-bind loopback",
    command: "clawdbot onboard",
    suggestion: "--gateway-auth token"
  })
}

const change =
  (values: Values) =>
  ({ config }: ConfigSnapshot): Either.Either<ReadonlyArray<ConfigEdit>, UsageError> =>
    Either.fromNullable(refusal(config, values), () => editsOf(values)).pipe(Either.flip)

/** Fails where {@link apply} would: before anything is asked for or stored. */
export const check = (values: Values) =>
  Effect.gen(function* () {
    if (editsOf(values).length > 0)
      yield* (yield* ConfigStore).edit(change(values), { dryRun: true })
  })

/** Writes the settings; gives the lines to show, none where nothing was asked for. */
export const apply = (values: Values) =>
  Effect.gen(function* () {
    const edits = editsOf(values)
    if (edits.length === 0) return []
    const report = yield* (yield* ConfigStore).edit(change(values))
    const file = shorten(yield* StatePaths, report.path)
    const keys = edits.map(({ path }) => KeyPath.render(path)).join(", ")
    return [report.changed ? `Updated ${file}: ${keys}` : `${file} already has: ${keys}`]
  })
