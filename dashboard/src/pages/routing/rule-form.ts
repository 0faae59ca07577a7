import type { ListedRule } from "../../../../src/admin/contract.ts";
import { ownFault } from "../../ui/faults.ts";

/** A rule as it is filled in. */
export interface RuleForm {
  readonly id: string;
  readonly type: ListedRule["type"];
  readonly model: string;
  readonly to: string;
  readonly reason: string;
  readonly enabled: boolean;
  readonly description: string;
}

export function ruleForm(rule?: ListedRule): RuleForm {
  return {
    id: rule?.id ?? "",
    type: rule?.type ?? "rewrite",
    model: rule?.model ?? "",
    to: rule?.to ?? "",
    reason: rule?.reason ?? "",
    enabled: rule?.enabled ?? true,
    description: rule?.description ?? "",
  };
}

/** What `POST` takes; without its name, what one is changed from and to. @throws ApiError that names the member */
export function toldRule(form: RuleForm): Record<string, unknown> {
  const { id, type, model, to, reason, enabled, description } = form;
  if (model.trim() === "") throw ownFault("model", "Say which model it is for.");
  if (type === "rewrite" && to.trim() === "") throw ownFault("to", "Say what is asked for instead.");
  return {
    ...(id.trim() === "" ? {} : { id: id.trim() }),
    type,
    model: model.trim(),
    ...(type === "rewrite" ? { to: to.trim() } : {}),
    ...(type === "deny" && reason.trim() !== "" ? { reason: reason.trim() } : {}),
    enabled,
    ...(description.trim() === "" ? {} : { description: description.trim() }),
  };
}
