/** `ProfileStore` in memory, for tests; programs that keep nothing use the same. */
export * from "@clawdbot/domain/Profile/ProfileMemory"
