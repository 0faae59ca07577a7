import { expect, test } from "bun:test";
import { faultAt } from "../../ui/faults.ts";
import { addressOf, type PreviewForm, previewBody, previewForm } from "./preview-asked.ts";

const FORM: PreviewForm = previewForm((name) => (name === "model" ? ["openai/gpt-5"] : []));

test("a model alone is enough", () => {
  expect(previewBody(FORM)).toEqual({ model: "openai/gpt-5", messages: [{ role: "user", content: "Hello!" }] });
  expect(addressOf(FORM)).toEqual({ model: "openai/gpt-5" });
});

test("what is filled in goes to its place, and what is written as JSON joins it", () => {
  const form: PreviewForm = {
    ...FORM,
    key: "key_1",
    max: "1,000",
    stream: true,
    sort: "cost",
    only: ["groq"],
    zdr: true,
    more: '{"tools": [], "providerOptions": {"gateway": {"order": ["a"]}, "openai": {"x": 1}}}',
  };
  expect(previewBody(form)).toEqual({
    model: "openai/gpt-5",
    messages: [{ role: "user", content: "Hello!" }],
    stream: true,
    max_tokens: 1000,
    tools: [],
    providerOptions: {
      gateway: { sort: "cost", only: ["groq"], zeroDataRetention: true, order: ["a"] },
      openai: { x: 1 },
    },
    api_key_id: "key_1",
  });
});

test("it goes into the address and back", () => {
  const form: PreviewForm = { ...FORM, message: "How are you?", only: ["a", "b"], stream: true, more: '{"n":2}' };
  const address = addressOf(form);
  const all = (name: string) => {
    const value = address[name];
    return value === undefined ? [] : typeof value === "string" ? [value] : value;
  };
  expect(previewForm(all)).toEqual(form);
});

test.each([
  [{ model: "" }, "model"],
  [{ max: "many" }, "max_tokens"],
  [{ more: "[]" }, "more"],
] as const)("%j is told at its field", (wrong, param) => {
  let thrown: unknown;
  try {
    previewBody({ ...FORM, ...wrong });
  } catch (caught) {
    thrown = caught;
  }
  expect(faultAt(thrown, param)).toBeString();
});
