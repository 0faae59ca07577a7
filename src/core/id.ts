const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PAIRS = Array.from({ length: 1024 }, (_, i) => CROCKFORD.charAt(i >> 5) + CROCKFORD.charAt(i & 31));
const HALF = 2 ** 20;
const WHOLE = HALF * HALF;
const pool = new Uint32Array(1024);
let used = pool.length;

/** The last id: its millisecond, and its chance in two parts of 40 bits. `start` is what the time and the first part spell. */
let lastMs = -1;
let stamp = "";
let first = 0;
let second = 0;
let start = "";

/** 32 bits of chance. */
function chance(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return pool[used++]!;
}

/** 40 bits as eight characters. */
function eight(bits: number): string {
  const upper = Math.floor(bits / HALF);
  const lower = bits - upper * HALF;
  return PAIRS[upper >> 10]! + PAIRS[upper & 1023]! + PAIRS[lower >> 10]! + PAIRS[lower & 1023]!;
}

function begin(nowMs: number): void {
  lastMs = nowMs;
  stamp = "";
  for (let rest = nowMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) stamp = CROCKFORD[rest % 32] + stamp;
  first = (chance() % HALF) * HALF + (chance() % HALF);
  second = (chance() % HALF) * HALF + (chance() % HALF);
  start = stamp + eight(first);
}

/** Behind the last one by a step of chance, so that nobody tells the next from one. */
function advance(): void {
  second += 1 + chance();
  if (second < WHOLE) return;
  second -= WHOLE;
  first = (first + 1) % WHOLE;
  start = stamp + eight(first);
}

/** A ULID: 10 characters of the millisecond, 16 of chance. Sorts by time of making, those of one millisecond too where one process makes them. */
export function ulid(nowMs: number): string {
  if (nowMs === lastMs) advance();
  else begin(nowMs);
  return start + eight(second);
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
