import * as KeptAsideMemory from "../../src/Profile/KeptAsideMemory.ts"
import { keptAsideContract } from "../../src/Profile/keptAsideContract.ts"

keptAsideContract("memory", () => KeptAsideMemory.layer)
