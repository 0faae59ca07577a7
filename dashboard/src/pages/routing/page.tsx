import { Page } from "../../ui/page.tsx";

export default function RoutingPage() {
  return <Page title="Routing">{null}</Page>;
}
