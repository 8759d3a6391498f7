/** A real browser for tests, where the machine has one. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { chromium } from "playwright-core"

/** Where it is; undefined where there is none. */
export const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) =>
  fs.existsSync(file)
)

/** One that ends with the scope. */
export const browser = (file: string) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      chromium.launch({ executablePath: file, args: ["--no-sandbox", "--no-proxy-server"] })
    ),
    (launched) => Effect.promise(() => launched.close())
  )
