import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keysQuery, teamsQuery } from "../../api/control.ts";
import { BudgetDialog } from "../../ui/budget-dialog.tsx";
import { EACH, SCOPES, type Scope } from "../../ui/budget-words.ts";
import { faultAt } from "../../ui/faults.ts";
import { Field, Input, Select } from "../../ui/field.tsx";
import { Segments } from "../../ui/tabs.tsx";

const HINTS = {
  user: "As requests say it in user.",
  tag: "As requests say it in tags.",
  entity: "As requests say it in quotaEntityId.",
} as const;

/** Makes a budget for whomever. */
export function NewBudget({ scope: first = "gateway", onClose }: { scope: Scope | undefined; onClose: () => void }) {
  const [scope, setScope] = useState<Scope>(first);
  const [isEach, setEach] = useState(false);
  const [id, setId] = useState("");
  const { data: teams } = useQuery(teamsQuery);
  const { data: keys } = useQuery(keysQuery);
  const known = scope === "team" ? teams?.data : scope === "key" ? keys?.data : undefined;
  const isWhole = scope !== "key" || keys?.isWhole !== false;
  return (
    <BudgetDialog title="A new budget" onClose={onClose} owner={{ scope, scopeId: isEach ? EACH : id.trim() }}>
      {(error) => (
        <>
          <Field label="For">
            {(ids) => (
              <Select
                {...ids}
                data-first
                className="w-full"
                value={scope}
                onChange={({ target }) => {
                  setScope(target.value as Scope);
                  setId("");
                }}
              >
                {Object.entries(SCOPES).map(([value, { one }]) => (
                  <option key={value} value={value}>
                    {value === "gateway" ? "All requests of the gateway" : one}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {scope !== "gateway" && (
            <div className="flex flex-col gap-2">
              <Segments
                label="Of one or of each"
                value={isEach ? "each" : "one"}
                onChange={(value) => setEach(value === "each")}
                options={[
                  { value: "one", label: "One" },
                  { value: "each", label: "Each without its own" },
                ]}
                className="self-start"
              />
              {!isEach && (
                <Field
                  label={SCOPES[scope].one}
                  hint={scope in HINTS ? HINTS[scope as keyof typeof HINTS] : undefined}
                  error={faultAt(error, "scope_id")}
                >
                  {(ids) =>
                    known !== undefined && isWhole ? (
                      <Select {...ids} className="w-full" value={id} onChange={({ target }) => setId(target.value)}>
                        <option value="">Choose…</option>
                        {known.map(({ id: value, name }) => (
                          <option key={value} value={value}>
                            {name}
                          </option>
                        ))}
                      </Select>
                    ) : (
                      <Input
                        {...ids}
                        maxLength={256}
                        placeholder={scope === "key" || scope === "team" ? `${scope}_…` : "ada"}
                        value={id}
                        onChange={({ target }) => setId(target.value)}
                      />
                    )
                  }
                </Field>
              )}
            </div>
          )}
        </>
      )}
    </BudgetDialog>
  );
}
