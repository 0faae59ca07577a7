import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import { cn } from "./class-names.ts";

/** Puts a text where it can be pasted from, and says so. */
export function CopyButton({
  text,
  label = "Copy",
  shown = false,
  className,
}: {
  text: string;
  label?: string;
  shown?: boolean;
  className?: string;
}) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await putInClipboard(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <Button
      look={shown ? "plain" : "quiet"}
      size={shown ? "small" : "tiny"}
      onClick={copy}
      aria-label={label}
      title={label}
      className={className}
    >
      {done ? <Check className="text-good" /> : <Copy />}
      {shown && <span>{done ? "Copied" : label}</span>}
      <span aria-live="polite" className="sr-only">
        {done ? "Copied" : ""}
      </span>
    </Button>
  );
}

/** Browsers have a clipboard only where the page came by https or from this machine. */
export async function putInClipboard(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Something that is pasted elsewhere. */
export function Code({ text, className, label = "Copy" }: { text: string; className?: string; label?: string }) {
  return (
    <div className={cn("group relative min-w-0 rounded-md border border-line bg-sunken", className)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3 pr-11 font-mono text-[12.5px] leading-relaxed">
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={label} className="absolute right-1.5 top-1.5 bg-sunken" />
    </div>
  );
}
