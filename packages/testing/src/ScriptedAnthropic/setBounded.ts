/** Sets an entry of a map; where there are more than `max` then, the oldest one goes. */
export const setBounded = <A>(map: Map<string, A>, max: number, key: string, value: A): void => {
  map.set(key, value)
  if (map.size <= max) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
