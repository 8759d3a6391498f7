import { mergeConfig } from "vitest/config"
import { shared } from "../../vitest.shared.ts"

// The tests run the command as people do: bundled, in a process of its own.
export default mergeConfig(shared("cli"), { test: { globalSetup: ["./test/bundle.ts"] } })
