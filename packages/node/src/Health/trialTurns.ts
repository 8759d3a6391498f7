/**
 * Decides for all processes of a state folder together which of them may send a trial (decision
 * D32): under a lock of the folder, and only after the others can know of it.
 */
import type { TrialRequest, TrialStart } from "@clawdbot/domain/Health/HealthStore"
import { ProcessTrials } from "@clawdbot/domain/Health/ProcessTrials"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Disk from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import type { AgentFiles } from "./AgentFiles.ts"
import type { AgentHealth } from "./AgentHealth.ts"
import * as LastTrial from "./lastTrial.ts"

/** How long a trial waits for its health file; a slow disk must not hold the last request up. */
const maxWait = Duration.seconds(2)

/** `write` writes an agent's file, and runs what it is given while no other process can write. */
export const make = (
  stateDir: string,
  files: AgentFiles,
  write: (health: AgentHealth, locked: Effect.Effect<void>) => Effect.Effect<void, FileFailure>
) =>
  Effect.gen(function* () {
    const onDisk = yield* Disk.provider
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const deciding = yield* Effect.makeSemaphore(1)
    const lastTrial = LastTrial.make(stateDir)
    const trials = new ProcessTrials<AgentHealth>(now, (health, request, event) =>
      files.record(health, request.profile, request.secretFingerprint, event)
    )

    /** Decides for all processes of the state folder, while none of the others can. */
    const decideForAll = (health: AgentHealth, request: TrialRequest) =>
      Effect.gen(function* () {
        const at = yield* lastTrial.read
        // What was written before the clock was set back says nothing.
        if (at <= now()) trials.lastAt = Math.max(at, trials.lastAt)
        let decided: TrialStart | undefined
        const locked = Effect.sync(() => {
          decided = trials.decide(health, request)
        })
        yield* Effect.ignore(write(health, locked)).pipe(
          Effect.disconnect,
          Effect.timeoutOption(maxWait)
        )
        // Where the file cannot be written, what is known in memory has to do.
        const start = decided ?? trials.decide(health, request)
        if (start._tag === "Begun") {
          // The request goes out now, and the next one of any process a second later.
          trials.lastAt = now()
          yield* lastTrial.write(trials.lastAt)
        }
        return start
      })

    /** Whether a trial may begin. */
    const begin = (request: TrialRequest): Effect.Effect<TrialStart> =>
      Effect.gen(function* () {
        const health = yield* files.of(request.agent)
        const first = trials.look(health, request)
        if (first._tag === "NotDue") return first
        return yield* Effect.scoped(
          Effect.flatMap(Effect.either(lastTrial.hold), (held) => {
            if (Either.isRight(held)) return decideForAll(health, request)
            return Effect.sync(() =>
              held.left.code === "ETIMEDOUT" ? trials.busy() : trials.decide(health, request)
            )
          })
        ).pipe(
          onDisk,
          deciding.withPermitsIfAvailable(1),
          Effect.map(Option.getOrElse(() => trials.busy()))
        )
      })
    return { begin } as const
  })
