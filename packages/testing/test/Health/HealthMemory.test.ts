import * as Effect from "effect/Effect"
import * as HealthMemory from "../../src/Health/HealthMemory.ts"
import { healthStoreContract } from "../../src/Health/healthStoreContract.ts"
import { healthTrialContract } from "../../src/Health/healthTrialContract.ts"

healthStoreContract("memory", HealthMemory.layer)

healthTrialContract("memory", Effect.sync(HealthMemory.sharedFolder))
