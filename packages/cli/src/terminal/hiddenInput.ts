/** Asks for a secret at a terminal. Nothing of it is shown, not even its length. */
import { printable } from "@clawdbot/domain/Text/printable"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Cancelled } from "../CliError.ts"
import * as HiddenLine from "./HiddenLine.ts"
import { standardInput } from "./standardInput.ts"

/** How long a line break at the end of a paste waits for more, in ms. */
const settleMs = 50

const beginPasteMarks = "\u001b[?2004h"
const endPasteMarks = "\u001b[?2004l"

/** The secret a person types or pastes. Ctrl-C and Ctrl-D end the command with nothing changed. */
export const ask = (question: string): Effect.Effect<Redacted.Redacted, Cancelled> =>
  Effect.async((resume) => {
    const stdin = standardInput()
    const { stdout } = process
    let line = HiddenLine.empty
    let timer: ReturnType<typeof setTimeout> | undefined
    const finish = (): void => {
      clearTimeout(timer)
      stdin.off("data", take)
      stdin.off("end", gone)
      stdin.setRawMode(false)
      stdin.pause()
      stdout.write(`${endPasteMarks}\n`)
    }
    const look = (): void => {
      if (line.end === "entered") {
        finish()
        resume(Effect.succeed(Redacted.make(line.text)))
      } else if (line.end === "cancelled") gone()
      else if (line.end === "perhaps") {
        timer = setTimeout(() => {
          line = HiddenLine.settle(line)
          look()
        }, settleMs)
      }
    }
    const take = (chunk: Buffer | string): void => {
      clearTimeout(timer)
      line = HiddenLine.step(line, chunk.toString())
      look()
    }
    const gone = (): void => {
      finish()
      resume(new Cancelled())
    }
    stdin.setRawMode(true)
    stdin.setEncoding("utf8")
    stdin.on("data", take)
    stdin.on("end", gone)
    stdin.resume()
    // Only now: whoever answers at once must not find a terminal that still shows what is typed.
    stdout.write(`${printable(question)} (input is hidden): ${beginPasteMarks}`)
    return Effect.sync(finish)
  })
