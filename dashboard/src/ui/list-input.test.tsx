import { afterAll, expect, test } from "bun:test";
import { useState } from "react";
import { draw, putAway } from "../../test/drawn.tsx";
import { fireEvent, screen } from "../../test/visitor.tsx";
import { ListInput } from "./list-input.tsx";

afterAll(putAway);

const MODELS = [{ value: "openai/gpt-5", label: "GPT-5" }, { value: "anthropic/claude-sonnet-5" }];
let now: readonly string[] = [];

function Models({ values, disabled }: { values: readonly string[]; disabled?: boolean }) {
  const [told, setTold] = useState(values);
  now = told;
  return (
    <>
      <label htmlFor="models">Models</label>
      <ListInput
        id="models"
        values={told}
        onChange={setTold}
        suggestions={MODELS}
        what="model"
        placeholder="Any model"
        disabled={disabled ?? false}
      />
      <button type="button">Save</button>
    </>
  );
}

const box = () => screen.getByLabelText<HTMLInputElement>("Models");

test("Enter adds what was typed, and the box is empty for the next", async () => {
  const { user } = draw(<Models values={[]} />);
  await user.type(box(), " openai/* {Enter}groq/llama{Enter}");
  expect(now).toEqual(["openai/*", "groq/llama"]);
  expect(box().value).toBe("");
});

test("a comma adds as well, and a pasted list is several", async () => {
  const { user } = draw(<Models values={[]} />);
  await user.type(box(), "a,");
  await user.click(box());
  await user.paste("b, c ,, d");
  expect(now).toEqual(["a", "b", "c", "d"]);
});

test("what is there already is not there twice", async () => {
  const { user } = draw(<Models values={["a"]} />);
  await user.type(box(), "a{Enter}");
  expect(now).toEqual(["a"]);
});

test("what was typed and not confirmed counts when somebody goes on: it would be lost when the form is sent", async () => {
  const { user } = draw(<Models values={[]} />);
  await user.type(box(), "a");
  await user.click(screen.getByText("Save"));
  expect(now).toEqual(["a"]);
});

test("Enter in an empty box is left to the form, spaces are nothing", async () => {
  const { user } = draw(<Models values={["a"]} />);
  const enter = () => fireEvent.keyDown(box(), { key: "Enter" });
  expect(enter()).toBe(true);
  await user.type(box(), "b");
  expect(enter()).toBe(false);
  await user.type(box(), "   ");
  await user.tab();
  expect(now).toEqual(["a", "b"]);
});

test("Backspace takes the last away, but not while something is typed", async () => {
  const { user } = draw(<Models values={["a", "b"]} />);
  await user.type(box(), "x{Backspace}");
  expect(now).toEqual(["a", "b"]);
  await user.type(box(), "{Backspace}");
  expect(now).toEqual(["a"]);
});

test("whoever writes with a composing keyboard confirms a word with Enter, and not the entry", async () => {
  const { user } = draw(<Models values={[]} />);
  await user.type(box(), "日本");
  fireEvent.keyDown(box(), { key: "Enter", isComposing: true });
  expect(now).toEqual([]);
});

test("each says what its cross removes", async () => {
  const { user } = draw(<Models values={["a", "b"]} />);
  await user.click(screen.getByRole("button", { name: "Remove model a" }));
  expect(now).toEqual(["b"]);
});

test("one that was chosen of the list is added without a key, and is suggested no more", () => {
  draw(<Models values={[]} />);
  const told = () => [...document.querySelectorAll("datalist option")].map((one) => one.getAttribute("value"));
  expect(told()).toEqual(["openai/gpt-5", "anthropic/claude-sonnet-5"]);
  fireEvent.change(box(), { target: { value: "openai/gpt-5" } });
  expect(now).toEqual(["openai/gpt-5"]);
  expect(told()).toEqual(["anthropic/claude-sonnet-5"]);
});

test("where nothing may be changed, nothing can be removed or typed", () => {
  draw(<Models values={["a"]} disabled />);
  expect(box().disabled).toBe(true);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Remove model a" }).disabled).toBe(true);
});

test("what would stand in the empty box is not there beside entries", () => {
  draw(<Models values={["a"]} />);
  expect(box().placeholder).toBe("");
});
