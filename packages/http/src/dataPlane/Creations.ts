import { type Created, createdIn } from "@clawdbot/domain/Anthropic/MessageState"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import type { AnswerBody } from "./AnswerBody.ts"
import { CreatedId } from "./CreatedId.ts"
import { FileIds, filesIn } from "./filesIn.ts"
import type { RelayRequest } from "./RelayRequest.ts"

/**
 * Listens for what a good answer creates, as far as the request creates anything: it can only be
 * found again with the credential that it was created with (decision D35).
 */
export class Creations {
  private readonly asked: RelayRequest
  private readonly profile: ProfileId
  private readonly body: Pick<AnswerBody, "hold" | "release">
  private readonly id: CreatedId | undefined
  private readonly files: FileIds | undefined

  /**
   * `isPlain`: whether the answer's bytes are its text. `body` is held while others have yet to
   * know what was created.
   */
  constructor(
    asked: RelayRequest,
    profile: ProfileId,
    body: Pick<AnswerBody, "hold" | "release">,
    encoding: string | undefined,
    isPlain: boolean
  ) {
    this.asked = asked
    this.profile = profile
    this.body = body
    const { creates, runsCode, unknown } = asked
    if (unknown !== undefined) this.note(unknown)
    if (creates !== undefined)
      this.id = new CreatedId(encoding, (id) => this.note({ kind: creates, id }))
    if (runsCode && isPlain) this.files = new FileIds(this.onFile)
  }

  private note(created: Created): void {
    const { asked, body } = this
    const storing = asked.onCreated(asked.agent, created, this.profile)
    if (storing === undefined) return
    body.hold()
    asked.run(
      Effect.zipRight(
        storing,
        Effect.sync(() => body.release())
      )
    )
  }

  private readonly onFile = (id: string): void => this.note({ kind: "file", id })

  /** Hears of the whole message of an answer. */
  readonly onMessage = (message: Readonly<Record<string, unknown>>): void => {
    for (const created of createdIn(message, this.asked.inThread)) this.note(created)
    // Of a packed answer the files are found in the whole of it, since its bytes say nothing.
    if (this.asked.runsCode && this.files === undefined && Array.isArray(message.content))
      for (const id of filesIn(Buffer.from(JSON.stringify(message.content)))) this.onFile(id)
  }

  /** Hears of a piece that does not go on to the client yet. */
  hold(chunk: Buffer): void {
    this.files?.push(chunk)
  }

  /** Hears of a piece that goes on to the client. */
  push(chunk: Buffer): void {
    this.id?.push(chunk)
    this.files?.push(chunk)
  }

  end(): void {
    this.id?.end()
  }
}
