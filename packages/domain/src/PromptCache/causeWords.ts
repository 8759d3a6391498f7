/** What each cause means to a person, and what cures it. Pure. */
import type { CacheCause } from "./cacheCause.ts"

/** One cause in words. */
export interface CauseWords {
  /** What the request is or does; follows "the request". */
  readonly what: string
  /** What ends it; undefined where nothing is lost. */
  readonly cure: string | undefined
}

/** By cause (docs/cache.md). */
export const causeWords: Readonly<Record<CacheCause, CauseWords>> = {
  no_breakpoint: {
    what: "has no cache_control, so that nothing is cached",
    cure: "turn prompt caching on in the client: cache_control on the last block of the prompt"
  },
  hit: { what: "read from the cache what it could", cure: undefined },
  first_request: { what: "is the first of its conversation", cure: undefined },
  model_changed: {
    what: "asks another model than the one before it; each model has a cache of its own",
    cure: "keep one model for a conversation, and ask side questions in a conversation of their own"
  },
  credential_moved: {
    what: "was answered with another credential, whose organization has a cache of its own",
    cure: "clawdbot models status, and end what keeps the first credential from answering"
  },
  prefix_changed: {
    what: "differs from the one before it in front of the last breakpoint",
    cure: "keep dates, random numbers and tool lists in front of the breakpoint the same"
  },
  parameter_changed: {
    what: "has another thinking, tool_choice, output_config, speed or anthropic-beta",
    cure: "keep these parameters the same through a conversation"
  },
  ttl_expired: {
    what: "came after the cache's lifetime of 5 minutes or an hour had ended",
    cure: 'have the client ask for an hour, with "ttl": "1h" in its cache_control'
  },
  lookback: {
    what: "has its breakpoint more than 20 blocks after what is cached",
    cure: "set one more breakpoint, at most 20 blocks after the last one"
  },
  below_minimum: {
    what: "has a prefix that is shorter than the model caches",
    cure: "nothing, where prompts are short; otherwise put more of the prompt before the breakpoint"
  },
  written_concurrently: {
    what: "came before the answer that writes the cache had begun",
    cure: "wait for the first answer to begin before sending others with the same prefix"
  },
  too_many_breakpoints: {
    what: "has more than four breakpoints, which the provider refuses",
    cure: "leave out cache_control until four of them remain"
  },
  unexplained: {
    what: "has the same prefix, in time, with the same credential, and was not read all the same",
    cure: "nothing on your side; where it is frequent, report it to the provider with request ids"
  },
  not_examined: {
    what: "came among more requests than are examined, or after one of these",
    cure: undefined
  }
}
