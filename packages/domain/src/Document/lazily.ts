/** Schemas of documents that few commands read. */
import type * as Schema from "effect/Schema"

/**
 * The schema that `make` returns, built when something of it is first asked for. A schema is a
 * class or several for each of its fields, and a command loads the modules of many documents of
 * which it reads few. Another schema that is made with this one builds it.
 */
export const lazily = <S extends Schema.Schema.All>(make: () => S): S => {
  let built: S | undefined
  const schema = (): S => {
    built ??= make()
    return built
  }
  const handler: ProxyHandler<() => S> = {
    get: (_, key) => Reflect.get(schema(), key),
    has: (_, key) => Reflect.has(schema(), key)
  }
  // Whatever the type says of the schema is asked of the one that is built.
  return new Proxy(schema, handler) as unknown as S
}
