/**
 * What the gateway says when it starts: everything a newcomer needs to send the first request.
 * Pure.
 */

import { clientTokenVariable, type GivenToken } from "@clawdbot/domain/Client/gatewaySecret"
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { RequestRecord } from "@clawdbot/http/control/RequestLog"
import type { ServedRequest } from "@clawdbot/http/dataPlane/ServedRequest"
import { pathOf } from "@clawdbot/http/pathOf"
import * as Match from "effect/Match"

/**
 * The client token as it is shown. One that the gateway made has to be, for the person has no other
 * way to learn it. One that the person set is named only: what a service prints is kept in logs.
 */
export type ShownToken =
  | { readonly _tag: "NotWanted" }
  | { readonly _tag: "Created"; readonly token: string }
  | { readonly _tag: "Given"; readonly from: GivenToken["from"] }

/** The facts. */
export interface Started {
  readonly url: string
  readonly clientToken: ShownToken
  /** Shown in practice mode only, where it opens nothing but practice. */
  readonly adminToken: string | undefined
  /**
   * A link that opens the dashboard once; shown in practice mode, where no command can ask for one.
   */
  readonly dashboard: string | undefined
  readonly practice: boolean
  readonly storePath: string
  readonly profiles: ReadonlyArray<string>
  readonly model: string
}

/** The token as a command line has it; undefined where none is wanted. */
const inCommands = Match.typeTags<ShownToken, string | undefined>()({
  NotWanted: () => undefined,
  Created: ({ token }) => token,
  Given: () => `$${clientTokenVariable}`
})

const tokenLine = Match.typeTags<ShownToken, string>()({
  NotWanted: () => "none (gateway.auth.mode is none)",
  Created: ({ token }) => token,
  Given: ({ from }) => `set by ${from} (not shown)`
})

const curl = ({ clientToken, model, url }: Started): ReadonlyArray<string> => [
  `curl ${url}/v1/messages \\`,
  ...listOf(inCommands(clientToken), (token) => [`  -H "x-api-key: ${token}" \\`]),
  '  -H "anthropic-version: 2023-06-01" -H "content-type: application/json" \\',
  `  -d '{"model":"${model}","max_tokens":200,"messages":[{"role":"user","content":"Hello"}]}'`
]

/** One attempt in a few words. */
export const attemptText = ({
  cause,
  failureClass = cause,
  profile,
  result
}: Pick<
  RequestRecord["attempts"][number],
  "cause" | "failureClass" | "profile" | "result"
>): string => `${profile} ${`${result}${textOf(failureClass, (name) => ` (${name})`)}`}`

/** One request in one line: which profiles were tried, and what came of it. */
export const requestLine = (served: ServedRequest): string =>
  `${served.method} ${pathOf(served.path)} ${served.status} in ` +
  `${served.endedAt - served.startedAt} ms: ${served.trail.map(attemptText).join(" -> ")}`

/** The text for the terminal. */
export const banner = (started: Started): ReadonlyArray<string> => [
  ...listIf(
    started.practice,
    "PRACTICE MODE: an embedded scripted Anthropic answers, with two practice keys. " +
      "Every third request to the first key is rate",
    "limited, so that you see a failover and a cooldown. Nothing is read from or written " +
      "to your clawdbot folder.",
    ""
  ),
  `Gateway listening on ${started.url}`,
  `client token   ${tokenLine(started.clientToken)}`,
  `profiles       ${started.profiles.join(", ") || "none yet; add one: clawdbot onboard"}`,
  `store          ${started.storePath}`,
  "",
  "Try it:",
  ...curl(started),
  "",
  ...listIf(
    started.adminToken !== undefined,
    "See which key is cooling down and why (each request is also logged below):",
    `curl ${started.url}/clawdbot/status -H "x-api-key: ${started.adminToken}"`,
    ""
  ),
  ...(started.dashboard === undefined
    ? ["The dashboard:", "clawdbot dashboard", ""]
    : [
        "The dashboard: open this link in a browser on this machine (single use, expires in " +
          "2 minutes):",
        started.dashboard,
        ""
      ]),
  "Claude Code and SDKs:",
  `ANTHROPIC_BASE_URL=${started.url} ANTHROPIC_API_KEY=${inCommands(started.clientToken) ?? "any"}`,
  "",
  "Stop it with Ctrl-C."
]
