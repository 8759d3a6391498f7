/** `ResourcePins` that end with the process. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { isBrief, type Pin, PinTable, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import { pinDigest } from "@clawdbot/node/Auth/pinDigest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Nothing is pinned at first. */
export const layer: Layer.Layer<ResourcePins> = Layer.sync(ResourcePins, () => {
  const table = new PinTable(pinDigest())
  return ResourcePins.of({
    find: (agent, id) => table.find(agent, id),
    findBrief: (kind, agent, id, now) => table.findBrief(kind, agent, id, now),
    note: (pin, now) => {
      table.note(pin, now)
      return undefined
    },
    isEmpty: () => table.size === 0,
    isShared: false,
    look: () => Effect.succeed(false)
  })
})

/** What gateways share. */
export class SharedPins {
  private readonly pins = new Map<string, Pin>()

  note(pin: Pin): void {
    this.pins.set(`${pin.agent}\n${pin.id}`, pin)
  }

  find(agent: AgentId, id: string): Pin | undefined {
    return this.pins.get(`${agent}\n${id}`)
  }
}

/** The pins of one of several gateways; what it notes reaches the others after a while. */
export const layerSharing = (
  shared: SharedPins,
  reachesOthersAfter: Duration.DurationInput
): Layer.Layer<ResourcePins> =>
  Layer.sync(ResourcePins, () => {
    const table = new PinTable(pinDigest())
    return ResourcePins.of({
      find: (agent, id) => table.find(agent, id),
      findBrief: (kind, agent, id, now) => table.findBrief(kind, agent, id, now),
      note: (pin, now) => {
        const isNews = !isBrief(pin.kind) && table.find(pin.agent, pin.id) !== pin.profile
        table.note(pin, now)
        if (!isNews) return undefined
        return Effect.delay(
          Effect.sync(() => shared.note(pin)),
          reachesOthersAfter
        )
      },
      isEmpty: () => table.size === 0,
      isShared: true,
      look: (agent, ids) =>
        Effect.sync(() => {
          const found = ids.flatMap((id) => shared.find(agent, id) ?? [])
          for (const pin of found) table.note(pin, 0)
          return found.length > 0
        })
    })
  })
