import { faultAt } from "../../ui/faults.ts";
import { Failed } from "../../ui/state.tsx";

/** Members that have a field to say what is wrong at. */
const FIELDS = [
  "name",
  "owner",
  "team",
  "expires_at",
  "models",
  "providers",
  "limits",
  "hedge",
  "user",
  "entity",
  "tags",
  "metadata",
  "budget",
];

/** What went wrong that no field says. */
export function Unplaced({ error }: { error: Error | null }) {
  if (error === null || faultAt(error, ...FIELDS) !== undefined) return null;
  return <Failed error={error} />;
}
