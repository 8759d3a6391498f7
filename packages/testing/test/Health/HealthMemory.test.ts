import * as HealthMemory from "../../src/Health/HealthMemory.ts"
import { healthStoreContract } from "../../src/Health/healthStoreContract.ts"

healthStoreContract("memory", HealthMemory.layer)
