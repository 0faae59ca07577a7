import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "./toast.tsx";

/**
 * Changes something, says what came of it, and asks anew for what is shown of it.
 * @param change what is sent @param words the first words of the queries that it touches @param said what is told when it is done
 */
export function useChange<Told, Answer>(
  change: (told: Told) => Promise<Answer>,
  words: readonly string[],
  said: string | ((answer: Answer) => string),
): UseMutationResult<Answer, Error, Told> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer) => {
      toast(typeof said === "string" ? said : said(answer));
      for (const word of words) void client.invalidateQueries({ queryKey: [word] });
    },
  });
}
