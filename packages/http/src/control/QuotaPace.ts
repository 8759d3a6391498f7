/**
 * How fast the windows of plans are used, as far as one gateway has seen it: samples of what
 * responses showed, in memory, at most one each half minute for half an hour. What is learned is
 * read from the health of the credentials now and then, so that requests pay nothing for it.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { type Forecast, forecast, spanMs, type UsageSample } from "@clawdbot/domain/Health/forecast"
import type { HealthDocument } from "@clawdbot/domain/Health/HealthDocument"
import { credential } from "@clawdbot/domain/Health/Scope"
import type { Window } from "@clawdbot/domain/Health/Window"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"

/** How often health is read, and how far apart samples are, in ms. */
export const sampleMs = 30_000

/** So many windows are followed; those that were used least recently are forgotten first. */
const maxWindows = 2_000

/** Of one window two answers may name resets that differ by this, in ms. */
const resetSkewMs = 60_000

interface Series {
  readonly until: number
  readonly samples: ReadonlyArray<UsageSample>
}

/** Sources of windows that plans have. */
const planSources: ReadonlySet<string> = new Set(["unified-reset", "extra-usage"])

/** Scopes that are no window of time: what is paid beside the plan, and a plan as a whole. */
const withoutWindow: ReadonlySet<string> = new Set(["overage", credential])

const isPlanWindow = ({ class: kind, scope, source, until }: Window): boolean =>
  kind === "usage" && planSources.has(source) && !withoutWindow.has(scope) && until > 0

const slotOf = (at: number): number => Math.floor(at / sampleMs)

/** The samples with one more. The newest of half a minute stands for it. Pure. */
export const withSample = (
  samples: ReadonlyArray<UsageSample>,
  sample: UsageSample
): ReadonlyArray<UsageSample> => {
  const last = samples.at(-1)
  if (last !== undefined && last.at >= sample.at) return samples
  const isSameSlot = last !== undefined && slotOf(last.at) === slotOf(sample.at)
  const before = isSameSlot ? samples.slice(0, -1) : samples
  return [...before.filter(({ at }) => at >= sample.at - spanMs), sample]
}

const keyOf = (owner: string, profile: string, scope: string): string =>
  `${owner}\n${profile}\n${scope}`

/** The samples of one gateway. */
export class QuotaPace {
  private readonly series = new Map<string, Series>()

  /** Takes what the health of an agent's credentials shows. */
  note(owner: AgentId, { profiles }: HealthDocument): void {
    for (const [profile, { windows }] of profiles)
      for (const window of windows)
        if (isPlanWindow(window)) this.add(keyOf(owner, profile, window.scope), window)
  }

  private add(key: string, { observedAt, until, utilization }: Window): void {
    if (utilization === undefined) return
    const known = this.series.get(key)
    const isSame = known !== undefined && Math.abs(known.until - until) <= resetSkewMs
    const before = isSame ? known.samples : []
    const samples = withSample(before, { at: observedAt, utilization })
    if (samples === before) return
    this.series.delete(key)
    this.series.set(key, { until, samples })
    if (this.series.size <= maxWindows) return
    for (const oldest of this.series.keys()) {
      this.series.delete(oldest)
      return
    }
  }

  private of(owner: string, profile: string, scope: string, now: number): Forecast | undefined {
    const known = this.series.get(keyOf(owner, profile, scope))
    if (known === undefined) return undefined
    return forecast(known.samples, known.until, now)
  }

  /** An agent's status with what the pace says of its candidates' windows, at `now` (epoch ms). */
  withForecasts(agent: AgentId, status: AuthStatus, now: number): AuthStatus {
    const owners = new Map(
      status.explanation.candidates.map(({ owner, profile }) => [profile, owner])
    )
    return {
      ...status,
      windows: status.windows.map((window) => {
        const owner = owners.get(window.profileId)
        if (owner === undefined || window.class !== "usage") return window
        const found = this.of(owner === "" ? agent : owner, window.profileId, window.scope, now)
        if (found === undefined) return window
        return { ...window, forecast: found }
      })
    }
  }
}
