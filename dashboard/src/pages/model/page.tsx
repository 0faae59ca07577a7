import { Page } from "../../ui/page.tsx";

export default function ModelPage() {
  return <Page title="Model">{null}</Page>;
}
