/** `clawdbot config get`: what holds, and where it comes from. Secrets are always masked. */

import type { ConfigPlace } from "@clawdbot/domain/Config/ConfigError"
import { type ConfigSource, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ConfigView from "@clawdbot/domain/Config/ConfigView"
import * as KnownKeys from "@clawdbot/domain/Config/KnownKeys"
import { shownPath } from "@clawdbot/domain/Config/secretKeys"
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import * as Effect from "effect/Effect"
import { KeyNotSet } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines, linesOf } from "../../terminal/lines.ts"
import { parseKey } from "./keyArgument.ts"

const placeText = (paths: Pick<Paths, "home">, place: ConfigPlace): string =>
  `${shorten(paths, place.file)}${textOf(place.line, (line) => `:${line}`)}`

const sourceText = (paths: Pick<Paths, "home">, source: ConfigSource): string => {
  switch (source._tag) {
    case "File":
      return placeText(paths, source.place)
    case "Variable":
      return `variable ${source.name}, ${placeText(paths, source.place)}`
    case "Migrated":
      return `${placeText(paths, source.place)}, written there as ${source.from}`
    case "Default":
      return "default"
  }
}

/** The source as JSON; the quoted line of the place is left out. */
const sourceJson = (source: ConfigSource): unknown => {
  if (source._tag === "Default") return { kind: "default" }
  const { column, file, line } = source.place
  const place = {
    file,
    ...defined({ line, column: ifDefined(line, () => column ?? 1) })
  }
  switch (source._tag) {
    case "File":
      return { kind: "file", ...place }
    case "Variable":
      return { kind: "variable", variable: source.name, ...place }
    case "Migrated":
      return { kind: "migrated", from: source.from, ...place }
  }
}

/** A text of several lines is shown as such. */
const valueText = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return linesOf(value)
  return jsonLines(value)
}

/** The command. */
export const get = command({
  name: "get",
  description: "Show the config or one value, with secrets masked.",
  examples: ["clawdbot config get gateway.port"],
  options: {
    source: CommandOptions.flag(
      "source",
      "Show where each value comes from: file and line, variable, or default."
    ),
    json: CommandOptions.json
  },
  credentials: ["PATH"],
  args: {
    key: CommandOptions.optionalArgument(
      "PATH",
      "The key, such as gateway.port or agents.list[0].id; without it, the whole config."
    )
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const paths = yield* StatePaths
      const path =
        values.key === undefined ? [] : yield* parseKey(values.key, "clawdbot config get")
      const snapshot = yield* (yield* ConfigStore).load
      const found = ConfigView.view(snapshot, path)
      if (found === undefined) {
        const isKnown = KnownKeys.check(wrapped(path)).every(({ _tag }) => _tag !== "Unknown")
        return yield* new KeyNotSet({
          key: KeyPaths.renderExact(shownPath(path)),
          isKnown,
          nearest: isKnown ? undefined : KnownKeys.nearest(path)
        })
      }
      if (values.source) {
        const rows = ConfigView.leaves(snapshot, path).map((leaf) => ({
          key: KeyPaths.renderExact(shownPath(leaf.path)),
          ...leaf
        }))
        yield* io.stdout(
          values.json
            ? jsonLines(
                rows.map(({ key, source, value }) => ({
                  path: key,
                  value,
                  source: sourceJson(source)
                }))
              )
            : rows.map(
                ({ key, source, value }) =>
                  `${key} = ${JSON.stringify(value)}  (${sourceText(paths, source)})`
              )
        )
        return exit.done
      }
      yield* io.stdout(values.json ? jsonLines(found.value) : valueText(found.value))
      return exit.done
    })
})

/** A document that holds nothing but this key, to ask whether it is a known one. */
const wrapped = (path: ReadonlyArray<string | number>): unknown =>
  path.reduceRight<unknown>(
    (value, step) => (typeof step === "number" ? [value] : { [step]: value }),
    undefined
  )
