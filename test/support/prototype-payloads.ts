const EVIL = '{"polluted":"yes","model":"openai/gpt-5","stream":true,"admin":true,"toString":1,"then":{}}';

/** Names that all objects have, or that mean something to whoever looks at one. */
export const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "toJSON",
  "then",
  "length",
];

/** Members that climb to a prototype, by every road, as they are written in an object. */
export const PAYLOADS = [
  ...NAMES.map((name) => `"${name}":${EVIL}`),
  ...NAMES.map((name) => `"${name}":null`),
  ...NAMES.map((name) => `"${name}":"x"`),
  ...NAMES.map((name) => `"${name}":[${EVIL}]`),
  `"constructor":{"prototype":${EVIL}}`,
  `"__proto__":{"__proto__":${EVIL}}`,
  `"\\u005f_proto__":${EVIL}`,
  `"__proto__.polluted":"yes"`,
  `"constructor.prototype.polluted":"yes"`,
  `"a[__proto__][polluted]":"yes"`,
];
