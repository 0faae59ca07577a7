import { Page } from "../../ui/page.tsx";

export default function StartPage() {
  return <Page title="Get started">{null}</Page>;
}
