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
      // What tests make lives for one of them: with little room for it, V8 copies it all the time.
      // The long ones measure memory.
      poolOptions: {
        forks: {
          execArgv: process.env.CLAWDBOT_LONG === "1" ? [] : ["--max-semi-space-size=64"]
        }
      },
      setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
      exclude: process.env.CLAWDBOT_LONG === "1" ? [] : ["**/*.long.test.ts"]
    }
  })
