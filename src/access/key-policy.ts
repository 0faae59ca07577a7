/** What whoever has a key may do. What is absent is not restricted. Kept as JSON, in these words. */
export interface KeyPolicy {
  /** Models that may be asked for: `creator/name`, a virtual model, a provider's own name, or `creator/*`. */
  readonly models?: readonly string[] | undefined;
  /** Nobody else is asked, whatever a request says. */
  readonly providers?: readonly string[] | undefined;
  /** What must hold of whoever is asked, on whosever account. */
  readonly zero_data_retention?: boolean | undefined;
  readonly no_training?: boolean | undefined;
  readonly hipaa?: boolean | undefined;
  /** How much over time. */
  readonly limits?: KeyLimits | undefined;
  /** Whether streams are hedged: `false` whatever a request says, `true` unless it says otherwise. */
  readonly hedge?: boolean | undefined;
  /** The end user: told by each request, or always this one. */
  readonly user?: { readonly required?: boolean | undefined; readonly fixed?: string | undefined } | undefined;
  /** What `quotaEntityId` says, likewise. */
  readonly entity?: { readonly required?: boolean | undefined; readonly fixed?: string | undefined } | undefined;
  readonly tags?:
    | {
        /** A request must have one at least. */
        readonly required?: boolean | undefined;
        /** Of every request, whatever it has. */
        readonly fixed?: readonly string[] | undefined;
        /** The only ones that a request may have. */
        readonly allowed?: readonly string[] | undefined;
        /** As many may a request have. */
        readonly most?: number | undefined;
      }
    | undefined;
  /** What is asked and answered is kept. */
  readonly keep_bodies?: boolean | undefined;
}

/** Absent: as for every key. `null`: as much as it likes. */
export interface KeyLimits {
  readonly requests_per_minute?: number | null | undefined;
  readonly tokens_per_minute?: number | null | undefined;
  readonly concurrent_streams?: number | null | undefined;
}

/** Whether a key may ask for a model by this name. @param canonical the catalogue's name for a provider's own */
export function mayAskFor(
  { models }: KeyPolicy,
  name: string,
  canonical: (name: string) => string = (own) => own,
): boolean {
  if (models === undefined) return true;
  const meant = canonical(name);
  // A provider's own name is matched as a whole only: `creator/*` is about who made a model, not about who serves it.
  return models.some((one) => (one.endsWith("*") ? meant.startsWith(one.slice(0, -1)) : one === name || one === meant));
}
