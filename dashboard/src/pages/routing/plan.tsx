import { Link } from "@tanstack/react-router";
import { ArrowRight, CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import type { Preview } from "../../../../src/admin/contract.ts";
import { Badge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { Holds } from "./holds.tsx";
import { Skipped } from "./skipped.tsx";
import { Steps } from "./steps.tsx";

/** What would happen to a request, drawn as the way that it goes. */
export function Plan({ preview }: { preview: Preview }) {
  const { steps, skipped, dropped } = preview;
  return (
    <div className="flex flex-col gap-4">
      <Verdict preview={preview} />
      <Card flush title="Who would be asked" hint="In this order, as long as those before fail.">
        <Led preview={preview} />
        {steps.length === 0 ? <p className="px-4 py-3 text-muted">Nobody.</p> : <Steps steps={steps} />}
      </Card>
      {skipped.length > 0 && <Skipped skipped={skipped} />}
      <Holds preview={preview} />
      {dropped.length > 0 && (
        <Card title="What nobody would obey">
          <ul className="flex flex-wrap gap-2">
            {dropped.map((one) => (
              <li key={one} className="font-mono text-[12.5px]">
                {one}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

/** In a line: who would answer, or what the client would be told instead. */
function Verdict({
  preview: { refusal, steps, input_tokens: input, output_cap: cap, call_cap: calls, api_key_name: name },
}: {
  preview: Preview;
}) {
  const [first] = steps;
  if (refusal !== null)
    return (
      <div className="flex items-start gap-3 rounded-lg bg-bad-soft px-4 py-3 text-bad">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0">
          <p className="font-medium">
            It would be refused: {refusal.status} <span className="font-mono text-[12.5px]">{refusal.code}</span>
          </p>
          <p className="break-words">{refusal.message}</p>
        </div>
      </div>
    );
  return (
    <div className="flex items-start gap-3 rounded-lg bg-good-soft px-4 py-3 text-good">
      <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">It would be sent{first !== undefined && <>, to {first.provider} first</>}.</p>
        <p>
          As the key {name}
          {input !== null && `, with about ${count(input)} tokens of input`}
          {cap !== null && `, its answer cut to ${count(cap)} tokens`}
          {calls !== null && `, with at most ${count(calls)} calls of the provider's own tools`}.
        </p>
      </div>
    </div>
  );
}

/** From what was asked for to what would be: which rules and which virtual model led on. */
function Led({ preview: { requested_model: asked, model, led_by: led } }: { preview: Preview }) {
  return (
    <ol
      aria-label="What leads where"
      className="flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b border-line px-4 py-2.5"
    >
      <li>
        <Name>{asked}</Name>
      </li>
      {led.map(({ kind, id, to }) => (
        <li key={`${kind} ${id}`} className="flex flex-wrap items-center gap-2">
          <ArrowRight aria-hidden className="size-3.5 text-muted" />
          <Link
            to="/routing"
            search={(kind === "routing_rule" ? { rule: id } : { tab: "virtual", virtual: id }) as never}
            className="hover:underline"
          >
            <Badge tone={to === null && kind === "routing_rule" ? "bad" : "accent"}>
              {kind === "routing_rule" ? (to === null ? "denied by rule" : "rule") : "virtual model"} {id}
            </Badge>
          </Link>
          {to !== null && (
            <>
              <ArrowRight aria-hidden className="size-3.5 text-muted" />
              <Name>{to}</Name>
            </>
          )}
        </li>
      ))}
      {led.length === 0 && (
        <li className="text-[13px] text-muted">{model === null ? "leads nowhere" : "no rule is for it"}</li>
      )}
    </ol>
  );
}

function Name({ children }: { children: ReactNode }) {
  return <span className="font-mono text-[13px] break-all">{children}</span>;
}
