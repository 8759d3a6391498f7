/** `ResourcePins` that end with the process. */
import { PinTable, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import { pinDigest } from "@clawdbot/node/Auth/pinDigest"
import * as Layer from "effect/Layer"

/** Nothing is pinned at first. */
export const layer: Layer.Layer<ResourcePins> = Layer.sync(ResourcePins, () => {
  const table = new PinTable(pinDigest())
  return ResourcePins.of({
    find: (agent, id) => table.find(agent, id),
    findBrief: (kind, agent, id, now) => table.findBrief(kind, agent, id, now),
    note: (pin, now) => table.note(pin, now),
    isEmpty: () => table.size === 0
  })
})
