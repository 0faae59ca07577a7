import { useState } from "react";
import { Code } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { codeOf, LANGUAGES, type Language } from "./code.ts";
import { bodyFor, type Turn } from "./conversation.ts";
import type { Setup } from "./setup.ts";

/** What would be sent next, or what was sent last, as code. */
export function CodeDialog({
  setup,
  system,
  turns,
  text,
  onClose,
}: {
  setup: Setup;
  system: string;
  turns: readonly Turn[];
  text: string;
  onClose: () => void;
}) {
  const [language, setLanguage] = useState<Language>("curl");
  const [model, setModel] = useState(setup.models[0]!);
  const last = turns.at(-1);
  const isNext = text.trim() !== "" || last === undefined;
  const body = isNext
    ? bodyFor(model, { setup, system, turns, text: text.trim() === "" ? "Hello" : text })
    : bodyFor(model, { setup: { ...setup, faults: last.faults }, system, turns: turns.slice(0, -1), text: last.text });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Copy as code"
      hint={`${isNext ? "What would be sent next." : "What was sent last."} The key stands in HEADGATE_API_KEY.`}
      className="max-w-2xl"
    >
      <div className="flex flex-col gap-4">
        {setup.models.length > 1 && (
          <Field label="Model">
            {(ids) => (
              <Select {...ids} value={model} onChange={({ target }) => setModel(target.value)}>
                {setup.models.map((id) => (
                  <option key={id}>{id}</option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Tabs
          label="Language"
          value={language}
          onChange={setLanguage}
          tabs={Object.entries(LANGUAGES).map(([name, label]) => ({ name: name as Language, label }))}
        >
          <Code text={codeOf(language, body, location.origin)} label="Copy the code" />
        </Tabs>
      </div>
    </Dialog>
  );
}
