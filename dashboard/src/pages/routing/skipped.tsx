import type { PreviewSkipped } from "../../../../src/admin/contract.ts";
import { Card } from "../../ui/card.tsx";
import { type Column, Table } from "../../ui/table.tsx";

const COLUMNS: readonly Column<PreviewSkipped>[] = [
  {
    name: "who",
    label: "Who",
    className: "whitespace-nowrap font-medium",
    cell: ({ provider, credential }) => (
      <>
        {provider ?? "–"}
        {credential !== null && <span className="font-normal text-muted"> by {credential}</span>}
      </>
    ),
  },
  {
    name: "model",
    label: "Model",
    className: "font-mono text-[12.5px] whitespace-nowrap text-muted",
    cell: ({ model }) => model,
  },
  { name: "why", label: "Why", className: "min-w-64", cell: ({ reason }) => reason },
];

/** Who would not be asked, and why. */
export function Skipped({ skipped }: { skipped: readonly PreviewSkipped[] }) {
  return (
    <Card flush title="Who would not be asked" hint={`${skipped.length}`}>
      <Table
        label="Who would not be asked, and why"
        rows={skipped}
        columns={COLUMNS}
        keyOf={({ model, provider, credential, reason }) => [model, provider, credential, reason].join("\n")}
      />
    </Card>
  );
}
