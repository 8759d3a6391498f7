/**
 * `clawdbot gateway`: the HTTP gateway in the foreground. Everything it needs is loaded only when
 * it is started.
 */

import * as Effect from "effect/Effect"
import { command, flagSwitch, flagText } from "../../argv/spec.ts"
import { UsageError } from "../../CliError.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { install } from "./install.ts"
import { status } from "./status.ts"
import { token } from "./token.ts"

const binds = ["loopback", "lan"] as const

/** The command. */
export const gateway = command({
  name: "gateway",
  describe: "Run the HTTP gateway in front of the Messages API, in the foreground.",
  service: true,
  flags: {
    port: flagText(
      "N",
      "The port to listen on; 0 takes any free one. Default: gateway.port, else 18789."
    ),
    bind: flagText(
      "WHERE",
      `Where to listen: ${binds.join(" or ")}. Default: gateway.bind, else loopback.`,
      binds
    ),
    practice: flagSwitch(
      "Practice without an account: an embedded scripted Anthropic, two practice keys, nothing stored."
    ),
    "access-log": flagText(
      "WHERE",
      "A line of JSON for each request: a file, or - for standard error.",
      "files"
    ),
    "or-practice": flagSwitch("Practice mode if there is no credential at all.")
  },
  below: [status, token, install],
  run: (values): CommandEffect =>
    Effect.gen(function* () {
      const port = values.port === undefined ? undefined : Number(values.port)
      if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
        return yield* new UsageError({
          problem: `invalid --port "${values.port}"`,
          command: "clawdbot gateway"
        })
      }
      const bind = values.bind
      if (bind !== undefined && !binds.some((known) => known === bind)) {
        return yield* new UsageError({
          problem: `invalid --bind "${bind}" (${binds.join(", ")})`,
          command: "clawdbot gateway"
        })
      }
      const { serve } = yield* Effect.promise(() => import("../../gateway/serve.ts"))
      return yield* serve({
        port,
        bind,
        practice: values.practice,
        orPractice: values["or-practice"],
        accessLog: values["access-log"]
      })
    })
})
