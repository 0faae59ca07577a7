import type { ReactNode } from "react";
import type { ShownArithmetic, ShownGeneration } from "../../../../../src/admin/contract.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Card } from "../../../ui/card.tsx";
import { cn } from "../../../ui/class-names.ts";
import { count, exactUsd } from "../../../ui/format.ts";
import { Time } from "../../../ui/time.tsx";
import { placeOf } from "./course.ts";
import { meterName, priceText } from "./meters.ts";

/** What it cost, line by line. */
export function Cost({ one, actions }: { one: ShownGeneration; actions?: ReactNode }) {
  const { arithmetic, corrections, attempts, market_cost: market, provider_cost: said } = one;
  const vain = attempts.filter(({ cost }) => cost !== undefined);
  return (
    <Card
      title="Cost"
      hint={one.estimated ? <Badge tone="warn">Estimated: the provider did not tell what was used</Badge> : undefined}
      actions={actions}
      flush
    >
      <div className="overflow-x-auto">
        <table aria-label="How the cost comes about" className="w-full text-left">
          <thead>
            <tr className="border-b border-line text-[13px] text-muted">
              <Head>What</Head>
              <Head right wide>
                Used
              </Head>
              <Head right wide>
                Price
              </Head>
              <Head right>Amount</Head>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {arithmetic?.lines.map(({ meter, units, of, price, amount }) => (
              <tr key={meter}>
                <Cell>
                  {meterName(meter)}
                  <span className="block text-[13px] text-muted sm:hidden">
                    {count(units)} × {priceText(price, of)}
                  </span>
                </Cell>
                <Cell right wide>
                  {count(units)}
                </Cell>
                <Cell right wide className="text-muted">
                  {priceText(price, of)}
                </Cell>
                <Cell right>{exactUsd(amount)}</Cell>
              </tr>
            ))}
            {arithmetic === null && <Unpriced one={one} />}
            {vain.map((attempt) => (
              <Beside key={`${attempt.at}${attempt.endpoint}`} amount={attempt.cost! / 1e9}>
                In vain at {placeOf(attempt.endpoint).provider}, estimated
              </Beside>
            ))}
            {arithmetic !== null && arithmetic.rest !== 0 && (
              <Beside amount={arithmetic.rest}>
                Not explained by today's prices: they have changed since, or the provider's own tools were paid
              </Beside>
            )}
            {corrections.map(({ id, adjustment_usd: amount, reason, created_at: at }) => (
              <Beside key={id} amount={amount}>
                Corrected: {reason} <Time at={at} className="text-muted" />
              </Beside>
            ))}
          </tbody>
          <tfoot>
            <tr className="border-t border-line-strong font-semibold">
              <Cell>{one.is_byok ? "Cost, on the client's own account" : "Cost"}</Cell>
              <Cell wide />
              <Cell wide />
              <Cell right>{exactUsd(market)}</Cell>
            </tr>
            {said !== undefined && (
              <tr className="text-[13px] text-muted">
                <Cell>The provider itself says</Cell>
                <Cell wide />
                <Cell wide />
                <Cell right>{exactUsd(said)}</Cell>
              </tr>
            )}
          </tfoot>
        </table>
      </div>
      <Ways arithmetic={arithmetic} />
    </Card>
  );
}

/** In which way the prices are not the usual ones. */
function Ways({ arithmetic }: { arithmetic: ShownArithmetic | null }) {
  if (arithmetic === null) return null;
  const { above, times } = arithmetic;
  const told = [
    above === null ? [] : [`These prices hold above ${count(above)} input tokens.`],
    times === null ? [] : [`They are ${Number((times[0] / times[1]).toFixed(3))} times the usual ones.`],
    ["Each side is rounded to a billionth of a dollar."],
  ].flat();
  return <p className="border-t border-line px-4 py-2 text-[13px] text-muted">{told.join(" ")}</p>;
}

function Unpriced({
  one: { tokens_prompt: input, tokens_completion: output, market_cost: cost },
}: {
  one: ShownGeneration;
}) {
  const isUsed = input + output > 0;
  const why = !isUsed
    ? "Nothing was used that is paid for."
    : cost > 0
      ? "What it was paid at is not known any more."
      : `${count(input)} input and ${count(output)} output tokens: nobody knows their price.`;
  return (
    <tr>
      <Cell className="whitespace-normal text-muted">{why}</Cell>
      <Cell wide />
      <Cell wide />
      <Cell right>{exactUsd(cost)}</Cell>
    </tr>
  );
}

function Beside({ amount, children }: { amount: number; children: ReactNode }) {
  return (
    <tr>
      <Cell className="whitespace-normal">{children}</Cell>
      <Cell wide />
      <Cell wide />
      <Cell right>{exactUsd(amount)}</Cell>
    </tr>
  );
}

function Head({ children, right = false, wide = false }: { children: ReactNode; right?: boolean; wide?: boolean }) {
  return (
    <th
      scope="col"
      className={cn(
        "h-9 whitespace-nowrap px-2 font-medium first:pl-4 last:pr-4",
        right && "text-right",
        wide && "max-sm:hidden",
      )}
    >
      {children}
    </th>
  );
}

function Cell({
  children,
  right = false,
  wide = false,
  className,
}: {
  children?: ReactNode;
  right?: boolean;
  /** Only where there is room. */
  wide?: boolean;
  className?: string;
}) {
  return (
    <td
      className={cn(
        "h-9 px-2 py-1.5 align-top first:w-full first:pl-4 last:pr-4",
        right && "tabular text-right whitespace-nowrap",
        wide && "max-sm:hidden",
        className,
      )}
    >
      {children}
    </td>
  );
}
