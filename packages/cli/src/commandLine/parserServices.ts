/**
 * What the parser of `@effect/cli` asks for. Its options about files and its prompts are not used
 * when a command line is parsed, so nothing of this machine is loaded for it.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const unused = Effect.dieMessage("a command line is parsed without a terminal")

/** A file system without files, and a terminal that nothing is asked at. */
export const layer: Layer.Layer<FileSystem.FileSystem | Path.Path | Terminal.Terminal> =
  Layer.mergeAll(
    FileSystem.layerNoop({}),
    Path.layer,
    Layer.succeed(
      Terminal.Terminal,
      Terminal.Terminal.of({
        columns: Effect.succeed(80),
        rows: Effect.succeed(24),
        isTTY: Effect.succeed(false),
        readInput: unused,
        readLine: unused,
        display: () => unused
      })
    )
  )
