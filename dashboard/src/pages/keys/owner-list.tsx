import { Link } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { SCOPES } from "../../ui/budget-words.ts";
import { Button } from "../../ui/button.tsx";
import { Drawer } from "../../ui/dialog.tsx";
import { OwnerBudgets } from "../../ui/owner-budgets.tsx";
import { Empty } from "../../ui/state.tsx";
import type { Column } from "../../ui/table.tsx";

/** Of whom there is no list but of what they spent: end users, tags, entities. */
export type Scope = "user" | "tag" | "entity";

/** Rows that are drawn: a table of thousands is searched, not read. */
export const MOST = 200;

/** By what requests of each are found. */
export const FILTERS = { user: "user_id", tag: "tag", entity: "quota_entity_id" } as const satisfies Record<
  Scope,
  string
>;

/** As clients tell them. */
export function nameColumn<Row extends { readonly id: string }>(scope: Scope): Column<Row> {
  return {
    name: "name",
    label: SCOPES[scope].one,
    by: ({ id }) => id.toLowerCase(),
    className: "min-w-40 max-w-80",
    cell: ({ id }) => (
      <span className="block truncate font-medium" title={id}>
        {id}
      </span>
    ),
  };
}

/** Those whose name has in it what is looked for. */
export function called<Row extends { readonly id: string }>(
  rows: readonly Row[] | undefined,
  q: string | undefined,
): readonly Row[] | undefined {
  return q === undefined ? rows : rows?.filter(({ id }) => id.toLowerCase().includes(q.toLowerCase()));
}

/** There is none of that name yet. */
export function NoneCalled({ icon, name, onOpen }: { icon: LucideIcon; name: string; onOpen: () => void }) {
  return (
    <Empty icon={icon} title="None is called so" action={<Button onClick={onOpen}>Open {name} all the same</Button>}>
      A budget can be set before the first request.
    </Empty>
  );
}

/** One of them: its budgets, and the way to its requests. */
export function OwnerDrawer({ scope, id, onClose }: { scope: Scope; id: string; onClose: () => void }) {
  return (
    <Drawer open onClose={onClose} title={id} hint={SCOPES[scope].one}>
      <div className="flex flex-col gap-6">
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">Budget</h3>
          <OwnerBudgets scope={scope} scopeId={id} name={id} />
        </section>
        <Link
          to="/requests"
          search={{ [FILTERS[scope]]: id, range: "30d" } as never}
          className="self-start text-accent hover:underline"
        >
          Its requests of the last 30 days
        </Link>
      </div>
    </Drawer>
  );
}
