import * as ProfileMemory from "../../src/Profile/ProfileMemory.ts"
import { profileStoreContract } from "../../src/Profile/profileStoreContract.ts"

profileStoreContract("memory", (content) =>
  ProfileMemory.layer(content === undefined ? {} : { main: content })
)
