import { AudioLines, Braces, Brain, Database, Eye, FileText, type LucideIcon, Paintbrush, Wrench } from "lucide-react";

/** What a model can do: its icon, and its word. */
export const ABILITIES: Readonly<Record<string, { readonly icon: LucideIcon; readonly label: string }>> = {
  tools: { icon: Wrench, label: "Tools" },
  vision: { icon: Eye, label: "Vision" },
  files: { icon: FileText, label: "Files" },
  "audio-input": { icon: AudioLines, label: "Audio input" },
  reasoning: { icon: Brain, label: "Reasoning" },
  "structured-output": { icon: Braces, label: "Structured output" },
  caching: { icon: Database, label: "Caching" },
  "explicit-caching": { icon: Database, label: "Explicit caching" },
  "image-output": { icon: Paintbrush, label: "Image output" },
};

/** At a glance; each has its word for who points at it or has it read. */
export function AbilityIcons({ abilities }: { abilities: readonly string[] }) {
  return (
    <ul className="flex items-center gap-1.5" aria-label="Abilities">
      {abilities
        .filter((ability) => ability !== "explicit-caching" || !abilities.includes("caching"))
        .map((ability) => {
          const { icon: Icon, label } = ABILITIES[ability] ?? { icon: Wrench, label: ability };
          return (
            <li key={ability} title={label} className="text-faint">
              <Icon aria-hidden className="size-4" />
              <span className="sr-only">{label}</span>
            </li>
          );
        })}
    </ul>
  );
}
