/**
 * The batches and files of the scripted Anthropic. Each credential is of a workspace of its own and
 * sees nothing of the others'.
 */
import * as Answers from "./answers.ts"

/** A request to be answered. */
interface Asked {
  readonly credential: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly body: Buffer
}

/** What is answered. */
export interface Found {
  readonly contentType: string
  readonly body: Buffer
}

interface Kept {
  readonly owner: string
  readonly isFile: boolean
  readonly content: Buffer
}

const json = (value: unknown): Found => ({
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(value))
})

const described = (id: string, { content, isFile }: Kept, status = "ended") =>
  isFile
    ? {
        id,
        type: "file",
        filename: "scripted",
        mime_type: "application/octet-stream",
        size_bytes: content.length
      }
    : {
        id,
        type: "message_batch",
        processing_status: status,
        results_url: `/v1/messages/batches/${id}/results`
      }

const result = {
  custom_id: "one",
  result: {
    type: "succeeded",
    message: Answers.message({ model: "m", id: "msg_batch", text: "done", blocks: ["text"] })
  }
}

/** All workspaces of one server. */
export class Workspaces {
  private readonly kept = new Map<string, Kept>()

  /**
   * The answer to a request about batches or files; `undefined` when it is about something else,
   * `"missing"` when there is no such thing.
   */
  answer({ body, credential, method, path }: Asked): Found | "missing" | undefined {
    const [, place, id, action] =
      /^\/v1\/(messages\/batches|files)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/.exec(path) ?? []
    if (place === undefined) return undefined
    const isFile = place === "files"
    if (id === undefined) {
      if (method !== "POST") return json({ data: this.list(credential, isFile), has_more: false })
      const made = `${isFile ? "file" : "msgbatch"}_${String(this.kept.size + 1).padStart(6, "0")}`
      const one: Kept = { owner: credential, isFile, content: body }
      this.kept.set(made, one)
      return json(described(made, one, "in_progress"))
    }
    const one = this.kept.get(id)
    if (one?.owner !== credential || one.isFile !== isFile) return "missing"
    if (method === "DELETE") {
      this.kept.delete(id)
      return json({ id, type: isFile ? "file_deleted" : "message_batch_deleted" })
    }
    if (action === undefined) return json(described(id, one))
    if (action === "cancel" && method === "POST") return json(described(id, one, "canceling"))
    if (action === "content") return { contentType: "application/octet-stream", body: one.content }
    return action === "results"
      ? { contentType: "application/x-jsonl", body: Buffer.from(`${JSON.stringify(result)}\n`) }
      : "missing"
  }

  /** The first file a body names that this credential cannot see. */
  missingFile(credential: string, body: Buffer): string | undefined {
    const named = [...body.toString("utf8").matchAll(/"file_id"\s*:\s*"([^"]+)"/g)].flatMap(
      ([, id]) => id ?? []
    )
    return named.find((id) => this.kept.get(id)?.owner !== credential)
  }

  private list(credential: string, isFile: boolean): ReadonlyArray<unknown> {
    return [...this.kept].flatMap(([id, one]) =>
      one.owner === credential && one.isFile === isFile ? [described(id, one)] : []
    )
  }
}
