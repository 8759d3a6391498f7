/** Bytes as text. Every JavaScript runtime has `TextDecoder`; only the language's own type library does not list it. */

declare const TextDecoder: new () => { readonly decode: (bytes: Uint8Array) => string }

const decoder = new TextDecoder()

/** UTF-8 bytes as text; what is not UTF-8 becomes U+FFFD. */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)
