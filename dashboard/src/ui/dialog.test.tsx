import { afterAll, describe, expect, test } from "bun:test";
import { useState } from "react";
import { draw, putAway } from "../../test/drawn.tsx";
import { fireEvent, screen, waitFor } from "../../test/visitor.tsx";
import { Confirm, Dialog, Drawer } from "./dialog.tsx";

afterAll(putAway);

describe.each([
  ["dialog", Dialog],
  ["drawer", Drawer],
])("a %s", (_, Sheet) => {
  function Opened() {
    const [open, setOpen] = useState(true);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          Open
        </button>
        <Sheet
          open={open}
          onClose={() => setOpen(false)}
          title="A key"
          hint="key_1"
          footer={<button type="button">Save</button>}
        >
          <input aria-label="Name" data-first />
        </Sheet>
      </>
    );
  }
  const sheet = () => screen.queryByRole<HTMLDialogElement>("dialog");

  test("goes by its title, and has what is to be filled in first under the cursor", () => {
    draw(<Opened />);
    expect(screen.getByRole("dialog", { name: "A key" })).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  });

  test("closes by its cross, and is not there any more", async () => {
    const { user } = draw(<Opened />);
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(sheet()).toBeNull();
    await user.click(screen.getByRole("button", { name: "Open" }));
    expect(sheet()!.open).toBe(true);
  });

  test("closes with Escape through its owner, who may know why not", () => {
    draw(<Opened />);
    expect(fireEvent(sheet()!, new Event("cancel", { cancelable: true }))).toBe(false);
    expect(sheet()).toBeNull();
  });

  test("closes where somebody presses beside it, but not where a selection that began within ends there", () => {
    draw(<Opened />);
    fireEvent.pointerDown(screen.getByLabelText("Name"));
    fireEvent.click(sheet()!);
    expect(sheet()).not.toBeNull();
    fireEvent.pointerDown(sheet()!);
    fireEvent.click(sheet()!);
    expect(sheet()).toBeNull();
  });

  test("is not there before it is opened", () => {
    draw(
      <Sheet open={false} onClose={() => undefined} title="A key">
        within
      </Sheet>,
    );
    expect(document.body.textContent).not.toContain("within");
  });
});

describe("what cannot be taken back", () => {
  const ask = (onConfirm: () => Promise<unknown>) => {
    const closed: string[] = [];
    const drawn = draw(
      <Confirm open onClose={() => closed.push("closed")} title="Revoke it?" action="Revoke" onConfirm={onConfirm}>
        Nobody gets in with it.
      </Confirm>,
    );
    return { ...drawn, closed };
  };

  test("is not done by who thinks again", async () => {
    let done = 0;
    const { user, closed } = ask(async () => done++);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect([done, closed]).toEqual([0, ["closed"]]);
  });

  test("is done once, and the question stands until it is", async () => {
    let done = 0;
    const asked = Promise.withResolvers<void>();
    const { user, closed } = ask(() => {
      done++;
      return asked.promise;
    });
    await user.dblClick(screen.getByRole("button", { name: "Revoke" }));
    expect([done, closed]).toEqual([1, []]);
    expect(screen.getByRole("button", { name: "Revoke" }).getAttribute("aria-busy")).toBe("true");
    asked.resolve();
    await waitFor(() => expect(closed).toEqual(["closed"]));
  });

  test("says why where it was refused, and can be tried again", async () => {
    let isRefused = true;
    const { user, closed } = ask(async () => {
      if (isRefused) throw new Error("The key is from the environment.");
    });
    await user.click(screen.getByRole("button", { name: "Revoke" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The key is from the environment.");
    expect(closed).toEqual([]);
    isRefused = false;
    await user.click(screen.getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(closed).toEqual(["closed"]));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
