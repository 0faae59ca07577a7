import type { Answer } from "../upstream/answer.ts";
import type { Interruption } from "../upstream/open.ts";

/**
 * One question asked several times at once, of a provider that gives one answer to each. Who answers is heard, though others were
 * refused: what was made is paid for.
 * @returns the answers as one, a JSON list of their bodies; or the first refusal, where there is nothing else @throws GatewayError
 */
export function repeated(
  times: number | undefined,
  until: Interruption,
  ask: (until: Interruption) => Promise<Answer>,
): Promise<Answer> {
  return times === undefined || times === 1 ? ask(until) : asked(times, shared(until), ask);
}

async function asked(
  times: number,
  until: Interruption,
  ask: (until: Interruption) => Promise<Answer>,
): Promise<Answer> {
  const told = await Promise.allSettled(Array.from({ length: times }, () => ask(until)));
  const answers = told.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const given = answers.filter(({ status }) => status === 200);
  const [first = answers[0]] = given;
  if (first === undefined) throw (told[0] as PromiseRejectedResult).reason;
  if (first.status === 200) first.whole = `[${given.map(({ whole }) => whole).join(",")}]`;
  return first;
}

/** Whoever asked stops wanting all of them at once. */
function shared(until: Interruption): Interruption {
  const watched: Parameters<Interruption["watch"]>[] = [];
  let isOver = false;
  const stop = () => {
    isOver = true;
    for (const [act] of watched) act();
  };
  return {
    watch(act, isSent) {
      watched.push([act, isSent]);
      if (isOver) act();
      else if (watched.length === 1) until.watch(stop, () => watched.some(([, sent]) => sent()));
    },
  };
}
