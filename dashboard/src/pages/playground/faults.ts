/** What can be broken on purpose, as the simulator is told (docs/simulator.md). */

interface FaultKind {
  readonly label: string;
  /** What it does, and what comes of it. */
  readonly means: string;
  /** What stands in its directive. */
  readonly says: string;
  /** Clocks of the request that make it seen soon: the gateway's own are for models that think. */
  readonly clocks?: Readonly<Record<string, number>>;
}

export const FAULTS = {
  overloaded: {
    label: "Overloaded (503)",
    means: "Answers 503 at once. The next provider is asked, and nobody notices.",
    says: "status=503",
  },
  limited: {
    label: "Rate limited (429)",
    means: "Answers 429 and wants to be left alone for 20 s, which it is.",
    says: "status=429 retry-after=20",
  },
  refused: {
    label: "Key refused (401)",
    means: "Takes the credential for a wrong one. It is not asked by that again for a while.",
    says: "status=401",
  },
  silence: {
    label: "Silence",
    means: "Never answers. For this request it is waited for 2 s, then the next provider is asked.",
    says: "silence",
    clocks: { first_byte_ms: 2000 },
  },
  error: {
    label: "Error event",
    means: "Begins well, and its first event is an error. Nothing was said yet, so the next provider is asked.",
    says: "error",
  },
  cut: {
    label: "Cut in the middle",
    means: "Breaks off after eight pieces. What was said cannot be taken back: the answer ends with an error.",
    says: "cut=8",
  },
  slow: {
    label: "Slow",
    means: "Thinks for 2 s, then says a piece each 150 ms. Nothing fails.",
    says: "pause=2s every=150ms",
  },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

/** One provider, broken in one way; `*` stands for all. */
export interface Fault {
  readonly provider: string;
  readonly name: FaultName;
}

export const EVERYBODY = "*";

/** What the simulator is told within the text: `[sim path=/openai/ status=503]`. */
export function directiveOf({ provider, name }: Fault): string {
  const where = provider === EVERYBODY ? "" : `path=/${provider}/ `;
  return `[sim ${where}${FAULTS[name].says}]`;
}

/** The text with what is broken before it. */
export function broken(text: string, faults: readonly Fault[]): string {
  return [...faults.map(directiveOf), text].join(" ");
}

/** The shortest of what the faults need, and of what is asked for anyway. */
export function clocksFor(faults: readonly Fault[]): Readonly<Record<string, number>> | undefined {
  const all = faults.flatMap(({ name }) => {
    const kind: FaultKind = FAULTS[name];
    return kind.clocks === undefined ? [] : [kind.clocks];
  });
  return all.length === 0 ? undefined : Object.assign({}, ...all);
}
