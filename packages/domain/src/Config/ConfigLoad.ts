/**
 * From a text to a config, one pipeline for every store: read, migrate in memory, include,
 * substitute, validate, assemble the environment (docs/formats.md). The effects are the
 * reading of included files and the environment; both are given in.
 */

import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../Agent/AgentId.ts"
import { baseUrlNotice } from "../Auth/upstreamOrigin.ts"
import { defined } from "../Document/defined.ts"
import { type Environment, isTrusted, type Variable } from "../Environment/Environment.ts"
import type { Paths } from "../Environment/StatePaths.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { textOf } from "../Text/textIf.ts"
import type { Config } from "./Config.ts"
import * as ConfigEnvironment from "./ConfigEnvironment.ts"
import { ConfigInvalid, type ConfigIssue } from "./ConfigError.ts"
import * as ConfigPlaces from "./ConfigPlaces.ts"
import type { ConfigSnapshot } from "./ConfigStore.ts"
import * as ConfigValidation from "./ConfigValidation.ts"
import * as EnvSubstitution from "./EnvSubstitution.ts"
import * as GatewayHosts from "./gatewayHosts.ts"
import * as Include from "./Include.ts"
import * as Migration from "./Migration.ts"
import type { Origins } from "./Provenance.ts"
import { shownPath } from "./secretKeys.ts"

/** What a load needs. */
export interface LoadInput {
  readonly paths: Paths
  /** The main file's text; undefined when there is none, which is an empty config. */
  readonly text: string | undefined
  readonly readFile: Include.ReadFile
  readonly environment: Context.Tag.Service<typeof Environment>
  /** Profiles of the provider's SDK, by their ids. Default: none. */
  readonly sdkProfiles?: ReadonlyMap<string, Variable> | undefined
  /** Whether the file system treats `A` and `a` as one name. */
  readonly caseInsensitive: boolean
}

/** A loaded config with what an edit needs to know about it. */
export interface Loaded {
  readonly snapshot: ConfigSnapshot
  /** The main document as it stands in the file. */
  readonly document: Json5Document.Json5Document
  readonly migrated: Migration.Migrated
  /** The migrated main document with its included files. */
  readonly origins: Origins
  /** The effective value before and after variables. */
  readonly included: unknown
  readonly effective: unknown
}

type Issue = typeof ConfigIssue.Type

const render = (path: KeyPath): string => KeyPaths.render(shownPath(path))

const invalid = (path: string, issues: ReadonlyArray<Issue>): ConfigInvalid => {
  const [first, ...rest] = issues
  const unknown: Issue = { path: "<root>", problem: "the config cannot be read" }
  return new ConfigInvalid({ path, issues: [first ?? unknown, ...rest] })
}

/**
 * By their places, so that a person can work through the file from top to bottom; issues without a
 * line come last.
 */
const inOrder = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> => {
  const last = Number.MAX_SAFE_INTEGER
  const key = ({ place }: Issue) => [place?.line ?? last, place?.column ?? last] as const
  return [...issues].sort(
    (left, right) => key(left)[0] - key(right)[0] || key(left)[1] - key(right)[1]
  )
}

const missingIssue = (
  places: ConfigPlaces.Places,
  { stateDir }: Paths,
  base: ReadonlyMap<string, Variable>,
  { name, path }: EnvSubstitution.MissingVariable
): Issue => {
  const found = base.get(name)
  const untrusted =
    found?.source._tag === "DotEnv" && !isTrusted(found) ? found.source.file : undefined
  const elsewhere = textOf(
    untrusted,
    (file) =>
      `; its value in ${file} is not used here, because whoever made that folder could ` +
      "redirect your credentials"
  )
  return {
    path: render(path),
    problem: `the variable ${name} is not set${elsewhere}`,
    cure:
      `set ${name} in the environment or in ${stateDir}/.env (the config's own "env" is ` +
      `not used here); for the literal text write $\${${name}}`,
    place: places.ofPath(path, "value")
  }
}

const placeOf = (
  { at, column, file, line }: Include.IncludeFault,
  { paths }: LoadInput,
  places: ConfigPlaces.Places
): Issue["place"] => {
  if (line !== undefined) return { file, line, column: column ?? 1 }
  if (file === paths.configPath) return places.ofPath([...at, Include.directive], "value")
  return { file }
}

/** Where a directive fails, or a file it names. */
const includeIssue = (
  input: LoadInput,
  places: ConfigPlaces.Places,
  fault: Include.IncludeFault
): Issue => ({
  path: render(fault.at),
  problem: fault.problem,
  ...defined({ cure: fault.cure }),
  place: placeOf(fault, input, places)
})

