/**
 * A benchmark measures and reports; it never passes or fails. One file per benchmark, listed in `main.ts`. What is
 * compared is measured side by side in one run, so that a ratio holds although the machine's speed drifts.
 */
export interface Benchmark {
  readonly name: string
  readonly summary: string
  /** `args` are the words after the benchmark's name, without `--json`. Returns the JSON document; logs go to stderr. */
  run(args: readonly string[], places: BenchPlaces): Promise<Readonly<Record<string, unknown>>>
}

/** Where a benchmark finds the product's files and may write its own. */
export interface BenchPlaces {
  readonly rootDir: string
  readonly resourcesDir: string
  /** The built programs (`cli.js`, `engine.js`, `inference.js`). */
  readonly programsDir: string
  /** An empty folder that is removed afterwards. */
  readonly scratchDir: string
}
