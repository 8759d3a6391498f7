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
      exclude: process.env.CLAWDBOT_LONG === "1" ? [] : ["**/*.long.test.ts"]
    }
  })
