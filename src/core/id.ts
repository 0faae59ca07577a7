const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PAIRS = Array.from({ length: 1024 }, (_, i) => CROCKFORD.charAt(i >> 5) + CROCKFORD.charAt(i & 31));
const pool = new Uint8Array(4096);
let used = pool.length;
let stampedAt = -1;
let stamp = "";

/** A ULID: 10 characters of the millisecond, 16 of chance. Sorts by time of making. */
export function ulid(nowMs: number): string {
  if (nowMs !== stampedAt) {
    stampedAt = nowMs;
    stamp = "";
    for (let rest = nowMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) stamp = CROCKFORD[rest % 32] + stamp;
  }
  if (used + 16 > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let id = stamp;
  // Two characters at a time: ten of the sixteen bits that two bytes hold.
  for (let i = 0; i < 8; i++) id += PAIRS[((pool[used++]! << 8) | pool[used++]!) & 1023];
  return id;
}

/** The id of a generation, as the hosted service writes it (contract 2.2). */
export function generationId(nowMs: number): string {
  return "gen_" + ulid(nowMs);
}

/** Where the ids of a millisecond begin: it sorts before all of them, and behind those before. */
export function generationFloor(ms: number): string {
  return `${generationId(ms).slice(0, -16)}${"0".repeat(16)}`;
}

const GENERATION_ID = /^gen_[0-9A-HJKMNP-TV-Z]{26}$/;

export function isGenerationId(text: string): boolean {
  return GENERATION_ID.test(text);
}
