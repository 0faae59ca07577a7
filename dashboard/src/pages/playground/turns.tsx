import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/state.tsx";
import { AnswerView } from "./answer-view.tsx";
import { whoseOf } from "./composer.tsx";
import type { Turn } from "./conversation.ts";
import { FAULTS } from "./faults.ts";
import { ModelPicker } from "./model-picker.tsx";
import { MOST_MODELS } from "./setup.ts";

/** All that was said, with the answers side by side. Models are chosen above them. */
export function Turns({
  models,
  chosen,
  turns,
  onChoose,
  children,
}: {
  models: readonly ListedModel[] | undefined;
  chosen: readonly string[];
  turns: readonly Turn[];
  onChoose: (models: readonly string[]) => void;
  /** What is there before anything was said. */
  children: ReactNode;
}) {
  const columns = Math.max(chosen.length, ...turns.map(({ answers }) => Object.keys(answers).length));
  const wide = { "--wide": `${columns * NARROWEST_REM}rem` } as React.CSSProperties;
  return (
    <div style={wide} className="flex min-h-full flex-col md:min-w-[max(100%,var(--wide))]">
      <div className="top-0 z-10 flex items-stretch border-b border-line bg-surface max-md:flex-col md:sticky">
        {chosen.length === 0 && (
          <div className="flex h-[50px] items-center px-4">
            <Skeleton className="w-40" />
          </div>
        )}
        {chosen.map((id, i) => (
          <Head
            key={id}
            id={id}
            models={models}
            onChange={(next) => onChoose(chosen.map((one, at) => (at === i ? next : one)))}
            onAdd={i === chosen.length - 1 && i < MOST_MODELS - 1 ? (next) => onChoose([...chosen, next]) : undefined}
            taken={chosen}
            onRemove={chosen.length > 1 ? () => onChoose(chosen.filter((one) => one !== id)) : undefined}
          />
        ))}
      </div>
      {turns.length === 0 && <div className="grid max-w-[calc(100vw-2rem)] flex-1 place-items-center">{children}</div>}
      <ol className="divide-y divide-line" aria-label="What was said">
        {turns.map((turn) => (
          <li key={turn.id}>
            <div className="border-b border-line bg-sunken px-4 py-2.5">
              <p className="max-w-4xl whitespace-pre-wrap break-words">{turn.text}</p>
              {turn.faults.length > 0 && (
                <p className="mt-1 flex flex-wrap gap-1.5">
                  {turn.faults.map((fault) => (
                    <Badge key={`${fault.provider} ${fault.name}`} tone="warn">
                      {whoseOf(fault)}: {FAULTS[fault.name].label}
                    </Badge>
                  ))}
                </p>
              )}
            </div>
            <div className="flex max-md:flex-col max-md:divide-y max-md:divide-line md:divide-x md:divide-line">
              {Object.entries(turn.answers).map(([model, answer]) => (
                <section key={model} aria-label={`Answer of ${model}`} className={COLUMN}>
                  <AnswerView answer={answer} model={model} plan={turn.plans[model]} isNamed={isOther(turn, chosen)} />
                </section>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Whether its answers are not those of the models above. */
function isOther({ answers }: Turn, chosen: readonly string[]): boolean {
  return Object.keys(answers).join() !== chosen.join();
}

/** Where there is no room for all of them, the rest is scrolled to. */
const NARROWEST_REM = 16;
const COLUMN = "min-w-0 flex-1";

function Head({
  id,
  models,
  taken,
  onChange,
  onAdd,
  onRemove,
}: {
  id: string;
  models: readonly ListedModel[] | undefined;
  taken: readonly string[];
  onChange: (id: string) => void;
  /** Another one beside it. */
  onAdd: ((id: string) => void) | undefined;
  onRemove: (() => void) | undefined;
}) {
  const model = models?.find((one) => one.id === id);
  return (
    <div
      className={`flex items-center gap-1 border-line px-2 py-1.5 max-md:not-last:border-b md:not-last:border-r ${COLUMN}`}
    >
      <ModelPicker
        label={`Another model than ${id}`}
        models={models}
        taken={taken}
        onPick={onChange}
        trigger={
          <button
            type="button"
            className="flex min-w-0 flex-1 flex-col rounded-md px-2 py-0.5 text-left hover:bg-hover"
          >
            <span className="sr-only">Another model than </span>
            <span className="w-full truncate font-medium" title={id}>
              {id}
            </span>
            <span className="w-full truncate text-xs text-muted">{models === undefined ? "\u00a0" : told(model)}</span>
          </button>
        }
      />
      {onAdd !== undefined && (
        <ModelPicker
          label="A model beside"
          models={models}
          taken={taken}
          onPick={onAdd}
          trigger={
            <Button look="quiet" size="small" title="Ask another model as well">
              <Plus /> Compare
            </Button>
          }
        />
      )}
      {onRemove !== undefined && (
        <Button look="quiet" size="tiny" aria-label={`Leave ${id} out`} onClick={onRemove}>
          <X />
        </Button>
      )}
    </div>
  );
}

function told(model: ListedModel | undefined): string {
  if (model === undefined) return "Nobody knows it by that name";
  if (model.led_to !== null) return `A rule leads it to ${model.led_to}`;
  const served = model.endpoints.filter(({ is_served: isServed }) => isServed);
  const names = [...new Set(served.map(({ provider }) => provider))];
  return names.length === 0 ? "Nobody serves it now" : names.join(", ");
}
