/**
 * Which credential a request gets (docs/architecture.md, "The path of a request"; requirements S10,
 * S11 and S12): gathers the facts from the ports, asks the pure {@link "./Order.ts"}, and makes the
 * chosen profile's secret ready to be sent.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AgentId } from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import type { ConfigInvalid, ConfigUnavailable } from "../Config/ConfigError.ts"
import { type ConfigSnapshot, ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import * as Cooldown from "../Health/Cooldown.ts"
import type { HealthDocument, ProfileHealth } from "../Health/HealthDocument.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import type { TrialKind } from "../Health/Trial.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import type { LoginCopies } from "../OAuth/LoginCopies.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { copiesFor, makeReader } from "../OAuth/readLoginCopies.ts"
import * as Credential from "../Profile/Credential.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import { type ProfileSnapshot, ProfileStore } from "../Profile/ProfileStore.ts"
import { Affinity } from "./Affinity.ts"
import type { AuthError } from "./AuthError.ts"
import * as AuthFacts from "./AuthFacts.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import * as Explain from "./explain.ts"
import * as Order from "./Order.ts"
import { type Member, make as makeRoster } from "./Roster.ts"
import { RosterIndex } from "./RosterIndex.ts"
import { hasAddress, type Upstream, upstream } from "./upstreamOrigin.ts"

/**
 * What can stop the facts from being gathered: a broken config or store. Never read as "nothing
 * configured".
 */
export type FactsError = ProfileStoreError | ConfigInvalid | ConfigUnavailable

/** Any reason why a request gets no credential. */
export type ResolveError = AuthError | FactsError | OAuthRefreshFailed

/** The candidates of a request, and what is needed to use or to explain them. */
export interface Ranked {
  readonly ranking: Order.Ranking
  readonly storePath: string
  readonly upstream: Upstream
}

/** A candidate, ready to be used. */
export interface Choice {
  readonly candidate: Order.Candidate
  readonly upstream: Upstream
  readonly use: CredentialUse
}

/** The state of the files that an index was made for; other files give other objects. */
interface Indexed {
  readonly config: ConfigSnapshot
  readonly upstream: Upstream
  /** The agents whose stores and health count, the asking one first; `snapshots` are theirs. */
  readonly agents: ReadonlyArray<AgentId>
  readonly snapshots: ReadonlyArray<ProfileSnapshot>
  /** Stores of other agents, which may hold copies of the logins in `snapshots`. */
  readonly others: ReadonlyArray<ProfileSnapshot>
  readonly copies: LoginCopies
  readonly documents: Map<AgentId, HealthDocument>
  readonly healthOf: (member: Member) => ProfileHealth
  readonly index: RosterIndex
}

/** How many agents' indexes are kept: agents may be named by clients. */
const mostIndexes = 1_000

