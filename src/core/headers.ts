/** What anyone here needs of a header list: `Headers` does, and so does the head of an upstream answer. */
export interface HeaderFields {
  /** The value, or `null`; the name in lower case. */
  get(name: string): string | null;
  /** All of them, where that can be told. */
  entries?(): Iterable<[name: string, value: string]>;
}
