import { Page } from "../../ui/page.tsx";

export default function ModelsPage() {
  return <Page title="Models">{null}</Page>;
}
