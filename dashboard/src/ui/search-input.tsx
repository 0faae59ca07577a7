import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { cn } from "./class-names.ts";
import { Input } from "./field.tsx";

/** Until somebody has typed to the end. */
const PAUSE_MS = 250;

/** What a list is searched for, told once somebody has typed to the end. The `/` key leads to it. */
export function SearchInput({
  value,
  onChange,
  label,
  placeholder,
  className,
}: {
  value: string | undefined;
  onChange: (text: string | undefined) => void;
  label: string;
  placeholder: string;
  className?: string;
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
    <div className={cn("relative w-64 max-md:w-full", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
      <Input
        type="search"
        data-search
        aria-label={label}
        placeholder={placeholder}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </div>
  );
}
