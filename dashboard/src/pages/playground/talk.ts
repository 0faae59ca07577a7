import { useCallback, useEffect, useRef, useState } from "react";
import type { Preview } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";
import { type Answer, NOTHING_YET } from "./answer.ts";
import { bodyFor, type ChatBody, type Turn } from "./conversation.ts";
import type { Setup } from "./setup.ts";
import { asked } from "./stream.ts";

/** Who would be asked for this now; nobody where that is not told. */
async function planned(body: ChatBody, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { steps } = await ask<Preview>("/preview", { method: "POST", body, signal });
    return steps.map(({ provider }) => provider);
  } catch {
    // Why not, its answer tells.
    return [];
  }
}

/** A conversation with several models at once, and what goes on in it. */
export function useTalk(): {
  turns: readonly Turn[];
  isRunning: boolean;
  /** Says something to all of them. */
  say: (setup: Setup, system: string, text: string) => void;
  stop: () => void;
  clear: () => void;
} {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef(new Set<AbortController>());
  const last = useRef(0);
  const put = useCallback((id: number, model: string, answer: Answer) => {
    setTurns((all) =>
      all.map((turn) => (turn.id === id ? { ...turn, answers: { ...turn.answers, [model]: answer } } : turn)),
    );
  }, []);
  const stop = useCallback(() => {
    for (const one of running.current) one.abort();
  }, []);
  useEffect(() => stop, [stop]);
  const say = (setup: Setup, system: string, text: string) => {
    const id = ++last.current;
    const answers = Object.fromEntries(setup.models.map((model) => [model, NOTHING_YET]));
    setTurns([...turns, { id, text, faults: setup.faults, answers, plans: {} }]);
    for (const model of setup.models) {
      const leaving = new AbortController();
      running.current.add(leaving);
      const body = bodyFor(model, { setup, system, turns, text });
      void asked(body, leaving.signal, (answer) => put(id, model, answer)).finally(() =>
        running.current.delete(leaving),
      );
      void planned(body, leaving.signal).then((plan) =>
        setTurns((all) =>
          all.map((turn) => (turn.id === id ? { ...turn, plans: { ...turn.plans, [model]: plan } } : turn)),
        ),
      );
    }
  };
  const clear = () => {
    stop();
    setTurns([]);
  };
  const isRunning = turns.some(({ answers }) => Object.values(answers).some(({ isOver }) => !isOver));
  return { turns, isRunning, say, stop, clear };
}
