import { FlaskConical } from "lucide-react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/state.tsx";
import type { Setup } from "./setup.ts";

/** Before anything was said: what could be. */
export function Opening({
  setup,
  models,
  isSimulated,
  onTry,
}: {
  setup: Setup;
  models: readonly ListedModel[];
  isSimulated: boolean;
  onTry: (some: Partial<Setup>, text: string) => void;
}) {
  const first = models
    .find(({ id }) => id === setup.models[0])
    ?.endpoints.find(({ is_served: isServed }) => isServed)?.provider;
  return (
    <Empty
      icon={FlaskConical}
      title="Say something to one model, or to four at once"
      action={
        <div className="flex flex-wrap justify-center gap-2">
          <Button onClick={() => onTry({}, "Write a haiku about a lock on a canal.")}>A haiku</Button>
          {isSimulated && first !== undefined && (
            <Button
              onClick={() =>
                onTry({ faults: [{ provider: first, name: "overloaded" }] }, "Who answers when the first one cannot?")
              }
            >
              Break {first} and watch the fallback
            </Button>
          )}
        </div>
      }
    >
      Answers come as a client would have them, by the same rules, budgets and fallbacks, and stand among the requests
      under the key Playground.{" "}
      {isSimulated ? "The simulator answers: nothing is paid for." : "What is asked here is paid for."}
    </Empty>
  );
}
