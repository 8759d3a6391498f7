/**
 * A refresh that is made when a login is first asked of it that may have to be renewed. A program
 * that hands out one credential and ends mostly needs none.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ConfigStore } from "../Config/ConfigStore.ts"
import type * as Credential from "../Profile/Credential.ts"
import { freshness } from "./freshness.ts"
import { OAuthRefresh } from "./OAuthRefresh.ts"
import { configured, RefreshAhead } from "./RefreshAhead.ts"
import type { StoredLogin } from "./StoredLogin.ts"

/**
 * The layer. `load` gives the refresh itself; until it is made, a login with enough life left is
 * what it was read as, which is what the refresh would answer.
 */
export const layer = <R>(
  load: Effect.Effect<Layer.Layer<OAuthRefresh, never, R>>
): Layer.Layer<OAuthRefresh, never, ConfigStore | Exclude<R, Scope.Scope>> =>
  Layer.scoped(
    OAuthRefresh,
    Effect.gen(function* () {
      const configs = yield* ConfigStore
      const standard = yield* RefreshAhead
      const context = yield* Effect.context<R | Scope.Scope>()
      let made: Context.Tag.Service<OAuthRefresh> | undefined
      const refresh = yield* Effect.cached(
        Effect.flatMap(load, Layer.build).pipe(
          Effect.map((built) => {
            made = Context.get(built, OAuthRefresh)
            return made
          }),
          Effect.provide(context)
        )
      )
      const current = (login: StoredLogin, now: number): Credential.OAuth | undefined => {
        if (made !== undefined) return made.current(login, now)
        const seconds = configs.current()?.config.auth?.refreshAheadSeconds
        const { aheadMs } = configured(standard, seconds)
        return freshness(login.credential, now, aheadMs) === "fresh" ? login.credential : undefined
      }
      return OAuthRefresh.of({
        ensureFresh: (login) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const known = current(login, now)
            if (known !== undefined) return Effect.succeed(known)
            return Effect.flatMap(refresh, ({ ensureFresh }) => ensureFresh(login))
          }),
        afterRefusal: (login, refused) =>
          Effect.flatMap(refresh, ({ afterRefusal }) => afterRefusal(login, refused)),
        refreshNow: (login) => Effect.flatMap(refresh, ({ refreshNow }) => refreshNow(login)),
        current
      })
    })
  )
