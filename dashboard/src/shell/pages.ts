import {
  Activity,
  Blocks,
  Boxes,
  CircleGauge,
  FlaskConical,
  KeyRound,
  type LucideIcon,
  Rocket,
  Route,
  Settings2,
  WalletMinimal,
} from "lucide-react";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly icon: LucideIcon;
  /** What is pressed after `g` to go there. */
  readonly key: string;
  readonly group: "See" | "Route" | "Control";
  /** Only who may change things has any use for it. */
  readonly adminOnly?: boolean;
}

/** Every page that the navigation leads to, in its order. */
export const PAGES: readonly PageEntry[] = [
  { path: "/", title: "Overview", icon: CircleGauge, key: "o", group: "See" },
  { path: "/requests", title: "Requests", icon: Activity, key: "r", group: "See" },
  { path: "/playground", title: "Playground", icon: FlaskConical, key: "p", group: "See", adminOnly: true },
  { path: "/models", title: "Models", icon: Boxes, key: "m", group: "Route" },
  { path: "/providers", title: "Providers", icon: Blocks, key: "v", group: "Route" },
  { path: "/routing", title: "Routing", icon: Route, key: "u", group: "Route" },
  { path: "/keys", title: "Keys & teams", icon: KeyRound, key: "k", group: "Control" },
  { path: "/budgets", title: "Budgets & limits", icon: WalletMinimal, key: "b", group: "Control" },
  { path: "/settings", title: "Settings", icon: Settings2, key: "s", group: "Control" },
  { path: "/start", title: "Get started", icon: Rocket, key: "g", group: "Control" },
];
