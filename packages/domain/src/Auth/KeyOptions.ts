/** How keys are used that a program brings itself. */

/** Options of `layerKeys`. */
export interface KeyOptions {
  /** Another address than the provider's, without `/v1`. */
  readonly baseUrl?: string | undefined
  /** The names in the order in which they are used; one that is missing here is not. */
  readonly order?: ReadonlyArray<string> | undefined
  /**
   * Whether keys that cost by use are used beside setup tokens, which belong to a subscription
   * (decision D5). Default: only where an `order` lists them.
   */
  readonly payAsYouGoFallback?: boolean | undefined
}
