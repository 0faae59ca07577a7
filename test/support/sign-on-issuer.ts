import { createHash } from "node:crypto";
import { type Claims, Issuer } from "./issuer.ts";

/** An issuer whose people agree to everything. */
export class SignOnIssuer extends Issuer {
  /** What its tokens say of who signs on. */
  person: Claims = { sub: "ada", email: "ada@example.com", groups: ["ops"] };
  /** Laid over what it says of itself. */
  more: Claims = {};
  /** What it was asked for codes, in order. */
  readonly exchanges: { form: Record<string, string>; authorization: string | null }[] = [];
  /** In the place of the token. */
  told: (() => Response) | undefined;
  private readonly codes = new Map<string, { nonce: string; challenge: string; redirect: string }>();

  constructor() {
    super();
    this.answer = async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/.well-known/openid-configuration")
        return Response.json({
          issuer: this.url,
          jwks_uri: `${this.url}/keys`,
          authorization_endpoint: `${this.url}/authorize?tenant=a`,
          token_endpoint: `${this.url}/token`,
          ...this.more,
        });
      if (pathname === "/authorize") {
        const back = this.agree(request.url);
        const no = `${back.slice(0, back.indexOf("?"))}?${new URLSearchParams({ error: "access_denied", state: new URL(back).searchParams.get("state")! })}`;
        const page = `<a href="${back.replaceAll("&", "&amp;")}">Agree</a> <a href="${no.replaceAll("&", "&amp;")}">Refuse</a>`;
        return new Response(page, { headers: { "content-type": "text/html" } });
      }
      return pathname === "/token" ? await this.exchanged(request) : undefined;
    };
  }

  /** Somebody's browser is sent there, and agrees. @returns where it is sent back */
  agree(location: string): string {
    const asked = new URL(location).searchParams;
    const code = crypto.randomUUID();
    const [nonce, challenge, redirect] = ["nonce", "code_challenge", "redirect_uri"].map((name) => asked.get(name)!);
    this.codes.set(code, { nonce: nonce!, challenge: challenge!, redirect: redirect! });
    return `${redirect}?${new URLSearchParams({ code, state: asked.get("state")!, iss: this.url })}`;
  }

  private async exchanged(request: Request): Promise<Response> {
    const form = Object.fromEntries(new URLSearchParams(await request.text()));
    this.exchanges.push({ form, authorization: request.headers.get("authorization") });
    if (this.told !== undefined) return this.told();
    const known = this.codes.get(form.code!);
    this.codes.delete(form.code!);
    const isProven = createHash("sha256").update(form.code_verifier!).digest("base64url") === known?.challenge;
    if (known === undefined || !isProven || known.redirect !== form.redirect_uri)
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    return Response.json({ id_token: this.token({ nonce: known.nonce, ...this.person }), access_token: "x" });
  }
}
