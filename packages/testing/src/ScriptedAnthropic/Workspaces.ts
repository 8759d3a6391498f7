/**
 * What the scripted Anthropic keeps: batches, files, skills, sessions and their like, message
 * threads, containers and fallback credits. Each credential is of a workspace of its own and sees
 * nothing of the others'.
 */
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as Answers from "./answers.ts"
import { bodyValue } from "./bodyValue.ts"
import { setBounded } from "./setBounded.ts"

/** A request to be answered. */
interface WorkspaceRequest {
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

/** Why a message is refused, as the provider says it. */
export interface Refusal {
  readonly status: number
  readonly type: string
  readonly message: string
  readonly code?: string | undefined
}

/** What a good answer to a message brings along. */
export interface MadeState {
  readonly container: string | undefined
  readonly file: string | undefined
  readonly fallbackCredit: string | undefined
}

interface Kept {
  readonly owner: string
  readonly collection: string
  readonly content: Buffer
}

/**
 * The collections there are, and how their ids begin. One is of a kind that no client knows yet.
 */
const prefixes: Readonly<Record<string, string>> = {
  "messages/batches": "msgbatch",
  files: "file",
  skills: "skill",
  sessions: "sesn",
  agents: "agent",
  environments: "env",
  memory_stores: "memstore",
  vaults: "vlt",
  user_profiles: "uprof",
  of_tomorrow: "tomorrow"
}

const json = (value: unknown): Found => ({
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(value))
})

const described = (id: string, { collection, content }: Kept, status = "ended") => {
  switch (collection) {
    case "files":
      return {
        id,
        type: "file",
        filename: "scripted",
        mime_type: "application/octet-stream",
        size_bytes: content.length
      }
    case "messages/batches":
      return {
        id,
        type: "message_batch",
        processing_status: status,
        results_url: `/v1/messages/batches/${id}/results`
      }
    default:
      return { id, type: collection.replace(/s$/, "") }
  }
}

const result = {
  custom_id: "one",
  result: {
    type: "succeeded",
    message: Answers.message({ model: "m", id: "msg_batch", text: "done", blocks: ["text"] })
  }
}

const property = (value: unknown, name: string): unknown => {
  if (typeof value === "object" && value !== null) return Reflect.get(value, name)
  return undefined
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  return undefined
}

const items = (value: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value
  return []
}

/** A field that is a text, or an object with the text in it. */
const textOrIn = (value: unknown, name: string): string | undefined =>
  textOf(value) ?? textOf(property(value, name))

const notFound = (message: string, code?: string): Refusal => ({
  status: 404,
  type: "not_found_error",
  message,
  code
})

/** All workspaces of one server. */
export class Workspaces {
  private readonly kept = new Map<string, Kept>()
  /** Owners of message threads by the ids of their answers. */
  private readonly threads = new Map<string, string>()
  private readonly containers = new Map<string, string>()
  private readonly credits = new Map<string, string>()
  private readonly max: number
  /** How many were made, and how many containers. */
  private count = 0
  private containerCount = 0

  /** `max` is how many things of each kind are kept. */
  constructor(max = Number.POSITIVE_INFINITY) {
    this.max = max
  }

  private make(collection: string, owner: string, content: Buffer): readonly [string, Kept] {
    this.count += 1
    const id = `${prefixes[collection]}_${String(this.count).padStart(6, "0")}`
    const one: Kept = { owner, collection, content }
    setBounded(this.kept, this.max, id, one)
    return [id, one]
  }

