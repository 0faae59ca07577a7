import { CircleCheck, CircleX } from "lucide-react";
import type { CredentialTrial } from "../../../../src/admin/contract.ts";
import { cn } from "../../ui/class-names.ts";
import { duration } from "../../ui/format.ts";

/** What came of a test. */
export function Outcome({ trial: { ok, model, status, duration_ms: ms, error } }: { trial: CredentialTrial }) {
  return (
    <div
      className={cn(
        "flex items-start gap-2 rounded-md px-2.5 py-2",
        ok ? "bg-good-soft text-good" : "bg-bad-soft text-bad",
      )}
    >
      {ok ? (
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
      ) : (
        <CircleX aria-hidden className="mt-0.5 size-4 shrink-0" />
      )}
      <p className="min-w-0 break-words">
        {ok ? "It works" : "It does not work"}: {model} {status === null ? "gave no answer" : `answered ${status}`}{" "}
        after {duration(ms)}.
        {error !== null && (
          <>
            {" "}
            {error.message} <span className="font-mono text-xs">{error.code}</span>
          </>
        )}
      </p>
    </div>
  );
}
