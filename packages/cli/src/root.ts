/** The tree of commands. Each file below `commands/` is one of them. */
import { type CommandSpec, group } from "./argv/spec.ts"
import type { CommandEffect } from "./CommandEffect.ts"
import { gateway } from "./commands/gateway.ts"
import { status } from "./commands/models/status.ts"
import { pasteToken } from "./commands/modelsAuth/pasteToken.ts"
import { onboard } from "./commands/onboard.ts"

/** `clawdbot`. */
export const root: CommandSpec<CommandEffect> = group<CommandEffect>(
  "clawdbot",
  "Every request to Claude gets a working credential, and nothing ever breaks them.",
  [
    onboard,
    group<CommandEffect>("models", "Models and their credentials.", [
      status,
      group<CommandEffect>("auth", "Stored credentials.", [pasteToken])
    ]),
    gateway
  ]
)
