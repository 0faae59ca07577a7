import { afterAll, expect, test } from "bun:test";
import { draw, putAway } from "../../test/drawn.tsx";
import { screen } from "../../test/visitor.tsx";
import { Section } from "./section.tsx";

afterAll(putAway);

const drawn = (open?: boolean) => (
  <Section title="Limits" set="2 set" {...(open === undefined ? {} : { open })}>
    <input aria-label="Requests" />
  </Section>
);
const isOpen = () => screen.getByLabelText("Requests").closest("details")!.open;

test("a section is folded, and says what is set in it", () => {
  draw(drawn());
  expect(isOpen()).toBe(false);
  expect(screen.getByText("Limits").closest("summary")!.textContent).toBe("Limits2 set");
});

test("a section unfolds where something in it is wrong, and does not fold over what somebody has before them once that is mended", () => {
  const { redraw } = draw(drawn(false));
  redraw(drawn(true));
  expect(isOpen()).toBe(true);
  redraw(drawn(false));
  expect(isOpen()).toBe(true);
});

test("a section that was folded by hand unfolds when something is wrong again, and not before", () => {
  const { redraw } = draw(drawn(true));
  const section = screen.getByLabelText("Requests").closest("details")!;
  section.open = false;
  redraw(drawn(true));
  expect(isOpen()).toBe(false);
  redraw(drawn(false));
  redraw(drawn(true));
  expect(isOpen()).toBe(true);
});
