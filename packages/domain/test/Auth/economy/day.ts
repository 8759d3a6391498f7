/**
 * One seeded day of people and their agents on a few plans: who asks when, how large each request
 * is, and what is used of each plan when the day begins. Nothing here knows of any rule of choice.
 */
import { numbers } from "./numbers.ts"

export const minute = 60_000
export const hour = 60 * minute

/** When every day begins, in epoch ms: Monday, 7 December 2026, midnight UTC. */
export const dayStart = Date.parse("2026-12-07T00:00:00Z")

/** A plan as it is when the day begins. Money in USD by list price, times in epoch ms. */
export interface Plan {
  /** What its five hours hold, and its seven days. */
  readonly fiveHours: number
  readonly sevenDays: number
  /** What is used of the running five hours; none run where the end is 0. */
  readonly used5h: number
  readonly end5h: number
  readonly used7d: number
  readonly end7d: number
}

/** One request of a conversation. Tokens, ms. */
export interface Turn {
  /** Since the answer before it, or since the conversation was begun. */
  readonly gap: number
  readonly input: number
  readonly output: number
}

/** A conversation, of a person or of a sub-agent. */
export interface Talk {
  readonly model: string
  /** How long what it writes to the cache lives. */
  readonly ttl: number
  readonly isBackground: boolean
  /** Who waits for it. */
  readonly person: number
  readonly beginsAt: number
  readonly turns: ReadonlyArray<Turn>
}

export interface Day {
  readonly seed: number
  readonly plans: ReadonlyArray<Plan>
  readonly talks: ReadonlyArray<Talk>
}

/** How many times the smallest plan the sizes of plans are. */
const sizes = [1, 5, 5, 20] as const
/** What the smallest plan's five hours hold, in USD, and how many of them its seven days. */
const smallest = 4
const fiveHoursInSevenDays = 9
/** What a person uses a day, in USD. */
const usdOfPerson = 20

/** USD of a turn whose cache is warm, as an estimate that makes the load of a day. */
const estimate = (turns: ReadonlyArray<Turn>, isOpus: boolean): number => {
  const factor = isOpus ? 2 : 1
  let prompt = 0
  let usd = 0
  for (const { input, output } of turns) {
    usd += (factor * (prompt * 0.1 + input * 2.5 + output * 10)) / 1e6
    prompt += input + output
  }
  return usd
}

type Next = () => number

const between = (next: Next, low: number, high: number): number => low + next() * (high - low)
const pick = <A>(next: Next, list: readonly [A, ...ReadonlyArray<A>]): A =>
  list[Math.floor(next() * list.length)] ?? list[0]

/** Small values are likelier than large ones. */
const skewed = (next: Next, low: number, high: number): number => low * (high / low) ** next()

const planOf = (next: Next): Plan => {
  const fiveHours = smallest * pick(next, sizes)
  const isRunning = next() < 0.4
  return {
    fiveHours,
    sevenDays: fiveHours * fiveHoursInSevenDays,
    used5h: isRunning ? between(next, 0, 0.5) : 0,
    end5h: isRunning ? dayStart + between(next, 0.5 * hour, 5 * hour) : 0,
    used7d: between(next, 0.1, 0.95),
    end7d: dayStart + between(next, 3 * hour, 165 * hour)
  }
}

/** Bursts of an agent's work between which a person reads, talks to somebody or is away. */
const turnsOf = (next: Next, bursts: number): ReadonlyArray<Turn> => {
  const turns: Array<Turn> = []
  for (let burst = 0; burst < bursts; burst++) {
    const pause = next() < 0.75 ? between(next, 0.5, 4) : skewed(next, 5, 90)
    const length = Math.round(skewed(next, 2, 25))
    for (let index = 0; index < length; index++) {
      const gap = index === 0 ? pause * minute : between(next, 200, 20_000)
      const isFirst = burst === 0 && index === 0
      turns.push({
        gap: isFirst ? 0 : gap,
        input: Math.round(isFirst ? between(next, 15_000, 60_000) : skewed(next, 200, 8_000)),
        output: Math.round(skewed(next, 80, 2_500))
      })
    }
  }
  return turns
}

const talksOf = (next: Next, at: number, person: number): ReadonlyArray<Talk> => {
  const isOpus = next() < 0.6
  const model = isOpus ? "claude-opus-5-5" : "claude-sonnet-5-5"
  const ttl = next() < 0.7 ? 5 * minute : hour
  const own: Talk = {
    model,
    ttl,
    isBackground: false,
    person,
    beginsAt: at,
    turns: turnsOf(next, Math.round(skewed(next, 1, 14)))
  }
  const agents = next() < 0.2 ? Math.round(between(next, 2, 8)) : 0
  const others = Array.from(
    { length: agents },
    (): Talk => ({
      model,
      ttl: 5 * minute,
      isBackground: true,
      person,
      beginsAt: at + between(next, 1, 20) * minute,
      turns: turnsOf(next, 1)
    })
  )
  return [own, ...others]
}

/** When a conversation is begun: most of them in the hours of work. */
const startOf = (next: Next): number => {
  if (next() < 0.15) return dayStart + next() * 22 * hour
  return dayStart + (8 + 10 * Math.sqrt(next()) * (0.4 + 0.6 * next())) * hour
}

/** The day of a seed. */
export const dayOf = (seed: number): Day => {
  const next = numbers(seed)
  const plans = Array.from({ length: 3 + Math.floor(next() * 3) }, () => planOf(next))
  const room = plans.reduce(
    (sum, plan) => sum + Math.min(2.4 * plan.fiveHours, (1 - plan.used7d) * plan.sevenDays),
    0
  )
  const load = between(next, 0.5, 0.9) * room
  const talks: Array<Talk> = []
  const people = Math.max(2, Math.round(load / usdOfPerson))
  for (let usd = 0; usd < load; ) {
    const person = Math.floor(next() * people)
    for (const talk of talksOf(next, startOf(next), person)) {
      talks.push(talk)
      usd += estimate(talk.turns, talk.model === "claude-opus-5-5")
    }
  }
  return { seed, plans, talks: talks.sort((a, b) => a.beginsAt - b.beginsAt) }
}
