import { Link } from "@tanstack/react-router";
import { ArrowRight, ListFilter } from "lucide-react";
import type { AuditEntry } from "../../../../src/admin/contract.ts";
import { Button } from "../../ui/button.tsx";
import { Code } from "../../ui/copy.tsx";
import { Drawer } from "../../ui/dialog.tsx";
import { useSearchMembers } from "../../ui/search.ts";
import { Time } from "../../ui/time.tsx";
import { actorWords, differences, placeOf, wordsOf } from "./audit-words.ts";

/** One thing that was done, in full. */
export function AuditDrawer({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { change } = useSearchMembers();
  const { id, actor, action, target, created_at: at, detail } = entry;
  const { isChange, differences: told } = differences(entry);
  const place = placeOf(entry);
  const only = (members: { actor?: string; target?: string }) =>
    change({ actor: undefined, target: undefined, action: undefined, entry: undefined, ...members });
  return (
    <Drawer
      open
      onClose={onClose}
      title={
        <>
          {actorWords(actor)} {wordsOf(action)}
        </>
      }
      hint={<Time at={at} />}
    >
      <div className="flex flex-col gap-5">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2">
          <dt className="text-muted">Who</dt>
          <dd className="font-mono text-[13px] break-all">{actor}</dd>
          <dt className="text-muted">Action</dt>
          <dd className="font-mono text-[13px] break-all">{action}</dd>
          <dt className="text-muted">To what</dt>
          <dd className="font-mono text-[13px] break-all">{target}</dd>
          <dt className="text-muted">Entry</dt>
          <dd className="font-mono text-[13px] break-all">{id}</dd>
        </dl>
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => only({ actor })}>
            <ListFilter aria-hidden /> All by the same
          </Button>
          <Button size="small" onClick={() => only({ target })}>
            <ListFilter aria-hidden /> All done to this
          </Button>
          {place !== undefined && (
            <Link
              to={place.to}
              search={(place.search ?? {}) as never}
              className="inline-flex h-7 items-center gap-1 rounded-md px-2 text-[13px] font-medium text-accent hover:underline"
            >
              Where it is now <ArrowRight aria-hidden className="size-4" />
            </Link>
          )}
        </div>
        {told.length > 0 && (
          <section>
            <h3 className="mb-2 font-semibold">{isChange ? "What is another now" : "What was told"}</h3>
            <div className="overflow-x-auto rounded-md border border-line">
              <table className="w-full border-collapse text-left text-[13px]">
                <thead>
                  <tr className="border-b border-line text-muted">
                    <th scope="col" className="h-8 px-3 font-medium">
                      Member
                    </th>
                    {isChange && (
                      <th scope="col" className="px-3 font-medium">
                        Before
                      </th>
                    )}
                    <th scope="col" className="px-3 font-medium">
                      {isChange ? "After" : "Value"}
                    </th>
                  </tr>
                </thead>
                <tbody className="divide-y divide-line align-top font-mono text-[12.5px]">
                  {told.map(({ path, before, after }) => (
                    <tr key={path}>
                      <th scope="row" className="px-3 py-1.5 font-normal whitespace-nowrap">
                        {path}
                      </th>
                      {isChange && <td className="px-3 py-1.5 break-all text-muted">{before ?? "–"}</td>}
                      <td className="px-3 py-1.5 break-all">{after ?? "–"}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )}
        {detail !== null && (
          <details>
            <summary className="text-[13px] text-muted hover:text-ink">As it is written down</summary>
            <Code text={JSON.stringify(detail, null, 2)} label="Copy the detail" className="mt-2" />
          </details>
        )}
      </div>
    </Drawer>
  );
}
