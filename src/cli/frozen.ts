/**
 * From now on nobody can give all objects a member, or put another in the place of one that they have. What stands on `Object.prototype` is
 * read through accessors, since a frozen value there would forbid every object a member of its own by that name to be assigned: modules of
 * the runtime that load late do so, and so does whoever keeps what clients call `toString`.
 */
export function freezePrototype(): void {
  const shared = Object.prototype;
  for (const name of Reflect.ownKeys(shared)) {
    const told = Object.getOwnPropertyDescriptor(shared, name)!;
    // `__proto__` is one already.
    if (!("value" in told)) continue;
    const { value } = told as { value: unknown };
    Object.defineProperty(shared, name, {
      enumerable: false,
      configurable: false,
      get: () => value,
      set(this: unknown, own: unknown) {
        if (this === shared) throw new TypeError(`Object.prototype.${String(name)} cannot be changed`);
        Object.defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  Object.freeze(shared);
}
