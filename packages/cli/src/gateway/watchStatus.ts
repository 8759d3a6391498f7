/** `models status --watch`: the report again and again, as the running gateway sees it. */

import type { Agent } from "@clawdbot/domain/Agent/AgentRegistry"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { renderStatus } from "../statusText.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { control } from "./controlClient.ts"
import { gatewayInfo } from "./runningGateway.ts"

const seconds = 2

/** One look: what the gateway says where one runs, else what the files say. */
const look = Effect.fn("watchStatus.look")(function* (agent: Agent, verbose: boolean) {
  const io = yield* IoStreams
  const paths = yield* StatePaths
  const { document } = yield* (yield* StatusReport).report(agent.id)
  const client = yield* control
  const live = yield* Effect.option(client.status({ urlParams: { agent: agent.id } }))
  const running = yield* gatewayInfo
  const now = yield* Clock.currentTimeMillis
  const process = running === undefined ? "" : ` (pid ${running.pid})`
  const from = Option.isSome(live) ? `the running gateway${process}` : "the files; no gateway runs"
  const shown = { ...document, auth: Option.getOrElse(live, () => document.auth) }
  const view = { paths, now, width: io.width, color: io.color, verbose }
  return [`Every ${seconds} s, from ${from}. Ctrl-C ends it.`, "", ...renderStatus(shown, view)]
})

/** Redraws the report in place until it is interrupted; an error stands where the report would. */
export const watchStatus = (agent: Agent, verbose: boolean) =>
  Effect.flatMap(IoStreams, (io) =>
    look(agent, verbose).pipe(
      Effect.catchAll((error) => Effect.succeed([`clawdbot: ${error.message}`])),
      Effect.flatMap(io.redraw),
      Effect.repeat(Schedule.spaced(`${seconds} seconds`)),
      Effect.zipRight(Effect.never)
    )
  )
