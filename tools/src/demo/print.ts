import type { Received } from '../receiver.ts';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function heading(text: string): void {
  say(`\n${text}\n${'─'.repeat(text.length)}`);
}

export function showRequest(request: Received, verdict: { readonly valid: boolean; readonly status: number }): void {
  say(`\n${request.method} ${request.path}   signature ${verdict.valid ? 'verified' : 'WRONG'}, answered ${verdict.status}`);
  showParts(request);
}

/** The same for a receiver that verifies nothing. */
export function showRequestPlain(request: Received): void {
  say(`\n${request.method} ${request.path}`);
  showParts(request);
}

function showParts(request: Received): void {
  for (const [name, value] of Object.entries(request.headers)) say(`  ${name}: ${value}`);
  say(`  ${shorten(request.body.toString('utf8'), 4_000)}`);
}

export function showDeliveries(
  deliveries: readonly { readonly id: string; readonly eventType: string; readonly status: string; readonly attempts: number; readonly sequence: number }[],
): void {
  const rows = [...deliveries].sort((one, other) => one.sequence - other.sequence).map((delivery) => [delivery.id, delivery.eventType, delivery.status, String(delivery.attempts), String(delivery.sequence)]);
  const table = [['delivery', 'event type', 'status', 'attempts', 'sequence'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) say(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}
