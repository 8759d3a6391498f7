import { defineConfig } from "vitest/config"

/** Settings every package's tests share: sources are read through the `source` condition, so that no build is needed. */
export const shared = (name: string) =>
  defineConfig({
    resolve: { conditions: ["source"] },
    ssr: { resolve: { conditions: ["source"] } },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      testTimeout: 30_000,
      pool: "forks",
      exclude: process.env.CLAWDBOT_LONG === "1" ? [] : ["test/**/*.long.test.ts"]
    }
  })