/** What the migrations would have done to a document that is not valid even so (decision D18). */
const pendingIssue = (migrated: Migration.Migrated): ReadonlyArray<Issue> => {
  if (migrated.lines.length === 0) return []
  return [
    {
      path: "<root>",
      problem:
        `the config uses old key names (${migrated.lines.join(" ")}), which are not ` +
        "updated while it has other errors",
      cure: "fix the errors above, then run: clawdbot doctor --fix"
    }
  ]
}

const warningsOf = (config: Config): ReadonlyArray<string> => {
  const list = config.agents?.list ?? []
  const defaults = list.filter((entry) => entry.default === true).map((entry) => entry.id)
  const ids = list.map((entry) => AgentId.normalize(entry.id))
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
  return [
    ...(defaults.length > 1
      ? [
          `the agents ${defaults.map((id) => `"${id}"`).join(" and ")} are all marked as ` +
            `default; "${defaults[0]}" is used`
        ]
      : []),
    ...twice.map(
      (id) => `the agent "${id}" is listed twice in agents.list; its first entry is used`
    ),
    ...ModelCatalog.warnings(config),
    ...GatewayHosts.warnings(config),
    ...Option.toArray(Option.fromNullable(baseUrlNotice(config, ProviderId.anthropic)))
  ]
}

/**
 * Loads a config. `ConfigInvalid` names every fault with its place; nothing is ever taken for
 * empty.
 */
export const load = (input: LoadInput): Effect.Effect<Loaded, ConfigInvalid> =>
  Effect.gen(function* () {
    const { paths } = input
    const path = paths.configPath
    const parsed =
      input.text === undefined ? Either.right(Json5Document.empty) : Json5Document.parse(input.text)
    if (Either.isLeft(parsed)) {
      const { line, column, problem, cure } = parsed.left
      const place = ConfigPlaces.at(path, input.text ?? "", line, column)
      return yield* invalid(path, [{ path: "<root>", problem, ...defined({ cure }), place }])
    }
    const document = parsed.right
    const migrated = Migration.migrate(document.value)
    const origins = (files: Origins["files"]): Origins => ({
      file: path,
      value: migrated.value,
      home: paths.home,
      files
    })
    const early = ConfigPlaces.make({ document, migrated, origins: origins(new Map()) })
    const included = yield* Include.resolve(
      { file: path, value: migrated.value, home: paths.home },
      input.readFile
    ).pipe(
      Effect.mapError((fault) =>
        invalid(path, [includeIssue(input, early, fault), ...pendingIssue(migrated)])
      )
    )
    const places = ConfigPlaces.make({ document, migrated, origins: origins(included.files) })
    const base = yield* input.environment.base
    const substituted = EnvSubstitution.substitute(
      included.value,
      ConfigEnvironment.substitutions(base)
    )
    if (substituted.missing.length > 0) {
      return yield* invalid(path, [
        ...substituted.missing.map((one) => missingIssue(places, paths, base, one)),
        ...pendingIssue(migrated)
      ])
    }
    const validated = ConfigValidation.validate(substituted.value, {
      paths,
      caseInsensitive: input.caseInsensitive,
      isSubstituted: (at) =>
        !JsonValue.equals(JsonValue.get(included.value, at), JsonValue.get(substituted.value, at))
    })
    if (Either.isLeft(validated)) {
      const issues = validated.left.map(
        (fault): Issue => ({
          path: render(fault.path),
          problem: fault.problem,
          ...defined({ cure: fault.cure }),
          place: places.ofPath(fault.path, fault.at)
        })
      )
      return yield* invalid(path, [...inOrder(issues), ...pendingIssue(migrated)])
    }
    const config = validated.right
    const variables = ConfigEnvironment.withBlock(base, config)
    const plan = ConfigEnvironment.shellPlan(variables, config)
    const shell = plan.ask ? yield* input.environment.loginShell(plan.timeoutMs) : undefined
    return {
      snapshot: {
        path,
        exists: input.text !== undefined,
        config,
        value: Redacted.make(JsonValue.isObject(substituted.value) ? substituted.value : {}),
        environment: ConfigEnvironment.withSdkProfiles(
          ConfigEnvironment.withShell(variables, shell?.variables ?? new Map(), plan.enabled),
          input.sdkProfiles ?? new Map()
        ),
        migrations: migrated.lines,
        warnings: [
          ...warningsOf(config),
          ...Option.toArray(shell?.warning ?? Option.none<string>())
        ],
        source: places.source
      },
      document,
      migrated,
      origins: origins(included.files),
      included: included.value,
      effective: substituted.value
    }
  })
