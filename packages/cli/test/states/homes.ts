/** The states a home can be in when somebody asks what is wrong. */

/** When all of it is looked at, in epoch ms. */
export const today = 1_800_000_000_000

const hour = 3_600_000
const far = 4_102_444_800_000

/** One state: files below the home, and variables. */
export interface HomeState {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
}

const config = ".clawdbot/clawdbot.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"

// What runs at the gateway's usual port of this machine is no part of the state.
const settings = { gateway: { port: 1 } }
const plain = { [config]: JSON.stringify(settings) }

const letters =
  "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOOPPPPQQQQRRRRSSSSTTTTUUUUVVVVWWWW"
const key = (mark: string) => ({
  type: "api_key",
  provider: "anthropic",
  key: `sk-ant-api03-${mark}-${letters}`
})
const token = (expires: number | undefined) => ({
  type: "token",
  provider: "anthropic",
  token: `sk-ant-oat01-${letters}`,
  expires
})
const login = {
  type: "oauth",
  provider: "anthropic",
  access: `sk-ant-oat01-login-${letters}`,
  refresh: `sk-ant-ort01-login-${letters}`,
  expires: today + 8 * hour
}

const stored = (
  profiles: Readonly<Record<string, unknown>>,
  usageStats?: Readonly<Record<string, unknown>>
): Readonly<Record<string, string>> => ({
  ...plain,
  [store]: JSON.stringify({ version: 1, profiles, usageStats })
})

const cooling = { cooldownUntil: today + 2 * hour }
const broke = { disabledUntil: today + 5 * hour, disabledReason: "billing" }

export const states: ReadonlyArray<HomeState> = [
  { name: "nothing is set up", files: plain },
  { name: "one key that is ready", files: stored({ "anthropic:default": key("one") }) },
  {
    name: "a key in the environment only",
    files: plain,
    variables: { ANTHROPIC_API_KEY: key("env").key }
  },
  {
    name: "a placeholder in the environment",
    files: plain,
    variables: { ANTHROPIC_API_KEY: "sk-ant-..." }
  },
  {
    name: "a key of an odd form",
    files: stored({ "anthropic:default": { ...key(""), key: "foo" } })
  },
  {
    name: "one of two keys is cooling down",
    files: stored({ "anthropic:a": key("a"), "anthropic:b": key("b") }, { "anthropic:a": cooling })
  },
  {
    name: "all keys are cooling down",
    files: stored(
      { "anthropic:a": key("a"), "anthropic:b": key("b") },
      { "anthropic:a": cooling, "anthropic:b": cooling }
    )
  },
  {
    name: "the only key is out of credit",
    files: stored({ "anthropic:default": key("one") }, { "anthropic:default": broke })
  },
  { name: "a login that is ready", files: stored({ "anthropic:me": login }) },
  {
    name: "a subscription is cooling down, and a key of the environment is held back",
    files: stored({ "anthropic:me": login }, { "anthropic:me": cooling }),
    variables: { ANTHROPIC_API_KEY: key("env").key }
  },
  {
    name: "a login without a refresh token has expired",
    files: stored({ "anthropic:me": { ...login, refresh: "", expires: today - hour } })
  },
  { name: "a setup token has expired", files: stored({ "anthropic:setup": token(today - hour) }) },
  {
    name: "a setup token expires within a day",
    files: stored({ "anthropic:setup": token(today + 5 * hour) })
  },
  {
    name: "the only key is disabled",
    files: stored({ "anthropic:default": { ...key("one"), disabled: true } })
  },
  {
    name: "the config names a profile that no store has",
    files: {
      [config]: JSON.stringify({
        ...settings,
        auth: { profiles: { "anthropic:gone": { provider: "anthropic", mode: "token" } } }
      })
    }
  },
  {
    name: "the config is invalid",
    files: { ...stored({ "anthropic:default": key("one") }), [config]: '{ "gatway": 1 }\n' }
  },
  { name: "the store is broken", files: { ...plain, [store]: '{ "version": 1, "profiles": {' } },
  {
    name: "fifty profiles, all but one of which are cooling down",
    files: stored(
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`anthropic:k${i}`, key(`k${i}`)])),
      Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`anthropic:k${i}`, cooling]))
    )
  },
  { name: "a token far from its end", files: stored({ "anthropic:setup": token(far) }) },
  {
    name: "a placeholder in the config's own variables",
    files: { [config]: JSON.stringify({ ...settings, env: { ANTHROPIC_API_KEY: "sk-ant-..." } }) }
  },
  {
    name: "a subscription is ready, and a key stands in for it",
    files: {
      ...stored({ "anthropic:default": login, "anthropic:default-2": key("two") }),
      [config]: JSON.stringify({ ...settings, auth: { payAsYouGoFallback: true } })
    }
  },
  {
    name: "the config is invalid: a value that is not allowed",
    files: {
      ...stored({ "anthropic:default": key("one") }),
      [config]: JSON.stringify({
        ...settings,
        agents: {
          defaults: {
            models: { "anthropic/claude-opus-4-5": { params: { cacheControlTtl: "2h" } } }
          }
        }
      })
    }
  },
  {
    name: "the default model has no provider",
    files: {
      ...stored({ "anthropic:default": key("one") }),
      [config]: JSON.stringify({
        ...settings,
        agents: { defaults: { model: { primary: "claude-new-9" } } }
      })
    }
  },
  {
    name: "another agent has no credential",
    files: {
      ...stored({ "anthropic:default": key("one") }),
      [config]: JSON.stringify({
        ...settings,
        agents: { list: [{ id: "main", default: true }, { id: "research" }] }
      })
    }
  },
  {
    name: "an order lists a profile that no store has, and leaves out one that is disabled",
    files: {
      ...stored({ "anthropic:a": key("a"), "anthropic:b": { ...key("b"), disabled: true } }),
      [config]: JSON.stringify({
        ...settings,
        auth: { order: { anthropic: ["anthropic:gone", "anthropic:a"] } }
      })
    }
  }
]
