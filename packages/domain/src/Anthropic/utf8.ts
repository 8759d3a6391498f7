/**
 * Bytes as text. Every JavaScript runtime has `TextDecoder`; only the language's own type library
 * does not list it.
 */

declare const TextDecoder: new () => { readonly decode: (bytes: Uint8Array) => string }

const decoder = new TextDecoder()

/** Up to this many bytes, going through them one by one is faster than calling the decoder. */
const short = 48

/** UTF-8 bytes as text; what is not UTF-8 becomes U+FFFD. */
export const decode = (bytes: Uint8Array): string => {
  if (bytes.length > short) return decoder.decode(bytes)
  for (let index = 0; index < bytes.length; index++)
    if ((bytes[index] ?? 0) >= 0x80) return decoder.decode(bytes)
  return Reflect.apply(String.fromCharCode, undefined, bytes)
}
