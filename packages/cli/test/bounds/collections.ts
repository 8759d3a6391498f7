/**
 * The maps, sets, arrays and the like of the sources that may outlive the call that made them:
 * those of a class or a module, and those that an inner function uses.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const packages = fileURLToPath(new URL("../../../", import.meta.url))

const read = (file: string): string => fs.readFileSync(path.join(packages, file), "utf8")

/** A source and all that it imports of its own package. */
const withImports = (file: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(file)) return found
  found.add(file)
  for (const [, target = ""] of read(file).matchAll(/ from "(\.[^"]+)"/g))
    withImports(path.join(path.dirname(file), target), found)
  return found
}

/**
 * The sources that are looked through. What runs in a browser is another program, and what is for
 * tests only ends with them; practice mode is for people.
 */
export const sources: ReadonlyMap<string, string> = new Map(
  [
    ...["domain", "json5-edit", "node", "http", "postgres"].flatMap((name) =>
      fs
        .readdirSync(path.join(packages, name, "src"), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.includes("dashboard/page/"))
        .map((file) => `${name}/src/${file}`)
    ),
    ...withImports("testing/src/Practice/practiceWorld.ts")
  ].map((file): [string, string] => [file, read(file)])
)

/** Collections of Effect, and functions of ours that make one. */
const makers =
  /^(?:Ref\.make|SubscriptionRef\.make|PubSub\.\w+|Queue\.\w+|Cache\.make|boundedMemo)\b/
/** Entries of a `WeakMap` end with their keys, so that it needs no bound of its own. */
const constructors: ReadonlySet<string> = new Set(["Map", "Set", "InFlightList", "Pieces"])

/** Whether an expression makes a collection that is empty, and so is there to be filled. */
const makesCollection = (node: ts.Expression | undefined): boolean => {
  if (node === undefined) return false
  if (ts.isYieldExpression(node)) return makesCollection(node.expression)
  if (ts.isNewExpression(node))
    return constructors.has(node.expression.getText()) && (node.arguments?.length ?? 0) === 0
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0
  if (ts.isCallExpression(node)) return makers.test(node.expression.getText())
  return (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some(
      (part) =>
        ts.isPropertyAssignment(part) &&
        ts.isNewExpression(part.initializer) &&
        makesCollection(part.initializer)
    )
  )
}

/** The function around a node; undefined at the top of a module. */
const functionAround = (node: ts.Node): ts.Node | undefined => {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (ts.isFunctionLike(at)) return at
  return undefined
}

/** Calls that are over when they return: what they are given is not kept. */
const calledAtOnce: ReadonlySet<string> = new Set(
  "map flatMap filter forEach reduce find findIndex some every sort toSorted replace from".split(
    " "
  )
)

/** Whether a function is given to such a call. */
const isCalledAtOnce = ({ parent }: ts.Node): boolean =>
  ts.isCallExpression(parent) &&
  ts.isPropertyAccessExpression(parent.expression) &&
  parent.expression.expression.getText() !== "Effect" &&
  calledAtOnce.has(parent.expression.name.text)

/** Whether a function inside of `outer` uses a name, and may do so after `outer` has returned. */
const isUsedInside = (outer: ts.Node, name: string): boolean => {
  const look = (node: ts.Node, isInner: boolean): boolean =>
    (isInner && ts.isIdentifier(node) && node.text === name) ||
    (ts.forEachChild(
      node,
      (child) =>
        look(
          child,
          isInner || (ts.isFunctionLike(child) && child !== outer && !isCalledAtOnce(child))
        ) || undefined
    ) ??
      false)
  return look(outer, false)
}

/** Whether a text anywhere fills a collection of that name, or replaces it. */
const isFilled = (text: string, name: string): boolean =>
  new RegExp(
    `\\b${name}\\b(?:\\[[^\\]]*\\])?\\??\\.(?:set|add|push|unshift|enter|splice)\\(|` +
      `\\bthis\\.${name}(?:\\[[^\\]]*\\])? = |` +
      `\\b${name}\\[[^\\]]*\\] = |setBounded\\((?:this\\.)?${name}\\b`
  ).test(text)

/** Whether any source fills a collection of that name that is a part of something else. */
const isFilledAsPart = (name: string): boolean =>
  [...sources.values()].some((text) => new RegExp(`\\.${name}\\.(?:set|add)\\(`).test(text))

/** What is found in one file, as `file: name`. */
const inFile = (file: string, text: string): ReadonlyArray<string> => {
  const found = new Set<string>()
  const root = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const note = (name: ts.Node, initializer: ts.Expression | undefined): void => {
    if (initializer === undefined || !makesCollection(initializer)) return
    // What is filled by way of another name cannot be seen here.
    const isNamed = ts.isNewExpression(initializer) || ts.isArrayLiteralExpression(initializer)
    if (!isNamed || isFilled(text, name.getText())) found.add(`${file}: ${name.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyDeclaration(node)) note(node.name, node.initializer)
    if (
      ts.isPropertyAssignment(node) &&
      ts.isNewExpression(node.initializer) &&
      makesCollection(node.initializer) &&
      isFilledAsPart(node.name.getText())
    )
      found.add(`${file}: ${node.name.getText()}`)
    if (ts.isVariableDeclaration(node)) {
      const outer = functionAround(node)
      if (outer === undefined || isUsedInside(outer, node.name.getText()))
        note(node.name, node.initializer)
    }
    ts.forEachChild(node, visit)
  }
  visit(root)
  return [...found]
}

/** All of them, in order. */
export const collections: ReadonlyArray<string> = [...sources]
  .flatMap(([file, text]) => inFile(file, text))
  .sort()
