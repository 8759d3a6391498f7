import * as ResourcePinsMemory from "@clawdbot/testing/Auth/ResourcePinsMemory"
import { resourcePinsContract } from "@clawdbot/testing/Auth/resourcePinsContract"
import * as Layer from "effect/Layer"

resourcePinsContract("memory", ResourcePinsMemory.layer)
resourcePinsContract(
  "memory that gateways share",
  Layer.suspend(() => ResourcePinsMemory.layerSharing(new ResourcePinsMemory.SharedPins(), 0))
)
