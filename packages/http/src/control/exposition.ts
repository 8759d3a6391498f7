/** Families of figures in Prometheus' text format (version 0.0.4). Pure. */

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`))

/** Labels as they stand behind a name. */
export const labels = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`

/** A family with what is known of it; one without samples is described all the same. */
export const family = (
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: Iterable<string>
): string => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples].join("\n")

/** One value of a gauge. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * A gauge. Of several samples with the same labels the largest counts: Prometheus takes a text that
 * names a series twice for broken.
 */
export const gauge = (name: string, help: string, samples: ReadonlyArray<Sample>): string => {
  const largest = new Map<string, number>()
  for (const sample of samples) {
    const series = labels(sample.labels)
    largest.set(series, Math.max(sample.value, largest.get(series) ?? sample.value))
  }
  return family(
    name,
    "gauge",
    help,
    [...largest].map(([series, value]) => `${name}${series} ${value}`)
  )
}
