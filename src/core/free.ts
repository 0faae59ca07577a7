/** Smaller ones may share theirs with others. */
const LARGE = 32 * 1024;

/**
 * Gives the memory of a large buffer back at once, which nobody may read after this: a few hundred that wait to be collected
 * make the process grow for good.
 */
export function free({ buffer }: Uint8Array<ArrayBufferLike>): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE) buffer.transfer(0);
}
