import * as AccessTokensMemory from "../../src/Client/AccessTokensMemory.ts"
import { accessTokensContract } from "../../src/Client/accessTokensContract.ts"

accessTokensContract("memory", AccessTokensMemory.layer)
