/**
 * What the gateway says when it starts: everything a newcomer needs to send the first request.
 * Pure.
 */

import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { RequestRecord } from "@clawdbot/http/control/RequestLog"
import type { ServedRequest } from "@clawdbot/http/dataPlane/ServedRequest"
import { pathOf } from "@clawdbot/http/pathOf"

/** The facts. The token is shown because only the person who starts the gateway sees it. */
export interface Started {
  readonly url: string
  readonly clientToken: string | undefined
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

const curl = ({ clientToken, model, url }: Started): ReadonlyArray<string> => [
  `curl ${url}/v1/messages \\`,
  ...listOf(clientToken, (clientToken) => [`  -H "x-api-key: ${clientToken}" \\`]),
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
  `client token   ${started.clientToken ?? "none (gateway.auth.mode is none)"}`,
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
  `ANTHROPIC_BASE_URL=${started.url} ANTHROPIC_API_KEY=${started.clientToken ?? "any"}`,
  "",
  "Stop it with Ctrl-C."
]
