import { isChosenWebhookId, isServerMadeWebhookId, publicWebhookId, webhookName } from './ids.ts';

const serverMade = `wh_${'0123456789abcdef'.repeat(2)}`;
const projects = ['a', 'b', 'shop', 'a-b', 'wh', 'x'.repeat(63)];
const chosen = ['a', 'b', 'mine', 'A', '0', 'a-b', 'a_b', 'wh', 'whx_1', 'x'.repeat(64)];
/** What no webhook is created under, though anybody may ask for it. */
const never = ['', ':', 'a:b', 'b:c', 'shop:mine', ':mine', 'wh_', 'wh_mine', 'Wh_mine', `${serverMade}0`, serverMade.toUpperCase(), `${serverMade}\n`, `a:${serverMade}`, 'a b', 'a.b', 'a/b', '../b', '-a', '_a', 'a\n', 'a\u0000', 'ä', 'ſ', 'x'.repeat(65)];

describe('the id of a webhook', () => {
  it('may be chosen when it is short and plain and does not look like the server\'s', () => {
    expect(chosen.filter((id) => !isChosenWebhookId(id))).toEqual([]);
    expect([...never, serverMade].filter(isChosenWebhookId)).toEqual([]);
  });

  it('is the server\'s when it has exactly the form of those', () => {
    expect([...chosen, ...never].filter(isServerMadeWebhookId)).toEqual([]);
    expect(isServerMadeWebhookId(serverMade)).toBe(true);
  });

  it('that the server made is its name in every project', () => {
    for (const project of projects) expect([webhookName(project, serverMade), publicWebhookId(project, serverMade)]).toEqual([serverMade, serverMade]);
  });

  it('comes back from its name', () => {
    for (const project of projects) for (const id of [...chosen, ...never]) expect(publicWebhookId(project, webhookName(project, id))).toBe(id);
    expect(webhookName('shop', 'mine')).toBe('shop:mine');
  });

  it('shares its name with no other, in this project or another, whatever is asked for', () => {
    const ids = [...chosen, ...never];
    const names = projects.flatMap((project) => ids.map((id) => webhookName(project, id)));
    expect(new Set([...names, serverMade]).size).toBe(projects.length * ids.length + 1);
  });
});
