/** What may happen to three gateways and to what they know of a few credentials. */
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { limited } from "@clawdbot/testing/Health/healthStoreContract"
import * as fc from "fast-check"

/** When it begins, epoch ms. */
export const at = 1_700_000_000_000

/** The credentials. */
export const names = ["one", "two"].map((name) => ProfileId.of(`anthropic:${name}`))

const failed = (when: number, pauseMs: number, scope: string): HealthEvent => ({
  ...limited,
  _tag: "Failed",
  at: when,
  startedAt: when - 3,
  jitterMs: 0,
  ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1_000 },
  failure: {
    class: "rate_limit",
    windows: [
      {
        scope,
        until: when + pauseMs,
        class: "rate_limit",
        source: "retry-after",
        observedAt: when
      }
    ]
  }
})

/** An event at a random moment; gateways hear of them in any order. */
export const events: fc.Arbitrary<HealthEvent> = fc
  .record({
    tag: fc.constantFrom("Used", "Succeeded", "Failed", "LoginEnded", "Cleared"),
    when: fc.integer({ min: at, max: at + 30 }),
    pauseMs: fc.nat(20),
    scope: fc.constantFrom("credential", "group:opus-4")
  })
  .map(({ pauseMs, scope, tag, when }): HealthEvent => {
    switch (tag) {
      case "Succeeded":
        return {
          _tag: tag,
          at: when,
          startedAt: when - 2,
          target: anyRequest,
          windows: [],
          organization: `org-${pauseMs % 2}`
        }
      case "Failed":
        return failed(when, pauseMs, scope)
      case "LoginEnded":
        return { _tag: tag, at: when, cause: "revoked" }
      case "Cleared":
        return { _tag: tag, at: when }
      default:
        return { _tag: "Used", at: when }
    }
  })

/** What happens to one of the gateways. */
export const happenings = fc
  .record({
    tag: fc.constantFrom("Learned", "Learned", "Learned", "Cut", "Met", "Flushed", "Looked"),
    gateway: fc.nat(2),
    profile: fc.constantFrom(...names),
    secret: fc.constantFrom("secret-a", "secret-b"),
    event: events
  })
  .map(({ event, gateway, profile, secret, tag }) => ({
    _tag: tag,
    gateway,
    profile,
    secret,
    event
  }))
