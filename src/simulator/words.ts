import { pieces } from "./tokens.ts";

/** What the simulator says when only a number of tokens is asked for. Each piece is one token by {@link pieces}. */
const PASSAGE = pieces(
  " Water comes down the channel and the gate decides where it goes. Some of it turns a mill, some of it feeds a" +
    " field, and some of it goes on to the next town. The keeper reads the mark on the post, writes the number in a" +
    " book, and sets the board a little higher or a little lower. No drop is lost and no drop is counted twice." +
    " When one canal is closed for repair the water takes another, and nobody in the valley notices.",
);

const passages = new Map<number, Words>();

/** Text as a series of tokens, made while it is read, so that a long or an endless one costs no memory. */
export class Words implements Iterable<string> {
  static readonly none = new Words(0, () => "");

  readonly count: number;
  private readonly at: (index: number) => string;
  private text: string | undefined;

  constructor(count: number, at: (index: number) => string) {
    this.count = count;
    this.at = at;
  }

  /** The tokens of this text. */
  static of(text: string): Words {
    const list = pieces(text);
    return new Words(list.length, (index) => list[index] as string);
  }

  /** So many tokens of the passage, beginning at another sentence for another `offset`. */
  static some(count: number, offset = 0): Words {
    const known = offset === 0 ? passages.get(count) : undefined;
    if (known !== undefined) return known;
    const start = offset * 13;
    const words = new Words(count, (index) => {
      const piece = PASSAGE[(start + index) % PASSAGE.length] as string;
      return index === 0 ? piece.trimStart() : piece;
    });
    // A load test asks for the same few lengths again and again.
    if (offset === 0 && count < 10_000 && passages.size < 1000) passages.set(count, words);
    return words;
  }

  /** So many tokens that all differ: each carries the mark and its number. */
  static numbered(count: number, mark: string): Words {
    return new Words(count, (index) => (index === 0 ? `${mark}-0` : ` ${mark}-${index}`));
  }

  /** The first tokens of this text, at most so many. */
  take(limit: number): Words {
    return limit >= this.count ? this : new Words(Math.max(0, limit), this.at);
  }

  *[Symbol.iterator](): Generator<string, void> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }

  toString(): string {
    if (this.text === undefined) {
      let text = "";
      for (let index = 0; index < this.count; index++) text += this.at(index);
      this.text = text;
    }
    return this.text;
  }
}
