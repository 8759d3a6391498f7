/**
 * What is known of the keys of a config at each place: the reference program's from data, and our
 * own from the schema. Sections are built when somebody looks into them. Pure.
 */

import type * as SchemaAST from "effect/SchemaAST"
import { Config } from "./Config.ts"
import { knownKeys, knownSections } from "./knownKeysData.ts"

/** What is known about the keys at one place. Without children anything may stand there. */
export interface Shape {
  /** Children found so far; all of them are `childrenOf` the shape. */
  readonly found: Map<string, Shape>
  /** Keys below it and their kinds, for which children are made when somebody looks for one. */
  readonly listed: Array<readonly [path: string, kinds: string | undefined]>
  /** Schemas that have more children, which are built when somebody looks for one. */
  readonly suspended: Array<SchemaAST.Suspend>
  /** Kinds or words a value may have, separated by `|`; undefined when our own schema judges it. */
  kinds: string | undefined
  /** Whether only this program knows the key. */
  own: boolean
}

/** One with nothing known of it yet. */
export const makeShape = (own: boolean): Shape => ({
  found: new Map(),
  listed: [],
  suspended: [],
  kinds: undefined,
  own
})

/** The children, built now: every command checks a config, and most have few of the sections. */
export const childrenOf = (shape: Shape): ReadonlyMap<string, Shape> => {
  addListed(shape)
  // A suspended schema may be of another one.
  for (let next = shape.suspended.pop(); next !== undefined; next = shape.suspended.pop())
    addSchema(shape, next.f())
  return shape.found
}

const childOf = (shape: Shape, step: string, own: boolean): Shape => {
  const known = shape.found.get(step)
  if (known !== undefined) return known
  const made = makeShape(own)
  shape.found.set(step, made)
  return made
}

/** Makes the children of the keys that are known from data. */
const addListed = (shape: Shape): void => {
  for (const [path, kinds] of shape.listed.splice(0)) {
    const end = path.indexOf(".")
    const child = childOf(shape, end < 0 ? path : path.slice(0, end), false)
    if (end >= 0) child.listed.push([path.slice(end + 1), kinds])
    else if (kinds !== undefined) child.kinds = kinds
  }
}

/**
 * Adds what a schema knows. A record of anything stays open; a record of something known gets the
 * step `*`.
 */
const addSchema = (shape: Shape, ast: SchemaAST.AST): void => {
  // What is known from data is nobody's own, whatever the schema says of it.
  addListed(shape)
  switch (ast._tag) {
    case "TypeLiteral":
      for (const property of ast.propertySignatures)
        addSchema(childOf(shape, String(property.name), true), property.type)
      for (const index of ast.indexSignatures) {
        if (
          index.type._tag !== "UnknownKeyword" &&
          !(index.type._tag === "StringKeyword" || index.type._tag === "Refinement")
        ) {
          addSchema(childOf(shape, "*", shape.own), index.type)
        }
      }
      return
    case "TupleType":
      for (const rest of ast.rest) addSchema(childOf(shape, "[]", shape.own), rest.type)
      return
    case "Union":
      for (const type of ast.types) addSchema(shape, type)
      return
    case "Refinement":
    case "Transformation":
      addSchema(shape, ast.from)
      return
    case "Suspend":
      shape.suspended.push(ast)
      return
    default:
      return
  }
}

/**
 * Sections of versions before 2026.1.5 for which there is no present key: kept as they are, so that
 * a config of that time loads. The reference program refuses them by now, which doctor reports.
 */
const formerSections = ["bridge"]

const build = (): Shape => {
  const root = makeShape(false)
  for (const section of knownSections) childOf(root, section, false)
  for (const section of formerSections) childOf(root, section, true)
  for (const [path, kinds] of Object.entries(knownKeys))
    root.listed.push([path.replaceAll("[]", ".[]"), kinds])
  // `env` holds any variable beside the keys that are described.
  root.listed.push(["env.*", "string"])
  // A model's parameters are any; the one that is described is the reference's as well.
  const params = "agents.defaults.models.*.params"
  root.listed.push([`${params}.*`, undefined], [`${params}.cacheControlTtl`, undefined])
  addSchema(root, Config.ast)
  return root
}

let built: Shape | undefined
/** Of all keys that a config may hold. */
export const root = (): Shape => {
  built ??= build()
  return built
}

/** Whether a step is a name, and not every entry of a record or list. */
export const isNamed = (step: string): boolean => step !== "*" && step !== "[]"

let ours: Shape | undefined
/** Of those that this program itself reads. */
export const ourShape = (): Shape => {
  if (ours === undefined) {
    ours = makeShape(true)
    addSchema(ours, Config.ast)
  }
  return ours
}

/** A path in words, and one step below it. */
export const below = (path: string, step: string): string => {
  if (step === "[]") return `${path}[]`
  if (path === "") return step
  return `${path}.${step}`
}
