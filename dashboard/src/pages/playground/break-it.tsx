import { Link } from "@tanstack/react-router";
import { Plus, Trash2 } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import { EVERYBODY, FAULTS, type Fault, type FaultName } from "./faults.ts";

/** Providers that fail on purpose, each in its own way. */
export function BreakIt({
  faults,
  onChange,
  providers,
  isSimulated,
}: {
  faults: readonly Fault[];
  onChange: (faults: readonly Fault[]) => void;
  /** Those that could serve what is asked, in their order. */
  providers: readonly string[];
  isSimulated: boolean;
}) {
  if (!isSimulated)
    return (
      <p className="text-[13px] text-muted">
        Real providers answer here, and they cannot be broken. The simulator can: it answers where no provider has a
        credential, or with <code className="font-mono text-ink">headgate start --simulate</code>.
      </p>
    );
  const put = (at: number, some: Partial<Fault>) =>
    onChange(faults.map((fault, i) => (i === at ? { ...fault, ...some } : fault)));
  const free = providers.find((provider) => !faults.some((fault) => fault.provider === provider)) ?? EVERYBODY;
  return (
    <>
      <p className="text-[13px] text-muted">
        The simulator fails as it is told, and the gateway does what it would do for a client: who fails is left alone
        for a while (
        <Link to="/providers" className="text-accent underline">
          who, and until when
        </Link>
        ).
      </p>
      {faults.map((fault, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be alike while they are chosen
        <fieldset key={at} className="flex flex-col gap-1.5">
          <legend className="sr-only">What is broken, {at + 1}</legend>
          <div className="flex gap-1.5">
            <Select
              aria-label="Who fails"
              value={fault.provider}
              onChange={({ target }) => put(at, { provider: target.value })}
              className="min-w-0 flex-1"
            >
              <option value={EVERYBODY}>All providers</option>
              {[...new Set([...providers, ...(fault.provider === EVERYBODY ? [] : [fault.provider])])].map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </Select>
            <Button
              look="quiet"
              size="icon"
              aria-label={`Mend ${fault.provider === EVERYBODY ? "all providers" : fault.provider}`}
              onClick={() => onChange(faults.filter((_, i) => i !== at))}
            >
              <Trash2 />
            </Button>
          </div>
          <Select
            aria-label="How it fails"
            value={fault.name}
            onChange={({ target }) => put(at, { name: target.value as FaultName })}
            className="w-full"
          >
            {Object.entries(FAULTS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </Select>
          <p className="text-[13px] text-muted">{FAULTS[fault.name].means}</p>
        </fieldset>
      ))}
      <Button
        size="small"
        className="self-start"
        onClick={() => onChange([...faults, { provider: free, name: "overloaded" }])}
      >
        <Plus /> {faults.length === 0 ? "Break a provider" : "Break another"}
      </Button>
    </>
  );
}
