/**
 * An example for every key that holds a plain value, for the documentation and for editors. A test
 * checks that each is complete and valid.
 */

/** The names that stand for `*` in key paths, by the path that holds them. */
export const exampleNames: Readonly<Record<string, string>> = {
  "env.vars": "ANTHROPIC_API_KEY",
  "auth.profiles": "anthropic:default",
  "auth.order": "anthropic",
  "auth.cooldowns.billingBackoffHoursByProvider": "anthropic",
  "models.providers": "anthropic",
  "models.providers.*.headers": "anthropic-beta",
  "agents.defaults.models": "anthropic/claude-opus-4-5"
}

/** Examples by key path; `*` is any name, `[]` any position of a list. */
export const examples: Readonly<Record<string, unknown>> = {
  $schema: "./clawdbot.schema.json",
  "env.shellEnv.enabled": true,
  "env.shellEnv.timeoutMs": 5_000,
  "env.vars.*": "sk-ant-api03-…",
  "auth.profiles.*.provider": "anthropic",
  "auth.profiles.*.mode": "api_key",
  "auth.profiles.*.email": "me@example.com",
  "auth.order.*": ["anthropic:default", "anthropic:work"],
  "auth.cooldowns.billingBackoffHours": 2,
  "auth.cooldowns.billingBackoffHoursByProvider.*": 1,
  "auth.cooldowns.billingMaxHours": 12,
  "auth.cooldowns.failureWindowHours": 12,
  "auth.payAsYouGoFallback": true,
  "models.mode": "merge",
  "models.providers.*.baseUrl": "https://api.anthropic.com",
  // A reference, as a person should write it.
  "models.providers.*.apiKey": `\${MY_ANTHROPIC_KEY}`,
  "models.providers.*.auth": "api-key",
  "models.providers.*.api": "anthropic-messages",
  "models.providers.*.headers.*": "context-1m-2025-08-07",
  "models.providers.*.authHeader": true,
  "models.providers.*.models": [{ id: "claude-opus-4-5", name: "Opus" }],
  "models.providers.*.models[].id": "claude-opus-4-5",
  "models.providers.*.models[].name": "Opus",
  "models.providers.*.oauth.tokenUrl": "https://platform.claude.com/v1/oauth/token",
  "agents.defaults.model.primary": "anthropic/claude-sonnet-4-5",
  "agents.defaults.model.fallbacks": ["anthropic/claude-haiku-4-5"],
  "agents.defaults.imageModel.primary": "anthropic/claude-sonnet-4-5",
  "agents.defaults.imageModel.fallbacks": ["anthropic/claude-haiku-4-5"],
  "agents.defaults.models.*.alias": "opus",
  "agents.defaults.models.*.params": { cacheControlTtl: "1h" },
  "agents.defaults.models.*.params.cacheControlTtl": "1h",
  "agents.defaults.workspace": "~/clawd",
  "agents.list": [{ id: "work", default: true }],
  "agents.list[].id": "work",
  "agents.list[].default": true,
  "agents.list[].name": "Work",
  "agents.list[].agentDir": "~/agents/work",
  "agents.list[].model": "anthropic/claude-opus-4-5",
  "agents.list[].model.primary": "anthropic/claude-opus-4-5",
  "agents.list[].model.fallbacks": [],
  "agents.list[].auth.inheritFrom": "main",
  "gateway.port": 18_789,
  "gateway.bind": "loopback",
  "gateway.customBindHost": "192.168.1.10",
  "gateway.hosts": ["claude.home"],
  "gateway.auth.mode": "token",
  "gateway.auth.token": `\${CLAWDBOT_GATEWAY_TOKEN}`,
  "gateway.auth.adminToken": `\${MY_ADMIN_TOKEN}`,
  "gateway.auth.password": `\${MY_GATEWAY_PASSWORD}`,
  "gateway.usage.retentionDays": 30,
  "gateway.accessLog": "~/.clawdbot/access.log",
  "gateway.drainSeconds": 60
}
