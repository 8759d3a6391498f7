/** The closed set of classes that every failed attempt falls into (decision D9). */

/**
 * `auth` the credential was refused · `billing` it is out of credit or its organisation is disabled
 * · `rate_limit` a limit with an end · `spend_cap` a limit set by money · `entitlement` it may not
 * be used by this client (D3) · `overloaded`, `server`, `timeout` the provider's weather · `format`
 * the request's own fault.
 */
export type FailureClass =
  | "auth"
  | "billing"
  | "rate_limit"
  | "spend_cap"
  | "entitlement"
  | "overloaded"
  | "server"
  | "timeout"
  | "format"
