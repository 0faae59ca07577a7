import { useCallback, useEffect, useRef, useState } from "react";
import { type Answer, NOTHING_YET } from "./answer.ts";
import { bodyFor, type Turn } from "./conversation.ts";
import type { Setup } from "./setup.ts";
import { asked } from "./stream.ts";

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
    setTurns([...turns, { id, text, faults: setup.faults, answers }]);
    for (const model of setup.models) {
      const leaving = new AbortController();
      running.current.add(leaving);
      void asked(bodyFor(model, { setup, system, turns, text }), leaving.signal, (answer) =>
        put(id, model, answer),
      ).finally(() => running.current.delete(leaving));
    }
  };
  const clear = () => {
    stop();
    setTurns([]);
  };
  const isRunning = turns.some(({ answers }) => Object.values(answers).some(({ isOver }) => !isOver));
  return { turns, isRunning, say, stop, clear };
}
