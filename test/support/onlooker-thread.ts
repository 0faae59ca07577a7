import { Crowd, type Went } from "./crowd.ts";
import type { Asking } from "./onlooker.ts";

declare const self: Worker;

let over = false;
self.onmessage = async ({ data }: MessageEvent<Asking | "stop">) => {
  if (data === "stop") {
    over = true;
    return;
  }
  const { url, path, key, body, perSecond } = data;
  const crowd = new Crowd(url, path, key, body);
  const asked: Promise<Went>[] = [];
  for (; !over; await Bun.sleep(1000 / perSecond)) asked.push(crowd.ask());
  const went = await Promise.all(asked);
  crowd.stop();
  self.postMessage(went);
};
