/**
 * The credentials of this machine as the one service `Credentials`: the same files, order,
 * cooldowns and refreshes as the command and the gateway, which may run beside it.
 * `@clawdbot/testing/TestCredentials` is its deterministic twin.
 *
 * @since 0.1.0
 */

import * as path from "node:path"
import { noSurroundings } from "@clawdbot/domain/Auth/credentialFailure"
import type { KeyOptions as CommonKeyOptions } from "@clawdbot/domain/Auth/KeyOptions"
import * as KeyCredentials from "@clawdbot/domain/Auth/keyCredentials"
import * as MakeCredentials from "@clawdbot/domain/Auth/makeCredentials"
import { checked } from "@clawdbot/domain/Config/checkedConfig"
import { filesOnly } from "@clawdbot/domain/Config/filesOnly"
import type { CredentialsUnavailable } from "@clawdbot/domain/CredentialError"
import type { Credentials } from "@clawdbot/domain/Credentials"
import * as Policies from "@clawdbot/domain/policies"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as ConfigFile from "./Config/ConfigFile.ts"
import * as ProcessEnvironment from "./Environment/ProcessEnvironment.ts"
import * as Paths from "./Environment/statePaths.ts"
import * as Disk from "./File/Disk.ts"
import * as HealthFile from "./Health/HealthFile.ts"
import { type Background, storesOver } from "./machineStores.ts"

/**
 * Where the credentials are, and what is done for them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The state folder. Default: `CLAWDBOT_STATE_DIR`, else `~/.clawdbot`. */
  readonly stateDir?: string | undefined
  /** The same as `--profile` of the command: the state folder `~/.clawdbot-NAME`. */
  readonly profile?: string | undefined
  /**
   * Whether stored logins are refreshed before somebody asks for them. Default: true. False is for
   * programs that end soon; a login is refreshed all the same when it is used.
   */
  readonly keepLoginsFresh?: boolean | undefined
  /**
   * Whether the files are watched. Default: true. False is for programs that end soon, and for many
   * that share a machine: nothing goes on between requests, each of which looks at the files
   * itself; `changes` then gives what this program changed, and changes of the config.
   */
  readonly watch?: boolean | undefined
}

/**
 * How keys that a program brings itself are used.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyOptions extends CommonKeyOptions {
  /**
   * Where cooldowns are kept, for several processes or for the time after a restart. Default: in
   * memory.
   */
  readonly healthFile?: string | undefined
}

/** The person's config, as far as a program that reads files can work with it. */
const config = ({ watch = true }: Options) =>
  Effect.map(watch ? ConfigFile.watching : ConfigFile.make, (store) => checked(store, filesOnly))

const background = ({ keepLoginsFresh, watch }: Options): Background => ({
  keepsLoginsFresh: keepLoginsFresh,
  watches: watch
})

/**
 * The credentials of this machine. Files are watched: a key that is added with `clawdbot models
 * auth paste-token` is live within a second. Compose it once for a process that stays.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
 * import { Credentials } from "@clawdbot/domain/Credentials"
 * import { Effect } from "effect"
 *
 * export const chosen = Effect.flatMap(Credentials, ({ explain }) => explain()).pipe(
 *   Effect.map((explanation) => explanation.chosen),
 *   Effect.provide(MachineCredentials.layer())
 * )
 */
export const layer = (options: Options = {}): Layer.Layer<Credentials, CredentialsUnavailable> =>
  MakeCredentials.layer.pipe(
    Layer.provide(Policies.layer),
    Layer.provide(storesOver(config(options), background(options))),
    Layer.provide(ProcessEnvironment.layer),
    Layer.provide(Layer.suspend(() => Paths.layer(Paths.optionsOf(options)))),
    Layer.provide(Disk.layer),
    Layer.mapError(noSurroundings)
  )

/**
 * The same with options from a `Config`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<Credentials, CredentialsUnavailable | ConfigError.ConfigError> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(options), layer))

/**
 * Credentials that a program brings itself, from a secret store of its own: no files, no
 * environment, no home folder.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
 * import { Redacted } from "effect"
 *
 * export const OwnKeys = MachineCredentials.layerKeys({
 *   first: Redacted.make("sk-ant-api03-…"),
 *   second: Redacted.make("sk-ant-api03-…")
 * })
 */
export const layerKeys = (
  keys: Readonly<Record<string, Redacted.Redacted>>,
  options: KeyOptions = {}
): Layer.Layer<Credentials> => {
  const { healthFile } = options
  if (healthFile === undefined) return KeyCredentials.layer(keys, options)
  const health = Layer.provide(HealthFile.layerAt(path.resolve(healthFile)), Disk.layer)
  return KeyCredentials.layer(keys, options, health)
}
