import { Page } from "../../ui/page.tsx";

export default function BudgetsPage() {
  return <Page title="Budgets & limits">{null}</Page>;
}
