/** What a gateway prints about its config while it runs. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { IoStreams } from "../terminal/IoStreams.ts"

/** So many lines are remembered as said; a config that is edited for months brings new ones. */
const maxSaid = 1_000

/** Says a line once, however often it is found again in the life of a gateway. */
export type NoticeOnce = (line: string) => Effect.Effect<void>

/** Prints notices of one gateway. */
export const makeNoticeOnce = Effect.map(IoStreams, (io): NoticeOnce => {
  const said = new Set<string>()
  return (line) =>
    Effect.suspend(() => {
      if (said.has(line)) return Effect.void
      if (said.size >= maxSaid) said.clear()
      said.add(line)
      return io.stderr(`clawdbot: ${line}`)
    })
})

/**
 * Reports each change of the config file. One that is invalid never takes effect.
 */
export const reportChanges = (noticeOnce: NoticeOnce) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const configs = yield* ConfigStore
    yield* Stream.runForEach(configs.changes, (state) => {
      if (Either.isRight(state))
        return Effect.zipRight(
          io.stderr("clawdbot: config reloaded"),
          Effect.forEach(state.right.warnings, noticeOnce, { discard: true })
        )
      return io.stderr(
        `clawdbot: the changed config is not used, the last good one stays: ${state.left.message}`
      )
    })
  })
