import { shared } from "../../vitest.shared.ts"

export default shared("json5-edit")
