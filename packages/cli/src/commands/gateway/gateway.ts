/**
 * `clawdbot gateway`: the HTTP gateway in the foreground. Everything it needs is loaded only when
 * it is started.
 */

import { defaults } from "@clawdbot/domain/Config/defaults"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { install } from "./install.ts"
import { restart, start, stop } from "./service.ts"
import { status } from "./status.ts"
import { token } from "./token.ts"

const binds = ["loopback", "lan"] as const

/** The command. */
export const gateway = command({
  name: "gateway",
  description: "Run the HTTP gateway in front of the Messages API, in the foreground.",
  examples: ["clawdbot gateway"],
  isService: true,
  options: {
    port: CommandOptions.text(
      "port",
      "N",
      "The port to listen on; 0 picks a free one. Default: gateway.port, else " +
        `${defaults["gateway.port"]}.`
    ),
    bind: CommandOptions.choice(
      "bind",
      binds,
      `Where to listen: ${binds.join(" or ")}. Default: gateway.bind, else loopback.`
    ),
    practice: CommandOptions.flag(
      "practice",
      "Practice mode, without an account: a scripted stand-in for Anthropic, two " +
        "practice keys, nothing stored."
    ),
    accessLog: CommandOptions.text(
      "access-log",
      "FILE",
      "Write one line of JSON per request to this file; - is standard error."
    ),
    printToken: CommandOptions.flag(
      "print-token",
      "Print the client token also where the output is no terminal, such as a log."
    ),
    orPractice: CommandOptions.flag("or-practice", "Use practice mode if no credential is found.")
  },
  subcommands: [status, token, start, stop, restart, install],
  run: (values): CommandEffect =>
    Effect.gen(function* () {
      const port = ifDefined(values.port, Number)
      if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
        return yield* new UsageError({
          problem: `invalid --port "${values.port}"`,
          command: "clawdbot gateway"
        })
      }
      const { serve } = yield* Effect.promise(() => import("../../gateway/serve.ts"))
      return yield* serve({
        port,
        bind: values.bind,
        practice: values.practice,
        orPractice: values.orPractice,
        printToken: values.printToken,
        accessLog: values.accessLog
      })
    })
})
