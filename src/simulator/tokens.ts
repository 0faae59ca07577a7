/**
 * Cuts text into what the simulator calls a token: a word with the space before it, up to three digits, a run of
 * punctuation, white space, or one character of a script without spaces. Joined again, the pieces are the text.
 */
export function pieces(text: string): string[] {
  const list: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at);
    list.push(text.slice(at, end));
    at = end;
  }
  return list;
}

/** How many tokens the simulator counts in this text: `pieces(text).length`, without making them. */
export function countTokens(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at = pieceEnd(text, at);
  return count;
}

const KIND = { space: 0, letter: 1, digit: 2, mark: 3, wide: 4 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/** The longest run that is one piece, by kind. */
const LONGEST: Record<Kind, number> = { 0: 8, 1: 12, 2: 3, 3: 3, 4: 1 };

function kindOf(code: number): Kind {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return KIND.letter;
  if (code <= 32) return KIND.space;
  if (code >= 48 && code <= 57) return KIND.digit;
  if (code < 128) return KIND.mark;
  return code < 0x2e80 ? KIND.letter : KIND.wide;
}

function pieceEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  let kind = kindOf(first);
  let at = start + 1;
  if (first === 32 && at < text.length) {
    const next = kindOf(text.charCodeAt(at));
    if (next === KIND.letter || next === KIND.mark) {
      kind = next;
      at++;
    }
  }
  if (kind === KIND.wide) return isPair(text, start) ? start + 2 : start + 1;
  const limit = Math.min(text.length, start + LONGEST[kind]);
  while (at < limit && kindOf(text.charCodeAt(at)) === kind && !opensWord(text, at, kind)) at++;
  return at;
}

/** A space before a word belongs to the word, not to the white space before it. */
function opensWord(text: string, at: number, kind: Kind): boolean {
  if (kind !== KIND.space || text.charCodeAt(at) !== 32 || at + 1 >= text.length) return false;
  const next = kindOf(text.charCodeAt(at + 1));
  return next === KIND.letter || next === KIND.mark;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
