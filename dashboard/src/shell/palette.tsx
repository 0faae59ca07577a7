import { Search } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Dialog } from "../ui/dialog.tsx";

/** Loaded when somebody looks for something: a tenth of the first view. */
const Finder = lazy(() => import("./finder.tsx").then((loaded) => ({ default: loaded.Finder })));

export const PLACEHOLDER = "A page, a model, the id of a request…";
export const FIELD = "h-11 w-full bg-transparent outline-none";

/** Where somebody says what they look for. Its box is there at once, so that nothing is lost of what is typed before the rest has come. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [isEntered, setEntered] = useState(false);
  return (
    <Dialog open onClose={onClose} title="Find or do" className="mt-[12vh] max-w-xl">
      <Suspense
        fallback={
          <div className="-mx-5 -my-4 flex flex-col">
            <FindBox>
              <input
                data-first
                aria-label="Find or do"
                autoComplete="off"
                spellCheck={false}
                value={text}
                onChange={({ target }) => {
                  setText(target.value);
                  setEntered(false);
                }}
                onKeyDown={({ key }) => key === "Enter" && setEntered(true)}
                placeholder={PLACEHOLDER}
                className={FIELD}
              />
            </FindBox>
          </div>
        }
      >
        <Finder text={text} isEntered={isEntered} onText={setText} onClose={onClose} />
      </Suspense>
    </Dialog>
  );
}

export function FindBox({ children }: { children: ReactNode }) {
  return (
    <div className="flex items-center gap-2 border-b border-line px-5">
      <Search aria-hidden className="size-4 text-faint" />
      {children}
    </div>
  );
}
