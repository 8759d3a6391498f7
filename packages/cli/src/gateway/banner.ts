/**
 * What the gateway says when it starts: everything a newcomer needs to send the first request.
 * Pure.
 */

import { clientTokenVariable, type GivenToken } from "@clawdbot/domain/Client/gatewaySecret"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { RequestRecord } from "@clawdbot/http/control/RequestLog"
import type { ServedRequest } from "@clawdbot/http/dataPlane/ServedRequest"
import { pathOf } from "@clawdbot/http/pathOf"
import * as Match from "effect/Match"
import { withProfile } from "../shownCommand.ts"
import { type Address, addressRows, listensOn } from "./addressLines.ts"

/**
 * The client token as it is shown. One that the gateway created is printed to a terminal, or where
 * it was asked for; what a service prints is kept in logs, so there the command that prints it is
 * named instead. One that the person set is named only.
 */
export type ShownToken =
  | { readonly _tag: "NotWanted" }
  | { readonly _tag: "Created"; readonly token: string }
  | { readonly _tag: "Hidden" }
  | { readonly _tag: "Given"; readonly from: GivenToken["from"] }

/** The facts. */
export interface Started {
  readonly address: Address
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
  /** The `--profile` that this program was started with. */
  readonly profileName: string | undefined
}

const showToken = "clawdbot gateway token show"

/** The token as a command line has it; undefined where none is wanted. */
const inCommands = Match.typeTags<ShownToken, string | undefined>()({
  NotWanted: () => undefined,
  Created: ({ token }) => token,
  Hidden: () => `$(${showToken})`,
  Given: () => `$${clientTokenVariable}`
})

const tokenLine = Match.typeTags<ShownToken, string>()({
  NotWanted: () => "none (gateway.auth.mode is none)",
  Created: ({ token }) => token,
  Hidden: () => `not printed here; to print it: ${showToken}`,
  Given: ({ from }) => `set by ${from} (not shown)`
})

/**
 * A request of curl with a token. The shell itself writes the header (`echo` is a part of it), for
 * every user of the machine may read the arguments of curl.
 */
const withToken = (token: string | undefined, request: string): ReadonlyArray<string> => {
  if (token === undefined) return [`curl ${request}`]
  return [`echo "x-api-key: ${token}" | curl -H @- ${request}`]
}

const curl = ({ address: { url }, clientToken, model }: Started): ReadonlyArray<string> => [
  ...withToken(inCommands(clientToken), `${url}/v1/messages \\`),
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

/** A value as a shell keeps it in one word. */
const inOneWord = (value: string): string => (value.startsWith("$(") ? `"${value}"` : value)

const practiceNotice = (practice: boolean): ReadonlyArray<string> =>
  listIf(
    practice,
    "PRACTICE MODE: an embedded scripted Anthropic answers, with two practice keys. " +
      "Every third request to the first key is rate",
    "limited, so that you see a failover and a cooldown. Nothing is read from or written " +
      "to your clawdbot folder.",
    ""
  )

const body = (started: Started): ReadonlyArray<string> => [
  `Gateway listening on ${listensOn(started.address)}`,
  ...addressRows(started.address).map(([name, value]) => `${name.padEnd(15)}${value}`),
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
    ...withToken(started.adminToken, `${started.address.url}/clawdbot/status`),
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
  `ANTHROPIC_BASE_URL=${started.address.url} ` +
    `ANTHROPIC_API_KEY=${inOneWord(inCommands(started.clientToken) ?? "any")}`,
  "",
  "Stop it with Ctrl-C."
]

/** The text for the terminal. */
export const banner = (started: Started): ReadonlyArray<string> => [
  ...practiceNotice(started.practice),
  ...body(started).map((line) => withProfile(line, started.profileName))
]
