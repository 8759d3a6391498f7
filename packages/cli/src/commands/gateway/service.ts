/** `clawdbot gateway start`, `stop` and `restart`: the gateway as an installed service. */

import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import type { ServiceAction } from "../../gateway/service.ts"

const of = (name: ServiceAction, description: string) =>
  command({
    name,
    description,
    examples: [`clawdbot gateway ${name}`],
    run: (): CommandEffect =>
      Effect.flatMap(
        Effect.promise(() => import("../../gateway/runService.ts")),
        ({ runService }) => runService(name)
      )
  })

/** The commands. */
export const start = of("start", "Start the gateway's installed service.")
export const stop = of("stop", "Stop the gateway's installed service.")
export const restart = of("restart", "Restart the gateway's installed service.")
