import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Boxes, KeyRound, LogOut, Moon, Search, Sun, WalletMinimal, Waypoints } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { ask } from "../api/client.ts";
import { modelsQuery } from "../api/queries.ts";
import { PAGES } from "./pages.ts";
import { FIELD, FindBox, PLACEHOLDER } from "./palette.tsx";
import { useMayChange } from "./session.tsx";
import { signOut } from "./sign-out.ts";
import { chooseTheme, type Theme } from "./theme.ts";

const GENERATION = /^gen_[0-9A-HJKMNP-TV-Z]{26}$/;
/** Of all models the first that fit: a list of thousands is not read. */
const MOST_MODELS = 8;

/** Everything, by its name. @param text what is looked for, which may have been typed, and `isEntered`, before this was there */
export function Finder({
  text,
  isEntered,
  onText,
  onClose,
}: {
  text: string;
  isEntered: boolean;
  onText: (text: string) => void;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { may } = useMayChange();
  const { data: models } = useQuery(modelsQuery);
  const go = (to: string, search: Readonly<Record<string, string>> = {}) => {
    onClose();
    void navigate({ to, search: search as never });
  };
  const paint = (theme: Theme) => {
    chooseTheme(theme);
    onClose();
  };
  const box = useRef<HTMLInputElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as it comes
  useLayoutEffect(() => {
    // Whoever types goes on behind what they have typed.
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
    if (!isEntered) return;
    // What is found first is known once all of it is drawn.
    const drawn = requestAnimationFrame(() =>
      box.current?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })),
    );
    return () => cancelAnimationFrame(drawn);
  }, []);
  const wanted = text.trim().toLowerCase();
  const found =
    wanted.length < 2
      ? []
      : (models?.data ?? []).filter(({ id }) => id.toLowerCase().includes(wanted)).slice(0, MOST_MODELS);
  return (
    <Command label="Find or do" className="-mx-5 -my-4 flex flex-col">
      <FindBox>
        <Command.Input ref={box} value={text} onValueChange={onText} placeholder={PLACEHOLDER} className={FIELD} />
      </FindBox>
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="px-3 py-6 text-center text-muted">Nothing is called so.</Command.Empty>
        {GENERATION.test(text.trim()) && (
          <Item icon={<Search />} value={text} onSelect={() => go(`/requests/${text.trim()}`)}>
            Open request <span className="font-mono text-[13px]">{text.trim()}</span>
          </Item>
        )}
        <Command.Group heading="Pages" className={HEADING}>
          {PAGES.filter(({ adminOnly }) => may || !adminOnly).map(({ path, title, icon: Icon, key }) => (
            <Item key={path} icon={<Icon />} value={title} onSelect={() => go(path)} keys={`g ${key}`}>
              {title}
            </Item>
          ))}
        </Command.Group>
        {found.length > 0 && (
          <Command.Group heading="Models" className={HEADING}>
            {found.map(({ id }) => (
              <Item key={id} icon={<Boxes />} value={id} onSelect={() => go(`/models/${id}`)}>
                {id}
              </Item>
            ))}
          </Command.Group>
        )}
        <Command.Group heading="Do" className={HEADING}>
          {may && (
            <>
              <Item icon={<KeyRound />} value="Make a key" onSelect={() => go("/keys", { new: "key" })}>
                Make a key
              </Item>
              <Item icon={<WalletMinimal />} value="Make a budget" onSelect={() => go("/budgets", { new: "budget" })}>
                Make a budget
              </Item>
            </>
          )}
          <Item icon={<Waypoints />} value="Preview a request" onSelect={() => go("/routing", { tab: "preview" })}>
            Preview a request
          </Item>
          <Item icon={<Sun />} value="Light colours theme" onSelect={() => paint("light")}>
            Light colours
          </Item>
          <Item icon={<Moon />} value="Dark colours theme" onSelect={() => paint("dark")}>
            Dark colours
          </Item>
          <Item icon={<LogOut />} value="Sign out" onSelect={() => void signOut(ask, client)}>
            Sign out
          </Item>
        </Command.Group>
      </Command.List>
    </Command>
  );
}

const HEADING =
  "[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint";

function Item({
  icon,
  value,
  onSelect,
  keys,
  children,
}: {
  icon: ReactNode;
  value: string;
  onSelect: () => void;
  keys?: string;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-default items-center gap-2.5 rounded-md px-3 data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-muted"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys !== undefined && <kbd className="font-mono text-xs text-faint">{keys}</kbd>}
    </Command.Item>
  );
}
