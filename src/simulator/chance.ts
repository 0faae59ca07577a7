/** A 53-bit number from text, the same on every machine (cyrb53). For seeds and cache marks, not for secrets. */
export function hash(text: string, seed = 0): number {
  let low = 0xdeadbeef ^ seed;
  let high = 0x41c6ce57 ^ Math.floor(seed / 0x100000000);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return 0x100000000 * (high & 0x1fffff) + (low >>> 0);
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function sequence(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

const BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const HEX = "0123456789abcdef";

/** Letters of one process, so that two simulators never give out the same id. */
const salt = (alphabet: string, length: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte % alphabet.length]).join("");

/** A maker of ids such as a provider gives out: a prefix, then letters that never repeat. */
function ids(prefix: string, alphabet: string, length: number): () => string {
  const base = alphabet.length;
  const fixed = prefix + salt(alphabet, length - 8);
  let count = Math.floor(Math.random() * 1e9);
  return () => {
    let rest = count++;
    let tail = "";
    // Every digit is turned by the one before it, so that neighbours do not look alike.
    for (let i = 0, turn = 11; i < 8; i++, rest = Math.floor(rest / base)) {
      const digit = rest % base;
      tail += alphabet[(digit + turn) % base];
      turn = digit * 31 + 17 + i;
    }
    return fixed + tail;
  };
}

export const chatId = ids("chatcmpl-", BASE62, 29);
export const completionId = ids("cmpl-", BASE62, 29);
export const moderationId = ids("modr-", BASE62, 29);
export const rerankId = ids("", HEX, 32);
export const responseId = ids("resp_0", HEX, 49);
export const itemId = {
  message: ids("msg_0", HEX, 49),
  thought: ids("rs_0", HEX, 49),
  call: ids("fc_0", HEX, 49),
  search: ids("ws_0", HEX, 49),
};
export const callId = ids("call_", BASE62, 24);
export const openaiRequestId = ids("req_", HEX, 32);
export const messageId = ids("msg_01", BASE58, 22);
export const toolUseId = ids("toolu_01", BASE58, 22);
export const converseToolId = ids("tooluse_", BASE62, 22);
export const awsRequestId = ids("", HEX, 32);
export const anthropicRequestId = ids("req_011C", BASE58, 20);
export const generateId = ids("", `${BASE62}_-`, 22);
