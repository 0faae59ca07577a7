import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { toast } from "./toast.tsx";

/**
 * Changes something, says what came of it, and asks anew for what is shown of it. Who presses twice has it done once: a button is drawn as busy a
 * moment after it was pressed, and two keys were made, the secret of one of which nobody saw.
 * @param change what is sent @param words the first words of the queries that it touches @param said what is told when it is done
 */
export function useChange<Told, Answer>(
  change: (told: Told) => Promise<Answer>,
  words: readonly string[],
  said: string | ((answer: Answer) => string),
): UseMutationResult<Answer, Error, Told> {
  const client = useQueryClient();
  const isRunning = useRef(false);
  const mutation = useMutation({
    mutationFn: change,
    onSuccess: (answer) => {
      toast(typeof said === "string" ? said : said(answer));
      for (const word of words) void client.invalidateQueries({ queryKey: [word] });
    },
  });
  const { mutate: begin, isPending, submittedAt } = mutation;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was over before it was drawn is over as well
  useEffect(() => {
    if (!isPending) isRunning.current = false;
  }, [isPending, submittedAt]);
  const mutate = useCallback<typeof begin>(
    (...told) => {
      if (isRunning.current) return;
      isRunning.current = true;
      begin(...told);
    },
    [begin],
  );
  return { ...mutation, mutate };
}
