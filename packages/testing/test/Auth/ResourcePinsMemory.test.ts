import * as ResourcePinsMemory from "@clawdbot/testing/Auth/ResourcePinsMemory"
import { resourcePinsContract } from "@clawdbot/testing/Auth/resourcePinsContract"

resourcePinsContract("memory", ResourcePinsMemory.layer)
