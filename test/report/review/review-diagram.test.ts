import { LEDGER, page, ROUTES, section, SHOP } from './review-examples';

describe('the diagram', () => {
  const diagram = (...files: string[]) =>
    (/```mermaid\n([^]*?)```/.exec(page(...files)) ?? ['', ''])[1]
      .trimEnd()
      .split('\n')
      .map(line => line.trim());
  /** Workloads of both contracts (each third), or of routes alone. */
  const clients = (number: number, namespaces: number) =>
    Array.from({ length: number }, (_, i) =>
      (i % 3 === 0 ? LEDGER : SHOP)
        .replaceAll(/name: (shop-web|ledger-book)/g, `name: web-${i}`)
        .replaceAll(/namespace: (shop|ledger)/g, `namespace: team-${i % namespaces}`),
    );

  test('of thirty workloads has a box for each namespace, and says how many in it use each memory', () => {
    const lines = diagram(ROUTES, ...clients(30, 3));
    expect(lines.filter(line => line.includes('["namespace'))).toEqual(
      [0, 1, 2].map(i => `namespace_team_${i}["namespace team-${i}<br/>10 workloads"]`),
    );
    expect(lines.filter(line => line.includes('read'))).toEqual([
      'memory_guard_verdicts -->|10 read| namespace_team_0',
      ...[0, 1, 2].map(i => `memory_routes_table -->|10 read| namespace_team_${i}`),
    ]);
    expect(section(page(ROUTES, ...clients(30, 3)), 'What is shared with whom')).toContain(
      '30 workloads in 3 namespaces',
    );
  });

  test('tells those who write from those who read, within one namespace', () => {
    const [first, second, ...others] = clients(13, 1).map(text =>
      text.replaceAll(/"access":"[a-zA-Z]+"/g, '"access":"readOnly"'),
    );
    const lines = diagram(
      ROUTES,
      first,
      second.replace('"access":"readOnly"', '"access":"readWrite"'),
      ...others,
    );
    expect(
      lines.filter(line => line.startsWith('memory_routes_table') && line.includes('team')),
    ).toEqual([
      'memory_routes_table -->|12 read| namespace_team_0',
      'memory_routes_table <-->|1 reads and writes| namespace_team_0',
    ]);
  });

  test('of thirty namespaces has one box for all of them', () => {
    const lines = diagram(ROUTES, ...clients(30, 30));
    expect(lines.filter(line => line.startsWith('users'))).toEqual([
      'users["30 workloads<br/>in 30 namespaces"]',
    ]);
    expect(lines.filter(line => line.endsWith('users'))).toEqual([
      'memory_guard_verdicts -->|10 read| users',
      'memory_routes_table -->|30 read| users',
    ]);
  });

  test('gets two lines more by a client more, and no line of it changes', () => {
    const before = diagram(ROUTES, SHOP, LEDGER);
    const after = diagram(ROUTES, SHOP.replaceAll('name: shop-web', 'name: a'), SHOP, LEDGER);
    expect(after.filter(line => !before.includes(line))).toEqual([
      'Deployment_shop_a["Deployment shop/a"]',
      'memory_routes_table -->|reads| Deployment_shop_a',
    ]);
    expect(before.filter(line => !after.includes(line))).toEqual([]);
  });

  test('has a box of its own for each of two names that would be one word', () => {
    const lines = diagram(
      ROUTES,
      SHOP.replaceAll('name: shop-web', 'name: a-b'),
      SHOP.replaceAll('name: shop-web', 'name: a.b'),
    );
    expect(lines.filter(line => line.includes('["Deployment shop'))).toEqual([
      'Deployment_shop_a_b["Deployment shop/a-b"]',
      'Deployment_shop_a_b_["Deployment shop/a.b"]',
    ]);
  });
});
