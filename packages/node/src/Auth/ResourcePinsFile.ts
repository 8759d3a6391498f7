/**
 * `ResourcePins` over `<state>/gateway-pins.jsonl`: one line a pin, appended behind the requests,
 * made short again at a start. It holds no secret. Without it a batch would be asked for with any
 * credential: a file that cannot be read or written never stops a request.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { capacity, type Pin, PinTable, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { durableWrite } from "../File/durableWrite.ts"
import { codeOf, FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"

/** How long a pin may be missing from the file. */
const writeAfter = Duration.millis(200)

/** A file with more lines than this is written anew at a start. */
const mostLines = 2 * capacity

const Line = Schema.parseJson(
  Schema.Struct({ agent: AgentId, id: Schema.NonEmptyString, profile: ProfileId })
)
const decode = Schema.decodeUnknownEither(Line)
const encode = Schema.encodeSync(Line)

/** The file of a state folder. */
export const fileOf = (stateDir: string): string => path.join(stateDir, "gateway-pins.jsonl")

/** Whole lines only: what a crash or a full disk cut off is passed over. */
const parse = (text: string): ReadonlyArray<Pin> =>
  text
    .split("\n")
    .flatMap((line) =>
      line === "" ? [] : Either.match(decode(line), { onLeft: () => [], onRight: (pin) => [pin] })
    )

const attempt = <A>(
  file: string,
  operation: "read" | "write",
  run: () => Promise<A>
): Effect.Effect<A, FileFailure> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new FileFailure({ path: file, operation, code: codeOf(cause) })
  })

const read = (file: string): Effect.Effect<ReadonlyArray<Pin>, FileFailure> =>
  Effect.map(
    Effect.catchIf(
      attempt(file, "read", () => fs.readFile(file, "utf8")),
      (failure) => failure.code === "ENOENT",
      () => Effect.succeed("")
    ),
    parse
  )

const lines = (pins: ReadonlyArray<Pin>): string => pins.map((pin) => `${encode(pin)}\n`).join("")

/**
 * Begins with a line break, so that a line that was cut off before does not take the next one with
 * it.
 */
const append = (file: string, pins: ReadonlyArray<Pin>): Effect.Effect<void, FileFailure> =>
  attempt(file, "write", async () => {
    const handle = await fs.open(file, "a", 0o600)
    try {
      await handle.appendFile(`\n${lines(pins)}`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  })

const told = (message: string) => (failure: FileFailure) =>
  Effect.annotateLogs(Effect.logWarning(message), { error: failure.message })

const make = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const file = fileOf(stateDir)
  const table = new PinTable()
  const waiting: Array<Pin> = []
  let failed = false

  const known = yield* Effect.catchAll(read(file), (failure) =>
    Effect.as(
      told("pinned batches and files cannot be read; they are asked for with any credential")(
        failure
      ),
      []
    )
  )
  for (const pin of known) table.note(pin)

  /** Two gateways over one folder take turns. */
  const locked = <A>(use: (lock: FolderLock.HeldLock) => Effect.Effect<A, FileFailure>) =>
    Effect.scoped(Effect.flatMap(FolderLock.hold(file), use))

  if (known.length > mostLines) {
    yield* locked((lock) =>
      Effect.flatMap(read(file), (pins) =>
        durableWrite(file, lines(pins.slice(-capacity)), { beforeRename: lock.stillMine })
      )
    ).pipe(Effect.catchAll(told("pinned batches and files could not be written anew")))
  }

  const write = Effect.suspend(() => {
    if (waiting.length === 0) return Effect.void
    const batch = waiting.slice(-capacity)
    waiting.length = 0
    return locked(() => append(file, batch)).pipe(
      Effect.onError(() => Effect.sync(() => void waiting.unshift(...batch))),
      Effect.tap(() =>
        Effect.sync(() => {
          failed = false
        })
      ),
      // Told once, not with every try.
      Effect.catchAll((failure) => {
        const known = failed
        failed = true
        return known
          ? Effect.void
          : told("pinned batches and files cannot be written; going on from memory")(failure)
      })
    )
  })
  yield* Effect.addFinalizer(() => write)
  yield* BackgroundLoop.start(
    { task: "writing pinned batches and files", schedule: Schedule.spaced(writeAfter) },
    write
  )

  return ResourcePins.of({
    find: (agent, id) => table.find(agent, id),
    note: (pin) => {
      table.note(pin)
      waiting.push(pin)
    },
    isEmpty: () => table.isEmpty
  })
})

/** The pins of a state folder. */
export const layer: Layer.Layer<ResourcePins, never, StatePaths> = Layer.scoped(ResourcePins, make)
