import { Download } from "lucide-react";
import { search } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuLabel } from "../../ui/menu.tsx";
import { type Asked, queryOf } from "./filters.ts";

/** All that is asked for, to be kept elsewhere. */
export function ExportMenu({ asked }: { asked: Asked }) {
  return (
    <Menu
      trigger={
        <Button size="small">
          <Download aria-hidden /> Export
        </Button>
      }
    >
      <MenuLabel>All requests that these filters find</MenuLabel>
      <MenuItem onSelect={() => download(asked, "csv")}>CSV, for spreadsheets</MenuItem>
      <MenuItem onSelect={() => download(asked, "jsonl")}>JSON, a line each</MenuItem>
    </Menu>
  );
}

/** By the browser: it writes to the disk what may be too much for a page. */
function download(asked: Asked, format: "csv" | "jsonl"): void {
  const link = document.createElement("a");
  link.href = `/admin/generations${search({ ...queryOf(asked, Date.now()), format })}`;
  link.download = `requests-${new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-")}.${format}`;
  document.body.append(link);
  link.click();
  link.remove();
}
