import { fileURLToPath } from "node:url"
import { mergeConfig } from "vitest/config"
import { shared } from "./vitest.shared.ts"
import { builtSources } from "./vitest.sources.ts"

const plain = ["domain", "fetch", "http", "json5-edit", "node", "platform", "testing"]
const testsOf = (packages: ReadonlyArray<string>) =>
  packages.map((name) => `packages/${name}/test/**/*.test.ts`)
const cluster = new URL("packages/postgres/test/cluster/globalSetup.ts", import.meta.url)

/**
 * A project begins when the last file of the one before it has ended, and loads all libraries anew:
 * the packages whose tests need nothing prepared are one. Where everything is run, after a build
 * (scripts/test), all of them are.
 */
const projects =
  process.env.CLAWDBOT_SUITE === "1"
    ? [
        mergeConfig(shared("all", testsOf([...plain, "cli", "postgres"])), {
          plugins: [await builtSources()],
          test: { globalSetup: [fileURLToPath(cluster)] }
        })
      ]
    : [shared("units", testsOf(plain)), "packages/{cli,postgres}/vitest.config.ts"]

export default projects
