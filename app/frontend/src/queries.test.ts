import generated from './generated/queries.json';
import { fill } from './queries';

const every = { hub: 'demo', attribution: 'info' } as const;

test('fills in the hub, the group and the attribution', () => {
  const expr = 'jupyterhub_user_group_${attribution}{namespace=~"$hub", usergroup=~"$group"}';
  expect(fill(expr, { hub: 'demo', group: 'lab', attribution: 'share' })).toBe(
    'jupyterhub_user_group_share{namespace=~"demo", usergroup=~"lab"}'
  );
  expect(fill(expr, every)).toBe('jupyterhub_user_group_info{namespace=~"demo", usergroup=~".+"}');
});

test.each([
  ['R&D (new)', 'R&D \\\\(new\\\\)'],
  ['a.b', 'a\\\\.b'],
  ['say "hi"', 'say \\"hi\\"'],
  ['back\\slash', 'back\\\\\\\\slash'],
  ['$hub', '\\\\$hub'],
])('matches only the group %s', (group, expected) => {
  expect(fill('{usergroup=~"$group"}', { ...every, group })).toBe(`{usergroup=~"${expected}"}`);
});

test('leaves what Grafana fills in', () => {
  expect(fill('rate(x[$__rate_interval])[$__range:$__interval] * $__range_ms', every)).toBe(
    'rate(x[$__rate_interval])[$__range:$__interval] * $__range_ms'
  );
});

test('no variable of ours is left in any query', () => {
  for (const { queries, charts } of [generated.raw, generated.recorded]) {
    const all = [...Object.values(queries).flatMap((kind) => Object.values(kind)), ...charts.map(({ query }) => query)];
    for (const expr of all) {
      expect(fill(expr, every).replaceAll(/\$__(range_ms|range|interval|rate_interval)\b/g, '')).not.toMatch(/\$(?!1\b)/);
    }
  }
});
