/** `ResourcePins` that end with the process. */
import { PinTable, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as Layer from "effect/Layer"

/** Nothing is pinned at first. */
export const layer: Layer.Layer<ResourcePins> = Layer.sync(ResourcePins, () => {
  const table = new PinTable()
  return ResourcePins.of({
    find: (agent, id) => table.find(agent, id),
    note: (pin) => table.note(pin),
    isEmpty: () => table.isEmpty
  })
})
