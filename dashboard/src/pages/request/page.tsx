import { Page } from "../../ui/page.tsx";

export default function RequestPage() {
  return <Page title="Request">{null}</Page>;
}
