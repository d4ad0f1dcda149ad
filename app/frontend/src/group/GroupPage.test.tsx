import React from 'react';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../App';
import { RESOURCES_URL } from '../constants';
import generated from '../generated/queries.json';
import { fill } from '../queries';
import { grafana, MEMBERS_URL, ok, QUERY_URL } from '../testing/grafana';
import recordedMembers from '../testing/recorded/members.json';
import refused from '../testing/recorded/members-refused.json';

const LAB = '/a/groupscope-jupyterhub-app/group?name=lab';
const CSV_URL = `${RESOURCES_URL}/report?format=csv&group=lab`;

function exprs(asked: ReturnType<typeof grafana>): string[] {
  return asked
    .filter(({ url }) => url === QUERY_URL)
    .flatMap(({ data }) => data.queries.map(({ expr }: { expr: string }) => expr));
}

const BY_USER = Object.values(generated.recorded.queries.members).map((expr) =>
  fill(expr, { hub: 'demo', group: 'lab', attribution: 'info' })
);
const isByUser = (expr: string) => BY_USER.includes(expr);

async function members(): Promise<string[][]> {
  const table = await screen.findByRole('table');
  await waitFor(() => expect(within(table).queryByLabelText('loading')).not.toBeInTheDocument());
  const [, ...body] = within(table).getAllByRole('row');
  return body.map((row) => within(row).getAllByRole('cell').map((cell) => cell.textContent));
}

test('shows who is in the group, what each used, and their other groups', async () => {
  const asked = grafana({ at: LAB });
  render(<App />);
  const rows = await members();
  expect(rows.map(([name]) => name).sort()).toEqual(recordedMembers.members.map(({ name }) => name).sort());
  const nadia = rows.find(([name]) => name === 'nadia');
  expect(nadia?.[2]).toMatch(/^\d/);
  expect(nadia?.[5]).toBe('power-users, reading group');
  // Who held no GPU has 0: what the group held is known.
  expect(rows.find(([name]) => name === 'hyejin')?.[4]).toBe('0');
  expect(exprs(asked).some(isByUser)).toBe(true);
});

test('the latest active is first', async () => {
  grafana({ at: LAB });
  render(<App />);
  const last = new Map(recordedMembers.members.map(({ name, last_activity }) => [name, Date.parse(last_activity)]));
  const times = (await members()).map(([name]) => last.get(name ?? '') ?? 0);
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

test('has the group’s numbers, and its use as lines', async () => {
  grafana({ at: LAB });
  render(<App />);
  expect(await screen.findByText(/^CPU draws lab: \d+ points$/)).toBeInTheDocument();
  expect(screen.getByText(/^Memory draws lab: \d+ points$/)).toBeInTheDocument();
  const took = screen.getByText('Took part in the range').nextSibling;
  expect(took).toHaveTextContent(/^\d+$/);
});

test('who may not see names is told why, and nothing by user is asked', async () => {
  const asked = grafana({ at: LAB, role: 'Viewer', replies: { [MEMBERS_URL]: { status: 403, body: refused } } });
  render(<App />);
  expect(await screen.findByText(refused.error)).toBeInTheDocument();
  expect(await screen.findByText(/^CPU draws lab/)).toBeInTheDocument();
  expect(screen.queryByRole('table')).not.toBeInTheDocument();
  expect(exprs(asked).length).toBeGreaterThan(0);
  expect(exprs(asked).some(isByUser)).toBe(false);
});

test('a group that is not there', async () => {
  const asked = grafana({ at: '/a/groupscope-jupyterhub-app/group?name=gone' });
  render(<App />);
  expect(await screen.findByText('There is no group gone')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'All groups' })).toBeInTheDocument();
  expect(asked.some(({ url }) => url === QUERY_URL)).toBe(false);
});

test('an empty group says so', async () => {
  grafana({ at: LAB, replies: { [MEMBERS_URL]: ok({ ...recordedMembers, members: [] }) } });
  render(<App />);
  expect(await screen.findByText('Nobody is in this group')).toBeInTheDocument();
});

test('the CSV is the backend’s, under the group’s name', async () => {
  const saved: Array<[string, Blob]> = [];
  const blobs: Blob[] = [];
  URL.createObjectURL = (blob: Blob) => `blob:${blobs.push(blob)}`;
  URL.revokeObjectURL = () => undefined;
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push([this.download, blobs[Number(this.href.replace('blob:', '')) - 1]!]);
  });
  grafana({ at: LAB, replies: { [CSV_URL]: ok('group,member,last_activity\n') } });
  render(<App />);
  await userEvent.click(await screen.findByRole('button', { name: 'Download CSV' }));
  await waitFor(() => expect(saved).toEqual([['lab.csv', expect.any(Blob)]]));
  expect(saved[0]?.[1]).toMatchObject({ type: 'text/csv', size: 'group,member,last_activity\n'.length });
});

test('a refused CSV says why', async () => {
  grafana({ at: LAB, role: 'Viewer', replies: { [CSV_URL]: { status: 403, body: refused } } });
  render(<App />);
  await userEvent.click(await screen.findByRole('button', { name: 'Download CSV' }));
  expect(await screen.findByRole('alert')).toHaveTextContent(refused.error);
});

test('a name with a slash stays one name in what is asked', async () => {
  const name = 'a/b?c&d';
  const url = `${RESOURCES_URL}/groups/a%2Fb%3Fc%26d/members`;
  const group = { name, hub: 'demo', members: 1, active: { '24h': 0, '7d': 0, '30d': 0 } };
  const body = { groups: [group], hub: 'demo', users: 1, refreshed: null, age_seconds: 1, stale: false, error: null };
  const asked = grafana({
    at: `/a/groupscope-jupyterhub-app/group?name=${encodeURIComponent(name)}`,
    replies: { [`${RESOURCES_URL}/groups`]: ok(body), [url]: ok({ ...recordedMembers, group: name }) },
  });
  render(<App />);
  await members();
  expect(asked.map((request) => request.url)).toContain(url);
  expect(exprs(asked).some((expr) => expr.includes('usergroup=~"a/b\\\\?c&d"'))).toBe(true);
});