export class AuthResolver extends Effect.Service<AuthResolver>()(
  "@clawdbot/domain/Auth/AuthResolver",
  {
    effect: Effect.gen(function* () {
      const configs = yield* ConfigStore
      const profiles = yield* ProfileStore
      const healths = yield* HealthStore
      const refresh = yield* OAuthRefresh
      const affinity = yield* Affinity
      const paths = yield* StatePaths
      const copying = { profiles, read: makeReader(yield* RefreshJournal) }
      const indexes = new Map<string, Indexed>()

      const keyOf = (request: AuthRequest): string => `${request.agent}\n${request.provider}`

      const rosterOf = (
        { agent, provider }: AuthRequest,
        { config, environment }: ConfigSnapshot,
        stores: Pick<Indexed, "copies" | "snapshots">
      ) => makeRoster(AuthFacts.rosterFacts({ agent, provider, config, environment, ...stores }))

      /** The index for an agent and a provider: the one there is, as long as no file changed. */
      const indexFor = (
        request: AuthRequest,
        config: ConfigSnapshot,
        target: Upstream,
        agents: ReadonlyArray<AgentId>,
        { copies, others, snapshots }: Pick<Indexed, "copies" | "others" | "snapshots">
      ): Indexed => {
        const known = indexes.get(keyOf(request))
        const isCurrent =
          known !== undefined &&
          known.config === config &&
          known.copies === copies &&
          known.snapshots.length === snapshots.length &&
          known.snapshots.every(
            (snapshot, position) => snapshot.document === snapshots[position]?.document
          )
        if (isCurrent) return known
        const documents = new Map<AgentId, HealthDocument>()
        const roster = rosterOf(request, config, { copies, snapshots })
        const cooldowns = Cooldown.settings(config.config, request.provider)
        const healthOf = (member: Member) => AuthFacts.healthOf(member, documents, cooldowns)
        const index = new RosterIndex(roster, healthOf)
        const made: Indexed = {
          config,
          upstream: target,
          agents,
          snapshots,
          others,
          copies,
          documents,
          healthOf,
          index
        }
        if (indexes.size >= mostIndexes) indexes.clear()
        indexes.set(keyOf(request), made)
        return made
      }

      const follow = (
        { documents, index }: Indexed,
        agent: AgentId,
        document: HealthDocument
      ): void => {
        documents.set(agent, document)
        index.follow(agent, document)
      }

      const momentOf = (request: AuthRequest, now: number): Order.Moment => {
        const { agent, conversation } = request
        const last =
          conversation === undefined ? undefined : affinity.lookUp(agent, conversation, now)
        return AuthFacts.moment(request, last, now)
      }

      /** The index as things stand now, with where the request would go. */
      const look = Effect.fnUntraced(function* (request: AuthRequest) {
        const config = yield* configs.load
        const registry = AgentRegistry.fromConfig(config.config, paths)
        const storePath = AgentRegistry.storePath(registry.get(request.agent))
        const agents = AuthFacts.inheritanceChain(registry, request.agent)
        const snapshots: Array<ProfileSnapshot> = []
        for (const agent of agents) snapshots.push(yield* profiles.read(agent))
        const { copies, others } = yield* copiesFor(copying, registry, snapshots)
        const found = upstream(config.config, request.provider, config.path)
        if (Either.isLeft(found)) {
          // A provider that is nowhere configured has no address either: that is not what is wrong.
          const roster = rosterOf(request, config, { copies, snapshots })
          if (roster.members.length === 0 && !hasAddress(config.config, request.provider)) {
            const ranking = { candidates: [], rejected: roster.rejected }
            return yield* Explain.failure(request, ranking, storePath)
          }
          return yield* found.left
        }
        const target = found.right
        const indexed = indexFor(request, config, target, agents, { copies, others, snapshots })
        for (const agent of agents) follow(indexed, agent, yield* healths.read(agent))
        const moment = momentOf(request, yield* Clock.currentTimeMillis)
        return {
          indexed,
          moment,
          target,
          storePath
        }
      })

      /**
       * The index as things stand now, when all of it is known without looking and is still the one
       * there is.
       */
      const lookAhead = (request: AuthRequest): Indexed | undefined => {
        const config = configs.peek?.()
        const known = config === undefined ? undefined : indexes.get(keyOf(request))
        if (known === undefined || known.config !== config) return undefined
        for (let position = 0; position < known.agents.length; position++) {
          const agent = known.agents[position]
          const snapshot = known.snapshots[position]
          if (agent === undefined || snapshot?.document !== profiles.peek?.(agent)?.document)
            return undefined
          const document = healths.peek?.(agent)
          if (document === undefined) return undefined
          follow(known, agent, document)
        }
        for (const { agent, document } of known.others) {
          if (document !== profiles.peek?.(agent)?.document) return undefined
        }
        return known
      }

      /** The candidates of a request as things stand now, all of them. */
      const rank = Effect.fnUntraced(function* (request: AuthRequest) {
        const { indexed, moment, storePath, target } = yield* look(request)
        const ranked: Ranked = {
          ranking: Order.rank(indexed.index.roster, indexed.healthOf, moment),
          storePath,
          upstream: target
        }
        return ranked
      })

      /**
       * The candidate that goes first, when one is usable: the same as the first of {@link rank},
       * without ranking the others.
       */
      const first = Effect.fnUntraced(function* (request: AuthRequest) {
        const { indexed, moment, target } = yield* look(request)
        const candidate = request.profile === undefined ? indexed.index.first(moment) : undefined
        return candidate === undefined
          ? Option.none()
          : Option.some({ candidate, upstream: target })
      })

      const ready = (
        candidate: Order.Candidate,
        credential: Credential.Credential,
        target: Upstream
      ): CredentialUse => {
        return {
          profile: candidate.profile,
          owner: candidate.owner,
          provider: credential.provider,
          kind: credential.type,
          secret: Credential.secret(credential),
          secretFingerprint: Credential.secretFingerprint(credential),
          expiresAt: Credential.expiresAt(credential),
          origin: target.origin,
          basePath: target.basePath
        }
      }

      /**
       * The candidate that goes first with its secret, the same as {@link first} and {@link use}
       * give at `now` (epoch ms); undefined where that cannot be said at once: something has to be
       * read or refreshed, or nobody is usable.
       */
      const peek = (request: AuthRequest, now: number): Choice | undefined => {
        const indexed = request.profile === undefined ? lookAhead(request) : undefined
        const candidate = indexed?.index.first(momentOf(request, now))
        if (indexed === undefined || candidate === undefined) return undefined
        const { credential, owner, profile } = candidate
        const current =
          credential.type === "oauth"
            ? refresh.peek?.({ owner, profile, credential }, now)
            : credential
        const target = indexed.upstream
        return current === undefined
          ? undefined
          : { candidate, upstream: target, use: ready(candidate, current, target) }
      }

      /** A candidate's secret, refreshed first when it is a login close to its end. */
      const use = (
        candidate: Order.Candidate,
        target: Upstream
      ): Effect.Effect<CredentialUse, OAuthRefreshFailed> =>
        candidate.credential.type === "oauth"
          ? Effect.map(
              refresh.ensureFresh({
                owner: candidate.owner,
                profile: candidate.profile,
                credential: candidate.credential
              }),
              (credential) => ready(candidate, credential, target)
            )
          : Effect.succeed(ready(candidate, candidate.credential, target))

      /**
       * The same candidate after the provider refused its access token: refreshed once, keyed by
       * the token that was refused. None for what cannot be refreshed, or just was.
       */
      const renew = (
        candidate: Order.Candidate,
        refused: CredentialUse,
        target: Upstream
      ): Effect.Effect<Option.Option<CredentialUse>, OAuthRefreshFailed> =>
        candidate.credential.type === "oauth"
          ? Effect.map(
              refresh.afterRefusal(
                {
                  owner: candidate.owner,
                  profile: candidate.profile,
                  credential: candidate.credential
                },
                refused.secretFingerprint
              ),
              Option.map((credential) => ready(candidate, credential, target))
            )
          : Effect.succeedNone

      /**
       * The same, with at least so much life left, in ms, where a refresh can give it; one that
       * still has some is better than none.
       */
      const useFor = Effect.fnUntraced(function* (
        candidate: Order.Candidate,
        target: Upstream,
        lifeMs: number
      ) {
        const ready = yield* use(candidate, target)
        const left =
          (ready.expiresAt ?? Number.POSITIVE_INFINITY) - (yield* Clock.currentTimeMillis)
        if (left >= lifeMs) return ready
        const renewed = yield* renew(candidate, ready, target).pipe(
          Effect.orElseSucceed(Option.none<CredentialUse>),
          // A token endpoint that hangs must not outlive the token that is still good.
          Effect.timeoutTo({
            duration: Math.max(0, left / 2),
            onSuccess: (fresh) => fresh,
            onTimeout: Option.none<CredentialUse>
          })
        )
        return Option.getOrElse(renewed, () => ready)
      })

      /**
       * Asks to send a request with a credential that is cooling down, for all processes that share
       * the state folder.
       */
      const beginTrial = (candidate: Order.Candidate, use: CredentialUse, kind: TrialKind) =>
        healths.beginTrial({
          agent: use.owner,
          profile: use.profile,
          secretFingerprint: use.secretFingerprint,
          obstacles: candidate.obstacles,
          kind
        })

      /**
       * A request that names no model, with the credential first that could answer for the agent's
       * own model now. Only a wish: any other may still be handed out.
       */
      const forDefaultModel = Effect.fnUntraced(function* (request: AuthRequest) {
        const { model, path, preferred, profile } = request
        const isOpen = [model, path, preferred, profile].every((fact) => fact === undefined)
        if (!isOpen) return request
        const { config } = yield* configs.load
        const { defaultConfigured, resolvedDefault } = ModelCatalog.forAgent(config, request.agent)
        if (!defaultConfigured || resolvedDefault.provider !== request.provider) return request
        const ahead = yield* first({ ...request, model: resolvedDefault.model })
        return Option.match(ahead, {
          onNone: () => request,
          onSome: ({ candidate }): AuthRequest => ({ ...request, preferred: candidate.profile })
        })
      })

      /**
       * The credential a request gets now, without sending anything. A login that cannot be refreshed
       * is passed over with its reason. `lifeMs` is how long the secret will be kept by whoever asks.
       * A credential that is cooling down is handed out as a trial when no other one is ready
       * (decision D32).
       */
      const resolve = Effect.fn("AuthResolver.resolve")(function* (asked: AuthRequest, lifeMs = 0) {
        const request = yield* forDefaultModel(asked)
        const known = lifeMs === 0 ? peek(request, yield* Clock.currentTimeMillis) : undefined
        if (known !== undefined) return known.use
        const ahead = yield* first(request)
        if (Option.isSome(ahead) && ahead.value.candidate.credential.type !== "oauth") {
          return yield* Effect.orDie(use(ahead.value.candidate, ahead.value.upstream))
        }
        const ranked = yield* rank(request)
        const broken: Array<OAuthRefreshFailed> = []
        let notBefore = 0
        for (const candidate of ranked.ranking.candidates) {
          if (!Explain.isEligible(request, candidate, notBefore === 0)) continue
          const attempt = yield* Effect.either(useFor(candidate, ranked.upstream, lifeMs))
          if (Either.isLeft(attempt)) {
            broken.push(attempt.left)
            continue
          }
          if (!isTrial(request, candidate)) return attempt.right
          const begun = yield* beginTrial(candidate, attempt.right, "issued")
          if (begun._tag === "Begun") return attempt.right
          notBefore = begun.retryAt
        }
        // Where another request was faster, what it recorded says when the next one is due.
        const { ranking, storePath } = notBefore === 0 ? ranked : yield* rank(request)
        return yield* Explain.unanswered(request, ranking, storePath, broken, notBefore)
      })

      /** The dry run: who would answer and why (docs/architecture.md). */
      const explain = Effect.fn("AuthResolver.explain")(function* (request: AuthRequest) {
        return yield* rank(request).pipe(
          Effect.map(({ ranking, storePath }) => Explain.explain(request, ranking, storePath)),
          Effect.catchTags({
            NoApiKey: ({ explanation }) => Effect.succeed(explanation),
            NoCredentials: ({ explanation }) => Effect.succeed(explanation)
          })
        )
      })

      return {
        rank,
        first,
        peek,
        use,
        useFor,
        renew,
        beginTrial,
        resolve,
        explain
      } as const
    })
  }
) {}

/** Whether a request with this candidate is a trial; one that is bound to a profile is none. */
export const isTrial = (request: AuthRequest, { state }: Order.Candidate): boolean =>
  request.profile === undefined && state === "half-open"
