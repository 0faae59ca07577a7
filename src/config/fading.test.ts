import { expect, test } from "bun:test";
import { join } from "node:path";
import { fading } from "./fading.ts";

/** Lets go of everything that nobody has. */
async function forget(): Promise<void> {
  await new Promise(setImmediate);
  Bun.gc(true);
}

test("is one as long as somebody has it", async () => {
  const schema = fading(() => ({}));
  const held = schema();
  await forget();
  expect(schema()).toBe(held);
});

test("is made anew when nobody had it, and is wanted for good then", async () => {
  let made = 0;
  const schema = fading(() => ({ number: ++made }));
  const numberOf = () => schema().number;
  expect([numberOf(), numberOf()]).toEqual([1, 1]);
  while (numberOf() === 1) await forget();
  for (let times = 0; times < 5; times++) await forget();
  expect(numberOf()).toBe(2);
});

test("that of the configuration is forgotten once it is read, and there for who reads another", () => {
  // A process of its own: whoever has read two has it for good.
  const script = `
    const { checkConfig } = await import(${JSON.stringify(join(import.meta.dir, "load.ts"))});
    const { configSchema } = await import(${JSON.stringify(join(import.meta.dir, "schema.ts"))});
    const read = () => checkConfig({ port: 1 }, "test").port;
    const known = () => new WeakRef(configSchema());
    read();
    const schema = known();
    for (let times = 0; times < 1000 && schema.deref() !== undefined; times++) {
      await new Promise(setImmediate);
      Bun.gc(true);
    }
    console.log(schema.deref() === undefined, read());`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  expect([stdout.toString(), stderr.toString()]).toEqual(["true 1\n", ""]);
});
