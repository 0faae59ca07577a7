import type { ByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { Readings } from "../core/readings.ts";
import type { Attempt } from "../ledger/attempt.ts";
import type { Vitals } from "../routing/vitals.ts";
import type { Answer, BodyReader } from "../upstream/answer.ts";
import type { Allowance } from "./allowance.ts";
import type { Outflow } from "./outflow.ts";
import type { Course, Passage } from "./passage.ts";

/** More than this before any content is no opening: pings and comments must not fill the memory while we wait. */
const HELD_CAP = 1024 * 1024;

/**
 * One provider's stream on its way to the client. Until its first content everything is held back, and it can still fail
 * and be replaced by another; from then on it is the answer, for better or worse.
 */
export class Live implements BodyReader {
  readonly passage: Passage;
  readonly attempt: Attempt;
  /** How much it may say; absent: as much as it likes. */
  private readonly allowance: Allowance | undefined;
  /** Resolves at the first content. @throws GatewayError when it fails before */
  readonly spoken: Promise<void>;
  private readonly answer: Answer;
  private readonly vitals: Vitals | undefined;
  private readonly course: Course;
  private readonly readings: Readings;
  private readonly speak: { resolve: () => void; reject: (error: GatewayError) => void };
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private outflow: Outflow | undefined;
  private over = false;
  /** It has said or done more than was reserved, and waits for whether somebody pays for more. */
  private asking = false;
  /** Nobody listens any more. */
  private abandoned: { error: GatewayError; onOver: () => void } | undefined;
  private error: GatewayError | undefined;
  private onOver: ((error: GatewayError | undefined) => void) | undefined;

  /** @param vitals learn from how it goes */
  constructor(passage: Passage, attempt: Attempt, answer: Answer, vitals?: Vitals, allowance?: Allowance) {
    this.passage = passage;
    this.attempt = attempt;
    this.answer = answer;
    this.vitals = vitals;
    this.allowance = allowance;
    this.readings = passage.readings;
    this.course = passage.stream();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.spoken = promise;
    this.speak = { resolve, reject };
    answer.read(this);
  }

  /** Lets everything flow to the client. `onOver` hears, once, that the provider has said all, or what went wrong. */
  pour(outflow: Outflow, onOver: (error: GatewayError | undefined) => void): void {
    this.outflow = outflow;
    this.onOver = onOver;
    outflow.onDrain = () => this.resume();
    for (const bytes of this.held) this.write(bytes);
    this.held = [];
    if (this.over) onOver(this.error);
  }

  /** Stops: the client has left, or does not matter any more. */
  stop(error: GatewayError): void {
    if (this.over) return;
    this.answer.close();
    this.finish(error);
  }

  /** Reads on for nobody, to learn what was used. It ends with this error, however the provider ends. */
  drain(error: GatewayError, onOver: () => void): void {
    if (this.over) {
      onOver();
      return;
    }
    this.abandoned = { error, onOver };
    this.resume();
  }

  /** The last of the reply. */
  get last(): Pick<Course, "finish" | "fail"> {
    return this.course;
  }

  // The answer speaks.

  body(bytes: ByteText): void {
    this.take(bytes);
  }

  end(): void {
    this.take(undefined);
  }

  fail(error: GatewayError): void {
    this.finish(this.isSaid() ? undefined : error);
  }

  /** Whether all was said before it broke, its usage too: some providers end without a mark, and not all of those hang up nicely. */
  private isSaid(): boolean {
    const { readings } = this;
    if (this.over || readings.finish === undefined || readings.usage === undefined) return false;
    try {
      const told = this.course.end();
      if (!readings.ended || readings.error !== undefined) return false;
      if (told.length > 0) this.write(told);
      return true;
    } catch {
      return false;
    }
  }

  /** The next bytes, or `undefined` for their end. */
  private take(bytes: ByteText | undefined): void {
    if (this.over) return;
    let told: Uint8Array;
    try {
      told = bytes === undefined ? this.course.end() : this.course.push(bytes);
    } catch (thrown) {
      this.stop(GatewayError.from(thrown));
      return;
    }
    if (this.readings.committed && this.attempt.firstContentAt === undefined) {
      this.attempt.spoke();
      this.answer.spoke();
      this.vitals?.spoke(this.attempt);
    }
    if (told.length > 0) this.write(told);
    if (this.readings.error !== undefined) this.stop(this.readings.error);
    else if (this.readings.ended) this.finish(undefined);
    else {
      // What a provider does before its first word is paid for as well.
      if (this.allowance?.covers(this.readings) === false) this.outgrow(this.allowance);
      if (this.readings.committed) this.speak.resolve();
    }
  }

  /** It is refused, or goes on, at once where that is known at once. */
  private outgrow(allowance: Allowance): void {
    if (this.asking) return;
    const answer = allowance.extend(this.readings);
    if (answer instanceof Promise) {
      this.asking = true;
      this.answer.pause();
      answer.catch(GatewayError.from).then((refusal) => {
        this.asking = false;
        if (refusal !== undefined) this.stop(refusal);
        else if (!this.over) this.answer.resume();
      });
    } else if (answer !== undefined) this.stop(answer);
  }

  /** Not where somebody is still to pay for what has come. */
  private resume(): void {
    if (!this.asking) this.answer.resume();
  }

  private write(bytes: Uint8Array): void {
    if (this.abandoned !== undefined) return;
    if (this.outflow === undefined) this.hold(bytes);
    else if (!this.outflow.write(bytes)) this.answer.pause();
  }

  private hold(bytes: Uint8Array): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.readings.committed || this.heldBytes <= HELD_CAP) return;
    this.stop(new GatewayError("upstream_malformed", `The provider sent ${HELD_CAP} bytes without any content.`));
  }

  private finish(cause: GatewayError | undefined): void {
    if (this.over) return;
    this.over = true;
    const error = cause === undefined ? undefined : (this.passage.conceal?.(cause) ?? cause);
    const told = this.abandoned === undefined ? error : this.abandoned.error;
    this.abandoned?.onOver();
    this.error = told;
    this.attempt.end(error);
    this.vitals?.ended(this.attempt, { output: this.readings.usage?.output });
    if (error === undefined) this.answer.release();
    if (this.onOver !== undefined) this.onOver(told);
    else if (error === undefined || this.readings.committed) this.speak.resolve();
    else this.speak.reject(error);
  }
}
