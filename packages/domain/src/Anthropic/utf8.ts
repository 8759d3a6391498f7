/**
 * Bytes as text and back. Every JavaScript runtime has `TextDecoder` and `TextEncoder`; only the
 * language's own type library does not list them.
 */

declare const TextDecoder: new () => { readonly decode: (bytes: Uint8Array) => string }

declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Up to this many bytes, going through them one by one is faster than calling the decoder. */
const short = 48

/** UTF-8 bytes as text; what is not UTF-8 becomes U+FFFD. */
export const decode = (bytes: Uint8Array): string => {
  if (bytes.length > short) return decoder.decode(bytes)
  for (let index = 0; index < bytes.length; index++)
    if ((bytes[index] ?? 0) >= 0x80) return decoder.decode(bytes)
  return Reflect.apply(String.fromCharCode, undefined, bytes)
}

/** Text as UTF-8 bytes. */
export const encode = (text: string): Uint8Array => encoder.encode(text)
