/** `ConfigStore` in memory, for tests; programs that keep nothing use the same. */
export * from "@clawdbot/domain/Config/ConfigMemory"
