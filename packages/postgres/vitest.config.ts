import { mergeConfig } from "vitest/config"
import { shared } from "../../vitest.shared.ts"

export default mergeConfig(shared("postgres"), {
  test: { globalSetup: ["test/cluster/globalSetup.ts"] }
})
