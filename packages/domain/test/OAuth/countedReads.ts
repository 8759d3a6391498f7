/** A program whose reads of the profile store are counted. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { ofSharedStore, RefreshAhead } from "@clawdbot/domain/OAuth/RefreshAhead"
import { StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { login, main, profile, store } from "./world.ts"

/** When these programs begin, in epoch ms. */
export const now = 3_600_000_000
const unreadable = new StoreUnavailable({ path: "/store", operation: "read", code: "EIO" })

/** A program with a login that has so much life left, in ms; `reads` counts reads of its store. */
export const begin = (left: number, { isRead = true, shared = false, unreadableTimes = 0 } = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(), now + left)
    yield* store(credential)
    const profiles = yield* ProfileStore
    const configs = yield* ConfigStore
    let reads = 0
    const counted = ProfileStore.of({
      ...profiles,
      read: (agent) =>
        Effect.suspend(() => {
          reads += 1
          if (reads <= unreadableTimes) return Effect.fail(unreadable)
          return profiles.read(agent)
        })
    })
    const known = ConfigStore.of({
      ...configs,
      current: () => (isRead ? configs.current() : undefined)
    })
    const policy = Layer.succeed(RefreshAhead, ofSharedStore("one"))
    const context = yield* Layer.build(
      OAuthRefresh.layer.pipe(
        Layer.provide(Layer.succeed(ProfileStore, counted)),
        Layer.provide(Layer.succeed(ConfigStore, known)),
        Layer.provide(shared ? policy : Layer.empty)
      )
    )
    const refresh = Context.get(context, OAuthRefresh.OAuthRefresh)
    const asked = { owner: main, profile, credential }
    return { asked, authority, credential, reads: () => reads, refresh }
  })
