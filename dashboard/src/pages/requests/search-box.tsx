import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Input } from "../../ui/field.tsx";

/** Until somebody has typed to the end. */
const PAUSE_MS = 300;

/** A piece of an id, a model, a user, an app or an error. */
export function SearchBox({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (text: string | undefined) => void;
}) {
  const [text, setText] = useState(value ?? "");
  const told = useRef(value);
  // It was changed elsewhere: by a link, or by going back.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value ?? "");
  }, [value]);
  const wanted = text.trim() === "" ? undefined : text.trim();
  useEffect(() => {
    if (wanted === told.current) return;
    const timer = setTimeout(() => {
      told.current = wanted;
      onChange(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted, onChange]);
  return (
    <div className="relative w-60 max-md:w-full">
      <Search aria-hidden className="pointer-events-none absolute top-1.5 left-2 size-4 text-faint" />
      <Input
        type="search"
        data-search
        aria-label="Search in ids, models, users, apps and errors"
        placeholder="Id, model, user, app, error…"
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="h-7 pl-8 text-[13px]"
      />
    </div>
  );
}