  /**
   * The answer to a request about something that is kept; `undefined` when it is about something
   * else, `"missing"` when there is no such thing.
   */
  answer({ body, credential, method, path }: WorkspaceRequest): Found | "missing" | undefined {
    const [, collection, id, action] =
      /^\/v1\/(messages\/batches|[a-z_]+)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/.exec(path) ?? []
    if (collection === undefined || prefixes[collection] === undefined) return undefined
    if (id === undefined) {
      if (method !== "POST")
        return json({ data: this.list(credential, collection), has_more: false })
      if (this.namesForeign(credential, body)) return "missing"
      const [made, one] = this.make(collection, credential, body)
      return json(described(made, one, "in_progress"))
    }
    const one = this.kept.get(id)
    if (one?.owner !== credential || one.collection !== collection) return "missing"
    if (method === "DELETE") {
      this.kept.delete(id)
      return json({ id, type: `${described(id, one).type}_deleted` })
    }
    if (action === undefined) return json(described(id, one))
    if (action === "cancel" && method === "POST") return json(described(id, one, "canceling"))
    if (action === "content") return { contentType: "application/octet-stream", body: one.content }
    if (action === "results")
      return {
        contentType: "application/x-jsonl",
        body: Buffer.from(`${JSON.stringify(result)}\n`)
      }
    if (["files", "messages/batches"].includes(collection)) return "missing"
    return json({ data: [] })
  }

  /** Why a message cannot be answered for a credential: it names what is not its workspace's. */
  refusal(credential: string, body: Buffer): Refusal | undefined {
    const file = this.missingFile(credential, body)
    if (file !== undefined) return notFound(`File not found: ${file}`)
    const value = bodyValue(body)
    const previous = textOf(property(property(value, "thread"), "previous_message_id"))
    if (previous !== undefined && this.threads.get(previous) !== credential)
      return notFound(`Thread not found: ${previous}`, "thread_not_found")
    const container = textOrIn(property(value, "container"), "id")
    if (container !== undefined && this.containers.get(container) !== credential)
      return notFound(`Container not found: ${container}`)
    for (const skill of items(property(property(value, "container"), "skills"))) {
      const id = textOf(property(skill, "skill_id")) ?? ""
      if (property(skill, "type") === "custom" && this.kept.get(id)?.owner !== credential)
        return notFound(`Skill not found: ${id}`)
    }
    const credit = property(value, "fallback_credit_token")
    const token = textOrIn(credit, "token")
    if (
      token !== undefined &&
      property(credit, "mode") !== "best_effort" &&
      this.credits.get(token) !== credential
    )
      return {
        status: 400,
        type: "invalid_request_error",
        message: "fallback_credit_token: issued for another workspace",
        code: "wrong_workspace"
      }
    return undefined
  }

  /**
   * What the answer to a message brings along: a thread goes on under the answer's id, code runs in
   * a container and leaves a file, and a refusal gives a credit.
   */
  made(credential: string, body: Buffer, id: string, refused: boolean): MadeState {
    const value = bodyValue(body)
    if (typeof property(value, "thread") === "object")
      setBounded(this.threads, this.max, id, credential)
    const runsCode = items(property(value, "tools")).some((tool) =>
      textOf(property(tool, "type"))?.startsWith("code_execution")
    )
    const named = textOrIn(property(value, "container"), "id")
    if (named === undefined && runsCode) this.containerCount += 1
    const container =
      named ?? (runsCode ? `container_${String(this.containerCount).padStart(6, "0")}` : undefined)
    if (container !== undefined) setBounded(this.containers, this.max, container, credential)
    const fallbackCredit = refused ? `credit for ${id}` : undefined
    if (fallbackCredit !== undefined) setBounded(this.credits, this.max, fallbackCredit, credential)
    const [file] = runsCode ? this.make("files", credential, Buffer.from("made by code")) : []
    return { container, file, fallbackCredit }
  }

  /** The first file a body names that this credential cannot see. */
  private missingFile(credential: string, body: Buffer): string | undefined {
    const named = [...body.toString("utf8").matchAll(/"file_id"\s*:\s*"([^"]+)"/g)].flatMap(
      ([, id]) => id ?? []
    )
    return named.find((id) => this.kept.get(id)?.owner !== credential)
  }

  /** Whether a body names something that another workspace keeps. */
  private namesForeign(credential: string, body: Buffer): boolean {
    if (bodyValue(body) === undefined) return false
    return [...body.toString("utf8").matchAll(/"([\w-]+)"/g)].some(([, text = ""]) => {
      const one = this.kept.get(text)
      return one !== undefined && one.owner !== credential
    })
  }

  private list(credential: string, collection: string): ReadonlyArray<unknown> {
    return [...this.kept].flatMap(([id, one]) =>
      listIf(one.owner === credential && one.collection === collection, described(id, one))
    )
  }
}
