/**
 * The stores of this machine as a program that stays uses them: watched, and with every stored
 * login kept alive. The gateway and the library are made of the same.
 */
import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HealthFile from "./Health/HealthFile.ts"
import * as RefreshMachine from "./OAuth/RefreshMachine.ts"
import * as KeptAsideFile from "./Profile/KeptAsideFile.ts"
import * as ProfileFile from "./Profile/ProfileFile.ts"

/** What is done in the background. */
export interface Background {
  /** Whether logins are refreshed before somebody asks for them. Default: true. */
  readonly keepsLoginsFresh?: boolean | undefined
  /** Whether files are watched, instead of looked at by each request. Default: true. */
  readonly watches?: boolean | undefined
}

/** A config of one's own, such as one that is checked further. */
export type MakeConfig<E, R> = Effect.Effect<Context.Tag.Service<ConfigStore>, E, R>

/**
 * Gives an effect profiles and their health, and logins that can be refreshed. Without layers: each
 * of those takes a start more than a hundred steps. What goes on in the background ends with the
 * scope.
 */
export const withStoresOver =
  <E, R>(config: MakeConfig<E, R>, { keepsLoginsFresh = true, watches = true }: Background = {}) =>
  <A, E2, R2>(effect: Effect.Effect<A, E2, R2>) =>
    Effect.zipRight(keepsLoginsFresh ? LoginKeeper.start : Effect.void, effect).pipe(
      Effect.provideServiceEffect(KeptAside, KeptAsideFile.make),
      RefreshMachine.provide,
      Effect.provideServiceEffect(
        HealthStore,
        watches ? HealthFile.watching : HealthFile.forCommands
      ),
      Effect.provideServiceEffect(
        ProfileStore,
        watches ? ProfileFile.watching : ProfileFile.forCommands
      ),
      Effect.provideServiceEffect(ConfigStore, config)
    )

const stores = [
  ConfigStore,
  HealthStore,
  KeptAside,
  OAuthRefresh,
  ProfileStore,
  RefreshJournal,
  SharedLogin
] as const

/** The same as a layer. */
export const storesOver = <E, R>(config: MakeConfig<E, R>, background: Background = {}) =>
  Layer.scopedContext(
    Effect.context<Context.Tag.Identifier<(typeof stores)[number]>>().pipe(
      Effect.map(Context.pick(...stores)),
      withStoresOver(config, background)
    )
  )
