/**
 * Which of the provider's limits a request counts against (decision D33): the group and the family
 * of its model, its speed, or the resource of its path. Pure.
 */
import { boundedMemo } from "../Bounded/boundedMemo.ts"
import { modelFamily, modelGroup } from "./modelGroups.ts"

/** What of a request decides that. */
export interface RequestShape {
  /** The model asked for, as the client wrote it. */
  readonly model?: string | undefined
  /** Whether the body asks for fast mode (`"speed": "fast"`), which has limits of its own. */
  readonly fast?: boolean | undefined
  /** The request's path, with or without its query; absent means `/v1/messages`. */
  readonly path?: string | undefined
}

/**
 * The result. Either a message to a model (`group` and `family` are known), or a request for
 * another resource (`path` is known); none of them where only a credential is asked for.
 */
export interface RequestTarget {
  /** The same text for the same target: for maps. */
  readonly key: string
  readonly group: string | undefined
  readonly family: string | undefined
  readonly fast: boolean
  readonly path: string | undefined
}

/** A credential is asked for, and nothing is known of what for. */
export const anyRequest: RequestTarget = {
  key: "",
  group: undefined,
  family: undefined,
  fast: false,
  path: undefined
}

interface Speeds {
  readonly standard: RequestTarget
  readonly fast: RequestTarget
}

const forModel = boundedMemo((model): Speeds => {
  const group = modelGroup(model)
  const standard: RequestTarget = {
    key: `group:${group}`,
    group,
    family: modelFamily(model),
    fast: false,
    path: undefined
  }
  return { standard, fast: { ...standard, key: `fast:${group}`, fast: true } }
})

const forPath = boundedMemo((path): RequestTarget => ({ ...anyRequest, key: `path:${path}`, path }))

/** Paths that a model answers, so that its limits count. */
const inference = /^\/v1\/(?:messages|complete)\/?(?:\?|$)/

const isInference = (path: string): boolean => path === "/v1/messages" || inference.test(path)

/** Resources below `/v1/messages` that are limited for themselves, and all others. */
const resource = /^\/v1\/(?:messages\/(?=(?:count_tokens|batches)(?:[/?]|$)))?([\w.-]{1,64})/

/** The resource a path is about: `count_tokens`, `batches`, `files`, `models`, `messages`. */
const resourceOf = (path: string): string => resource.exec(path)?.[1] ?? "other"

/** Which limits a request counts against. Costs one look-up for a model that was seen before. */
export const requestTarget = ({ fast, model, path }: RequestShape): RequestTarget => {
  if (path !== undefined && !isInference(path)) return forPath(resourceOf(path))
  if (model === undefined) {
    if (path === undefined) return anyRequest
    return forPath(resourceOf(path))
  }
  const speeds = forModel(model)
  if (fast === true) return speeds.fast
  return speeds.standard
}
