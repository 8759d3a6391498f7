/**
 * When a process of this state folder last sent a trial (decision D32): `run/last-trial.json`. All
 * of them together send no more than one a second, whichever agent's credential it is of, so this
 * stands beside the agents' health files and is decided under a lock of its own.
 */

import * as path from "node:path"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { lazily } from "@clawdbot/domain/Document/lazily"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { replaceAtOnce } from "../File/durableWrite.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"

const LastTrial = lazily(() =>
  Schema.parseJson(
    Schema.Struct({ version: Schema.Literal(1), at: Schema.NonNegative.pipe(Schema.finite()) })
  )
)
const decode = atFirstUse(() => Schema.decodeUnknownOption(LastTrial))
const encode = atFirstUse(() => Schema.encodeSync(LastTrial))

/**
 * It is held for as long as a health file takes to be written. A holder that was killed must not
 * keep trials back for long.
 */
const times: FolderLock.FolderLockTimes = {
  staleMs: 3_000,
  heartbeatMs: 1_000,
  maxWaitMs: 5_000
}

/** The time of a state folder's last trial. */
export const make = (stateDir: string) => {
  const file = path.join(stateDir, "run", "last-trial.json")
  return {
    /** No other process decides about a trial until the scope closes. */
    hold: FolderLock.hold(file, times),

    /** Epoch ms; before all time where none is known. */
    read: readDocument(file, maxBytes.settings).pipe(
      Effect.flatMap(({ text }) => decode(text)),
      Effect.match({
        onFailure: () => Number.NEGATIVE_INFINITY,
        onSuccess: ({ at }) => at
      })
    ),

    /**
     * Remembers a trial at a time (epoch ms). A power cut may lose it, a killed process does not.
     */
    write: (at: number) => replaceAtOnce(file, `${encode({ version: 1, at })}\n`)
  }
}
