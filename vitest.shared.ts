import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/**
 * Settings every package's tests share: sources are read through the `source` condition, so that no
 * build is needed.
 */
export const shared = (name: string, include: ReadonlyArray<string> = ["test/**/*.test.ts"]) =>
  defineConfig({
    resolve: { conditions: ["source"] },
    ssr: { resolve: { conditions: ["source"] } },
    test: {
      name,
      include: [...include],
      testTimeout: 30_000,
      pool: "forks",
      setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
      // json5 says this of generated documents; it is about pasting them into scripts, which nobody
      // does here.
      onConsoleLog: (log) => !log.includes("is not valid ECMAScript"),
      exclude: process.env.CLAWDBOT_LONG === "1" ? [] : ["**/*.long.test.ts"]
    }
  })
