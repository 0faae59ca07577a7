import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY } from "../test/support/gateway.ts";
import { EXAMPLES, type Example } from "./python-examples.ts";
import { type Client, environmentOf, isFeature, run, type Shown, type Stage, type Suite } from "./suite.ts";

const FOLDER = join(import.meta.dir, "python");
const EXAMPLE_FOLDER = join(import.meta.dir, "..", "examples", "python");

/** Packages that do not agree with one another live apart. */
const ENVIRONMENTS = ["requirements.txt", "requirements-before-3.txt"] as const;
type Environment = (typeof ENVIRONMENTS)[number];

interface PythonClient {
  readonly title: string;
  /** The package whose version it is. */
  readonly package: string;
  readonly environment: Environment;
  /** What tries it, beside the examples. */
  readonly script: string;
}

export const PYTHON_CLIENTS = {
  openai: { title: "openai", package: "openai", environment: "requirements.txt", script: "openai-client.py" },
  anthropic: {
    title: "anthropic",
    package: "anthropic",
    environment: "requirements.txt",
    script: "anthropic-client.py",
  },
  litellm: { title: "LiteLLM", package: "litellm", environment: "requirements.txt", script: "litellm-client.py" },
  langchain: {
    title: "langchain-openai",
    package: "langchain-openai",
    environment: "requirements.txt",
    script: "langchain-client.py",
  },
  "pydantic-ai": {
    title: "Pydantic AI",
    package: "pydantic-ai-slim",
    environment: "requirements.txt",
    script: "pydantic-ai-client.py",
  },
  agents: {
    title: "OpenAI Agents SDK",
    package: "openai-agents",
    environment: "requirements.txt",
    script: "openai-agents-client.py",
  },
  llamaindex: {
    title: "LlamaIndex",
    package: "llama-index-llms-openai-like",
    environment: "requirements-before-3.txt",
    script: "llamaindex-client.py",
  },
  instructor: {
    title: "instructor",
    package: "instructor",
    environment: "requirements-before-3.txt",
    script: "instructor-client.py",
  },
} as const satisfies Record<string, PythonClient>;

export type PythonName = keyof typeof PYTHON_CLIENTS;

/** Libraries that would otherwise tell others that they are used, or fetch lists from them. */
const QUIET = {
  LITELLM_LOCAL_MODEL_COST_MAP: "True",
  OPENAI_AGENTS_DISABLE_TRACING: "1",
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONUNBUFFERED: "1",
};

/** Python's clients: the examples as they are printed, and a script for each client that goes further. */
export const python: Suite = {
  name: "python",

  async prepare(stage) {
    const used = ENVIRONMENTS.filter((environment) =>
      Object.values<PythonClient>(PYTHON_CLIENTS).some((client) => client.environment === environment),
    );
    await Promise.all(used.map((environment) => install(stage, environment)));
    const kept = new Set(used.map((environment) => folderOf(stage, environment)));
    for (const name of readdirSync(stage.cache)) {
      const folder = join(stage.cache, name);
      if (name.startsWith("python-") && !kept.has(folder)) rmSync(folder, { recursive: true });
    }
  },

  async run(stage, tell) {
    // Most of it is Python that reads its libraries: one of each for the two cores of a small machine.
    await Promise.all([
      inTurn(EXAMPLES, async (example) => tell(await tried(stage, example))),
      inTurn(Object.keys(PYTHON_CLIENTS) as PythonName[], (name) => runScript(stage, name, tell)),
    ]);
  },
};

async function inTurn<T>(list: readonly T[], take: (one: T) => Promise<void>): Promise<void> {
  for (const one of list) await take(one);
}

/** Where an environment of these requirements lies. */
function folderOf({ cache }: Stage, environment: Environment): string {
  const wanted = `${Bun.which("python3")} ${textOf(environment)}`;
  return join(cache, `python-${Bun.hash(wanted).toString(36)}`);
}

async function install(stage: Stage, environment: Environment): Promise<void> {
  const folder = folderOf(stage, environment);
  const stamp = join(folder, "installed");
  if (existsSync(stamp)) return;
  rmSync(folder, { recursive: true, force: true });
  const pip = [join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  for (const command of [
    ["python3", "-m", "venv", folder],
    [...pip, "--no-deps", "-r", join(FOLDER, environment)],
  ]) {
    const { code, complained, printed } = await run(command, { seconds: 900 });
    if (code !== 0) throw new Error(`${command.join(" ")}: ${printed}${complained}`);
  }
  writeFileSync(stamp, "");
}

function interpreterOf(stage: Stage, environment: Environment): string {
  return join(folderOf(stage, environment), "bin", "python");
}

function textOf(environment: Environment): string {
  return readFileSync(join(FOLDER, environment), "utf8");
}

/** As the requirements pin it. */
function clientOf(name: PythonName): Client {
  const { title, package: pinned, environment } = PYTHON_CLIENTS[name];
  const version = new RegExp(`^${pinned}==(.+)$`, "m").exec(textOf(environment))?.[1];
  if (version === undefined) throw new Error(`${environment} has no ${pinned}`);
  return { title, language: "Python", version };
}

/** An example, run as it stands but for what the table changes in it. */
async function tried(stage: Stage, example: Example): Promise<Shown> {
  const { file, client, feature, what, edit, environment, expects } = example;
  const shown = { client: clientOf(client), feature, what: `example ${file}: ${what}` };
  const folder = mkdtempSync(join(tmpdir(), "headgate-example-"));
  try {
    const source = await Bun.file(join(EXAMPLE_FOLDER, file)).text();
    const script = join(folder, file);
    writeFileSync(script, edit === undefined ? source : edited(source, ...edit));
    const { AI_GATEWAY_API_KEY: key = KEY, ...more } = (await environment?.(stage)) ?? {};
    const env = environmentOf(stage, key, { ...QUIET, ...more });
    const ran = await run([interpreterOf(stage, PYTHON_CLIENTS[client].environment), script], { env });
    if (ran.code !== 0) throw new Error(`ended with ${ran.code}: ${ran.complained.slice(-2000)}`);
    await expects(ran.printed, stage);
    return shown;
  } catch (thrown) {
    return { ...shown, failure: thrown instanceof Error ? thrown.message : `${thrown}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function edited(source: string, from: string, to: string): string {
  if (!source.includes(from)) throw new Error(`has no ${from}`);
  return source.replace(from, to);
}

/** A script that prints a line of JSON for each thing that it has tried: see `checks.py`. */
async function runScript(stage: Stage, name: PythonName, tell: (shown: Shown) => void): Promise<void> {
  const { environment, script } = PYTHON_CLIENTS[name];
  const client = clientOf(name);
  let told = 0;
  const onLine = (line: string) => {
    if (!line.startsWith('{"feature"')) return;
    const { feature, what, failure } = JSON.parse(line) as { feature: unknown; what: string; failure?: string };
    if (!isFeature(feature)) throw new Error(`${script}: there is no feature ${feature}`);
    told++;
    tell({ client, feature, what, failure });
  };
  const env = environmentOf(stage, KEY, { ...QUIET, SPENT_KEY: await stage.spentKey() });
  const ran = await run([interpreterOf(stage, environment), join(FOLDER, script)], { env, seconds: 300, onLine });
  if (told === 0 || ![0, 1].includes(ran.code))
    throw new Error(`${script} ended with ${ran.code} after ${told}: ${ran.complained.slice(-3000)}`);
}
