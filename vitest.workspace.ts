import { shared } from "./vitest.shared.ts"

const plain = ["domain", "fetch", "http", "json5-edit", "node", "platform", "testing"]

/**
 * A project begins when the last file of the one before it has ended, and loads all libraries anew:
 * the packages whose tests need nothing prepared are one.
 */
const units = shared(
  "units",
  plain.map((name) => `packages/${name}/test/**/*.test.ts`)
)

export default [units, "packages/{cli,postgres}/vitest.config.ts"]
