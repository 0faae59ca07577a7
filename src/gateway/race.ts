import { Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import { OUTRUN } from "../ledger/attempt.ts";
import type { Leg } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";
import { Departure } from "./departure.ts";

/** What came of asking a leg. */
export interface Outcome<Given> {
  readonly leg: Leg<Credential>;
  readonly outcome: Given | GatewayError;
}

export interface RaceParts<Given> {
  /** Of the client: when it leaves, all of it ends. */
  readonly departure: Departure;
  readonly first: Leg<Credential>;
  /** After so many milliseconds without content the first is late. */
  readonly lateMs: number;
  /** Who is asked then, if anybody. */
  second(): Leg<Credential> | undefined;
  /** Never throws. */
  ask(leg: Leg<Credential>, departure: Departure): Promise<Given | GatewayError>;
  /** What was given too late. */
  drop(given: Given): void;
}

/**
 * Asks a leg, and a second one beside it when the first is late: who speaks first is the answer, the other is let go.
 * @returns what came of them in the order in which it was known; what was given, if anything, stands last
 */
export async function race<Given>(parts: RaceParts<Given>): Promise<Outcome<Given>[]> {
  const { departure, ask } = parts;
  const runners: Runner<Given>[] = [];
  const run = (leg: Leg<Credential>) => {
    const own = new Departure(() => {});
    const runner = { leg, departure: own, outcome: ask(leg, own) };
    runners.push(runner);
    return runner;
  };
  departure.watch(() => {
    for (const runner of runners) runner.departure.leave();
  });
  const first = run(parts.first);
  const other = (await isLate(first.outcome, parts.lateMs)) && !departure.gone ? parts.second() : undefined;
  if (other === undefined) return [{ leg: first.leg, outcome: await first.outcome }];
  const second = run(other);
  const winner = await Promise.race([first.outcome.then(() => first), second.outcome.then(() => second)]);
  const rest = winner === first ? second : first;
  const known = { leg: winner.leg, outcome: await winner.outcome };
  if (known.outcome instanceof GatewayError && (winner === second || mayStillSpeak(known.outcome)))
    return [known, { leg: rest.leg, outcome: await rest.outcome }];
  rest.departure.leave(OUTRUN);
  const over = rest.outcome.then((late) => {
    if (!(late instanceof GatewayError)) parts.drop(late);
  });
  // It ends at once, unless nothing has been sent yet: what is still being prepared is not waited for.
  await Promise.race([over, new Promise(setImmediate)]);
  return [known];
}

interface Runner<Given> {
  readonly leg: Leg<Credential>;
  readonly departure: Departure;
  readonly outcome: Promise<Given | GatewayError>;
}

/** What the one who was asked first refuses for everybody, the second would refuse as well. */
function mayStillSpeak({ retry, code }: GatewayError): boolean {
  return retry !== "never" || code === "unsupported";
}

function isLate(outcome: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const deadline = new Deadline(performance.now() + ms, () => resolve(true));
  outcome.then(() => {
    deadline.clear();
    resolve(false);
  });
  return promise;
}
