/**
 * A schema that is made when it is asked for, and forgotten once nobody has it. All of them together take a good megabyte, and a gateway that has
 * read its configuration needs most of them never again: who has to make one for the second time keeps it.
 */
export function fading<Schema extends object>(make: () => Schema): () => Schema {
  let known: Schema | WeakRef<Schema> | undefined;
  return () => {
    const there = known instanceof WeakRef ? known.deref() : known;
    if (there !== undefined) return there;
    const made = make();
    known = known === undefined ? new WeakRef(made) : made;
    return made;
  };
}
