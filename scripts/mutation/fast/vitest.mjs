/**
 * In the place of Vitest while tests run in the judge's process: hands each test over instead of
 * running it. What tests of `domain` do not use is not here.
 */
import * as chai from "chai"

export const { assert, expect } = chai

let names = []
const titled = (title) => [...names, title].join(" > ")

export const describe = (title, body) => {
  const outer = names
  names = [...names, title]
  body()
  names = outer
}

/** Vitest takes options before the body or after it. */
export const it = (title, first, second) => {
  const body = typeof first === "function" ? first : second
  // Given by the code that loads the tests.
  handOver(titled(title), body)
}
const each = (cases) => (title, body) => {
  for (const [index, one] of cases.entries())
    handOver(`${titled(title)} ${index}`, () => (Array.isArray(one) ? body(...one) : body(one)))
}
const unused = () => {}
it.each = each
it.for = (cases) => (title, _options, body) => {
  for (const [index, one] of cases.entries())
    handOver(`${titled(title)} ${index}`, (context) => body(one, context))
}
it.skip = unused
it.skipIf = (condition) => (condition ? unused : it)
it.runIf = (condition) => (condition ? it : unused)
export const test = it
