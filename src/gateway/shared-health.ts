import type { Endpoint } from "../catalog/endpoint.ts";
import { ERRORS, type ErrorCode } from "../core/error.ts";
import type { Entry, Reader } from "../counters/board.ts";
import type { Notice } from "../routing/circuit.ts";
import type { Health } from "../routing/health.ts";
import type { Choice } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";

interface Place {
  readonly credential: Credential;
  readonly endpoint: Endpoint | undefined;
}

/** Everything that could be told of, by the names that replicas have in common for it. */
interface Index {
  readonly of: Choice<Credential>["credentials"];
  readonly places: ReadonlyMap<string, Place>;
  readonly topics: ReadonlyMap<object, ReadonlyMap<Endpoint | undefined, string>>;
}

/**
 * What the replicas tell one another of who fails: by the names of provider, credential and endpoint, which they have in
 * common where their configurations are the same. Never times, since their clocks differ.
 * @param choice who could serve by now
 */
export function sharedHealth(
  health: Health,
  choice: () => Choice<Credential>,
): { reader: Reader; shareBy(post: (entry: Entry) => void): void } {
  let known: Index | undefined;
  const index = () => {
    const now = choice();
    if (known?.of !== now.credentials) known = indexOf(now);
    return known;
  };
  return {
    reader: {
      topics: () => [...index().places.keys()],
      read({ topic, text, forMs }) {
        const place = index().places.get(topic);
        const notice = noticeOf(text, forMs, health.now());
        if (place !== undefined && notice !== undefined) health.learn(place.credential, place.endpoint, notice);
      },
    },
    shareBy(post) {
      health.tell = (credential, endpoint, notice) => {
        const topic = index().topics.get(credential)?.get(endpoint);
        if (topic === undefined) return;
        if (notice.state === "open") {
          const { code, told, forMs } = notice;
          post({ topic, text: JSON.stringify({ state: "open", code, told }), forMs });
        } else {
          const agoMs = Math.round(health.now() - notice.startedAt);
          post({ topic, text: JSON.stringify({ state: "closed", agoMs }), forMs: 0 });
        }
      };
    },
  };
}

function indexOf({ credentials, endpoints, byOwnName }: Choice<Credential>): Index {
  const places = new Map<string, Place>();
  const topics = new Map<object, Map<Endpoint | undefined, string>>();
  const own = [...credentials.values()].flat().filter(({ simulated }) => !simulated);
  const all = new Set([...endpoints.values(), ...byOwnName.values()].flat());
  for (const credential of own) {
    const named = new Map<Endpoint | undefined, string>();
    for (const endpoint of [undefined, ...all]) {
      if (endpoint !== undefined && endpoint.provider !== credential.provider) continue;
      const topic = JSON.stringify([credential.provider, credential.name ?? null, endpoint?.id ?? null]);
      named.set(endpoint, topic);
      if (!places.has(topic)) places.set(topic, { credential, endpoint });
    }
    topics.set(credential, named);
  }
  return { of: credentials, places, topics };
}

/** `undefined` for nonsense. */
function noticeOf(text: string, forMs: number, now: number): Notice | undefined {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { state, code, told: byProvider, agoMs } = (told ?? {}) as Record<string, unknown>;
  if (state === "closed" && typeof agoMs === "number" && agoMs >= 0) return { state, startedAt: now - agoMs };
  if (state !== "open" || forMs <= 0 || typeof code !== "string" || !Object.hasOwn(ERRORS, code)) return undefined;
  return { state, forMs, told: byProvider === true, code: code as ErrorCode };
}
